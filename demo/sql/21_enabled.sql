\echo '-- The sender: its zone, the pacing of the preset "careful" (09:00 to 18:00 without lunch, Monday to Friday, 20 to 40 minutes'
\echo '-- apart), and no warm-up, because the account has done this for two months.'
select steward.add_account('Ana Costa', 'unipile', 'ana-costa-at-unipile', 'America/Sao_Paulo', '{"preset": "careful"}',
    warm_up_from => (steward.now() - interval '60 days')::date) as account \gset

select name, enabled_at, state, time_zone, local_day, week_cap from steward.accounts;

\echo '-- It is disabled. A person enables it with the text of the notice, so that nobody can say not to have seen it.'
select sentence from regexp_split_to_table(steward.outreach_notice(), '(?<=\.) ') as sentence;
\o /dev/null
select steward.enable_account(:'account', steward.outreach_notice());
\o
select name, enabled_at at time zone time_zone as enabled_at from steward.accounts;

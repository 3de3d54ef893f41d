-- What outreach has in a database that is backed up, a row in each of its tables: account ann has acted twice on a day and her next action is on its way, eve is frozen.
-- Part of fill.sql. All of it happens on the Monday of last week (UTC), so that the claim ledger holds times at which nobody restores it; after that the clock is the server's
-- again, and the moment of what is on its way has passed.
reset session authorization;
create function backup.account(name text) returns uuid language sql stable security definer as $$
    select a.id from steward.account a where starts_with(a.name, $1 || ' ')
$$;
create function pg_temp.travel(at timestamptz) returns text language sql volatile as $$
    select set_config('steward.clock_offset', extract(epoch from at - clock_timestamp())::text, false)
$$;
-- Ticks until an action of ann is on its way, and plays the worker at its moment unless nobody does.
create procedure pg_temp.act(is_done boolean) language plpgsql as $$
declare
    sending steward.action_job;
    taken record;
begin
    loop
        select j.* into sending from steward.action_job j;
        exit when found;
        perform pg_temp.travel(steward.clock() + interval '10 minutes'), steward.governor_tick();
        commit;
    end loop;
    if is_done then
        perform pg_temp.travel(sending.planned_at + interval '0.1 s');
        select c.* into taken from steward.claim_jobs('outreach', '{outreach}', 1) c;
        commit;
        perform steward.mark_sent('outreach', array[taken.job_id], array[taken.attempt]);
        commit;
        perform steward.finish_jobs('outreach', array[json_build_object('job_id', taken.job_id, 'attempt', taken.attempt, 'phase', 'answered', 'status', 200, 'body', '{}')]);
        commit;
    end if;
end
$$;

set session authorization backup_admin;
select steward.define_tool('shop_send_invite', '{"executor": "http", "provider": "shop", "adapter": "http_json", "governed": true, "effect": "external", "max_tries": 1, "on_lost": "in_doubt",
    "queue": "outreach", "request": {"path": "/invite", "body": {"to": "{{ payload.person }}"}}}');
reset session authorization;
select pg_temp.travel(date_trunc('week', now() at time zone 'UTC') at time zone 'UTC' - interval '6 days 16 hours');
set session authorization backup_owner;
select steward.add_account(left(name || ' ' || backup.hostile(), 100), 'shop', 'id of ' || name || backup.hostile(), 'America/Sao_Paulo', policy, workspace_id => backup.workspace('acme'))
from (values ('ann', '{"daily_cap": [20, 20], "ramp": []}'::jsonb), ('eve', '{"preset": "careful"}')) as a (name, policy);
select steward.enable_account(backup.account(name), steward.outreach_notice()), steward.set_policy(backup.account(name), '{"preset": "founder"}') from unnest('{ann,eve}'::text[]) name;
select steward.set_account_zone(backup.account('eve'), 'Europe/Lisbon'), steward.freeze_account(backup.account('eve'), 'because ' || backup.hostile());
set session authorization backup_editor;
select steward.schedule_action(backup.account('ann'), 'send_invite', 'person ' || n || backup.hostile(), jsonb_build_object('text', backup.hostile()), domain => n || '.example') from generate_series(1, 12) n;
select steward.suppress('person', 'person 12' || backup.hostile(), 'because ' || backup.hostile(), backup.workspace('acme')), steward.suppress('domain', 'alone.example', backup.hostile(), backup.workspace('acme'));
reset session authorization;
call pg_temp.act(true);
call pg_temp.act(true);
call pg_temp.act(false);
reset steward.clock_offset;

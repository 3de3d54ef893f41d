-- A week of an account as a picture (SVG), drawn by extension/core/src/governor/week.rs.

create function steward.governor_week_svg(account_id uuid, from_day date default null) returns text
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    account constant steward.account := steward.readable_account(governor_week_svg.account_id);
    today constant date := (select l.day from steward.local_day(account.id, steward.clock()) l);
    first_day constant date := coalesce(governor_week_svg.from_day, today - (extract(isodow from today)::int - 1));
    days jsonb;
begin
    if first_day not between '1900-01-01' and '9000-01-01' then
        perform steward.refuse('22023', 'days_invalid', 'from_day is not of 1900 to 8999', 'Pass the first day of the week, or null for the Monday of this one.');
    end if;
    select jsonb_agg(jsonb_build_object('name', to_char(g.day, 'Dy DD Mon'), 'cap', d.cap,
        'open', coalesce((select jsonb_agg(extract(epoch from (p.instant at time zone d.time_zone) - g.day::timestamp) / 60 order by p.n) from unnest(d.parts) with ordinality as p (instant, n)), '[]'),
        'marks', case when d.account_id is null then '[]' else (
            select coalesce(jsonb_agg(jsonb_build_object('minute', extract(epoch from v.local_time - g.day::timestamp) / 60,
                'state', case v.state when 'done' then 'done' when 'failed' then 'failed' when 'unknown' then 'unknown' when 'claimed' then 'unknown' else 'planned' end,
                'words', concat_ws(' ', to_char(v.local_time, 'HH24:MI'), v.kind, v.state)) order by v.at), '[]')
            from steward.plan_preview(account.id, g.day) v) end) order by g.day)
    into days
    from (select first_day + n as day from generate_series(0, 6) n) g
    left join steward.coming_days(account, first_day, first_day + 6) d on d.local_day = g.day;
    return steward.draw_week(jsonb_build_object('title', format('%s, week of %s', account.name, to_char(first_day, 'YYYY-MM-DD')), 'days', days)::text);
end
$$;
comment on function steward.governor_week_svg(uuid, date) is
    'A picture (SVG) of seven local days of an account, from the Monday of this week unless given: windows and breaks, what was done, failed or is unknown, what is planned, and the caps. '
    'For all members of its workspace. Errors: 22004 argument_null, 22023 days_invalid, 42704 account_unknown.';

-- The days of an account: what was drawn for each, once, and the plans made of it.
--
-- account_day is written by the first tick of a local day on which the policy lets something be done (draw_days): the instants of its window, and its cap. The window's
-- local times are turned into instants once, so a clock change in the middle of a day moves nothing. A row is never changed: a restart cannot draw again, and the
-- claim ledger is tied to it. What a row says is checked against policy and zone here, so nobody makes a day at night or on a Sunday by hand.
-- day_plan holds the moments of the day's actions (plan_days): a revision when the window opens, and another one when there is more to do than was planned, or moments
-- passed unused. Both are pure functions of the account's secret, the version of its policy, the date and what was done (extension/core/src/governor/plan.rs).
-- Where a clock change makes a time come twice or not at all, a part begins later and ends earlier (day_parts): nothing is done at a time of day that is left out.

create table steward.account_day (
    account_id uuid not null,
    local_day date not null,
    policy_id uuid not null,
    zone_from_day date not null,
    time_zone text not null,
    days int not null,
    opens_minute int not null,
    closes_minute int not null,
    most_a_day int not null,
    opens_at timestamptz not null,
    closes_at timestamptz not null,
    parts timestamptz[] not null,
    cap int not null,
    age_days int not null,
    drawn_at timestamptz not null,
    constraint account_day_pkey primary key (account_id, local_day),
    constraint account_day_limits_key unique (account_id, local_day, opens_at, closes_at, cap, policy_id),
    constraint account_day_policy_fkey foreign key (policy_id, account_id, days, opens_minute, closes_minute, most_a_day)
        references steward.policy (id, account_id, days, opens_minute, closes_minute, most_a_day),
    constraint account_day_zone_fkey foreign key (account_id, zone_from_day, time_zone) references steward.account_zone (account_id, from_day, time_zone),
    constraint account_day_zone_check check (zone_from_day <= local_day),
    constraint account_day_cap_check check (cap between 0 and most_a_day),
    constraint account_day_weekday_check check ((days >> (extract(isodow from local_day)::int - 1)) & 1 = 1),
    constraint account_day_opens_check check (opens_at at time zone time_zone >= local_day + make_interval(mins => opens_minute)),
    constraint account_day_closes_check check (closes_at at time zone time_zone <= local_day + make_interval(mins => closes_minute)),
    constraint account_day_window_check check (opens_at < closes_at)
);
create index account_day_open on steward.account_day (closes_at);
comment on table steward.account_day is 'What was drawn for a local day of an account. Append-only, kept for good: about 300 bytes a day.';
comment on column steward.account_day.account_id is 'The account.';
comment on column steward.account_day.local_day is 'The day, in the zone of the account.';
comment on column steward.account_day.policy_id is 'Version of the policy that it was drawn under.';
comment on column steward.account_day.zone_from_day is 'Which zone of the account.';
comment on column steward.account_day.time_zone is 'The zone.';
comment on column steward.account_day.days is 'As policy.days.';
comment on column steward.account_day.opens_minute is 'As policy.opens_minute.';
comment on column steward.account_day.closes_minute is 'As policy.closes_minute.';
comment on column steward.account_day.most_a_day is 'As policy.most_a_day.';
comment on column steward.account_day.opens_at is 'When its window opens.';
comment on column steward.account_day.closes_at is 'When it closes.';
comment on column steward.account_day.parts is 'Beginnings and ends of what is open of it, in turn: breaks lie between.';
comment on column steward.account_day.cap is 'Actions of the day at most.';
comment on column steward.account_day.age_days is 'Days since the first one of the ramp.';
comment on column steward.account_day.drawn_at is 'When it was drawn.';

create table steward.day_plan (
    account_id uuid not null,
    local_day date not null,
    revision int not null,
    made_at timestamptz not null,
    from_at timestamptz not null,
    wanted int not null,
    moments timestamptz[] not null,
    constraint day_plan_pkey primary key (account_id, local_day, revision)
);
create index day_plan_made_at on steward.day_plan using brin (made_at);
comment on table steward.day_plan is 'The moments planned for a day of an account; the highest revision counts. Pruned by governor_tick 90 days after its day.';
comment on column steward.day_plan.account_id is 'The account.';
comment on column steward.day_plan.local_day is 'The day.';
comment on column steward.day_plan.revision is 'Counts from 1; moments of earlier ones that had not come are void.';
comment on column steward.day_plan.made_at is 'When it was made.';
comment on column steward.day_plan.from_at is 'From when on it plans.';
comment on column steward.day_plan.wanted is 'Actions that there were and that the day had left.';
comment on column steward.day_plan.moments is 'When an action is done, in order: as many as fit, and no more than the cap''s share of the time that was left.';

create trigger account_day_append_only before update or delete on steward.account_day for each row execute function steward.refuse_governor_change();
create trigger account_day_not_truncated before truncate on steward.account_day for each statement execute function steward.refuse_governor_change();
alter table steward.account_day enable always trigger account_day_append_only, enable always trigger account_day_not_truncated;

-- The zone of an account, and its local day, at a moment.
create function steward.local_day(account_id uuid, at timestamptz, out day date, out time_zone text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    select z.time_zone into time_zone from steward.account_zone z
    where z.account_id = local_day.account_id and z.from_day <= (local_day.at at time zone z.time_zone)::date order by z.from_day desc limit 1;
    day := (local_day.at at time zone local_day.time_zone)::date;
end
$$;
comment on function steward.local_day(uuid, timestamptz) is 'The local day of an account at a moment, and the zone in which that is.';

-- Days as they are drawn: the tick stores them, previews do not. In one statement for any number of accounts, because a function for each costs more than all it
-- does (of 10,000 accounts 3.1 s instead of 0.6 s). No part begins before the end of the day before, where a change of zone made that late.
create function steward.drawn_days(account_ids uuid[], days date[], at timestamptz, days_ago int[] default null, caps int[] default null) returns setof steward.account_day
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
    set jit = off
    set plan_cache_mode = force_generic_plan
as $$
begin
    return query
    select a.id, x.day, p.id, z.from_day, z.time_zone, p.days, p.opens_minute, p.closes_minute, p.most_a_day, w.parts[1], w.parts[cardinality(w.parts)], w.parts,
        steward.draw_cap(a.secret, p.id::text, p.definition::text, x.day, g.age_days, coalesce(drawn_days.days_ago, c.days_ago, '{}'), coalesce(drawn_days.caps, c.caps, '{}')),
        g.age_days, drawn_days.at
    from unnest(drawn_days.account_ids, drawn_days.days) as x (account_id, day)
    cross join lateral (select y.* from steward.account y where y.id = x.account_id offset 0) a
    cross join lateral (select y.* from steward.policy y where y.account_id = a.id and y.from_day <= x.day order by y.version desc limit 1) p
    cross join lateral (select y.* from steward.account_zone y where y.account_id = a.id and y.from_day <= x.day order by y.from_day desc limit 1) z
    left join lateral (select y.closes_at from steward.account_day y where y.account_id = a.id and y.local_day < x.day order by y.local_day desc limit 1) l on true
    cross join lateral (
        select array(select greatest(u.instant, l.closes_at) from unnest(steward.day_parts(x.day, p.minutes, z.time_zone)) with ordinality as u (instant, n) order by u.n) as parts offset 0
    ) w
    cross join lateral (select greatest(0, x.day - coalesce(a.warm_up_from, x.day)) as age_days) g
    left join lateral (
        select array_agg(x.day - y.local_day) as days_ago, array_agg(y.cap) as caps from steward.account_day y where y.account_id = a.id and y.local_day between x.day - 6 and x.day - 1
    ) c on true
    where (p.days >> (extract(isodow from x.day)::int - 1)) & 1 = 1 and w.parts[1] < w.parts[cardinality(w.parts)];
end
$$;
comment on function steward.drawn_days(uuid[], date[], timestamptz, int[], int[]) is
    'Local days of accounts as they are drawn; none where nothing is done. days_ago and caps: what the six days before had; null for those that are stored.';

create function steward.draw_days(at timestamptz) returns int
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
declare
    undrawn record;
    drawn int;
begin
    select array_agg(a.id) as ids, array_agg(l.day) as days into undrawn
    from steward.account a
    cross join lateral (
        select (draw_days.at at time zone z.time_zone)::date as day from steward.account_zone z
        where z.account_id = a.id and z.from_day <= (draw_days.at at time zone z.time_zone)::date order by z.from_day desc limit 1
    ) l
    where a.enabled_at is not null and not exists (select from steward.account_day y where y.account_id = a.id and y.local_day >= l.day);
    insert into steward.account_day select d.* from steward.drawn_days(undrawn.ids, undrawn.days, draw_days.at) d
    on conflict on constraint account_day_pkey do nothing;
    get diagnostics drawn = row_count;
    return drawn;
end
$$;
comment on function steward.draw_days(timestamptz) is 'Draws the local day of now for every enabled account that has none yet, and returns how many.';

-- Policies: the pacing of an account, in versions. A version counts from a local day on, and the newest one of those counts.
--
-- What people write is a JSON document; extension/core/src/governor/policy.rs checks it and fills in what it leaves out: window, breaks, days, gap_minutes, daily_cap,
-- weekly_cap, caps, kinds, ramp. What limits rest on (days, minutes of the window, gap, week cap, most a day) stands in columns, which the rows of
-- account_day and of the claim ledger are tied to by foreign keys. No policy is looser than 15 minutes between two actions and 150 actions in a week.
-- A preset is the document of a role; a policy that names one is that document with what else it says. The breaker adds versions of its own with a lower week cap.

create table steward.policy_preset (
    name text constraint policy_preset_pkey primary key,
    definition jsonb not null,
    description text not null
);
comment on table steward.policy_preset is 'Policies to start from. Kept as it comes with the extension; a dump holds no row of it.';
comment on column steward.policy_preset.name is 'Name: {"preset": "<name>"} in a policy.';
comment on column steward.policy_preset.definition is 'What it says; the rest is the default.';
comment on column steward.policy_preset.description is 'What it is for.';

insert into steward.policy_preset (name, definition, description) values
    ('default', '{}', '09:00 to 21:00, Monday to Friday, 15 to 45 minutes apart, 20 to 40 a day drawn for the week, 150 a week, two weeks of warm-up'),
    ('careful', '{"window": ["09:00", "18:00"], "breaks": [["12:00", "14:00"]], "gap_minutes": [20, 40], "daily_cap": [8, 16]}',
        '09:00 to 18:00 without 12:00 to 14:00, Monday to Friday, 20 to 40 minutes apart; the daily cap is what that window holds'),
    ('founder', '{"kinds": {"send_invite": 15, "inmail": 0, "send_message": 20}}', 'a founder''s own account: 15 invitations and 20 messages a day at most, no InMail'),
    ('growth', '{"kinds": {"send_invite": 30, "inmail": 0, "send_message": 40}}', 'a growth account: 30 invitations and 40 messages a day at most, no InMail'),
    ('sales_machine', '{"kinds": {"send_invite": 80, "inmail": 50, "send_message": 100}}', 'a sales account; its own figures are above the daily and the weekly cap, which are lower and therefore count');

create table steward.policy (
    id uuid constraint policy_pkey primary key,
    account_id uuid not null constraint policy_account_fkey references steward.account (id),
    version int not null,
    from_day date not null,
    definition jsonb not null,
    source text not null constraint policy_source_check check (source in ('person', 'breaker', 'recovery')),
    days int not null constraint policy_days_check check (days between 1 and 127),
    minutes int[] not null,
    opens_minute int not null constraint policy_opens_check check (opens_minute between 0 and 1439),
    closes_minute int not null constraint policy_closes_check check (closes_minute between opens_minute + 1 and 1440),
    gap_seconds int not null constraint policy_gap_check check (gap_seconds >= 900),
    week_cap int not null constraint policy_week_cap_check check (week_cap between 1 and 150),
    asked_week_cap int not null constraint policy_asked_week_cap_check check (asked_week_cap between week_cap and 150),
    most_a_day int not null constraint policy_most_a_day_check check (most_a_day between 0 and 96),
    set_at timestamptz not null,
    set_by uuid,
    constraint policy_version_key unique (account_id, version),
    constraint policy_pacing_key unique (id, account_id, gap_seconds, week_cap),
    constraint policy_day_key unique (id, account_id, days, opens_minute, closes_minute, most_a_day)
);
comment on table steward.policy is 'A version of the pacing of an account. Append-only, kept for good: rows of the claim ledger name it.';
comment on column steward.policy.id is 'Id of this version; what is drawn under it is keyed with it.';
comment on column steward.policy.account_id is 'The account.';
comment on column steward.policy.version is 'Counts from 1.';
comment on column steward.policy.from_day is 'First local day on which it counts.';
comment on column steward.policy.definition is 'The policy with its defaults.';
comment on column steward.policy.source is 'person, breaker (the week cap was halved) or recovery (a clean week gave some of it back).';
comment on column steward.policy.days is 'Days of the week on which something is done: bit 0 is Monday.';
comment on column steward.policy.minutes is 'Beginnings and ends of the parts of a day that are open, in minutes since its midnight.';
comment on column steward.policy.opens_minute is 'The first of them.';
comment on column steward.policy.closes_minute is 'The last of them.';
comment on column steward.policy.gap_seconds is 'Seconds between two actions at least; never less than 900 (the brief''s 30 ± 15 minutes).';
comment on column steward.policy.week_cap is 'Actions in 170 hours at most; never more than 150 (the brief''s hard stop).';
comment on column steward.policy.asked_week_cap is 'What a person asked for; week_cap is lower after the breaker halved it.';
comment on column steward.policy.most_a_day is 'The highest daily cap that it can draw.';
comment on column steward.policy.set_at is 'When it was set.';
comment on column steward.policy.set_by is 'Who set it; null for the breaker.';

create table steward.policy_kind (
    policy_id uuid not null constraint policy_kind_policy_fkey references steward.policy (id),
    kind text not null constraint policy_kind_kind_check check (kind in ('send_invite', 'send_message', 'view_profile', 'inmail', 'follow_up', 'withdraw')),
    cap int not null constraint policy_kind_cap_check check (cap >= 0),
    constraint policy_kind_pkey primary key (policy_id, kind),
    constraint policy_kind_key unique (policy_id, kind, cap)
);
comment on table steward.policy_kind is 'Actions of a kind in a day at most, under a version of a policy. Append-only, kept for good.';
comment on column steward.policy_kind.policy_id is 'The version.';
comment on column steward.policy_kind.kind is 'send_invite, send_message, view_profile, inmail, follow_up or withdraw.';
comment on column steward.policy_kind.cap is 'At most; the cap of the day counts where it is lower.';

do $triggers$
declare
    relation pg_catalog.name;
begin
    foreach relation in array array['breaker_event', 'policy', 'policy_kind']::pg_catalog.name[] loop
        execute pg_catalog.format('create trigger append_only before update or delete on steward.%I for each row execute function steward.refuse_governor_change()', relation);
        execute pg_catalog.format('create trigger not_truncated before truncate on steward.%I for each statement execute function steward.refuse_governor_change()', relation);
        execute pg_catalog.format('alter table steward.%I enable always trigger append_only, enable always trigger not_truncated', relation);
    end loop;
end
$triggers$;

-- A document of a person, with that of the preset it names.
create function steward.expand_policy(policy jsonb) returns jsonb
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    preset jsonb;
begin
    if jsonb_typeof(expand_policy.policy) <> 'object' then
        perform steward.refuse('22023', 'policy_invalid', 'a policy is a JSON object', 'Pass {} for the default, or {"preset": "careful"}.');
    elsif not expand_policy.policy ? 'preset' then
        return expand_policy.policy;
    end if;
    select p.definition into preset from steward.policy_preset p where p.name = expand_policy.policy ->> 'preset';
    if preset is null then
        perform steward.refuse('42704', 'preset_unknown', format('there is no preset %L', left(expand_policy.policy ->> 'preset', 80)),
            format('Use one of: %s.', (select string_agg(p.name, ', ' order by p.name) from steward.policy_preset p)));
    end if;
    return preset || (expand_policy.policy - 'preset');
end
$$;
comment on function steward.expand_policy(jsonb) is 'A policy with what its preset says. Errors: 22023 policy_invalid, 42704 preset_unknown.';

create function steward.add_policy(account_id uuid, policy jsonb, from_day date, source text, asked_week_cap int default null) returns int
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    new_policy constant uuid := steward.new_id();
    next_version int;
begin
    perform from steward.account a where a.id = add_policy.account_id for no key update;
    select coalesce(max(p.version), 0) + 1 into next_version from steward.policy p where p.account_id = add_policy.account_id;
    insert into steward.policy (id, account_id, version, from_day, definition, source, days, minutes, opens_minute, closes_minute, gap_seconds, week_cap, asked_week_cap, most_a_day, set_at, set_by)
    select new_policy, add_policy.account_id, next_version, add_policy.from_day, r.definition, add_policy.source, r.days, r.minutes, r.minutes[1], r.minutes[cardinality(r.minutes)], r.gap_seconds, r.week_cap,
        greatest(r.week_cap, coalesce(add_policy.asked_week_cap, r.week_cap)), r.most_a_day, steward.clock(), case add_policy.source when 'person' then steward.uid() end
    from steward.read_policy(add_policy.policy::text) r;
    insert into steward.policy_kind (policy_id, kind, cap)
    select p.id, k.kind, coalesce((p.definition -> 'kinds' ->> k.kind)::int, p.most_a_day)
    from steward.policy p
    cross join unnest(array['send_invite', 'send_message', 'view_profile', 'inmail', 'follow_up', 'withdraw']) as k (kind)
    where p.id = new_policy;
    return next_version;
end
$$;
comment on function steward.add_policy(uuid, jsonb, date, text, int) is 'Adds a version of the pacing of an account, and returns its number. Errors: 22023 policy_invalid.';

-- What people do with accounts: add, enable and disable them, set their pacing and their zone, freeze and resume them.

-- The account, if the caller may do that to it. A foreign and a missing id give the same error.
create function steward.account_for(account_id uuid, act text) returns steward.account
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    account steward.account;
begin
    perform steward.require('account_id', account_for.account_id::text);
    select a.* into account from steward.account a where a.id = account_for.account_id;
    if account.id is null or not coalesce(steward.may(account.workspace_id, account_for.act), false) then
        perform steward.refuse('42704', 'account_unknown', format('account %s does not exist or is not yours to act on', account_for.account_id),
            format('Check the id, and that your role in its workspace is one of: %s.', steward.roles_for(account_for.act)));
    end if;
    perform steward.require_person(account_for.act);
    return account;
end
$$;
comment on function steward.account_for(uuid, text) is 'Returns an account the caller may act on. Errors: 22004 argument_null, 42501 person_required, 42704 account_unknown.';

-- The same, locked: asked before, so that nobody waits for or holds what is not theirs, and again after, because a right may be lost while waiting.
create function steward.acted_account(account_id uuid, act text) returns steward.account
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.account_for(acted_account.account_id, acted_account.act);
    perform from steward.account a where a.id = acted_account.account_id for no key update;
    return steward.account_for(acted_account.account_id, acted_account.act);
end
$$;
comment on function steward.acted_account(uuid, text) is 'Locks and returns an account the caller may act on. Errors: 22004 argument_null, 42501 person_required, 42704 account_unknown.';

create function steward.add_account(name text, provider text, external_id text, time_zone text, policy jsonb default '{}', warm_up_from date default null, workspace_id uuid default null) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    workspace uuid;
    added constant uuid := steward.new_id();
    expanded jsonb;
begin
    perform steward.require('name', add_account.name), steward.require('provider', add_account.provider), steward.require('external_id', add_account.external_id),
        steward.require('time_zone', add_account.time_zone), steward.require('policy', add_account.policy::text);
    workspace := steward.acting_workspace(steward.uid(), add_account.workspace_id, 'manage_accounts');
    perform steward.require_person('manage_accounts'), steward.require_time_zone(add_account.time_zone);
    if char_length(add_account.name) not between 1 and 100 or char_length(add_account.external_id) not between 1 and 200 then
        perform steward.refuse('22023', 'account_invalid', 'an account has a name of 1 to 100 and an external_id of 1 to 200 characters', 'Correct it and call again.');
    elsif not isfinite(add_account.warm_up_from) then
        perform steward.refuse('22023', 'account_invalid', format('warm_up_from is %s', add_account.warm_up_from), 'Pass a day, or null for the one on which it is enabled.');
    elsif not exists (select from steward.provider p where p.name = add_account.provider) then
        perform steward.refuse('42704', 'provider_unknown', format('provider %L does not exist', left(add_account.provider, 80)), 'Define it first: select steward.define_provider(…); packaging/unipile has one.');
    end if;
    expanded := steward.expand_policy(add_account.policy);
    insert into steward.account (id, workspace_id, name, provider, external_id, role, secret, created_at, created_by, warm_up_from)
    values (added, workspace, add_account.name, add_account.provider, add_account.external_id, add_account.policy ->> 'preset', steward.random_secret(), steward.clock(), steward.uid(),
        add_account.warm_up_from);
    insert into steward.account_zone (account_id, from_day, time_zone, set_at, set_by) values (added, '-infinity', add_account.time_zone, steward.clock(), steward.uid());
    perform steward.add_policy(added, expanded, '-infinity', 'person'), steward.record_act('add_account', workspace, 'account', added::text);
    return added;
exception when unique_violation then
    perform steward.refuse('42710', 'account_exists', 'there is an account with this name in the workspace, or with this external_id at the provider', 'Use another name; an account at a provider belongs to one workspace.');
    return null;  -- not reached: refuse never returns
end
$$;
comment on function steward.add_account(text, text, text, text, jsonb, date, uuid) is
    'Adds an account, disabled, and returns its id. external_id: its id at the provider; time_zone: IANA zone of its window; policy: its pacing, {"preset": "careful"} for example; '
    'warm_up_from: first day of its ramp, the day on which it is enabled unless given. For owners and admins. Errors: 22004 argument_null, 22023 account_invalid, policy_invalid, time_zone_unknown, '
    '42501 not_a_member, person_required, 42704 preset_unknown, provider_unknown, workspace_unknown, 42710 account_exists.';

create function steward.enable_account(account_id uuid, notice text) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    account constant steward.account := steward.acted_account(enable_account.account_id, 'enable_account');
begin
    if enable_account.notice is distinct from steward.outreach_notice() then
        perform steward.refuse('22023', 'notice_unread', 'the notice that was passed is not that of steward.outreach_notice()', 'Read it, and pass its text: it says what automation of outreach means for the account.');
    elsif account.enabled_at is not null then
        perform steward.refuse('55000', 'account_enabled', format('account %s is enabled already', account.id), 'There is nothing to enable.');
    end if;
    update steward.account a
    set enabled_at = steward.clock(), enabled_by = steward.uid(), clean_since = steward.clock(),
        warm_up_from = coalesce(a.warm_up_from, (select l.day from steward.local_day(a.id, steward.clock()) l))
    where a.id = account.id;
    perform steward.record_act('enable_account', account.workspace_id, 'account', account.id::text);
end
$$;
comment on function steward.enable_account(uuid, text) is
    'Lets an account act, after a person has read the notice: pass the text of steward.outreach_notice(). Needs a person; for owners and admins. '
    'Errors: 22004 argument_null, 22023 notice_unread, 42501 person_required, 42704 account_unknown, 55000 account_enabled.';

create function steward.disable_account(account_id uuid, reason text) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    account constant steward.account := steward.acted_account(disable_account.account_id, 'freeze_account');
begin
    perform steward.require('reason', disable_account.reason);
    update steward.account a set enabled_at = null, enabled_by = null where a.id = account.id;
    insert into steward.breaker_event (account_id, at, state, until, code, reason, by_user)
    values (account.id, steward.clock(), account.state, account.state_until, 'disabled_by_person', left(disable_account.reason, 500), steward.uid());
    perform steward.record_act('disable_account', account.workspace_id, 'account', account.id::text);
end
$$;
comment on function steward.disable_account(uuid, text) is
    'Ends what an account does: nothing more is planned, and what is on its way to a worker is not sent. For owners, admins and editors and for steward_admin. Errors: 22004 argument_null, 42704 account_unknown.';

-- A week cap that the breaker lowered stays lowered: it comes back with clean weeks.
create function steward.set_policy(account_id uuid, policy jsonb) returns int
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    account constant steward.account := steward.acted_account(set_policy.account_id, 'manage_accounts');
    expanded jsonb;
    asked int;
    newest steward.policy;
    today constant date := (select l.day from steward.local_day(account.id, steward.clock()) l);
    version int;
begin
    perform steward.require('policy', set_policy.policy::text);
    expanded := steward.expand_policy(set_policy.policy);
    select r.week_cap into asked from steward.read_policy(expanded::text) r;
    select p.* into newest from steward.policy p where p.account_id = account.id order by p.version desc limit 1;
    if newest.week_cap < newest.asked_week_cap then
        expanded := expanded || jsonb_build_object('weekly_cap', least(asked, newest.week_cap));
    end if;
    version := steward.add_policy(account.id, expanded, case when exists (select from steward.account_day d where d.account_id = account.id) then today + 1 else '-infinity' end, 'person', asked);
    perform steward.record_act('set_policy', account.workspace_id, 'account', account.id::text, jsonb_build_object('version', version));
    return version;
end
$$;
comment on function steward.set_policy(uuid, jsonb) is
    'Sets the pacing of an account from its next local day on, and returns the number of the version. What it leaves out is the default, or its preset''s. For owners and admins. '
    'Errors: 22004 argument_null, 22023 policy_invalid, 42501 person_required, 42704 account_unknown, preset_unknown.';

create function steward.set_account_zone(account_id uuid, time_zone text) returns date
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    account constant steward.account := steward.acted_account(set_account_zone.account_id, 'manage_accounts');
    first_day constant date := (select greatest(l.day, (steward.clock() at time zone 'UTC')::date) + 1 from steward.local_day(account.id, steward.clock()) l);
begin
    perform steward.require('time_zone', set_account_zone.time_zone), steward.require_time_zone(set_account_zone.time_zone);
    insert into steward.account_zone (account_id, from_day, time_zone, set_at, set_by) values (account.id, first_day, set_account_zone.time_zone, steward.clock(), steward.uid())
    on conflict on constraint account_zone_pkey do update set time_zone = excluded.time_zone, set_at = excluded.set_at, set_by = excluded.set_by;
    perform steward.record_act('set_account_zone', account.workspace_id, 'account', account.id::text, jsonb_build_object('time_zone', set_account_zone.time_zone, 'from_day', first_day));
    return first_day;
end
$$;
comment on function steward.set_account_zone(uuid, text) is
    'Moves the window of an account to another zone, from its next local day on, which is returned. For owners and admins. Errors: 22004 argument_null, 22023 time_zone_unknown, 42501 person_required, 42704 account_unknown.';

create function steward.freeze_account(account_id uuid, reason text) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    account constant steward.account := steward.acted_account(freeze_account.account_id, 'freeze_account');
begin
    perform steward.require('reason', freeze_account.reason), steward.require_read_committed(), set_config('synchronous_commit', 'on', true);
    perform steward.trip(account.id, 'frozen', case when account.state = 'frozen' then account.state_until end, 'frozen_by_person', left(freeze_account.reason, 500), by_user => steward.uid()),
        steward.record_act('freeze_account', account.workspace_id, 'account', account.id::text);
end
$$;
comment on function steward.freeze_account(uuid, text) is
    'Stops an account until resume_account: from its commit on nothing of it is marked as sent. For owners, admins and editors and for steward_admin. Errors: 22004 argument_null, 42704 account_unknown, 55000 isolation_unfit.';

create function steward.resume_account(account_id uuid, reason text) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    account constant steward.account := steward.acted_account(resume_account.account_id, 'resume_account');
begin
    perform steward.require('reason', resume_account.reason);
    if account.state = 'ok' then
        perform steward.refuse('55000', 'account_not_frozen', format('account %s is neither frozen nor cooling down', account.id), 'There is nothing to resume.');
    elsif account.state_until > steward.clock() then
        perform steward.refuse('55000', 'account_cooling', format('account %s is %s (%s) until %s', account.id, account.state, account.state_code, account.state_until),
            'Wait until then: going on earlier is how restrictions become permanent.');
    end if;
    update steward.account a set failures = 0 where a.id = account.id;
    perform steward.trip(account.id, 'ok', null, 'resumed_by_person', left(resume_account.reason, 500), by_user => steward.uid()),
        steward.record_act('resume_account', account.workspace_id, 'account', account.id::text);
end
$$;
comment on function steward.resume_account(uuid, text) is
    'Lets a frozen account go on. Needs a person; after a limit of the provider not within seven days. For owners and admins. Errors: 22004 argument_null, 42501 person_required, 42704 account_unknown, 55000 account_cooling, account_not_frozen.';

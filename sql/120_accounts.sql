-- Accounts: the senders of outreach, each with its provider, its zone, its pacing (121_policies.sql) and the state of its breaker (125_breaker.sql).
--
-- An account is created disabled. A person enables it with the text of the notice (steward.outreach_notice): LinkedIn's User Agreement forbids automated methods to
-- add contacts or to send messages; a governor lowers volume, and does not make that permitted. A change of zone counts from the next local day on, so that no day has
-- two windows. The secret is what the draws of an account are keyed with (extension/core/src/governor/draws.rs); nobody but the owner of the schema reads it.
-- add_account, enable_account and set_account_zone write here (131_account_api.sql), and the breaker its columns.

create table steward.account (
    id uuid constraint account_pkey primary key,
    workspace_id uuid not null constraint account_workspace_fkey references steward.workspace (id),
    name text not null constraint account_name_check check (char_length(name) between 1 and 100),
    provider text not null,
    external_id text not null constraint account_external_id_check check (char_length(external_id) between 1 and 200),
    role text,
    secret bytea not null constraint account_secret_check check (octet_length(secret) = 32),
    created_at timestamptz not null,
    created_by uuid,
    enabled_at timestamptz,
    enabled_by uuid,
    warm_up_from date,
    state text not null default 'ok' constraint account_state_check check (state in ('ok', 'cool', 'frozen')),
    state_code text,
    state_until timestamptz,
    failures int not null default 0,
    cools int not null default 0,
    clean_since timestamptz,
    reduced_day date,
    reduced_cap int,
    constraint account_name_key unique (workspace_id, name),
    constraint account_external_key unique (provider, external_id),
    constraint account_enabled_check check ((enabled_at is null) or (warm_up_from is not null and clean_since is not null))
);
comment on table steward.account is 'Senders of outreach. Kept for good: their claim ledger belongs to them.';
comment on column steward.account.id is 'Time-ordered uuid (version 7).';
comment on column steward.account.workspace_id is 'Its workspace.';
comment on column steward.account.name is 'Name, unique in the workspace.';
comment on column steward.account.provider is 'Provider of its tools: an action of a kind is the tool <provider>_<kind>.';
comment on column steward.account.external_id is 'Its id at the provider; tools get it as payload.account.';
comment on column steward.account.role is 'Name of the preset that its first policy was made from.';
comment on column steward.account.secret is 'What its draws are keyed with: 32 random bytes.';
comment on column steward.account.created_at is 'When it was added.';
comment on column steward.account.created_by is 'Who added it; null for an administrator who is mapped to nobody.';
comment on column steward.account.enabled_at is 'When a person enabled it after the notice; null: nothing is planned and nothing is sent.';
comment on column steward.account.enabled_by is 'Who enabled it.';
comment on column steward.account.warm_up_from is 'First day of its ramp: the local day on which it was enabled, unless add_account was told another.';
comment on column steward.account.state is 'State of its breaker: ok, cool (until state_until) or frozen (until a person resumes it).';
comment on column steward.account.state_code is 'Why it is not ok: the slug of the newest breaker_event.';
comment on column steward.account.state_until is 'Cool: when it is tried again. Frozen: before this moment not even a person resumes it; null: at any time.';
comment on column steward.account.failures is 'Actions that failed since the last one that was done; five in a row cool it down.';
comment on column steward.account.cools is 'Cool-downs since the last action that was done: each lasts twice as long as the one before.';
comment on column steward.account.clean_since is 'Since when nothing said that it did too much: each clean week gives ten actions of the week back.';
comment on column steward.account.reduced_day is 'Local day on which less than the drawn cap is done.';
comment on column steward.account.reduced_cap is 'What is done on that day at most.';

create table steward.account_zone (
    account_id uuid not null constraint account_zone_account_fkey references steward.account (id),
    from_day date not null,
    time_zone text not null,
    set_at timestamptz not null,
    set_by uuid,
    constraint account_zone_pkey primary key (account_id, from_day),
    constraint account_zone_key unique (account_id, from_day, time_zone)
);
comment on table steward.account_zone is 'The zone of an account from a local day on. Rows are only added, and replaced before their day; kept for good.';
comment on column steward.account_zone.account_id is 'The account.';
comment on column steward.account_zone.from_day is 'First local day on which it counts.';
comment on column steward.account_zone.time_zone is 'IANA zone on whose wall clock its window stands.';
comment on column steward.account_zone.set_at is 'When it was set.';
comment on column steward.account_zone.set_by is 'Who set it.';

create table steward.breaker_event (
    id bigint generated always as identity constraint breaker_event_pkey primary key,
    account_id uuid not null constraint breaker_event_account_fkey references steward.account (id),
    at timestamptz not null,
    state text not null constraint breaker_event_state_check check (state in ('ok', 'cool', 'frozen')),
    until timestamptz,
    code text not null,
    reason text not null,
    action_id uuid,
    by_user uuid
);
create index breaker_event_of_account on steward.breaker_event (account_id, at);
comment on table steward.breaker_event is 'What the breaker of an account did, and why: every change of its state, and every reduction of a day. Append-only, kept for good.';
comment on column steward.breaker_event.id is 'Order in which they were written.';
comment on column steward.breaker_event.account_id is 'The account.';
comment on column steward.breaker_event.at is 'When.';
comment on column steward.breaker_event.state is 'State from then on.';
comment on column steward.breaker_event.until is 'As account.state_until.';
comment on column steward.breaker_event.code is 'Slug of the reason.';
comment on column steward.breaker_event.reason is 'The reason in words of our own: it quotes no answer, or what a person wrote.';
comment on column steward.breaker_event.action_id is 'The action whose answer was the reason.';
comment on column steward.breaker_event.by_user is 'The person who froze or resumed it.';

-- Behind the read policies of what belongs to accounts.
create function steward.my_accounts() returns setof uuid
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select a.id from steward.account a where a.workspace_id in (select steward.my_workspaces())
$$;
comment on function steward.my_accounts() is 'The accounts that the session''s user may read.';

-- For tables whose rows say what was drawn, planned or done: nobody changes them, the owner included.
create function steward.refuse_governor_change() returns trigger
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.refuse('42501', 'governor_is_append_only', format('rows of steward.%s are never changed: what was drawn and done is what limits rest on', tg_table_name),
        'Leave them. Pacing changes with steward.set_policy from the next local day on, and steward.freeze_account stops an account now.');
    return null;  -- not reached: refuse never returns
end
$$;
comment on function steward.refuse_governor_change() is 'Trigger: refuses every UPDATE, DELETE and TRUNCATE of what the governor drew and did: 42501 governor_is_append_only.';

-- The notice that a person has to pass back to enable an account, so that nobody can say not to have seen it.
create function steward.outreach_notice() returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select 'LinkedIn''s User Agreement forbids bots and other automated methods to access the service, add contacts or send messages, and its API terms forbid mass messaging. '
        'Pacing lowers the volume and the risk of a restriction; it does not make automation permitted. I accept that this account may be restricted or closed.'
$$;
comment on function steward.outreach_notice() is 'What a person reads, and passes to enable_account, before an account sends anything.';

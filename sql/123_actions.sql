-- Actions: single deeds of outreach towards a person, and the people who are to be left alone.
--
-- schedule_action (132_action_api.sql) puts one into the backlog. Shortly before a planned moment the tick takes the most urgent one (planned) and enqueues its job;
-- the worker's mark writes its row of the claim ledger (claimed), and the outcome of the job ends it: done, failed, or unknown where nobody knows whether the person was
-- reached. An unknown one counts, is never repeated, and nothing else is done for that person until a probe or a person says what became of it.
-- One that found its moment passed, or a limit in its way, goes back to the backlog. skipped: the person is suppressed or has answered.
-- Nobody is invited twice: an index keeps that, however often it is asked for. A person is known by a hash keyed with a secret of the workspace (person_key), so that
-- suppressions outlive the erasure of who it was.

create table steward.action (
    id uuid constraint action_pkey primary key,
    workspace_id uuid not null,
    account_id uuid not null constraint action_account_fkey references steward.account (id),
    kind text not null constraint action_kind_check check (kind in ('send_invite', 'send_message', 'view_profile', 'inmail', 'follow_up', 'withdraw')),
    person text,
    person_hash bytea not null,
    domain text,
    lead_id uuid,
    payload jsonb not null,
    not_before timestamptz not null,
    priority smallint not null,
    state text not null constraint action_state_check check (state in ('backlog', 'planned', 'claimed', 'done', 'failed', 'unknown', 'skipped', 'cancelled')),
    scheduled_by uuid not null,
    scheduled_at timestamptz not null,
    planned_at timestamptz,
    job_id uuid,
    claimed_at timestamptz,
    ended_at timestamptz,
    code text,
    reason text,
    accepted_at timestamptz,
    probes int not null default 0,
    probe_at timestamptz
) with (fillfactor = 80);
create unique index action_invited_once on steward.action (workspace_id, person_hash)
    where kind operator(pg_catalog.=) 'send_invite' and state operator(pg_catalog.=) any (array['backlog', 'planned', 'claimed', 'done', 'unknown']);
create index action_backlog on steward.action (account_id, kind, priority, not_before, id) where state = 'backlog';
create index action_of_person on steward.action (workspace_id, person_hash, kind);
create index action_of_account on steward.action (account_id, scheduled_at);
create index action_of_lead on steward.action (lead_id) where lead_id is not null;
create index action_of_job on steward.action (job_id) where job_id is not null;
create index action_unknown on steward.action (probe_at) where state = 'unknown';
create index action_sent_invites on steward.action (account_id, ended_at) where kind = 'send_invite' and state = 'done';
comment on table steward.action is 'Deeds of outreach. Kept as long as the account: who was invited is not invited again.';
comment on column steward.action.id is 'Time-ordered uuid (version 7).';
comment on column steward.action.workspace_id is 'Its workspace.';
comment on column steward.action.account_id is 'Who does it.';
comment on column steward.action.kind is 'send_invite, send_message, view_profile, inmail, follow_up or withdraw.';
comment on column steward.action.person is 'Towards whom: the id that the provider knows the person by; null after it was erased.';
comment on column steward.action.person_hash is 'The key of the person in the workspace (person_key).';
comment on column steward.action.domain is 'Domain of the person''s company, for suppressions; null where it is not known.';
comment on column steward.action.lead_id is 'The lead.';
comment on column steward.action.payload is 'What the tool gets besides account and person.';
comment on column steward.action.not_before is 'It is not done before that.';
comment on column steward.action.priority is 'Of those that may be done, the lowest number first.';
comment on column steward.action.state is 'backlog, planned, claimed, done, failed, unknown, skipped or cancelled.';
comment on column steward.action.scheduled_by is 'Whose it is: who scheduled it, and must still be a member when it is done.';
comment on column steward.action.scheduled_at is 'When it was scheduled.';
comment on column steward.action.planned_at is 'The moment it is, or was, planned for.';
comment on column steward.action.job_id is 'Its job; after it went back to the backlog, the one before.';
comment on column steward.action.claimed_at is 't of its row in the claim ledger.';
comment on column steward.action.ended_at is 'When it ended.';
comment on column steward.action.code is 'Slug of why it ended as it did, or went back to the backlog.';
comment on column steward.action.reason is 'The same in words; an answer''s words are in the job.';
comment on column steward.action.accepted_at is 'When the person accepted the invitation.';
comment on column steward.action.probes is 'Probes made to learn what became of it.';
comment on column steward.action.probe_at is 'When the next probe is due.';

create table steward.action_job (
    job_id uuid constraint action_job_pkey primary key,
    action_id uuid not null,
    account_id uuid not null,
    purpose text not null constraint action_job_purpose_check check (purpose in ('send', 'probe')),
    planned_at timestamptz not null,
    constraint action_job_one_at_a_time unique (account_id, purpose)
);
comment on table steward.action_job is 'Jobs of actions that have not ended: one send and one probe at a time for an account. A row is removed when its job ends.';
comment on column steward.action_job.job_id is 'The job.';
comment on column steward.action_job.action_id is 'Its action.';
comment on column steward.action_job.account_id is 'Its account.';
comment on column steward.action_job.purpose is 'send: it does the action; probe: it asks what became of it.';
comment on column steward.action_job.planned_at is 'The worker holds it to this moment.';

create table steward.person_key (
    workspace_id uuid constraint person_key_pkey primary key,
    secret bytea not null
);
comment on table steward.person_key is 'What the hashes of persons and domains of a workspace are keyed with: without it a list of names could be tried against them. Kept for good.';
comment on column steward.person_key.workspace_id is 'The workspace.';
comment on column steward.person_key.secret is '32 random bytes.';

create table steward.suppression (
    workspace_id uuid not null,
    kind text not null constraint suppression_kind_check check (kind in ('person', 'domain')),
    hash bytea not null,
    value text,
    reason text not null,
    suppressed_at timestamptz not null,
    suppressed_by uuid,
    constraint suppression_pkey primary key (workspace_id, kind, hash)
);
comment on table steward.suppression is 'Persons and domains that a workspace leaves alone. Kept for good; who it was can be erased, the hash stays.';
comment on column steward.suppression.workspace_id is 'The workspace.';
comment on column steward.suppression.kind is 'person or domain.';
comment on column steward.suppression.hash is 'Key of the person or the domain (person_key).';
comment on column steward.suppression.value is 'Who it is; null after it was erased.';
comment on column steward.suppression.reason is 'Why.';
comment on column steward.suppression.suppressed_at is 'Since when.';
comment on column steward.suppression.suppressed_by is 'Who said so.';

-- As a link, with or without its scheme, or as a bare name: one person.
create function steward.plain_person(person text) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select rtrim(regexp_replace(regexp_replace(lower(btrim(person)), '^(https?://)?(www\.)?', ''), '[?#].*$', ''), '/')
$$;
comment on function steward.plain_person(text) is 'A person''s id or link without what does not tell persons apart: case, scheme, query.';

create function steward.person_hash(workspace_id uuid, value text) returns bytea
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    key bytea;
begin
    select k.secret into key from steward.person_key k where k.workspace_id = person_hash.workspace_id;
    if key is null then
        insert into steward.person_key (workspace_id, secret) values (person_hash.workspace_id, steward.random_secret()) on conflict on constraint person_key_pkey do nothing;
        select k.secret into key from steward.person_key k where k.workspace_id = person_hash.workspace_id;
    end if;
    return sha256(key || convert_to(steward.plain_person(person_hash.value), 'UTF8'));
end
$$;
comment on function steward.person_hash(uuid, text) is 'The key of a person or a domain in a workspace.';

-- 122 random bits of each of three uuids.
create function steward.random_secret() returns bytea
    language sql volatile
    set search_path = pg_catalog, pg_temp
as $$
    select sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
$$;
comment on function steward.random_secret() is '32 random bytes.';

create function steward.is_suppressed(workspace_id uuid, person_hash bytea, domain text) returns boolean
    language sql volatile
    set search_path = pg_catalog, pg_temp
as $$
    select exists (select from steward.suppression s where s.workspace_id = is_suppressed.workspace_id and s.kind = 'person' and s.hash = is_suppressed.person_hash)
        or is_suppressed.domain is not null and exists (
            select from (select steward.person_hash(is_suppressed.workspace_id, is_suppressed.domain) as hash offset 0) d
            join steward.suppression s on s.workspace_id = is_suppressed.workspace_id and s.kind = 'domain' and s.hash = d.hash)
$$;
comment on function steward.is_suppressed(uuid, bytea, text) is 'Whether a person, or the domain of their company, is to be left alone.';

/* <begin connected objects> */
-- extension/src/lib.rs:61
-- requires:
--   acts

-- Who did what, for good: every act that changes something writes one row, in the transaction of the act.
--
-- The audit of an enqueue is the job row itself; prune_jobs writes its row here when that job goes, so the audit outlives what it tells
-- of. What users wrote (payloads, reasons, notes) never stands here, only ids, names and numbers: nothing here has to be erased.
-- Rows are inserted by record_act only. Triggers refuse every UPDATE and TRUNCATE, and every DELETE of a row younger than a year, whoever
-- asks, the owner included. prune_audit deletes what is older, and says so in a row of its own.

create table steward.audit (
    id uuid constraint audit_pkey primary key,
    at timestamptz not null,
    act text not null,
    workspace_id uuid,
    actor_kind text not null constraint audit_actor_kind_check check (actor_kind in ('person', 'job', 'worker', 'nobody')),
    user_id uuid,
    login name,
    from_job uuid,
    object_kind text not null,
    object_id text not null,
    detail jsonb not null
);
create index audit_of_workspace on steward.audit (workspace_id, at);
create index audit_at on steward.audit using brin (at);
comment on table steward.audit is
    'Every act that changed something. Append-only: about 300 bytes an act, kept for at least a year, pruned by prune_audit after that.';
comment on column steward.audit.id is 'Time-ordered uuid (version 7).';
comment on column steward.audit.at is 'When it was done.';
comment on column steward.audit.act is 'What was done: the name of the function, or enqueue.';
comment on column steward.audit.workspace_id is 'The workspace; null for acts on the installation.';
comment on column steward.audit.actor_kind is 'What did it: person, job (a script or a function acting for an attempt), worker or nobody (a superuser whom no login maps).';
comment on column steward.audit.user_id is 'The user who did it; null for an administrator who is mapped to nobody.';
comment on column steward.audit.login is 'The database login; null for an enqueue.';
comment on column steward.audit.from_job is 'The job on whose behalf it was done, where a job did it.';
comment on column steward.audit.object_kind is 'What it was done to: job, workspace, member, login, tool, provider, installation.';
comment on column steward.audit.object_id is 'Id or name of it.';
comment on column steward.audit.detail is 'Ids, names and numbers that belong to the act; never what users wrote.';

create function steward.refuse_audit_change() returns trigger
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    -- The real clock, not steward.clock(): a moved offset makes nothing old.
    if tg_op = 'DELETE' and old.at < clock_timestamp() - interval '366 days' then
        return old;
    end if;
    perform steward.refuse('42501', 'audit_is_append_only', 'the audit is append-only: no row is changed, none is deleted within a year',
        'Leave it; steward.prune_audit(older_than) removes what is older than a year.');
    return null;  -- not reached: refuse never returns
end
$$;
comment on function steward.refuse_audit_change() is 'Trigger: refuses every change of the audit but the deletion of rows older than a year: 42501 audit_is_append_only.';
create trigger audit_append_only before update or delete on steward.audit for each row execute function steward.refuse_audit_change();
create trigger audit_not_truncated before truncate on steward.audit for each statement execute function steward.refuse_audit_change();
alter table steward.audit enable always trigger audit_append_only;
alter table steward.audit enable always trigger audit_not_truncated;

create function steward.record_act(act text, workspace_id uuid, object_kind text, object_id text, detail jsonb default '{}') returns void
    language sql volatile
    set search_path = pg_catalog, pg_temp
as $$
    insert into steward.audit (id, at, act, workspace_id, actor_kind, user_id, login, from_job, object_kind, object_id, detail)
    values (steward.new_id(), steward.clock(), act, workspace_id, steward.actor_kind(), steward.uid(), session_user, steward.begun_job(),
        object_kind, object_id, detail)
$$;
comment on function steward.record_act(text, uuid, text, text, jsonb) is 'Writes an act of this session to the audit.';

create function steward.prune_audit(older_than interval) returns bigint
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    before timestamptz;
    pruned bigint;
begin
    perform steward.require('older_than', prune_audit.older_than::text), steward.require_installation_act('prune');
    if prune_audit.older_than < interval '366 days' then
        perform steward.refuse('22023', 'older_than_too_short', format('older_than is %s', prune_audit.older_than), 'The audit is kept for a year at least: pass interval ''366 days'' or more.');
    end if;
    -- Nothing is a thousand years old, and the calendar ends some way beyond.
    before := steward.clock() - least(prune_audit.older_than, interval '1000 years');
    delete from steward.audit a where a.at < before;
    get diagnostics pruned = row_count;
    if pruned > 0 then
        perform steward.record_act('prune_audit', null, 'installation', '', jsonb_build_object('rows', pruned, 'before', before));
    end if;
    return pruned;
end
$$;
comment on function steward.prune_audit(interval) is
    'Deletes audit rows older than that, 366 days at least, and returns how many. For steward_admin. '
    'Errors: 22004 argument_null, 22023 older_than_too_short, 42501 administrator_required, person_required.';
/* </end connected objects> */

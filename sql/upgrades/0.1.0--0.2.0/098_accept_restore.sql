-- What a restore puts in doubt is posted as an estimate.

-- Open jobs whose tool does not repeat a call blindly. They may have run in the time that the restore took back; those that came after the
-- restore, while everything was paused, cannot have.
create or replace function steward.doubt_open_jobs() returns bigint
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    at constant timestamptz := steward.clock();
    -- The installation that a restore begins with wrote its row; a clone or a failover has none.
    restored_at constant timestamptz := coalesce((select max(i.since) from steward.installation i where i.left_at is null and starts_with(i.place, steward.place())), 'infinity');
    doubtful uuid[];
    under_way record;
    settled steward.settlement[] := '{}'::steward.settlement[];
begin
    for under_way in
        select a.worker, array_agg(json_build_object('job_id', a.job_id, 'attempt', a.number, 'phase', 'lost', 'code', 'restored',
            'error', 'the database was restored while this attempt was under way') order by a.job_id) as outcomes
        from steward.attempt a join steward.tool t on t.id = a.tool_id
        where a.finished_at is null and t.on_lost = 'in_doubt' group by a.worker
    loop
        settled := settled || steward.apply_outcomes(under_way.worker, under_way.outcomes);
    end loop;
    perform steward.post(settled);
    -- Those that stood in the queue get an attempt that stands for the one that may have been made.
    with withdrawn as (
        delete from steward.ready r using steward.job j, steward.tool t
        where j.id = r.id and t.id = j.tool_id and t.on_lost = 'in_doubt' and j.created_at < restored_at
        returning r.id, r.attempt, r.tries
    ),
    no_longer_waiting as (
        delete from steward.waiting w using steward.job j, steward.tool t
        where j.id = w.id and t.id = w.tool_id and t.on_lost = 'in_doubt' and j.created_at < restored_at
        returning w.id, w.attempt, w.tries
    )
    insert into steward.attempt (job_id, number, workspace_id, tool_id, worker, state, tries, claimed_at, deadline, finished_at, decision, error_code, error_message)
    select j.id, o.attempt + 1, j.workspace_id, j.tool_id, '', 'lost', o.tries, at, at, at, 'in_doubt', 'restored',
        'the database was restored while this job was queued; it may have run since the backup'
    from (select * from withdrawn union all select * from no_longer_waiting) o
    join steward.job j on j.id = o.id;
    with last as (
        select a.job_id, max(a.number) as attempts, max(a.tries) as tries from steward.attempt a
        where a.finished_at = at and a.error_code = 'restored' group by a.job_id
    ),
    written as (
        update steward.job j
        set outcome = 'in_doubt', error_code = 'restored', error_message = 'it may have run since the backup that was restored', finished_at = at,
            attempts = l.attempts, tries = l.tries
        from last l where j.id = l.job_id
        returning j.id
    )
    select array_agg(w.id) into doubtful from written w;
    perform steward.show_status(doubtful, 'in_doubt');
    return coalesce(cardinality(doubtful), 0) + (select count(*) from unnest(settled) s where s.decision = 'in_doubt');
end
$$;

create or replace function steward.accept_restore(reason text, nothing_ran_since boolean default false)
    returns table (what text, how_many bigint)
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    at constant timestamptz := steward.clock();
    accepted constant uuid := steward.new_id();
    logins bigint;
    nobodies bigint;
    doubtful bigint := 0;
begin
    perform steward.require('reason', accept_restore.reason), steward.require('nothing_ran_since', accept_restore.nothing_ran_since::text),
        steward.require_installation_act('accept_restore'), steward.require_read_committed();
    if char_length(accept_restore.reason) not between 1 and 500 then
        perform steward.refuse('22023', 'reason_length', 'a reason has 1 to 500 characters', 'Say why in a sentence.');
    end if;
    -- Two who accept at once: the second waits and finds nothing to accept.
    lock table steward.installation in share row exclusive mode;
    if not steward.is_restored() then
        perform steward.refuse('55000', 'not_restored', 'this database is where it was; nothing is paused', 'There is nothing to accept.');
    end if;
    if not accept_restore.nothing_ran_since then
        doubtful := steward.doubt_open_jobs();
        perform steward.skip_missed_times();
    end if;
    -- In the same cluster a role that is another one now stays nobody.
    update steward.login l set role_id = r.oid from pg_roles r
    where r.rolname = l.role_name and exists (
        select from steward.installation i where i.left_at is null and split_part(i.place, '/', 1) <> split_part(steward.place(), '/', 1));
    get diagnostics logins = row_count;
    select count(*) into nobodies from steward.login l where not exists (select from pg_roles r where r.rolname = l.role_name and r.oid = l.role_id);
    -- Transaction ids of another cluster mean nothing here: see 096_changes.sql and 105_ledger_seals.sql.
    update steward.job_status s set changed_in = pg_current_xact_id();
    update steward.ledger_seal s set noted_number = null, noted_before = null, noted_in = null;

    insert into steward.installation (id, place, since, accepted_by, reason, salt)
    select accepted, steward.place(), at, session_user, accept_restore.reason, i.salt from steward.installation i order by i.since, i.id limit 1;
    update steward.installation i set left_at = at where i.left_at is null and i.id <> accepted;
    perform steward.record_act('accept_restore', null, 'installation', steward.place(),
        jsonb_build_object('logins', logins, 'in_doubt', doubtful, 'nothing_ran_since', accept_restore.nothing_ran_since));
    perform steward.ring_doorbell();
    return query values ('logins bound to the roles of this cluster', logins), ('logins whose role is missing here', nobodies),
        ('open jobs put in doubt', doubtful);
end
$$;

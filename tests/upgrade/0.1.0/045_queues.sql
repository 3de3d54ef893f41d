/* <begin connected objects> */
-- extension/src/lib.rs:82
-- requires:
--   jobs

-- Pausing a queue: nothing is claimed from it until somebody resumes it. What runs goes on, and enqueueing does too.
-- Queues are shared by all workspaces, so pausing is for administrators of the installation. claim_jobs leaves paused queues out; the view
-- steward.jobs shows the wait with its reason.

create table steward.paused_queue (
    queue text collate "C" constraint paused_queue_pkey primary key,
    paused_at timestamptz not null,
    paused_by name not null,
    reason text
);
comment on table steward.paused_queue is 'Queues from which nothing is claimed. A row is deleted by resume_queue.';
comment on column steward.paused_queue.queue is 'Name of the queue; it need not have jobs.';
comment on column steward.paused_queue.paused_at is 'Since when.';
comment on column steward.paused_queue.paused_by is 'Login that paused it.';
comment on column steward.paused_queue.reason is 'Why, for those who wait; shown to everybody.';

create function steward.require_queue(queue text) returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require('queue', queue);
    if queue !~ '^[A-Za-z0-9_.-]{1,63}$' then
        perform steward.refuse('22023', 'queue_invalid', format('%L is no queue name', left(queue, 80)), 'Use 1 to 63 letters, digits, dots, - and _.');
    end if;
end
$$;
comment on function steward.require_queue(text) is 'Refuses what is no queue name. Errors: 22004 argument_null, 22023 queue_invalid.';

create function steward.pause_queue(queue text, reason text default null) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require_queue(pause_queue.queue), steward.require_installation_act('pause');
    insert into steward.paused_queue as p (queue, paused_at, paused_by, reason)
    values (pause_queue.queue, steward.clock(), session_user, left(pause_queue.reason, 500))
    on conflict on constraint paused_queue_pkey do update set reason = coalesce(excluded.reason, p.reason);
    perform steward.record_act('pause_queue', null, 'queue', pause_queue.queue);
end
$$;
comment on function steward.pause_queue(text, text) is
    'Stops claims from a queue in every workspace; what runs goes on. Pausing it again only changes the reason. For steward_admin. '
    'Errors: 22004 argument_null, 22023 queue_invalid, 42501 administrator_required, person_required.';

create function steward.resume_queue(queue text) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require_queue(resume_queue.queue), steward.require_installation_act('pause');
    delete from steward.paused_queue p where p.queue = resume_queue.queue;
    if not found then
        perform steward.refuse('55000', 'queue_not_paused', format('queue %s is not paused', resume_queue.queue), 'There is nothing to resume; steward.paused_queue lists those that are.');
    end if;
    perform steward.record_act('resume_queue', null, 'queue', resume_queue.queue), steward.ring_doorbell();
end
$$;
comment on function steward.resume_queue(text) is
    'Lets a paused queue go on. For steward_admin. '
    'Errors: 22004 argument_null, 22023 queue_invalid, 42501 administrator_required, person_required, 55000 queue_not_paused.';

create function steward.open_queues(queues text[]) returns text[]
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return array(
        select q.name from unnest(queues) with ordinality as q (name, n)
        where not exists (select from steward.paused_queue p where p.queue = q.name) order by q.n);
end
$$;
comment on function steward.open_queues(text[]) is 'Those of the queues that are not paused, in their order.';
/* </end connected objects> */

-- What pgqueuer's enqueue sends for one job (QueryQueueBuilder.build_enqueue_query of 1.6.0). The payload is the one of rows/enqueue.py.
with input as materialized (
    select nextval((select pg_get_serial_sequence('pgqueuer', 'id'))) as id,
        priority, entrypoint, payload, execute_after, dedupe_key, headers, ord
    from unnest(array[0], array['noop'], array[convert_to((:payload)::text, 'UTF8')],
        array[interval '0'], array[null::text], array['null'::jsonb])
        with ordinality as t (priority, entrypoint, payload, execute_after, dedupe_key, headers, ord)
),
inserted as (
    insert into pgqueuer as job (id, priority, entrypoint, payload, execute_after, dedupe_key, headers, status)
    select id, priority, entrypoint, payload, execute_after + now(), dedupe_key, headers, 'queued' from input
    returning id, entrypoint, priority, dedupe_key
),
logged as (
    insert into pgqueuer_log (job_id, status, entrypoint, priority)
    select id, 'queued', entrypoint, priority from inserted where id in (select id from input)
)
select i.ord as ord, ins.id as id from inserted ins join input i on i.id = ins.id order by i.ord;

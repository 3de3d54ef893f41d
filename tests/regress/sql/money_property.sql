-- Whatever is done in whatever order, and wherever it is cut off: what is posted and held stays within every limit, and ledger, windows and holds agree.
-- Steps are drawn at random from fixed seeds; a fifth of them is rolled back at its end, as a crash before the commit would.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('owner'));
select steward.define_tool('cheap', '{"executor": "noop", "price": {"call": "1"}, "max_tries": 2, "backoff": {"base_seconds": 0.001, "max_seconds": 0.001}}');
select steward.define_tool('paid', '{"executor": "noop", "price": {"call": "4"}, "on_lost": "in_doubt"}');
select steward.define_tool('counted', '{"executor": "noop", "price": {"at_most": "3", "usage": "openrouter"}, "backoff": {"base_seconds": 0.001, "max_seconds": 0.001}}');
select count(steward.set_limit(scope, null, metric, kind, amount, on_full, workspace_id => tests.workspace('acme')))
from (values ('workspace', 'cost', 'day', 12, 'park'), ('user', 'cost', 'month', 40, 'park'), ('tool', 'calls', 'day', 5, 'park'), ('workspace', 'running', 'total', 3, 'park'), ('workspace', 'calls', 'day', 9, 'park'),
    ('user', 'jobs', 'month', 60, 'reject')) as l (scope, metric, kind, amount, on_full);

create function tests.live(state text) returns steward.attempt language sql volatile as $$
    select a from steward.attempt a where a.state = $1 and a.number = (select max(b.number) from steward.attempt b where b.job_id = a.job_id) order by random() limit 1
$$;
create function tests.step() returns void language plpgsql as $$
declare
    chosen steward.attempt;
    outcome text;
begin
    case floor(random() * 10)::int
        when 0, 1, 9 then
            perform steward.enqueue((array['cheap', 'paid', 'counted'])[1 + floor(random() * 3)::int], queue => 'q', workspace_id => tests.workspace('acme'));
        when 2, 3 then
            perform steward.claim_jobs('w' || floor(random() * 2)::int, '{q}', 1 + floor(random() * 4)::int);
        when 4 then
            chosen := tests.live('claimed');
            perform steward.mark_sent(chosen.worker, array[chosen.job_id], array[chosen.number]) where chosen.job_id is not null;
        when 5, 6, 7 then
            chosen := tests.live((array['claimed', 'sent', 'sent'])[1 + floor(random() * 3)::int]);
            outcome := (array['{"phase": "answered", "body": "{\"usage\": {\"prompt_tokens\": 3, \"completion_tokens\": 2, \"cost\": 0.123456789}}"}', '{"phase": "lost"}', '{"phase": "not_executed"}', '{"phase": "unsent"}'])[1 + floor(random() * 4)::int];
            perform steward.finish_jobs(chosen.worker, array[(outcome::jsonb || jsonb_build_object('job_id', chosen.job_id, 'attempt', chosen.number))::json]) where chosen.job_id is not null;
        else
            -- An outcome that comes after its attempt was given up.
            chosen := tests.live('lost');
            perform steward.finish_jobs(chosen.worker, array[json_build_object('job_id', chosen.job_id, 'attempt', chosen.number, 'phase', (array['answered', 'not_executed'])[1 + floor(random() * 2)::int],
                'body', '{"usage": {"prompt_tokens": 3, "completion_tokens": 2, "cost": 2.5}}')]) where chosen.job_id is not null;
    end case;
    if random() < 0.2 then
        raise exception using errcode = 'TS000';
    end if;
exception when sqlstate 'TS000' or configuration_limit_exceeded then
    null;
end
$$;
create function tests.broken() returns setof text language sql stable as $$
    select a.problem || ': ' || a.detail from steward.audit_ledger() a
    union all
    select format('%s: %s posted and %s held', steward.limit_words(l, steward.clock()), v.posted, v.held)
    from steward.usage_window v join steward.usage_limit l on l.id = v.limit_id where v.posted + v.held > steward.amount_at(l, steward.clock())
$$;
do $$
declare
    seed int;
    words text;
begin
    for seed in 1 .. 5 loop
        perform setseed(seed / 10.0), set_config('steward.clock_offset', (seed * 86400)::text, false);
        for step in 1 .. 150 loop
            perform tests.step();
            continue when step % 10 <> 0;
            select string_agg(b, E'\n') into words from tests.broken() b;
            if words is not null then
                raise exception 'seed %, step %: %', seed, step, words;
            end if;
        end loop;
    end loop;
end
$$;
reset steward.clock_offset;
-- It was no walk in the park: every kind of entry came up, limits stopped somebody, and the quota was used up.
select kind, count(*) > 0 from steward.ledger group by kind order by kind;
select count(distinct l.id) >= 3 from steward.usage_window v join steward.usage_limit l on l.id = v.limit_id where l.workspace_id is not null and v.turned_away > 0;
select count(*) from steward.quota_unit;
select count(*) from steward.quota_unit having count(*) <> (select count(*) from steward.job);

-- What tests of the governor share: a provider with a tool for each kind, an account of acme, and days that pass without waiting. Clocks stand in 2027, whatever the day of the run is.
select steward.map_login('postgres', tests.person('owner'));
select steward.define_provider('linked', '{"base_url": "https://linked.example"}');
select steward.define_tool('linked_' || kind, jsonb_build_object('executor', 'http', 'provider', 'linked', 'adapter', 'http_json', 'queue', 'outreach', 'governed', true, 'max_tries', 1,
    'effect', 'external', 'on_lost', 'in_doubt', 'request', '{"path": "/send", "body": {"to": "{{ payload.person }}"}}'::jsonb,
    'response', '{"result": {"id": "/id"}, "usage": {"usage": "/usage"}, "error": "/type"}'::jsonb))
from unnest('{send_invite,send_message,view_profile,inmail,follow_up,withdraw}'::text[]) kind;
select steward.define_tool('linked_probe_' || kind, '{"executor": "http", "provider": "linked", "adapter": "http_json", "queue": "probes", "request": {"path": "/sent", "body": {"of": "{{ payload.account }}"}}, "response": {"result": "/items"}}')
from unnest('{send_invite,send_message}'::text[]) kind;

-- The clock goes there and goes on.
create function tests.travel(at timestamptz) returns text language sql volatile as $$
    select 'it is ' || (at at time zone 'UTC')::text from set_config('steward.clock_offset', extract(epoch from at - clock_timestamp())::text, false)
$$;
create function tests.account(name text default 'ann') returns uuid language sql stable security definer as $$
    select a.id from steward.account a where a.name = account.name
$$;
create function tests.enabled(name text default 'ann', zone text default 'UTC', policy jsonb default '{}', warm_up_from date default '2026-01-01') returns text language sql volatile as $$
    select 'enabled' from steward.enable_account(steward.add_account(name, 'linked', 'id of ' || name, zone, policy, warm_up_from), steward.outreach_notice())
$$;
create function tests.invited(count int, name text default 'ann', kind text default 'send_invite', prefix text default 'person') returns text language sql volatile as $$
    select count(steward.schedule_action(tests.account(name), invited.kind, prefix || ' ' || n)) || ' scheduled' from generate_series(1, invited.count) n
$$;
-- What an answer is: a status and a body.
create function tests.answer(status int, body text) returns jsonb language sql immutable as $$
    select jsonb_build_object('phase', 'answered', 'status', status, 'headers', '{}'::jsonb, 'body', body)
$$;
-- The moment at which something happens next: a tick of the grid, or a job that its moment has come.
create function tests.next_moment(at timestamptz) returns timestamptz language sql volatile security definer as $$
    select least(date_bin('10 min', at, '2000-01-01 00:00+00') + interval '10 min', (select min(j.planned_at) from steward.action_job j where j.planned_at > at))
$$;
-- Ticks and a worker, from the clock's time to another one. queues: that it serves.
create procedure tests.live(until timestamptz, answer jsonb default tests.answer(200, '{"id": 1}'), queues text[] default '{outreach,probes}') language plpgsql as $$
declare
    at timestamptz := steward.clock();
    claimed record;
begin
    loop
        at := tests.next_moment(at);
        exit when at > until;
        perform tests.travel(at + interval '0.1 s');
        if extract(epoch from at)::bigint % 600 = 0 then
            perform steward.governor_tick();
        end if;
        commit;
        for claimed in select c.job_id, c.attempt, c.tool from steward.claim_jobs('w1', queues, 100) c loop
            if coalesce((select j.planned_at from steward.action_job j where j.job_id = claimed.job_id), at) > steward.clock() then
                perform tests.travel((select j.planned_at from steward.action_job j where j.job_id = claimed.job_id) + interval '0.1 s');
                at := steward.clock();
            end if;
            perform from steward.mark_sent('w1', array[claimed.job_id], array[claimed.attempt]) m;
            if found then
                perform steward.finish_jobs('w1', array[(answer || jsonb_build_object('job_id', claimed.job_id, 'attempt', claimed.attempt))::json]);
            end if;
            commit;
        end loop;
    end loop;
    perform tests.travel(until);
    commit;
end
$$;
-- What no account may ever show, whoever wrote its ledger: I1 to I4 of the model.
create function tests.violations() returns text language sql stable security definer as $$
    select coalesce(string_agg(v.what, ', '), 'none') from (
        select format('%s outside its window', count(*)) as what from steward.action_claim c where c.t < c.opens_at or c.t >= c.closes_at having count(*) > 0
        union all
        select format('%s too close', count(*)) from (select c.t - lag(c.t) over (partition by c.account_id order by c.seq) as gap from steward.action_claim c) g where g.gap < interval '900 s' having count(*) > 0
        union all
        select format('%s days over their cap', count(*)) from (
            select from steward.action_claim c join steward.account_day d using (account_id, local_day) group by c.account_id, c.local_day, d.cap having count(*) > d.cap) d having count(*) > 0
        union all
        select format('%s weeks over 150', count(*)) from (
            select c.t - lag(c.t, 150) over (partition by c.account_id order by c.seq) as span from steward.action_claim c) w where w.span < interval '170 hours' having count(*) > 0
    ) v
$$;

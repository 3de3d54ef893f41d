-- Cool-downs: what one answer said about everybody's next call. Where a provider limits its rate, is unavailable, or has let a quota be used
-- up, no worker calls it until the time it named: extension/core/src/engine/feedback.rs reads that time.
--
-- One row per provider, credential and model, written by the settlement of the answer (note_cooldowns) and read by every claim
-- (park_cooling): the jobs it concerns wait, with reason `rate`, and use up neither a try nor an attempt. The model is the one that the tool
-- writes into its request; where nobody can tell, a limit concerns the whole credential.
-- The credential is the names of the secrets that the request was sent with, never a value: those of all workspaces, or with @ and its id those
-- that the worker holds for one workspace alone. An own key is not stopped by the limit of the shared one, nor the other way round.
-- When a cool-down ends, the jobs come back spread over a fifth of its length (half a second to a minute), few at first: where the limit still
-- holds, those few find out, and the rest waits on.

create table steward.cooldown (
    provider text not null,
    credential text collate "C" not null,
    model text not null,
    workspace_id uuid,
    until timestamptz not null,
    reason text not null,
    code text not null,
    set_at timestamptz not null,
    set_by_job uuid not null,
    hits int not null,
    constraint cooldown_pkey primary key (provider, credential, model)
);
create index cooldown_until on steward.cooldown (until);
comment on table steward.cooldown is 'Until when nobody calls a provider with a credential, or one of its models. Removed by lift_cooldown, or by upkeep a day after its end.';
comment on column steward.cooldown.provider is 'Name of the provider.';
comment on column steward.cooldown.credential is 'Names of the secrets of the call, in order, with commas; with @ and the workspace where a worker holds one for that workspace alone. Empty: none.';
comment on column steward.cooldown.model is 'The model; empty for all of them.';
comment on column steward.cooldown.workspace_id is 'The workspace whose own credential it is; null for one that all share.';
comment on column steward.cooldown.until is 'When the provider is called again.';
comment on column steward.cooldown.reason is 'Why, in words of our own: it quotes no answer.';
comment on column steward.cooldown.code is 'rate_limited, quota_used_up, provider_unavailable or limit_used_up.';
comment on column steward.cooldown.set_at is 'When it began.';
comment on column steward.cooldown.set_by_job is 'The job whose answer set it last.';
comment on column steward.cooldown.hits is 'Answers that set or prolonged it since it began.';

-- A payload is its workspace's business and a cool-down everybody's, so only what looks like the name of a model is one.
create or replace function steward.model_of(tool_id uuid, job_id uuid) returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
declare
    model text;
    field text;
begin
    -- In the body (OpenAI, Anthropic), or in the path (Gemini).
    select case jsonb_typeof(t.definition #> '{request,body,model}') when 'string' then t.definition #>> '{request,body,model}'
        else substring(t.definition #>> '{request,path}' from '/models/([^/:?]+)') end
    into model from steward.tool t where t.id = model_of.tool_id;
    field := substring(model from '^\{\{ *payload\.([A-Za-z_][A-Za-z0-9_]*) *\}\}$');
    if field is not null then
        select case jsonb_typeof(j.payload -> field) when 'string' then j.payload ->> field end into model from steward.job j where j.id = model_of.job_id;
    end if;
    return case when model ~ '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$' then model else '' end;
end
$$;
comment on function steward.model_of(uuid, uuid) is 'The model that a job asks for, as its tool writes it or takes it from a field of the payload; empty where that cannot be told.';

-- Called where one of them has a cool-down. A row is written only where its end moves by a second or a tenth, or every answer of a storm would wait for the
-- commit of the one before; in the order of keys, so that no two batches wait for each other.
create or replace function steward.note_cooldowns(settled steward.settlement[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
declare
    at constant timestamptz := steward.clock();
begin
    insert into steward.cooldown as c (provider, credential, model, workspace_id, until, reason, code, set_at, set_by_job, hits)
    select distinct on (n.provider, n.credential, n.model) n.provider, n.credential, n.model, n.workspace_id, n.until, n.reason, n.code, at, n.job_id,
        count(*) over (partition by n.provider, n.credential, n.model)
    from (
        select t.provider, array_to_string(k.secrets, ',') || case when k.own then format('@%s', s.workspace_id) else '' end as credential,
            case s.cooldown ->> 'covers' when 'model' then steward.model_of(s.tool_id, s.job_id) else '' end as model, case when k.own then s.workspace_id end as workspace_id,
            at + make_interval(secs => (s.cooldown ->> 'seconds')::double precision) as until, s.cooldown ->> 'reason' as reason, s.cooldown ->> 'code' as code, s.job_id
        from unnest(settled) s
        join steward.tool t on t.id = s.tool_id
        -- A worker of an older release does not say what it used; one of this release says nothing where that was no secret.
        cross join lateral (select coalesce((s.cooldown #>> '{credential,own}')::boolean, false) as own, case jsonb_typeof(s.cooldown -> 'credential')
            when 'object' then array(select distinct e.name from jsonb_array_elements_text(s.cooldown #> '{credential,secrets}') as e (name)
                where e.name ~ '^[A-Z][A-Z0-9_]{0,62}$' order by 1)
            else steward.secrets_of(s.tool_id) end as secrets) k
        where s.cooldown is not null and t.provider is not null
    ) n
    where not exists (
        select from steward.cooldown o where o.provider = n.provider and o.credential = n.credential and o.model = n.model
            and o.until > at and o.until >= n.until - least(interval '1 s', (n.until - at) / 10))
    order by n.provider, n.credential, n.model, n.until desc
    on conflict on constraint cooldown_pkey do update set until = excluded.until, reason = excluded.reason, code = excluded.code, set_by_job = excluded.set_by_job,
        set_at = case when c.until > excluded.set_at then c.set_at else excluded.set_at end,
        hits = case when c.until > excluded.set_at then c.hits else 0 end + excluded.hits
    where c.until < excluded.until;
end
$$;
comment on function steward.note_cooldowns(steward.settlement[]) is 'Writes the cool-downs that answers asked for, each for as long as the longest of them.';

-- Where workers differ in what they hold, nobody knows which of them will run the job, and it waits.
create or replace function steward.has_own_secret(workspace_id uuid, secrets text[]) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(bool_and(w.status -> 'secrets' ?| o.names), false)
    from (select array(select format('%s@%s', s.name, has_own_secret.workspace_id) from unnest(has_own_secret.secrets) as s (name)) as names) o
    join steward.worker w on w.status -> 'secrets' ?| (has_own_secret.secrets || o.names)
    where w.heartbeat_at >= steward.clock() - make_interval(secs => steward.lease_seconds())
$$;
comment on function steward.has_own_secret(uuid, text[]) is 'Whether every live worker that holds one of the secrets holds one for that workspace alone.';

create or replace function steward.cooling(provider text, model text, workspace_id uuid, secrets text[] default null)
    returns table (until timestamptz, reason text, set_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
begin
    return query
    select c.until, c.reason, c.set_at
    from steward.cooldown c
    cross join lateral (select string_to_array(split_part(c.credential, '@', 1), ',') as names) k
    where c.provider = cooling.provider and c.model in ('', cooling.model) and c.until > steward.clock()
        and (cooling.secrets is null or k.names && cooling.secrets or c.credential = '' and cardinality(cooling.secrets) = 0)
        and case when c.workspace_id is null then not steward.has_own_secret(cooling.workspace_id, k.names) else c.workspace_id = cooling.workspace_id end
    order by c.until desc
    limit 1;
end
$$;
comment on function steward.cooling(text, text, uuid, text[]) is
    'The cool-down that a call of a workspace to a model of a provider waits for, the longest of them; nothing where it may go. secrets: names of those it is sent with; null when that is not known.';

create or replace function steward.park_cooling(taken steward.ready[]) returns steward.ready[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_hashjoin = off
    set enable_mergejoin = off
    set enable_seqscan = off
    set jit = off
    set enable_bitmapscan = off
    set enable_memoize = off
as $$
declare
    at constant timestamptz := steward.clock();
    parked uuid[];
begin
    -- Nearly always nothing cools down, which one look tells.
    if not exists (select from steward.cooldown c where c.until > at) then
        return taken;
    end if;
    with asked as materialized (
        select r.id, r.workspace_id, t.provider, steward.model_of(r.tool_id, r.id) as model, t.secrets
        from (
            select d.tool_id, x.provider, steward.secrets_of(d.tool_id) as secrets
            from (select distinct r.tool_id from unnest(taken) r) d
            cross join lateral (select o.provider from steward.tool o where o.id = d.tool_id offset 0) x
            where exists (select from steward.cooldown c where c.provider = x.provider and c.until > at)
            offset 0
        ) t
        join unnest(taken) r on r.tool_id = t.tool_id
    ),
    verdicts as materialized (
        select d.*, c.until, c.reason, c.set_at
        from (select distinct a.workspace_id, a.provider, a.model, a.secrets from asked a) d
        cross join lateral steward.cooling(d.provider, d.model, d.workspace_id, d.secrets) c
    ),
    inserted as (
        insert into steward.waiting (id, workspace_id, tool_id, queue, priority, reason, detail, since, until, attempt, tries)
        select r.id, r.workspace_id, r.tool_id, r.queue, r.priority, 'rate', format('provider %s: %s', v.provider, v.reason), at,
            -- The square root lets few come first; in their order, which a draw within each one's share does not change.
            v.until + sqrt((row_number() over (partition by v.provider, v.model order by r.priority, r.run_at, r.id) - random()) / count(*) over (partition by v.provider, v.model))
                * least(interval '1 min', greatest(interval '0.5 s', (v.until - v.set_at) / 5)),
            r.attempt, r.tries
        from asked a
        join verdicts v on v.workspace_id = a.workspace_id and v.provider = a.provider and v.model = a.model and v.secrets = a.secrets
        join unnest(taken) r on r.id = a.id
        returning waiting.id
    )
    select array_agg(i.id) into parked from inserted i;
    if parked is null then
        return taken;
    end if;
    perform steward.show_status(parked, 'waiting');
    return array(select r from unnest(taken) r where r.id <> all (parked));
end
$$;
comment on function steward.park_cooling(steward.ready[]) is 'Sends rows whose provider cools down to waiting, with the tries and attempts they have, and returns the rest.';

alter table steward.cooldown enable row level security;

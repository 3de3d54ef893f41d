-- What people do about cool-downs (071_cooldowns.sql): read them, and end one before its time, when a quota was raised or a bill was paid.

create function steward.readable_cooldowns() returns table (provider text, model text, workspace_id uuid, until timestamptz, reason text, code text, set_at timestamptz, hits int)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select c.provider, c.model, c.workspace_id, c.until, c.reason, c.code, c.set_at, c.hits
    from steward.cooldown c
    where c.until > steward.clock()
        and (steward.is_admin() or case when c.workspace_id is null then exists (select steward.my_workspaces()) else c.workspace_id in (select steward.my_workspaces()) end)
    order by c.provider, c.model, c.workspace_id;
end
$$;
comment on function steward.readable_cooldowns() is 'The rows of the view steward.cooldowns: of credentials that all share, and of your workspaces'' own.';

create function steward.lift_cooldown(provider text, model text default null) returns int
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    at constant timestamptz := steward.clock();
    lifted int;
begin
    perform steward.require('provider', lift_cooldown.provider), steward.require_installation_act('pause');
    delete from steward.cooldown c
    where c.provider = lift_cooldown.provider and c.model = coalesce(lift_cooldown.model, c.model) and c.until > at;
    get diagnostics lifted = row_count;
    if lifted = 0 then
        perform steward.refuse('55000', 'provider_not_cooling', 'no such provider or model cools down', 'There is nothing to lift; steward.cooldowns lists those that do.');
    end if;
    -- Within two seconds, few at first. What another cool-down concerns is parked again by the claim. Those that met the limit themselves come back, too.
    update steward.waiting w set until = least(w.until, at + interval '2 s' * sqrt(random()))
    where w.reason in ('rate', 'retry') and w.until > at
        and w.tool_id in (select t.id from steward.tool t where t.provider = lift_cooldown.provider)
        and (w.reason = 'rate' or exists (select from steward.attempt a where a.job_id = w.id and a.number = w.attempt and a.error_code = 'rate_limited'));
    perform steward.record_act('lift_cooldown', null, 'provider', lift_cooldown.provider, jsonb_build_object('model', lift_cooldown.model, 'lifted', lifted)), steward.ring_doorbell();
    return lifted;
end
$$;
comment on function steward.lift_cooldown(text, text) is
    'Ends the cool-downs of a provider, or of one model of it (an empty model: those that concern all models), for every credential, and lets the jobs that wait for them go on; returns how many there were. '
    'For steward_admin. Errors: 22004 argument_null, 42501 administrator_required, person_required, 55000 provider_not_cooling.';

/* <begin connected objects> */
-- extension/src/lib.rs:47
-- requires:
--   identity
--   api::attempt::is_maintenance
--   api::attempt::begun_job
--   api::attempt::begun_attempt
--   api::attempt::begun_workspace
--   api::attempt::remember_attempt
--   api::attempt::forget_attempt

-- Who a session is: a user id, and a kind of actor.
--
-- Asked in this order:
--   1. A session that began an attempt (begin_attempt in 100_attempt_identity.sql) is the user of that job, in that workspace, for as long as the
--      attempt lives, and nobody after that. Which attempt that is stands in the memory of the backend, where only the library
--      writes; it does not depend on the login any more.
--   2. A login that is mapped is its member; a gateway is whom it names; every other login is nobody.
-- Inside a maintenance command (ANALYZE, autovacuum, REINDEX, REFRESH …) a session is nobody at all: what runs there was planted in a table by its
-- owner, while session_user is whoever gave the command.
-- The kind says what stands behind it: a job (a script or a function acting for an attempt), a worker, a person (a mapped login, a
-- gateway's user, or an administrator of the installation), or nobody. Some acts need a person: see 022_acts.sql.

-- The user id a gateway names for this request. An empty setting is what a pool leaves behind: nobody.
create function steward.claimed_user() returns uuid
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    claims text := nullif(current_setting('request.jwt.claims', true), '');
    named text;
begin
    if claims is not null then
        named := claims::jsonb ->> 'sub';  -- claims without a sub are nobody and never fall through to steward.user_id
    else
        named := nullif(current_setting('steward.user_id', true), '');
    end if;
    return named::uuid;
exception
    when invalid_text_representation or invalid_parameter_value or untranslatable_character or numeric_value_out_of_range
        or program_limit_exceeded or statement_too_complex then
        return null;  -- malformed claims name nobody; the caller gets the same error as a stranger
end
$$;
comment on function steward.claimed_user() is
    'The user id in request.jwt.claims or steward.user_id; null when absent or malformed. Counts only for gateways: see steward.uid().';

-- A superuser has every role's rights without being a member of any.
create function steward.is_worker() returns boolean
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select pg_has_role(session_user, 'steward_worker', 'member') and not r.rolsuper from pg_roles r where r.rolname = session_user
$$;
comment on function steward.is_worker() is 'Whether the login is a worker''s: a member of steward_worker.';

create function steward.uid() returns uuid
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    begun constant uuid := steward.begun_job();
    known record;
begin
    if begun is not null then
        return steward.begun_user();
    elsif steward.is_maintenance() then
        return null;
    end if;
    select l.kind, l.user_id into known from steward.login l
    where l.role_name = session_user and l.role_id = quote_ident(session_user)::regrole;
    if not found then
        return null;
    elsif known.kind = 'member' then
        return known.user_id;
    elsif steward.is_worker() then
        return null;  -- granted steward_worker after it was trusted: a worker is never a gateway
    end if;
    return steward.claimed_user();
end
$$;
comment on function steward.uid() is
    'The user this session acts for: that of the attempt it began, the claim of a trusted gateway, the mapped user of any other login, else '
    'null (nobody).';

create function steward.is_admin() returns boolean
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    -- A gateway speaks for strangers, so it is never an administrator whatever it has been granted. Neither is an attempt or a worker.
    select pg_has_role(session_user, 'steward_admin', 'usage') and steward.begun_job() is null and not steward.is_worker() and not steward.is_maintenance()
        and not exists (select from steward.login l where l.role_name = session_user and l.kind = 'gateway')
$$;
comment on function steward.is_admin() is 'Whether the login has the rights of steward_admin, and is no gateway, no worker and no attempt, and this is no maintenance command.';

create function steward.actor_kind() returns text
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    if steward.is_maintenance() then
        return 'nobody';
    elsif steward.begun_job() is not null or session_user = 'steward_script' then
        return 'job';
    elsif steward.is_worker() then
        return 'worker';
    elsif steward.uid() is not null or steward.is_admin() then
        return 'person';
    end if;
    return 'nobody';
end
$$;
comment on function steward.actor_kind() is
    'What acts in this session: job (an attempt, or a script that began none), worker, person (a mapped login, a gateway''s user or an '
    'administrator) or nobody.';
/* </end connected objects> */

-- PostgREST, and with it Supabase: one pooled login (authenticator), a role a request, and claims in a setting that is gone with the transaction.
\pset tuples_only on
\pset format unaligned
do $$
begin
    if not exists (select from pg_roles where rolname = 'regress_authenticator') then
        create role regress_authenticator login noinherit;
        create role regress_authenticated;
        create role regress_anon;
        grant regress_authenticated, regress_anon to regress_authenticator;
    end if;
end
$$;
-- What docs/operating.md tells people to do, by an administrator.
grant steward_user to regress_authenticated;
set session authorization regress_admin;
select steward.trust_gateway('regress_authenticator');

-- A request as PostgREST makes it: a transaction, the role of the token, the claims, both local.
set session authorization regress_authenticator;
begin;
set local role regress_authenticated;
select set_config('request.jwt.claims', '{"sub": "33333333-0000-0000-0000-000000000000", "role": "regress_authenticated", "email": "ann@acme.example"}', true) is not null;
select steward.uid() = tests.person('editor'), steward.actor_kind();
select steward.enqueue('noop', '{"n": 1}', idempotency_key => 'by-request') is not null;
select idempotency_key, state, user_id = tests.person('editor') from steward.jobs;
commit;

-- The next request on the same connection finds '' left behind, and is nobody until it says who it is; steward.user_id is not asked while claims are there.
select current_setting('request.jwt.claims', true) = '';
begin;
set local role regress_authenticated;
select steward.uid(), (select count(*) from steward.jobs);
select tests.refused($$select steward.enqueue('noop')$$);
commit;
begin;
set local role regress_authenticated;
select set_config('request.jwt.claims', '{"sub": "55555555-0000-0000-0000-000000000000"}', true) is not null;
select steward.uid() = tests.person('outsider'), (select count(*) from steward.jobs);
select tests.refused(format('select steward.cancel_job(%L, %L)', tests.job('by-request'), 'not mine'));
rollback;
-- A request without a token, as the anonymous role, has no right at all; one with a token that names nobody has no membership.
begin;
set local role regress_anon;
select set_config('request.jwt.claims', '{"role": "regress_anon"}', true) is not null;
select tests.code($$select steward.enqueue('noop')$$), tests.code('select from steward.jobs');
commit;
begin;
set local role regress_authenticated;
select set_config('request.jwt.claims', '{"role": "regress_authenticated"}', true) is not null, set_config('steward.user_id', '33333333-0000-0000-0000-000000000000', true) is not null;
select steward.uid(), tests.code($$select steward.enqueue('noop')$$);
commit;
-- Claims count although the role of the request is not the one that is trusted: what is trusted is the login.
begin;
set local role regress_authenticated;
select set_config('request.jwt.claims', '{"sub": "11111111-0000-0000-0000-000000000000"}', true) is not null;
select steward.actor_kind(), (select count(*) from steward.audit where act = 'add_member') > 0;
commit;
-- A function that PostgREST offers as /rpc/… and that runs with its owner's rights keeps the caller's identity: the login of the session counts.
reset session authorization;
create function tests.rpc() returns uuid language sql security definer as $$ select steward.uid() $$;
set session authorization regress_authenticator;
begin;
set local role regress_authenticated;
select set_config('request.jwt.claims', '{"sub": "33333333-0000-0000-0000-000000000000"}', true) is not null;
select tests.rpc() = tests.person('editor');
commit;
-- The same login elsewhere, by the setting: what an application with its own pool sends.
begin;
set local role regress_authenticated;
set local steward.user_id = '44444444-0000-0000-0000-000000000000';
select steward.uid() = tests.person('viewer');
commit;
select tests.code('select steward.uid()');

-- Who a session is: what counts, and what a session can only claim.
\pset tuples_only on
\pset format unaligned
select tests.workspace('acme') as acme, tests.workspace('globex') as globex \gset

-- A login that nobody mapped is nobody.
set session authorization regress_nobody;
select steward.uid() is null, count(*) from steward.my_workspaces();

-- A mapped login is always its one member.
set session authorization regress_editor;
select steward.uid() = tests.person('editor');

-- Forged claims and a forged setting change nothing for a login that is no gateway.
set request.jwt.claims = '{"sub": "11111111-0000-0000-0000-000000000000"}';
set steward.user_id = '11111111-0000-0000-0000-000000000000';
select steward.uid() = tests.person('editor');
set session authorization regress_nobody;
select steward.uid() is null, count(*) from steward.my_workspaces();
select tests.refused($$select steward.enqueue('noop')$$);

-- A role that is taken on with SET ROLE changes nothing either: the login counts.
set session authorization regress_editor;
set role steward_user;
select steward.uid() = tests.person('editor');
reset role;

-- A gateway is whom the claim names.
set session authorization regress_gateway;
select steward.uid() = tests.person('owner');

-- Claims come first: the setting does not change whom they name.
set steward.user_id = '33333333-0000-0000-0000-000000000000';
select steward.uid() = tests.person('owner');

-- Claims without a sub are nobody, and never fall through to the setting.
set request.jwt.claims = '{"role": "anon"}';
select steward.uid() is null;
set request.jwt.claims = '{"sub": null}';
select steward.uid() is null;

-- Malformed claims are nobody.
select set_config('request.jwt.claims', claims, false), steward.uid() is null as nobody
from unnest(array['{', '[]', '7', '"x"', 'null', '{"sub": 7}', '{"sub": ""}', '{"sub": ["33333333-0000-0000-0000-000000000000"]}',
    '{"sub": "33333333"}', '{"sub": "\u0000"}', ' ']) claims;
select tests.refused($$select steward.enqueue('noop')$$);

-- The empty text a pool leaves behind is no claim, so the setting counts; left empty too, it is nobody.
set request.jwt.claims = '';
select steward.uid() = tests.person('editor');
set steward.user_id = '';
select steward.uid() is null;
set steward.user_id = 'not a uuid';
select steward.uid() is null;
reset steward.user_id;
reset request.jwt.claims;
select steward.uid() is null;

-- A gateway speaks for strangers, so it is never an administrator, even when it was granted the role.
reset session authorization;
grant steward_admin to regress_gateway;
set session authorization regress_gateway;
select tests.refused($$select steward.add_member(tests.workspace('acme'), tests.person('outsider'), 'owner')$$);
select tests.refused($$select steward.preview_request('noop', '{}')$$);
reset session authorization;
revoke steward_admin from regress_gateway;

-- A worker's login is never trusted as a gateway; a role that does not exist is no login.
set session authorization regress_admin;
select tests.refused($$select steward.trust_gateway('regress_worker')$$);
select tests.refused($$select steward.map_login('regress_worker', tests.person('owner'))$$);
select tests.refused($$select steward.trust_gateway('regress_missing')$$);
select tests.refused($$select steward.trust_gateway(null)$$);
select tests.refused($$select steward.map_login('regress_missing', tests.person('owner'))$$);
select tests.refused($$select steward.map_login('regress_nobody', null)$$);
select tests.refused($$select steward.map_login(null, tests.person('owner'))$$);

-- Nobody but an administrator says who is who, defines tools or creates workspaces.
set session authorization regress_owner;
select tests.refused($$select steward.trust_gateway('regress_owner')$$);
select tests.refused($$select steward.map_login('regress_nobody', tests.person('owner'))$$);
select tests.refused($$select steward.set_login('regress_owner', 'gateway', null)$$);
select tests.refused($$select steward.create_workspace('mine', 'Mine')$$);
select tests.refused($$select steward.define_tool('mine', '{"executor": "noop"}')$$);

-- Members see their own workspaces only, whatever the role.
select 'owner', slug from steward.workspaces order by slug;
set session authorization regress_viewer;
select 'viewer', slug from steward.workspaces order by slug;
select 'viewer', count(*) from steward.members;
set session authorization regress_outsider;
select 'outsider', slug from steward.workspaces order by slug;
select 'outsider', count(*) from steward.members;
set session authorization regress_nobody;
select 'nobody', count(*) from steward.workspaces;

-- A mapping that is changed counts from the next statement on.
reset session authorization;
select steward.map_login('regress_nobody', tests.person('viewer'));
set session authorization regress_nobody;
select steward.uid() = tests.person('viewer'), count(*) from steward.my_workspaces();

-- A role that was dropped and made anew under the same name is somebody else, so it is nobody until it is mapped again.
reset session authorization;
create role regress_renewed login in role steward_user;
select steward.map_login('regress_renewed', tests.person('owner'));
set session authorization regress_renewed;
select steward.uid() = tests.person('owner');
reset session authorization;
drop role regress_renewed;
create role regress_renewed login in role steward_user;
set session authorization regress_renewed;
select steward.uid() is null;
reset session authorization;
drop role regress_renewed;

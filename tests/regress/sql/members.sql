-- Workspaces and members: who may make whom what, and that a foreign workspace cannot be told from a missing one.
\pset tuples_only on
\pset format unaligned
create function tests.add(workspace text, person text, role text) returns text language sql as $$
    select tests.refused(format('select steward.add_member(%L, %L, %L)', tests.workspace(workspace), tests.person(person), role))
$$;
create function tests.role_of(person text) returns text language sql security definer as $$
    select m.role from steward.member m where m.user_id = tests.person(person) and m.workspace_id = tests.workspace('acme')
$$;

-- An owner makes members of every kind, and changes them.
set session authorization regress_owner;
select steward.add_member(tests.workspace('acme'), tests.person('outsider'), role), tests.role_of('outsider')
from unnest(array['viewer', 'editor', 'admin', 'owner']) role;

-- An admin makes everything but owners, and changes no owner.
set session authorization regress_manager;
select tests.add('acme', 'viewer', 'owner');
select tests.add('acme', 'owner', 'viewer');
select steward.add_member(tests.workspace('acme'), tests.person('viewer'), 'admin'), tests.role_of('viewer');
select steward.add_member(tests.workspace('acme'), tests.person('viewer'), 'viewer'), tests.role_of('viewer'), tests.role_of('owner');

-- Editors, viewers, members of other workspaces and nobodies add nobody: not even to a workspace that does not exist.
set session authorization regress_editor;
select tests.add('acme', 'editor', 'owner');
set session authorization regress_viewer;
select tests.add('acme', 'viewer', 'editor');
set session authorization regress_nobody;
select tests.add('acme', 'editor', 'viewer');

-- A foreign and a missing workspace give the same error.
set session authorization regress_manager;
select tests.add('globex', 'manager', 'owner');
select tests.refused($$select steward.add_member('00000000-0000-7000-8000-000000000000', tests.person('manager'), 'owner')$$);
select tests.add('globex', 'manager', 'owner')
    = tests.refused($$select steward.add_member('00000000-0000-7000-8000-000000000000', tests.person('manager'), 'owner')$$);
select tests.refused(format('select steward.enqueue(%L, workspace_id => %L)', 'noop', tests.workspace('globex')))
    = tests.refused($$select steward.enqueue('noop', workspace_id => '00000000-0000-7000-8000-000000000000')$$);

-- An administrator of the installation adds members everywhere, but not to what does not exist.
set session authorization regress_admin;
select steward.add_member(tests.workspace('acme'), tests.person('outsider'), 'viewer'), tests.role_of('outsider');
select tests.refused($$select steward.add_member('00000000-0000-7000-8000-000000000000', tests.person('manager'), 'owner')$$);
select tests.add('acme', 'editor', 'boss');
select tests.add('acme', 'editor', null);
select tests.add('acme', 'missing', 'viewer');
select tests.refused($$select steward.add_member(null, tests.person('manager'), 'owner')$$);

-- A workspace needs a slug of its own, a name and a known time zone.
select tests.refused(format('select steward.create_workspace(%L, %L)', slug, 'Name'))
from unnest(array['acme', 'Acme', '', '-x', 'a b', 'é', repeat('a', 64), null]) slug;
select tests.refused($$select steward.create_workspace('new', '')$$);
select tests.refused($$select steward.create_workspace('new', null)$$);
select tests.refused($$select steward.create_workspace('new', repeat('n', 201))$$);
select tests.refused($$select steward.create_workspace('new', 'New', 'Atlantis/Capital')$$);
select tests.refused($$select steward.create_workspace('new', 'New', plan => '')$$);
select tests.refused($$select steward.create_workspace('new', 'New', null)$$);
select tests.refused($$select steward.create_workspace('new', 'New', plan => null)$$);

-- It keeps what it was given; an administrator who is nobody does not become its owner.
select steward.create_workspace(repeat('a', 63), 'Longest slug', 'America/Sao_Paulo', 'trial') is not null;
reset session authorization;
select w.name, w.time_zone, w.plan, count(m) from steward.workspace w left join steward.member m on m.workspace_id = w.id
where w.slug = repeat('a', 63) group by w.id;

-- An administrator who is somebody does.
select steward.map_login('regress_admin', tests.person('owner'));
set session authorization regress_admin;
select steward.create_workspace('second', 'Second') is not null;
reset session authorization;
select m.role, m.user_id = tests.person('owner') from steward.member m where m.workspace_id = tests.workspace('second');

-- A member of two workspaces has to say which one an enqueue is for; each of both is accepted.
set session authorization regress_owner;
select tests.refused($$select steward.enqueue('noop')$$);
select count(steward.enqueue('noop', workspace_id => tests.workspace(slug))) from unnest(array['acme', 'second']) slug;

-- What the views workspaces and members show is what these give: of everybody's own workspaces, and to nobody anything.
select array_agg(w.slug order by w.slug) = (select array_agg(v.slug order by v.slug) from steward.workspaces v), count(*) from steward.readable_workspaces() w;
select count(distinct m.workspace_id), count(*) = (select count(*) from steward.members) from steward.readable_members() m;
set session authorization regress_nobody;
select (select count(*) from steward.readable_workspaces()), (select count(*) from steward.readable_members());

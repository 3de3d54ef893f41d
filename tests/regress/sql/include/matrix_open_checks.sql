-- The checks of the functions once more, each letting everybody through.

create function tests.require_act(workspace_id uuid, act text) returns void language sql as $$ select null::void $$;
create function tests.require_installation_act(act text) returns void language sql as $$ select null::void $$;
create function tests.require_person(act text) returns void language sql as $$ select null::void $$;
create function tests.may(workspace_id uuid, act text) returns boolean language sql as $$ select true $$;
create function tests.is_admin() returns boolean language sql as $$ select true $$;
create function tests.workspaces_for(act text) returns setof uuid language sql as $$ select w.id from steward.workspace w $$;
create function tests.my_workspaces() returns setof uuid language sql as $$ select w.id from steward.workspace w $$;
create function tests.acting_workspace(actor uuid, asked uuid, act text) returns uuid language sql as $$ select asked $$;
create function tests.acting_user(actor uuid, workspace uuid, asked uuid) returns uuid language sql as $$ select coalesce(asked, actor) $$;
create function tests.acted_job(job_id uuid, act text) returns steward.job language sql as $$ select j from steward.job j where j.id = job_id $$;
create function tests.locked_job(job_id uuid, act text) returns steward.job language sql as $$ select j from steward.job j where j.id = job_id $$;
create function tests.account_for(account_id uuid, act text) returns steward.account language sql as $$ select a from steward.account a where a.id = account_id $$;
create function tests.acted_account(account_id uuid, act text) returns steward.account language sql as $$ select a from steward.account a where a.id = account_id $$;
create function tests.readable_account(account_id uuid) returns steward.account language sql as $$ select a from steward.account a where a.id = account_id $$;
create function tests.acted_action(action_id uuid, act text) returns steward.action language sql as $$ select a from steward.action a where a.id = action_id $$;
create function tests.lead_for(lead_id uuid, act text) returns steward.lead language sql as $$ select l from steward.lead l where l.id = lead_id $$;
create function tests.acted_lead(lead_id uuid, act text) returns steward.lead language sql as $$ select l from steward.lead l where l.id = lead_id $$;

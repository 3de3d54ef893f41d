-- The leads of workspace acme: ann, of whom a person has said something, and bob. After matrix_callers.sql.
create function tests.lead(name text) returns uuid language sql stable security definer as $$
    select l.id from steward.lead l where l.full_name = name
$$;
select count(*) from steward.import_leads('[{"email": "ann@leads.example", "full_name": "ann", "size": 7}, {"provider_id": "p-2", "full_name": "bob"}]', workspace_id => tests.workspace('acme'));
select count(*) from steward.set_lead(tests.lead('ann'), '{"title": "CEO"}');

-- The doctor looks at outreach, too.

create or replace function steward.doctor() returns table (check_name text, verdict text, detail text)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require_installation_act('diagnose');
    return query select d.* from steward.doctor_of_setup() d union all select d.* from steward.doctor_of_work() d union all select d.* from steward.doctor_of_outreach() d
        union all select d.* from steward.doctor_of_leads() d;
end
$$;

-- Visitors: whom their signals belong to, once that is known, and when it turns out to have been said wrongly.

create function steward.identify_visitor(visitor text, lead_id uuid, workspace_id uuid default null) returns bigint
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    clock constant timestamptz := steward.clock();
    workspace uuid;
    was uuid;
    moved bigint;
begin
    perform steward.require_read_committed(), steward.require('visitor', identify_visitor.visitor);
    workspace := case when identify_visitor.lead_id is not null then (steward.lead_for(identify_visitor.lead_id, 'record_signals')).workspace_id
        else steward.acting_workspace(steward.uid(), identify_visitor.workspace_id, 'record_signals') end;
    if char_length(identify_visitor.visitor) not between 1 and 200 then
        perform steward.refuse('22023', 'signal_invalid', 'a visitor''s key has 1 to 200 characters', 'Pass the key that the source uses.');
    end if;
    perform steward.hold_visitors(workspace, array[identify_visitor.visitor], exclusive => true);
    select v.lead_id into was from steward.visitor v where v.workspace_id = workspace and v.visitor = identify_visitor.visitor;
    if was is not distinct from identify_visitor.lead_id then
        return 0;
    end if;
    insert into steward.visitor as v (workspace_id, visitor, lead_id, former_leads, identified_at) values (workspace, identify_visitor.visitor, identify_visitor.lead_id, '{}', clock)
    on conflict on constraint visitor_pkey do update
    set lead_id = excluded.lead_id, identified_at = excluded.identified_at,
        former_leads = case when was is null or was = any (v.former_leads) then v.former_leads else v.former_leads || was end;
    update steward.signal s set lead_id = identify_visitor.lead_id, recorded_at = clock where s.workspace_id = workspace and s.visitor = identify_visitor.visitor and s.by_visitor;
    get diagnostics moved = row_count;
    if moved > 0 then
        perform steward.note_stale(workspace, array_remove(array[was, identify_visitor.lead_id], null));
    end if;
    perform steward.record_act('identify_visitor', workspace, 'lead', coalesce(identify_visitor.lead_id, was)::text, jsonb_build_object('before', was, 'after', identify_visitor.lead_id, 'signals', moved));
    return moved;
end
$$;
comment on function steward.identify_visitor(text, uuid, uuid) is
    'Says which lead a visitor is, and returns how many signals, told of the visitor alone, are the lead''s now; later ones of the visitor go to the lead at once. Said again with another lead it is put right: '
    'they move, and both scores follow; with null they are nobody''s. What was told with a lead stays that lead''s. For owners, admins and editors, and their jobs. '
    'Errors: 22004 argument_null, 22023 signal_invalid, workspace_ambiguous, 42501 not_a_member, 42704 lead_unknown, workspace_unknown, 55000 isolation_unfit, lead_erased.';

-- The id of an event may be an address, and a time at which somebody read a page tells who it was. Whoever the visitors were taken for before is not known any more after that: their scores are computed once more. For forget_leads.
create function steward.forget_signals(lead_ids uuid[]) returns void
    language sql volatile
    set search_path = pg_catalog, pg_temp
as $$
    delete from steward.signal s where s.lead_id = any (forget_signals.lead_ids);
    with gone as (
        delete from steward.visitor v where v.lead_id = any (forget_signals.lead_ids) returning v.workspace_id, v.former_leads)
    select steward.make_due(g.workspace_id, g.former_leads) from gone g where g.former_leads <> '{}'
$$;
comment on function steward.forget_signals(uuid[]) is 'Deletes what leads did, and which visitors they were.';

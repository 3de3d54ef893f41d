-- Scores kept up: after changes and signals, as signals get old, and when another rubric comes into force.
--
-- refresh_scores is called by whoever wants to see a score at once; upkeep does the same for all workspaces (162_refresh_all_scores.sql) every few seconds. It takes notes of stale leads and scores that
-- are due, a batch at a time, so that no transaction of it is long; it computes those leads and no others. What cannot be computed keeps nothing else from being computed.

-- Leads of one call at most, in a workspace, or of all workspaces together in an upkeep: about a quarter of a second of work.
create function steward.refresh_batch() returns int
    language sql immutable parallel safe
    return 5000;
comment on function steward.refresh_batch() is 'Leads that one refresh, of a workspace or of all, computes at most.';

-- Leads in the order of their first notes, and of each all of its notes: one that a thousand signals came in for is computed once, and nobody behind it waits longer for that.
-- Whoever writes leads of the workspace at this moment has notes that are not to be seen yet: the next call takes them. Leads are given as an array, not joined: the planner, which knows nothing of a table
-- that fills and empties, compared each with each (half of the time of a thousand). For whoever holds the key `leads` of the workspace.
create function steward.take_stale(workspace_id uuid, most int) returns uuid[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
declare
    taken uuid[] := array[]::uuid[];
    these uuid[];
begin
    loop
        these := array(
            select distinct f.lead_id from (
                select n.lead_id from steward.stale_lead n where n.workspace_id = take_stale.workspace_id order by n.number limit take_stale.most - cardinality(taken)) f);
        exit when these = '{}';
        delete from steward.stale_lead s where s.workspace_id = take_stale.workspace_id and s.lead_id = any (these);
        taken := taken || these;
    end loop;
    return taken;
end
$$;
comment on function steward.take_stale(uuid, int) is 'Takes notes of stale leads of a workspace, of so many leads at most (null: of all), and returns the leads.';

create function steward.due_scores(rubric_id uuid, now timestamptz, most int) returns uuid[]
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select array(
        select s.lead_id from steward.lead_score s
        where s.rubric_id = due_scores.rubric_id and s.superseded_at is null and s.due_at <= due_scores.now
        order by s.due_at limit due_scores.most)
$$;
comment on function steward.due_scores(uuid, timestamptz, int) is 'Leads whose score by a rubric has fallen by a point since it was computed, because signals got old.';

create function steward.refresh_workspace(workspace_id uuid, most int, out taken int, out written bigint)
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    rubric steward.rubric;
    lead_ids uuid[];
begin
    select r.* into rubric from steward.rubric r where r.workspace_id = refresh_workspace.workspace_id and r.state = 'published';
    lead_ids := steward.take_stale(refresh_workspace.workspace_id, refresh_workspace.most);
    taken := cardinality(lead_ids);
    written := 0;
    if rubric.id is null then
        return;  -- the first rubric that is published scores every lead
    end if;
    lead_ids := lead_ids || steward.due_scores(rubric.id, steward.clock(), refresh_workspace.most - taken) || steward.to_try_again(refresh_workspace.workspace_id);
    taken := cardinality(lead_ids);
    if taken > 0 then
        written := steward.write_what_can(rubric, array(select distinct i from unnest(lead_ids) i));
    end if;
end
$$;
comment on function steward.refresh_workspace(uuid, int) is
    'Computes scores of a workspace that are stale or due, of so many leads at most, and returns how many leads that were and how many scores changed. For whoever holds its key `leads`.';

create function steward.refresh_scores(workspace_id uuid default null) returns bigint
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    workspace constant uuid := steward.acting_workspace(steward.uid(), refresh_scores.workspace_id, 'record_signals');
begin
    perform steward.require_read_committed(), steward.hold_leads(workspace);
    return (steward.refresh_workspace(workspace, steward.refresh_batch())).written;
end
$$;
comment on function steward.refresh_scores(uuid) is
    'Computes the scores of leads that changed, did something, or have fallen by a point since because what they did was long ago, at most 5,000 leads a call, and returns how many scores that changed. '
    'Workers do it every few seconds (upkeep); call it to see a score at once. For owners, admins and editors, and their jobs. '
    'Errors: 22023 workspace_ambiguous, 42501 not_a_member, 42704 workspace_unknown, 55000 isolation_unfit.';

create function steward.score_leads(workspace_id uuid default null) returns bigint
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    workspace constant uuid := steward.acting_workspace(steward.uid(), score_leads.workspace_id, 'record_signals');
    rubric steward.rubric;
begin
    perform steward.require_read_committed(), steward.hold_leads(workspace);
    rubric := steward.rubric_in_force(workspace);
    delete from steward.stale_lead s where s.workspace_id = workspace;
    delete from steward.unscored_lead u where u.workspace_id = workspace;
    return steward.write_scores(rubric, null);
end
$$;
comment on function steward.score_leads(uuid) is
    'Computes the score of every lead of a workspace by the rubric in force and returns how many changed. Not needed day by day: refresh_scores finds what changed. For owners, admins and editors, and their jobs. '
    'Errors: 22023 workspace_ambiguous, 42501 not_a_member, 42704 workspace_unknown, 55000 isolation_unfit, no_rubric.';

-- A rubric that was in force before has its scores still: only leads that changed since it retired are computed, and an hour before, for what was being written then.
create function steward.put_in_force(rubric steward.rubric) returns bigint
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    clock constant timestamptz := steward.clock();
    retired_at timestamptz;
    outgoing steward.rubric;
    stale uuid[];
begin
    select min(later.at) into retired_at
    from (select max(p.number) as number from steward.rubric_publication p where p.rubric_id = rubric.id) mine
    join steward.rubric_publication later on later.workspace_id = rubric.workspace_id and later.number > mine.number;
    stale := steward.take_stale(rubric.workspace_id, null);
    -- What is noted is for the rubric that retires, too: whoever goes back to it looks at no lead that changed before.
    select r.* into outgoing from steward.rubric r where r.workspace_id = rubric.workspace_id and r.state = 'published';
    if outgoing.id is not null then
        perform steward.write_what_can(outgoing, stale);
        update steward.rubric r set state = 'retired' where r.id = outgoing.id;
    end if;
    update steward.rubric r set state = 'published' where r.id = rubric.id;
    insert into steward.rubric_publication (workspace_id, number, rubric_id, at, by_user)
    select rubric.workspace_id, coalesce(max(p.number), 0) + 1, rubric.id, clock, steward.uid() from steward.rubric_publication p where p.workspace_id = rubric.workspace_id;
    if retired_at is null or steward.has_scores_of_another_model(rubric) then
        return steward.write_scores(rubric, null);
    end if;
    return steward.write_scores(rubric, stale || steward.changed_since(rubric, retired_at - interval '1 hour'));
end
$$;
comment on function steward.put_in_force(steward.rubric) is 'Puts a rubric in force, scores the leads whose scores by it are missing or old, and returns how many scores it wrote.';

create function steward.has_scores_of_another_model(rubric steward.rubric) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select rubric.definition ? 'likelihood' and exists (
        select from steward.lead_score s where s.rubric_id = rubric.id and s.superseded_at is null and s.model_id is distinct from (select (steward.model_of(rubric)).id))
$$;
comment on function steward.has_scores_of_another_model(steward.rubric) is 'Whether a rubric looks at likelihoods and has scores with those of another model than the one in force.';

create function steward.changed_since(rubric steward.rubric, since timestamptz) returns uuid[]
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select array(
        select l.id from steward.lead l where l.workspace_id = rubric.workspace_id and l.changed_at >= changed_since.since
        union
        select s.lead_id from steward.signal s where rubric.reads_signals and s.workspace_id = rubric.workspace_id and s.recorded_at >= changed_since.since and s.lead_id is not null
        union
        select v.lead_id from steward.visitor v where rubric.reads_signals and v.workspace_id = rubric.workspace_id and v.identified_at >= changed_since.since and v.lead_id is not null
        union
        select f from steward.visitor v, unnest(v.former_leads) f where rubric.reads_signals and v.workspace_id = rubric.workspace_id and v.identified_at >= changed_since.since
        union
        select s.lead_id from steward.signal s where rubric.reads_signals and rubric.zone_changed_at >= changed_since.since and s.workspace_id = rubric.workspace_id and s.lead_id is not null
        union
        select d from unnest(steward.due_scores(rubric.id, steward.clock(), 2147483647)) d)
$$;
comment on function steward.changed_since(steward.rubric, timestamptz) is 'Leads that may have another score by a rubric than at a moment.';

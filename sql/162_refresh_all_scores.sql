-- Scores of all workspaces kept up, for upkeep; and leads whose score cannot be computed.
--
-- Upkeep is one transaction, in which the key `leads` of each workspace that it refreshes is held: who imports meanwhile waits for its end. So all workspaces share one batch of leads: each has an equal part,
-- and what some leave goes to the others, who waited longest first. Then the next upkeep goes on.
-- A lead whose score cannot be computed is found by halving the batch, and tried again ten minutes later, or when it changes; doctor tells of it.

create table steward.unscored_lead (
    workspace_id uuid not null,
    lead_id uuid not null,
    code text not null,
    failed_at timestamptz not null,
    retry_at timestamptz not null,
    constraint unscored_lead_pkey primary key (workspace_id, lead_id)
);
create index unscored_lead_retry on steward.unscored_lead (workspace_id, retry_at);
comment on table steward.unscored_lead is 'Leads whose score could not be computed. Removed when it is.';
comment on column steward.unscored_lead.workspace_id is 'The workspace.';
comment on column steward.unscored_lead.lead_id is 'The lead.';
comment on column steward.unscored_lead.code is 'What stopped it: the slug of the error, or its SQLSTATE; its words, which may quote the lead, stand in the log of the server only.';
comment on column steward.unscored_lead.failed_at is 'When it was tried last.';
comment on column steward.unscored_lead.retry_at is 'When it is tried again.';

-- So many in a batch are worth halving it for; with more, the rest of it goes to the end of the line.
create function steward.most_set_aside() returns int
    language sql immutable parallel safe
    return 20;
comment on function steward.most_set_aside() is 'Leads that a refresh sets aside, and tries again, at most.';

create function steward.to_try_again(workspace_id uuid) returns uuid[]
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select array(
        select u.lead_id from steward.unscored_lead u where u.workspace_id = to_try_again.workspace_id and u.retry_at <= steward.clock()
        order by u.retry_at limit steward.most_set_aside())
$$;
comment on function steward.to_try_again(uuid) is 'Leads that were set aside long enough ago.';

create function steward.set_aside(rubric steward.rubric, lead_id uuid, code text) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    clock constant timestamptz := steward.clock();
begin
    insert into steward.unscored_lead (workspace_id, lead_id, code, failed_at, retry_at) values (rubric.workspace_id, set_aside.lead_id, set_aside.code, clock, clock + interval '10 minutes')
    on conflict on constraint unscored_lead_pkey do update set code = excluded.code, failed_at = excluded.failed_at, retry_at = excluded.retry_at;
    update steward.lead_score s set due_at = clock + interval '10 minutes'
    where s.rubric_id = rubric.id and s.lead_id = set_aside.lead_id and s.superseded_at is null and s.due_at <= clock;
end
$$;
comment on function steward.set_aside(steward.rubric, uuid, text) is 'Leaves a lead whose score could not be computed for later.';

-- Each try is a savepoint: what fails is as if it had not been tried.
create function steward.try_to_write(rubric steward.rubric, lead_ids uuid[], out written bigint, out code text)
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    detail text;
begin
    written := steward.write_scores(rubric, try_to_write.lead_ids);
exception when others then
    if steward.may_pass(sqlstate) then
        raise;
    end if;
    get stacked diagnostics detail = pg_exception_detail;
    written := 0;
    code := steward.slug_of(detail, sqlstate);
    if cardinality(try_to_write.lead_ids) = 1 then
        raise warning 'the score of lead % could not be computed: %', try_to_write.lead_ids[1], sqlerrm using errcode = sqlstate;
    end if;
end
$$;
comment on function steward.try_to_write(steward.rubric, uuid[]) is 'As write_scores, and returns the code of what stops it, unless the next call may get past that.';

create function steward.write_what_can(rubric steward.rubric, lead_ids uuid[]) returns bigint
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    -- Parts of lead_ids that are to be tried, as pairs of their ends; the last pair is the next.
    parts int[] := array[1, cardinality(write_what_can.lead_ids)];
    low int;
    high int;
    tried record;
    failed uuid[] := array[]::uuid[];
    written bigint := 0;
begin
    while parts <> '{}' and cardinality(failed) < steward.most_set_aside() loop
        low := parts[cardinality(parts) - 1];
        high := parts[cardinality(parts)];
        parts := parts[:cardinality(parts) - 2];
        continue when low > high;
        tried := steward.try_to_write(rubric, lead_ids[low:high]);
        written := written + tried.written;
        if tried.code is not null and low = high then
            failed := failed || lead_ids[low];
            perform steward.set_aside(rubric, lead_ids[low], tried.code);
        elsif tried.code is not null then
            parts := parts || array[(low + high) / 2 + 1, high, low, (low + high) / 2];
        end if;
    end loop;
    for pair in 1 .. cardinality(parts) by 2 loop
        perform steward.note_stale(rubric.workspace_id, lead_ids[parts[pair]:parts[pair + 1]]);
        lead_ids[parts[pair]:parts[pair + 1]] := array_fill(null::uuid, array[parts[pair + 1] - parts[pair] + 1]);
    end loop;
    delete from steward.unscored_lead u where u.workspace_id = rubric.workspace_id and u.lead_id = any (lead_ids) and u.lead_id <> all (failed);
    return written;
end
$$;
comment on function steward.write_what_can(steward.rubric, uuid[]) is 'Writes the scores of leads where they changed, sets aside those that cannot be computed, and returns how many it wrote.';

-- Each index is asked for its first row only.
create function steward.workspaces_to_refresh(now timestamptz) returns uuid[]
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select array(
        select w.id
        from steward.workspace w
        cross join lateral (select least(
            (select s.noted_at from steward.stale_lead s where s.workspace_id = w.id order by s.number limit 1),
            (select s.due_at from steward.rubric r join steward.lead_score s on s.rubric_id = r.id and s.superseded_at is null and s.due_at <= workspaces_to_refresh.now
                where r.workspace_id = w.id and r.state = 'published' order by s.due_at limit 1),
            (select u.retry_at from steward.unscored_lead u where u.workspace_id = w.id and u.retry_at <= workspaces_to_refresh.now order by u.retry_at limit 1)) as since) l
        where l.since is not null
        order by l.since, w.id
        limit 100)
$$;
comment on function steward.workspaces_to_refresh(timestamptz) is 'Workspaces with stale or due scores, who waited longest first, a hundred at most.';

-- What keeps one workspace's scores from being computed must not keep those of others, nor dead workers' jobs from being rescued.
create function steward.try_to_refresh(workspace_id uuid, most int, out taken int, out written bigint)
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    select r.taken, r.written into taken, written from steward.refresh_workspace(try_to_refresh.workspace_id, try_to_refresh.most) r;
exception when others then
    raise warning 'the scores of workspace % could not be computed: %', try_to_refresh.workspace_id, sqlerrm using errcode = sqlstate;
    taken := try_to_refresh.most;  -- it had its part
    written := 0;
end
$$;
comment on function steward.try_to_refresh(uuid, int) is 'As refresh_workspace, and warns of what stops it instead of being stopped.';

create function steward.forget_old_scores(now timestamptz) returns void
    language sql volatile
    set search_path = pg_catalog, pg_temp
as $$
    delete from steward.lead_score s where s.ctid = any (array(
        select o.ctid from steward.lead_score o where o.superseded_at < forget_old_scores.now - interval '400 days' order by o.superseded_at limit 1000 for update skip locked))
$$;
comment on function steward.forget_old_scores(timestamptz) is 'Deletes scores that were superseded 400 days ago, a thousand at most.';

-- Somebody who imports for a minute is not waited for: his workspace is looked at in the next round.
create function steward.refresh_all_scores() returns bigint
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    waiting constant uuid[] := steward.workspaces_to_refresh(steward.clock());
    remaining int := steward.refresh_batch();
    workspace uuid;
    done record;
    total bigint := 0;
begin
    for round in 1 .. 2 loop
        foreach workspace in array waiting loop
            exit when remaining <= 0;
            continue when not steward.hold_key('leads', workspace::text, exclusive => true, wait => false);
            done := steward.try_to_refresh(workspace, case round when 1 then steward.refresh_batch() / cardinality(waiting) else remaining end);
            remaining := remaining - done.taken;
            total := total + done.written;
        end loop;
    end loop;
    perform steward.forget_old_signals(steward.clock()), steward.forget_old_scores(steward.clock());
    return total;
end
$$;
comment on function steward.refresh_all_scores() is 'Refreshes scores of all workspaces that nobody writes leads of at this moment, one batch in all; for upkeep.';

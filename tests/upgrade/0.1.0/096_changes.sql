/* <begin connected objects> */
-- extension/src/lib.rs:135
-- requires:
--   prune

-- What changed since I last looked: for clients that poll, or that were woken and want to know by what.
--
-- Every write of job_status notes its transaction (changed_in). A cursor is the snapshot of the call that gave it, so the next call returns
-- exactly what that snapshot did not see: a transaction that was open then is not waited for, and not missed when it commits later, in
-- whatever order. Before the snapshot stands the place of the database (028_restore.sql), because transaction ids of another cluster or
-- timeline mean nothing: a cursor from before a restore or a failover starts over.

create function steward.read_cursor(cursor text) returns pg_snapshot
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if starts_with(cursor, steward.place() || '/') then
        return split_part(cursor, '/', 4)::pg_snapshot;
    elsif cursor is null or cursor ~ '^[0-9]+/[0-9]+/[0-9]+/[0-9:,]+$' then
        return null;
    end if;
    raise invalid_text_representation;
exception when invalid_text_representation then
    perform steward.refuse('22023', 'cursor_invalid', 'the cursor is none that steward.changes_since gave', 'Pass one of its cursors as it was, or null to start over.');
    return null;  -- not reached: refuse never returns
end
$$;
comment on function steward.read_cursor(text) is 'The snapshot in a cursor; null for a cursor of another place. Errors: 22023 cursor_invalid.';

create function steward.changes_since(cursor text default null)
    returns table (cursor_after text, id uuid, workspace_id uuid, user_id uuid, title text, state text, progress double precision, message text, updated_at timestamptz)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
declare
    seen constant pg_snapshot := steward.read_cursor(changes_since.cursor);
    after constant text := steward.place() || '/' || pg_current_snapshot();
begin
    if seen is null then
        return query
        select after, s.id, s.workspace_id, s.user_id, s.title, s.state, s.progress, s.message, s.updated_at
        from steward.job_status s where s.workspace_id in (select steward.my_workspaces()) order by s.changed_in, s.id;
    else
        return query
        select after, s.id, s.workspace_id, s.user_id, s.title, s.state, s.progress, s.message, s.updated_at
        from steward.job_status s
        where s.changed_in >= pg_snapshot_xmin(seen) and not pg_visible_in_snapshot(s.changed_in, seen)
            and s.workspace_id in (select steward.my_workspaces())
        order by s.changed_in, s.id;
    end if;
end
$$;
comment on function steward.changes_since(text) is
    'The rows of job_status, of your workspaces, that changed since a cursor, each as it is now; with null all of them. Every row carries cursor_after, '
    'which to pass next; keep the old one when no row comes. A pruned job is not reported. Errors: 22023 cursor_invalid.';
/* </end connected objects> */

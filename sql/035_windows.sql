-- How much of a limit is used, window by window.
--
-- A row of usage_window is a checkpoint: what the ledger holds for one limit, one of whom it covers (the bucket) and one window, and what is held for
-- attempts that run. It is keyed by the start of its window, so nothing is ever reset: a window that has not begun has no row, and one that is over
-- is merely no longer looked at. Claims make rows (open_windows in 069_hold.sql), claims and settlements change them, each locking the rows of its batch
-- in the order of their ids. What an attempt holds is released from, and posted to, the very rows that it was held in (attempt.windows).
-- Windows turn by the calendar of the workspace's zone; those of the installation by UTC. The zone counts when a window begins: a row keeps its end
-- whatever happens to the zone, and the next window begins there. Where that is in the middle of a window of the new zone, the odd piece belongs to
-- the window after it, which is the longer for it: changing zones buys nothing.
-- Pruned a year after its end by prune_windows, for the ledger has it all.

create table steward.usage_window (
    id bigint generated always as identity constraint usage_window_pkey primary key,
    limit_id uuid not null,
    bucket text not null,
    workspace_id uuid,
    metric text not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    posted bigint not null,
    held bigint not null,
    turned_away bigint not null,
    learned bigint not null default 0,
    learned_to bigint,
    constraint usage_window_key unique (limit_id, bucket, starts_at),
    constraint usage_window_held_check check (held >= 0)
);
comment on table steward.usage_window is 'What is used of a limit in one window. A checkpoint of the ledger; pruned a year after its end.';
comment on column steward.usage_window.id is 'Locks are taken in the order of this.';
comment on column steward.usage_window.limit_id is 'The limit.';
comment on column steward.usage_window.bucket is 'Whose use it is, where the limit covers each one for itself: the workspace of a plan''s limit, the user, the name; empty where there is one only.';
comment on column steward.usage_window.workspace_id is 'The workspace it belongs to; null for one of the installation over all workspaces.';
comment on column steward.usage_window.metric is 'That of the limit: cost (nano-dollars), jobs, calls, tokens or running.';
comment on column steward.usage_window.starts_at is 'First moment of the window; -infinity for total.';
comment on column steward.usage_window.ends_at is 'First moment after it; infinity for total.';
comment on column steward.usage_window.posted is 'What was used, by the ledger.';
comment on column steward.usage_window.held is 'What is held for attempts that run: the most they may use.';
comment on column steward.usage_window.turned_away is 'How many times a job did not fit. Of a shadow limit, how many it would have stopped.';
comment on column steward.usage_window.learned is 'Of what was used, what was posted before the window had a row: its limit came in the middle of it.';
comment on column steward.usage_window.learned_to is 'The last number of the ledger that was learned from; null where nothing had to be learned.';

-- Those who wait because a limit is full, in lines: one for each full bucket and queue. The rows of waiting say who they are; this one, when the
-- line is looked at: now where something was freed, else when the window turns. A claim that has served a line to its end deletes it.
create table steward.limit_line (
    limit_id uuid not null,
    bucket text not null,
    queue text collate "C" not null,
    kind text not null constraint limit_line_kind_check check (kind in ('limit', 'stopped', 'no_price', 'no_cost_limit')),
    look_at timestamptz not null,
    frees_at timestamptz not null,
    constraint limit_line_pkey primary key (limit_id, bucket, queue)
) with (fillfactor = 50);
create index limit_line_due on steward.limit_line (queue, look_at);
comment on table steward.limit_line is 'Lines of jobs that wait for room under a limit. A row is deleted by the claim that finds its line empty.';
comment on column steward.limit_line.limit_id is 'The limit; of a stopped workspace the workspace, of an unknown price the tool version, without a cost limit the workspace.';
comment on column steward.limit_line.bucket is 'As in usage_window.';
comment on column steward.limit_line.queue is 'The queue that its jobs return to.';
comment on column steward.limit_line.kind is 'limit, stopped (stop_spending), no_price (the price of the model is unknown) or no_cost_limit (a paid tool and no limit of its cost).';
comment on column steward.limit_line.look_at is 'When a claim looks at it.';
comment on column steward.limit_line.frees_at is 'When the window turns; infinity where none does.';

-- Of hours and minutes only the offset of the zone counts: the hour that a clock goes through twice is two windows. A day without a midnight
-- begins with its first moment.
create function steward.calendar_window(kind text, zone text, at timestamptz, out starts_at timestamptz, out ends_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    today constant timestamp := date_trunc('day', at at time zone zone);
    anchor int;
    first timestamp;
begin
    case
        when kind = 'total' then
            starts_at := '-infinity';
            ends_at := 'infinity';
        when kind in ('minute', 'hour') then
            starts_at := date_trunc(kind, at, zone);
            ends_at := starts_at + ('1 ' || kind)::interval;
        when kind like 'cycle:%' then
            anchor := substr(kind, 7)::int;
            first := steward.anchored(today, anchor);
            if first > today then
                first := steward.anchored(date_trunc('month', today) - interval '1 month', anchor);
            end if;
            starts_at := first at time zone zone;
            ends_at := steward.anchored(date_trunc('month', first) + interval '1 month', anchor) at time zone zone;
        else
            first := date_trunc(kind, today);
            starts_at := first at time zone zone;
            ends_at := (first + ('1 ' || kind)::interval) at time zone zone;
    end case;
end
$$;
comment on function steward.calendar_window(text, text, timestamptz) is 'The window of a kind that a moment lies in, by the calendar of a zone: its first moment, and the first after it.';

create function steward.anchored(month timestamp, anchor int) returns timestamp
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select least(date_trunc('month', month) + make_interval(days => anchor - 1), date_trunc('month', month) + interval '1 month' - interval '1 day')
$$;
comment on function steward.anchored(timestamp, int) is 'The day of a month that a cycle begins on: the anchor, or the last day of a month that is too short.';

-- The window after (or of) the last one that has a row.
create function steward.next_window(kind text, zone text, at timestamptz, last_end timestamptz, out starts_at timestamptz, out ends_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    select c.starts_at, c.ends_at into starts_at, ends_at from steward.calendar_window(kind, zone, at) c;
    if last_end > starts_at then
        starts_at := last_end;
        select c.ends_at into ends_at from steward.calendar_window(kind, zone, ends_at) c;
    end if;
end
$$;
comment on function steward.next_window(text, text, timestamptz, timestamptz) is
    'The window that a moment lies in, where the last one ended at last_end: in the middle of it after a change of zone, and then the window takes in the piece and the whole one after it.';

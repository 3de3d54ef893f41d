-- What was spent: append-only, one row for each attempt that was sent, with all that a bill needs.
--
-- An attempt holds the most it may cost from its claim on (columns of steward.attempt: held, windows). What it did cost is posted when it ends: exactly (posted), as
-- the most it may have cost because nobody knows (posted_estimate), or as nothing because the answer proves that nothing was done (void). Evidence that comes later
-- adds a row with the difference (correction). Nothing that was posted is ever changed: triggers refuse it to everybody, and 106_audit_ledger.sql finds out where somebody
-- did it all the same. A row counts in the windows that held_at lies in, so that midnight neither loses nor moves money.
-- Every row has a number. Kept for good: about 250 bytes for each call.

create table steward.ledger (
    workspace_id uuid not null,
    held_at timestamptz not null,
    job_id uuid not null,
    attempt int not null,
    entry int not null,
    number bigint generated always as identity,
    kind text not null constraint ledger_kind_check check (kind in ('posted', 'posted_estimate', 'void', 'correction')),
    posted_at timestamptz not null,
    user_id uuid not null,
    tool_id uuid not null,
    provider text,
    model text,
    tags text[] not null,
    held bigint not null,
    cost bigint not null,
    reported bigint,
    tokens bigint not null,
    calls int not null,
    jobs int not null,
    price_id uuid,
    windows bigint[] not null,
    constraint ledger_pkey primary key (workspace_id, held_at, job_id, attempt, entry)
);
create index ledger_number on steward.ledger using brin (number) with (pages_per_range = 16, autosummarize = on);
comment on table steward.ledger is 'What was spent, one row for each attempt that was sent, and one for each correction. Append-only, kept for good.';
comment on column steward.ledger.workspace_id is 'The workspace that pays.';
comment on column steward.ledger.held_at is 'When the money was set aside; it counts in the windows of this moment.';
comment on column steward.ledger.job_id is 'The job.';
comment on column steward.ledger.attempt is 'Number of the attempt.';
comment on column steward.ledger.entry is '1 for what was posted, more for corrections of it.';
comment on column steward.ledger.number is 'In the order in which rows were written, with gaps.';
comment on column steward.ledger.kind is 'posted (what it cost), posted_estimate (the most it may have cost; nobody knows), void (proof that nothing was done) or correction (the difference that later evidence makes).';
comment on column steward.ledger.posted_at is 'When it was written.';
comment on column steward.ledger.user_id is 'The user of the job.';
comment on column steward.ledger.tool_id is 'The tool version.';
comment on column steward.ledger.provider is 'The provider of the tool; null where it has none.';
comment on column steward.ledger.model is 'The model that was asked, where it is known.';
comment on column steward.ledger.tags is 'Tags of the job.';
comment on column steward.ledger.held is 'What was set aside, in nano-dollars.';
comment on column steward.ledger.cost is 'What it cost, in nano-dollars: by the price row or the tool''s price. Of a correction the difference, perhaps negative. More than held is an overrun.';
comment on column steward.ledger.reported is 'What the provider itself says it cost, in nano-dollars; null where it says nothing.';
comment on column steward.ledger.tokens is 'Tokens in and out.';
comment on column steward.ledger.calls is 'Calls made: 1, or 0 where no connection was made, and for corrections.';
comment on column steward.ledger.jobs is '1 for the first attempt of its job that was sent; -1 in a correction by which nothing was done.';
comment on column steward.ledger.price_id is 'The row of steward.price that it was priced by; null for a price of the tool''s own.';
comment on column steward.ledger.windows is 'The rows of usage_window that it was posted to.';

-- What a person's transaction settled: its ledger row is there with its commit, but the rows of its windows must not be locked until then, for
-- everybody else's claims would wait. A settlement of a worker, or upkeep, takes it in within seconds; until then the money is still held.
create table steward.unposted (
    id bigint generated always as identity constraint unposted_pkey primary key,
    window_id bigint not null,
    released bigint not null,
    posted bigint not null
);
comment on table steward.unposted is 'What windows still lack of settlements that persons made. Rows are taken in, and deleted, by upkeep within seconds.';
comment on column steward.unposted.id is 'In the order of writing.';
comment on column steward.unposted.window_id is 'The row of usage_window.';
comment on column steward.unposted.released is 'What is no longer held.';
comment on column steward.unposted.posted is 'What was used.';

create function steward.refuse_ledger_change() returns trigger
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.refuse('42501', 'ledger_is_append_only', 'the ledger is append-only: no row is changed or deleted', 'Leave it: later evidence adds a correction by itself.');
    return null;  -- not reached: refuse never returns
end
$$;
comment on function steward.refuse_ledger_change() is 'Trigger: refuses every change of the ledger: 42501 ledger_is_append_only.';
create trigger ledger_append_only before update or delete on steward.ledger for each row execute function steward.refuse_ledger_change();
create trigger ledger_not_truncated before truncate on steward.ledger for each statement execute function steward.refuse_ledger_change();
alter table steward.ledger enable always trigger ledger_append_only;
alter table steward.ledger enable always trigger ledger_not_truncated;

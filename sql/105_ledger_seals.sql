-- Sealing the ledger: each workspace's rows are hashed into a chain of blocks, so that who changes a row later has to change every block after it.
--
-- No writer waits for that, and no row is touched again: a pass takes a range of numbers and writes one block for each workspace that has rows in it,
-- with the hash of the block before it, its own fields, and every column of every row. A range may be sealed once nothing can appear in it any more.
-- The proof: whoever posts has a transaction id before he draws a number (073_post.sql). A pass notes the last number drawn, and after that the next
-- transaction id that nobody has yet: whoever drew that number or a smaller one has a smaller id. Once pg_snapshot_xmin has reached the noted id all of
-- those have ended, and what a look then sees is all there will be. Somebody's open transaction delays the seal; it never breaks it.
-- Ids of transactions mean nothing in another cluster or after a restore, so a note counts in its place only (steward.place()) and accept_restore drops it.
-- Blocks cover numbers, which are the same everywhere.
-- What is sealed up to where stands three times: in the blocks, in a head for each workspace, and in the end of the last range. 106_audit_ledger.sql compares.

create table steward.ledger_block (
    workspace_id uuid not null,
    number bigint not null,
    from_number bigint not null,
    to_number bigint not null,
    rows bigint not null,
    cost numeric not null,
    previous_hash bytea not null,
    hash bytea not null,
    sealed_at timestamptz not null,
    constraint ledger_block_pkey primary key (workspace_id, number),
    constraint ledger_block_range unique (workspace_id, to_number)
);
comment on table steward.ledger_block is 'Sealed rows of the ledger, in one chain for each workspace. Append-only, kept for good: a row a minute at most while a workspace spends.';
comment on column steward.ledger_block.workspace_id is 'The workspace.';
comment on column steward.ledger_block.number is 'Counts from 1 in each workspace.';
comment on column steward.ledger_block.from_number is 'First number of the ledger that the pass covered; the passes of an installation follow on one another without a gap.';
comment on column steward.ledger_block.to_number is 'Last number of the ledger that the pass covered.';
comment on column steward.ledger_block.rows is 'How many rows of the workspace have a number in between.';
comment on column steward.ledger_block.cost is 'Sum of their cost, in nano-dollars.';
comment on column steward.ledger_block.previous_hash is 'Hash of the block before it; empty for the first.';
comment on column steward.ledger_block.hash is 'SHA-256 over previous_hash, the other columns of this row, and the SHA-256 of each row in the order of numbers: see ledger_block_hash and ledger_row_hash.';
comment on column steward.ledger_block.sealed_at is 'When it was sealed.';
create trigger ledger_block_append_only before update or delete on steward.ledger_block for each row execute function steward.refuse_ledger_change();
create trigger ledger_block_not_truncated before truncate on steward.ledger_block for each statement execute function steward.refuse_ledger_change();
alter table steward.ledger_block enable always trigger ledger_block_append_only;
alter table steward.ledger_block enable always trigger ledger_block_not_truncated;

create table steward.ledger_head (
    workspace_id uuid constraint ledger_head_pkey primary key,
    block bigint not null,
    rows bigint not null,
    hash bytea not null,
    sealed_at timestamptz not null
);
comment on table steward.ledger_head is 'The last block of each workspace, a second time: without it the deletion of that block would leave a good chain. One row for each workspace that spends, kept for good.';
comment on column steward.ledger_head.workspace_id is 'The workspace.';
comment on column steward.ledger_head.block is 'Number of its last block.';
comment on column steward.ledger_head.rows is 'Rows in all of its blocks.';
comment on column steward.ledger_head.hash is 'Hash of its last block.';
comment on column steward.ledger_head.sealed_at is 'When that was sealed.';

create table steward.ledger_seal (
    is_only boolean constraint ledger_seal_pkey primary key constraint ledger_seal_is_only_check check (is_only),
    sealed_to bigint not null,
    noted_number bigint,
    noted_before bigint,
    noted_in text,
    noted_at timestamptz
);
comment on table steward.ledger_seal is 'How far the ledger is sealed, and up to where it is sealed next. One row, kept for good.';
comment on column steward.ledger_seal.is_only is 'True: there is one row.';
comment on column steward.ledger_seal.sealed_to is 'Every row with this number or a smaller one is in a block.';
comment on column steward.ledger_seal.noted_number is 'The last number that had been drawn when the note was made; null where there is no note.';
comment on column steward.ledger_seal.noted_before is 'A transaction id that nobody had then: what drew noted_number, or a number before it, has a smaller one.';
comment on column steward.ledger_seal.noted_in is 'The place (steward.place()) in which that holds.';
comment on column steward.ledger_seal.noted_at is 'When the last note was made.';

-- Whatever the session's settings are, the text is the same: times in microseconds, no text form of a uuid, array or number that a setting could change. A column that
-- is added to the ledger some day goes to the end, and only where it is not null: so the blocks of before stay what they are.
create function steward.ledger_row_hash(l steward.ledger) returns bytea
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return sha256(convert_to(jsonb_build_array(l.workspace_id, (extract(epoch from l.held_at) * 1000000)::bigint, l.job_id, l.attempt, l.entry, l.number, l.kind,
        (extract(epoch from l.posted_at) * 1000000)::bigint, l.user_id, l.tool_id, l.provider, l.model, l.tags, l.held, l.cost, l.reported, l.tokens, l.calls, l.jobs,
        l.price_id, l.windows)::text, 'UTF8'));
end
$$;
comment on function steward.ledger_row_hash(steward.ledger) is 'SHA-256 of a row of the ledger: of a JSON array of its columns, times in microseconds.';

create function steward.ledger_block_hash(b steward.ledger_block, row_hashes bytea) returns bytea
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return sha256(b.previous_hash || convert_to(jsonb_build_array(b.workspace_id, b.number, b.from_number, b.to_number, b.rows, b.cost,
        (extract(epoch from b.sealed_at) * 1000000)::bigint)::text, 'UTF8') || row_hashes);
end
$$;
comment on function steward.ledger_block_hash(steward.ledger_block, bytea) is 'What the hash of a block must be, given the hashes of its rows one after the other.';

create function steward.seal_range(from_number bigint, to_number bigint) returns bigint
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
declare
    at constant timestamptz := steward.clock();
    sealed bigint;
begin
    with found as materialized (
        select l.workspace_id, count(*) as rows, sum(l.cost) as cost, string_agg(steward.ledger_row_hash(l), ''::bytea order by l.number, l.held_at, l.job_id, l.attempt, l.entry) as hashes
        from steward.ledger l
        where l.number >= seal_range.from_number and l.number <= seal_range.to_number
        group by l.workspace_id
    ),
    -- Where somebody has done away with a head or with blocks, what is left of the two is gone on from: sealing must not stop, and the audit says what is missing.
    chained as (
        select f.hashes, row(f.workspace_id, coalesce(p.number, 0) + 1, seal_range.from_number, seal_range.to_number, f.rows, f.cost, coalesce(p.hash, ''), '', at)::steward.ledger_block as b
        from found f
        left join lateral (
            select e.number, e.hash from (
                select h.block as number, h.hash from steward.ledger_head h where h.workspace_id = f.workspace_id
                union all
                (select x.number, x.hash from steward.ledger_block x where x.workspace_id = f.workspace_id order by x.number desc limit 1)) e
            order by e.number desc limit 1) p on true
    ),
    made as (
        insert into steward.ledger_block (workspace_id, number, from_number, to_number, rows, cost, previous_hash, hash, sealed_at)
        select (c.b).workspace_id, (c.b).number, (c.b).from_number, (c.b).to_number, (c.b).rows, (c.b).cost, (c.b).previous_hash, steward.ledger_block_hash(c.b, c.hashes), (c.b).sealed_at from chained c
        returning *
    ),
    headed as (
        insert into steward.ledger_head as h (workspace_id, block, rows, hash, sealed_at)
        select m.workspace_id, m.number, m.rows, m.hash, m.sealed_at from made m
        on conflict on constraint ledger_head_pkey do update set block = excluded.block, rows = h.rows + excluded.rows, hash = excluded.hash, sealed_at = excluded.sealed_at
    )
    select coalesce(sum(m.rows), 0)::bigint into sealed from made m;
    return sealed;
end
$$;
comment on function steward.seal_range(bigint, bigint) is 'Writes a block for each workspace that has rows of the ledger with these numbers; returns how many rows that are.';

-- At most 20,000 numbers a pass: a tenth of a second or two. What was rolled back leaves gaps, and a range without a row is not sealed but goes on into the next.
create function steward.seal_ledger() returns bigint
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
declare
    seal steward.ledger_seal;
    first bigint;
    upto bigint;
    sealed bigint := 0;
begin
    if steward.is_restored() then
        return 0;
    end if;
    perform steward.require_read_committed();
    if not steward.hold_latch('seal_ledger', wait => false) then
        return 0;
    end if;
    insert into steward.ledger_seal (is_only, sealed_to) values (true, 0) on conflict on constraint ledger_seal_pkey do nothing;
    select s.* into seal from steward.ledger_seal s;
    if seal.noted_in = steward.place() and seal.noted_before <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint then
        select min(l.number) into first from steward.ledger l where l.number > seal.sealed_to and l.number <= least(seal.sealed_to + 20000, seal.noted_number);
        if first is null and seal.noted_number > seal.sealed_to + 20000 then
            select min(l.number) into first from steward.ledger l where l.number > seal.sealed_to and l.number <= seal.noted_number;
        end if;
        if first is not null then
            upto := least(greatest(seal.sealed_to, first - 1) + 20000, seal.noted_number);
            sealed := steward.seal_range(seal.sealed_to + 1, upto);
            seal.sealed_to := upto;
        end if;
        if first is null or upto = seal.noted_number then
            seal.noted_number := null;
        end if;
    elsif seal.noted_in = steward.place() then
        return 0;
    else
        seal.noted_number := null;
    end if;
    if seal.noted_number is null then
        -- In this order: see the top.
        seal.noted_number := coalesce(pg_sequence_last_value('steward.ledger_number_seq'), 0);
        seal.noted_before := steward.next_transaction();
        seal.noted_in := steward.place();
        seal.noted_at := steward.clock();
    end if;
    update steward.ledger_seal s set sealed_to = seal.sealed_to, noted_number = seal.noted_number, noted_before = seal.noted_before, noted_in = seal.noted_in, noted_at = seal.noted_at;
    return sealed;
end
$$;
comment on function steward.seal_ledger() is
    'Seals rows of the ledger into blocks and returns how many: those that were posted before the call before, as soon as no transaction of that time is open. Upkeep calls it about once a minute; '
    'it may be called at any time by steward_worker and steward_admin. Errors: 55000 isolation_unfit.';

-- A note is used when it is a minute old, and the next one is made then; so a row is sealed one or two minutes after its commit. What is too much for one pass is
-- gone on with by the next call.
-- Whoever meddles with blocks may make sealing fail for good: that is not to keep upkeep from rescuing jobs, so it is a warning in the log.
create function steward.keep_ledger_sealed() returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    at constant timestamptz := steward.clock();
    seal steward.ledger_seal;
    drawn constant bigint := coalesce(pg_sequence_last_value('steward.ledger_number_seq'), 0);
begin
    select s.* into seal from steward.ledger_seal s;
    if drawn > coalesce(seal.sealed_to, 0) and (seal.noted_in is distinct from steward.place()
        or seal.noted_at not between at - interval '1 minute' and at and seal.noted_before <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint) then
        begin
            perform steward.seal_ledger();
        exception when others then
            if left(sqlstate, 2) in ('40', '53', '55', '57') then
                raise;
            end if;
            raise warning 'the ledger could not be sealed (%)', sqlstate using hint = 'Call steward.audit_ledger().';
        end;
    end if;
end
$$;
comment on function steward.keep_ledger_sealed() is 'Seals the ledger where that is due.';

-- Whether anybody has meddled with the ledger: what is told twice must agree.
--
--   chain     each block's hash is what its rows and the block before it make; no row of a sealed range is outside; the heads and the last range end there
--   windows   what a window says is used is what the ledger posted to it, and what it learned when it was made; what it says is held is held by attempts
--   holds     every attempt that ended has ended its hold in one way, and its entries in the ledger add up to what it says it cost
--   heads     what audit_head() printed some time ago is still there
-- A row that is changed, inserted or deleted after it was sealed breaks the chain. One that is not sealed yet is told by its attempt and by its windows. A superuser who changes
-- the ledger, blocks, heads, windows and attempts so that all agree again leaves no trace in the database: only a head that was kept outside shows him.
--
-- All of it is one snapshot, so that work may go on meanwhile and no lock is taken: every function here is STABLE, and so sees what the statement that
-- calls audit_ledger sees; whoever claims, settles or takes in writes all that must agree in one transaction.

create function steward.audit_chain() returns table (problem text, workspace_id uuid, detail text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    sealed_to constant bigint := greatest((select s.sealed_to from steward.ledger_seal s), (select max(b.to_number) from steward.ledger_block b), 0);
begin
    return query
    with found as (
        select p.workspace_id, p.block, count(*) as rows, sum(p.cost) as cost,
            string_agg(p.hash, ''::bytea order by p.number, p.held_at, p.job_id, p.attempt, p.entry) filter (where p.block is not null) as hashes,
            string_agg(p.number::text, ', ' order by p.number) filter (where p.block is null) as outside
        from (
            select l.workspace_id, l.number, l.cost, l.held_at, l.job_id, l.attempt, l.entry, case when b.from_number <= l.number then b.number end as block, steward.ledger_row_hash(l) as hash
            from steward.ledger l
            left join lateral (
                select x.number, x.from_number from steward.ledger_block x
                where x.workspace_id = l.workspace_id and x.to_number >= l.number order by x.to_number limit 1) b on true
            where l.number <= sealed_to
        ) p
        group by p.workspace_id, p.block
    ),
    blocks as (
        select b as block, b.workspace_id, b.number, coalesce(lag(b.hash) over w, '') as before, row_number() over w as n
        from steward.ledger_block b window w as (partition by b.workspace_id order by b.number)
    ),
    ranges as (
        select r.from_number, r.to_number, coalesce(lag(r.to_number) over (order by r.to_number, r.from_number), 0) as before
        from (select distinct b.from_number, b.to_number from steward.ledger_block b) r
    ),
    ends as (
        select distinct on (b.workspace_id) b.workspace_id, b.number, b.hash, sum(b.rows) over (partition by b.workspace_id) as rows, b.sealed_at
        from steward.ledger_block b order by b.workspace_id, b.number desc
    )
    select 'block_differs', b.workspace_id, format('block %s (numbers %s to %s) was sealed with %s rows that cost $%s; there are %s that cost $%s, and its hash is another one', b.number, (b.block).from_number, (b.block).to_number,
        (b.block).rows, steward.dollars((b.block).cost::bigint), coalesce(f.rows, 0), steward.dollars(coalesce(f.cost, 0)::bigint))
    from blocks b left join found f on f.workspace_id = b.workspace_id and f.block = b.number
    where (b.block).hash <> steward.ledger_block_hash(b.block, coalesce(f.hashes, ''))
    union all
    select 'chain_broken', b.workspace_id, format('block %s does not follow on the block before it: one is missing, or was changed', b.number)
    from blocks b where (b.block).previous_hash <> b.before or b.number <> b.n
    union all
    select 'row_outside', f.workspace_id, format('%s rows have numbers that are sealed and are in no block: %s', f.rows, left(f.outside, 200)) from found f where f.block is null
    union all
    select 'range_missing', null, format('the numbers %s to %s were sealed, and no block covers them, or two do', r.before + 1, r.from_number - 1) from ranges r where r.from_number <> r.before + 1
    union all
    select 'range_missing', null, format('the ledger is sealed up to number %s, and the last block ends with %s', s.sealed_to, coalesce(e.last, 0))
    from steward.ledger_seal s, (select max(r.to_number) as last from ranges r) e where s.sealed_to <> coalesce(e.last, 0)
    union all
    select 'range_missing', null, 'there are blocks, and no note of how far the ledger is sealed' where not exists (select from steward.ledger_seal) and exists (select from steward.ledger_block)
    union all
    select 'head_differs', coalesce(h.workspace_id, e.workspace_id), format('the last block is %s with %s rows in all, and the head says %s with %s, or has another hash', coalesce(e.number, 0), coalesce(e.rows, 0), coalesce(h.block, 0), coalesce(h.rows, 0))
    from ends e full join steward.ledger_head h on h.workspace_id = e.workspace_id
    where (e.number, e.hash, e.rows, e.sealed_at) is distinct from (h.block, h.hash, h.rows, h.sealed_at);
end
$$;
comment on function steward.audit_chain() is 'Where rows of the ledger, blocks and heads disagree.';

-- A head that somebody kept, as audit_head() printed it. Compared as text, so that nothing in it can be an error.
create function steward.audit_heads(heads jsonb) returns table (problem text, workspace_id uuid, detail text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select 'kept_head_differs', (select w.id from steward.workspace w where w.id::text = h.head ->> 'workspace_id'), format('block %s had the hash %s; %s', left(h.head ->> 'block', 20), left(h.head ->> 'hash', 64),
        coalesce('now it has ' || (select encode(b.hash, 'hex') from steward.ledger_block b where b.workspace_id::text = h.head ->> 'workspace_id' and b.number::text = h.head ->> 'block'), 'there is no such block'))
    from jsonb_array_elements(heads) as h (head)
    where not exists (
        select from steward.ledger_block b
        where b.workspace_id::text = h.head ->> 'workspace_id' and b.number::text = h.head ->> 'block' and encode(b.hash, 'hex') = h.head ->> 'hash');
end
$$;
comment on function steward.audit_heads(jsonb) is 'The heads in a list that are not blocks of the ledger any more.';

create function steward.audit_windows() returns table (problem text, workspace_id uuid, detail text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with posted as (
        select u.id, sum(l.cost) as cost, sum(l.tokens) as tokens, sum(l.calls) as calls, sum(l.jobs) as jobs, max(l.held_at) as last_at, min(l.held_at) as first_at,
            array_agg(distinct l.workspace_id) as workspaces
        from steward.ledger l cross join lateral unnest(l.windows) as u (id) group by u.id
    ),
    pending as (
        select u.window_id as id, sum(u.released) as released, sum(u.posted) as posted from steward.unposted u group by u.window_id
    ),
    holding as (
        select u.id, sum(a.held) as cost, sum(a.held_tokens) as tokens, count(*) as calls, count(*) filter (where a.counts_job) as jobs, max(a.held_at) as last_at
        from steward.attempt a cross join lateral unnest(a.windows) as u (id) where a.finished_at is null and a.hold in ('held', 'sent') group by u.id
    ),
    seen as (
        select v.*, coalesce(case v.metric when 'cost' then p.cost when 'tokens' then p.tokens when 'calls' then p.calls when 'jobs' then p.jobs else 0 end, 0) + v.learned - coalesce(n.posted, 0) as must_be_posted,
            coalesce(case v.metric when 'cost' then h.cost when 'tokens' then h.tokens when 'jobs' then h.jobs else h.calls end, 0) + coalesce(n.released, 0) as must_be_held,
            p.first_at < v.starts_at or p.last_at >= v.ends_at or v.workspace_id is not null and p.workspaces <> array[v.workspace_id] as is_misplaced,
            format('window %s (%s from %s)', v.id, v.metric, v.starts_at at time zone 'UTC') as words
        from steward.usage_window v left join posted p on p.id = v.id left join pending n on n.id = v.id left join holding h on h.id = v.id
        where v.metric in ('cost', 'tokens', 'calls', 'jobs', 'running')
    )
    select 'window_posted', s.workspace_id, format('%s says that %s are used; by the ledger it is %s', s.words, s.posted, s.must_be_posted) from seen s where s.posted <> s.must_be_posted
    union all
    select 'window_held', s.workspace_id, format('%s says that %s are held; by the attempts it is %s', s.words, s.held, s.must_be_held) from seen s where s.held <> s.must_be_held
    union all
    select 'window_misplaced', s.workspace_id, format('%s has entries of another time or workspace', s.words) from seen s where s.is_misplaced
    union all
    select 'window_learned', s.workspace_id, format('%s says that %s were used before its limit came; by the ledger it is %s', s.words, s.learned, r.used)
    from seen s
    left join lateral steward.usage_before(s.limit_id, s.bucket, s.workspace_id, s.metric, s.starts_at, s.ends_at, s.learned_to) as r (used) on s.learned_to is not null
    where s.learned <> coalesce(r.used, 0)
    union all
    -- Windows are pruned a year after their end.
    select 'window_missing', null, format('window %s has entries in the ledger, or attempts that hold something, and there is none', u.id)
    from (select p.id, p.last_at from posted p union select h.id, h.last_at from holding h) u
    where u.last_at > steward.clock() - interval '1 year' and not exists (select from steward.usage_window v where v.id = u.id);
end
$$;
comment on function steward.audit_windows() is 'Where windows disagree with the ledger and with what is held. The sums of counters and of quotas that reject are no matter of the ledger.';

-- What learn_usage must have found. The limit may be gone; its versions say what it was.
create function steward.usage_before(limit_id uuid, bucket text, workspace_id uuid, metric text, starts_at timestamptz, ends_at timestamptz, learned_to bigint) returns bigint
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    l steward.usage_limit;
begin
    select x.* into l from steward.usage_limit x where x.id = usage_before.limit_id;
    if not found then
        select (jsonb_populate_record(null::steward.usage_limit, to_jsonb(v))).* into l from steward.usage_limit_version v where v.limit_id = usage_before.limit_id order by v.version limit 1;
    end if;
    return (
        select coalesce(sum(case usage_before.metric when 'cost' then e.cost when 'tokens' then e.tokens when 'calls' then e.calls when 'jobs' then e.jobs else 0 end), 0)::bigint
        from steward.ledger e
        join steward.tool t on t.id = e.tool_id
        where e.held_at >= usage_before.starts_at and e.held_at < usage_before.ends_at and e.number <= usage_before.learned_to and (usage_before.workspace_id is null or e.workspace_id = usage_before.workspace_id)
            and steward.bucket_of(l, e.workspace_id, e.user_id, t.name, e.provider, e.model, e.tags) = usage_before.bucket);
end
$$;
comment on function steward.usage_before(uuid, text, uuid, text, timestamptz, timestamptz, bigint) is 'What the ledger holds of a bucket of a limit in a window, up to a number.';

-- The ledger outlives attempts (prune_jobs); of a job that was pruned the audit says that it was there, for a year at least.
create function steward.audit_holds() returns table (problem text, workspace_id uuid, detail text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with entries as (
        select l.workspace_id, l.job_id, l.attempt, sum(l.cost) as cost, count(*) as how_many, min(l.entry) as first, max(l.entry) as last
        from steward.ledger l group by l.workspace_id, l.job_id, l.attempt
    ),
    pairs as (
        select coalesce(a.workspace_id, e.workspace_id) as workspace_id, coalesce(a.job_id, e.job_id) as job_id, a.number is not null as is_known, a.state, a.finished_at, a.hold, a.held, a.cost,
            e.cost as posted, e.how_many, e.first, e.last, format('attempt %s of job %s', coalesce(a.number, e.attempt), coalesce(a.job_id, e.job_id)) as words
        from (select x.* from steward.attempt x where x.held is not null or x.hold is not null) a
        full join entries e on e.workspace_id = a.workspace_id and e.job_id = a.job_id and e.attempt = a.number
    )
    select 'hold_open', p.workspace_id, format('%s has ended, and what was held for it has not', p.words)
    from pairs p where p.is_known and p.finished_at is not null and (p.hold is null or p.hold in ('held', 'sent'))
    union all
    -- What never left is no entry (state released).
    select 'entry_missing', p.workspace_id, format('%s was sent, cost $%s, and has no entry in the ledger', p.words, steward.dollars(p.cost))
    from pairs p where p.posted is null and (p.hold in ('posted', 'posted_estimate') or p.hold = 'void' and p.state <> 'released')
    union all
    select 'entry_early', p.workspace_id, format('%s has entries in the ledger, and what is held for it has not ended', p.words) from pairs p where p.posted is not null and p.hold in ('held', 'sent')
    union all
    select 'cost_differs', p.workspace_id, format('%s says it cost $%s; its entries say $%s', p.words, steward.dollars(p.cost), steward.dollars(p.posted::bigint))
    from pairs p where p.posted <> p.cost
    union all
    select 'entries_gap', p.workspace_id, format('%s has %s entries in the ledger, with numbers from %s to %s', p.words, p.how_many, p.first, p.last) from pairs p where p.first <> 1 or p.last <> p.how_many
    union all
    select 'entry_differs', l.workspace_id, format('entry %s of attempt %s of job %s says otherwise than the attempt what was held, when, and for what', l.entry, l.attempt, l.job_id)
    from steward.ledger l join steward.attempt a on a.job_id = l.job_id and a.number = l.attempt
    where (l.workspace_id, l.tool_id, l.held_at, l.held, l.price_id) is distinct from (a.workspace_id, a.tool_id, a.held_at, a.held, a.price_id) or not l.windows <@ a.windows
    union all
    select 'attempt_missing', p.workspace_id, format('the ledger has an entry for %s, and there is no such attempt', p.words)
    from pairs p
    where not p.is_known and case when exists (select from steward.job j where j.id = p.job_id) then true
        else p.job_id >= steward.least_id_of(steward.clock() - interval '365 days') and not exists (select from steward.audit d where d.act = 'enqueue' and d.object_id = p.job_id::text) end;
end
$$;
comment on function steward.audit_holds() is 'Where attempts and the ledger disagree.';

create function steward.audit_ledger(heads jsonb default null) returns table (problem text, workspace_id uuid, detail text)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require_installation_act('diagnose');
    if jsonb_typeof(audit_ledger.heads) <> 'array' then
        perform steward.refuse('22032', 'heads_invalid', 'heads is no list', 'Pass what was kept of: select jsonb_agg(h) from steward.audit_head() h.');
    end if;
    return query select c.* from steward.audit_chain() c;
    return query select c.* from steward.audit_windows() c;
    return query select c.* from steward.audit_holds() c;
    return query select c.* from steward.audit_heads(coalesce(audit_ledger.heads, '[]')) c;
end
$$;
comment on function steward.audit_ledger(jsonb) is
    'What is wrong with the ledger, and nothing when all is well: chains of blocks, sums of windows, what is held, and whether heads that were kept outside (select jsonb_agg(h) from steward.audit_head() h) are still there. '
    'It reads the whole ledger, in one snapshot, and locks nothing. Who changes everything so that it agrees, as a superuser can, is found by heads kept outside only. '
    'problem: block_differs, chain_broken, row_outside, range_missing, head_differs, kept_head_differs, window_posted, window_held, window_learned, window_misplaced, window_missing, hold_open, entry_missing, entry_early, '
    'entry_differs, entries_gap, cost_differs or attempt_missing; workspace_id: null where it is nobody''s; detail: in words. For steward_admin. Errors: 22032 heads_invalid, 42501 administrator_required.';

create function steward.audit_head() returns table (workspace_id uuid, block bigint, rows bigint, hash text, sealed_at timestamptz)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select h.workspace_id, h.block, h.rows, encode(h.hash, 'hex'), h.sealed_at
    from steward.ledger_head h
    where steward.is_admin() or h.workspace_id = any (array(select steward.workspaces_for('read_audit')))
    order by h.workspace_id;
end
$$;
comment on function steward.audit_head() is
    'The last block of each workspace, to be kept where nobody who can change this database can change it: by it audit_ledger(heads) finds out later whether everything up to it is what it was. '
    'block: its number; rows: of the ledger, up to it; hash: of the block, in hexadecimal digits. For owners and admins of workspaces (theirs) and steward_admin (all). Errors: none; who may read no audit sees nothing.';

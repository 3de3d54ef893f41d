-- The claim ledger: one row for each time that an account does something, written before the call, in the transaction that marks the call as sent. It counts whatever
-- becomes of the call. No planner, worker or hand that may INSERT passes a limit here, because a row cannot be written without what proves that it keeps them:
--
--   the window    the row names the opening and closing instant of its day, which a foreign key finds in account_day; t lies between them
--   the day cap   the row names the cap of its day, found the same way, and has a slot up to it that no other row of the day has
--   the gap       the row names the row before it with its t, which a foreign key finds here, and lies at least the gap of its policy after it
--   the week      the same with the row as many before it as the week cap: from it to this one lie seven days and two hours, the longest that seven local days take
--                 when a clock is put back. So in no such span there are more rows than the cap.
--   a kind        as the day cap, of the kind of the action: its slot, up to the cap that the policy has for it
--
-- Which rows are "before" is not said by whoever writes: the references are generated from seq, seq has no holes because each row needs the one before it, and under a
-- cap of k a row needs the row k before it, unless there is none. Caps and gap belong to the version of the policy, by a foreign key. The time t is stamped by a
-- trigger that is always enabled: whatever an INSERT says, it is now. Rows are never changed or deleted, as long as the account lives.
--
-- CHECKs are written as CASE with is not null: a comparison with null would let a row pass. The 900 seconds and the 150 rows are the brief's; no policy can be looser.
-- A dump is restored as it was: a superuser's session with row_security off, which is what pg_dump's output begins with, keeps the t of the rows that it copies.

create table steward.action_claim (
    account_id uuid not null,
    seq bigint not null,
    t timestamptz not null,
    action_id uuid not null,
    kind text not null,
    local_day date not null,
    opens_at timestamptz not null,
    closes_at timestamptz not null,
    day_cap int not null,
    day_slot int not null,
    kind_cap int not null,
    kind_slot int not null,
    policy_id uuid not null,
    gap_seconds int not null,
    week_cap int not null,
    before_t timestamptz,
    week_before_t timestamptz,
    before_seq bigint generated always as (case when seq > 1 then seq - 1 end) stored,
    week_before_seq bigint generated always as (case when seq > week_cap then seq - week_cap end) stored,
    constraint action_claim_pkey primary key (account_id, seq),
    constraint action_claim_t_key unique (account_id, seq, t),
    constraint action_claim_action_key unique (action_id),
    constraint action_claim_day_slot_key unique (account_id, local_day, day_slot),
    constraint action_claim_kind_slot_key unique (account_id, local_day, kind, kind_slot),
    constraint action_claim_seq_check check (seq >= 1),
    constraint action_claim_window_check check (case when t >= opens_at and t < closes_at then true else false end),
    constraint action_claim_day_slot_check check (case when day_slot between 1 and day_cap then true else false end),
    constraint action_claim_kind_slot_check check (case when kind_slot between 1 and kind_cap then true else false end),
    constraint action_claim_gap_check check (case when seq = 1 then before_t is null when before_t is null then false else t - before_t >= make_interval(secs => gap_seconds) end),
    constraint action_claim_week_check check (
        case when seq <= week_cap then week_before_t is null when week_before_t is null then false else t - week_before_t >= interval '170 hours' end),
    constraint action_claim_before_fkey foreign key (account_id, before_seq, before_t) references steward.action_claim (account_id, seq, t),
    constraint action_claim_week_before_fkey foreign key (account_id, week_before_seq, week_before_t) references steward.action_claim (account_id, seq, t),
    constraint action_claim_account_fkey foreign key (account_id) references steward.account (id),
    constraint action_claim_action_fkey foreign key (action_id) references steward.action (id),
    constraint action_claim_day_fkey foreign key (account_id, local_day, opens_at, closes_at, day_cap, policy_id)
        references steward.account_day (account_id, local_day, opens_at, closes_at, cap, policy_id),
    constraint action_claim_kind_fkey foreign key (policy_id, kind, kind_cap) references steward.policy_kind (policy_id, kind, cap),
    constraint action_claim_policy_fkey foreign key (policy_id, account_id, gap_seconds, week_cap) references steward.policy (id, account_id, gap_seconds, week_cap)
);
comment on table steward.action_claim is 'What accounts did: one row for each call, written with its sent mark. Append-only, kept for good: about 400 bytes an action.';
comment on column steward.action_claim.account_id is 'The account.';
comment on column steward.action_claim.seq is 'Counts from 1 for each account, without a hole.';
comment on column steward.action_claim.t is 'When: stamped with steward.clock() by a trigger.';
comment on column steward.action_claim.action_id is 'The action; it is claimed once.';
comment on column steward.action_claim.kind is 'Its kind.';
comment on column steward.action_claim.local_day is 'Local day of the account.';
comment on column steward.action_claim.opens_at is 'As account_day.opens_at.';
comment on column steward.action_claim.closes_at is 'As account_day.closes_at.';
comment on column steward.action_claim.day_cap is 'As account_day.cap.';
comment on column steward.action_claim.day_slot is 'From 1 to the cap of the day, each once.';
comment on column steward.action_claim.kind_cap is 'As policy_kind.cap.';
comment on column steward.action_claim.kind_slot is 'From 1 to the cap of the kind, each once a day.';
comment on column steward.action_claim.policy_id is 'The version of the policy: that of the day.';
comment on column steward.action_claim.gap_seconds is 'As policy.gap_seconds.';
comment on column steward.action_claim.week_cap is 'As policy.week_cap.';
comment on column steward.action_claim.before_t is 't of the row before; null for the first.';
comment on column steward.action_claim.week_before_t is 't of the row week_cap before; null where there is none.';
comment on column steward.action_claim.before_seq is 'Generated: seq of the row before.';
comment on column steward.action_claim.week_before_seq is 'Generated: seq of the row week_cap before.';

create function steward.stamp_claim() returns trigger
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    if current_setting('row_security') = 'off' and (select r.rolsuper from pg_roles r where r.rolname = session_user) then
        return new;
    end if;
    new.t := steward.clock();
    return new;
end
$$;
comment on function steward.stamp_claim() is 'Trigger: the time of a claim is now, whatever the INSERT says; but a dump keeps the times it holds.';

create trigger action_claim_stamped before insert on steward.action_claim for each row execute function steward.stamp_claim();
create trigger action_claim_append_only before update or delete on steward.action_claim for each row execute function steward.refuse_governor_change();
create trigger action_claim_not_truncated before truncate on steward.action_claim for each statement execute function steward.refuse_governor_change();
alter table steward.action_claim enable always trigger action_claim_stamped, enable always trigger action_claim_append_only, enable always trigger action_claim_not_truncated;

-- Writes the row of an action that is done now. What stands in its way is raised by the constraint that keeps it.
create function steward.insert_claim(action steward.action) returns timestamptz
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
    set plan_cache_mode = force_generic_plan
as $$
declare
    at constant timestamptz := steward.clock();
    written timestamptz;
begin
    insert into steward.action_claim (account_id, seq, t, action_id, kind, local_day, opens_at, closes_at, day_cap, day_slot, kind_cap, kind_slot, policy_id, gap_seconds, week_cap, before_t, week_before_t)
    select action.account_id, coalesce(l.seq, 0) + 1, at, action.id, action.kind, d.local_day, d.opens_at, d.closes_at, d.cap,
        (select count(*) + 1 from steward.action_claim c where c.account_id = d.account_id and c.local_day = d.local_day), k.cap,
        (select count(*) + 1 from steward.action_claim c where c.account_id = d.account_id and c.local_day = d.local_day and c.kind = action.kind), p.id, p.gap_seconds, p.week_cap, l.t,
        (select c.t from steward.action_claim c where c.account_id = action.account_id and c.seq = l.seq + 1 - p.week_cap)
    from (
        select y.* from steward.account_day y
        where y.account_id = action.account_id and y.local_day between (at - interval '2 days')::date and (at + interval '2 days')::date
        order by y.opens_at <= at and at < y.closes_at desc, y.local_day desc limit 1
    ) d
    join steward.policy p on p.id = d.policy_id
    join steward.policy_kind k on k.policy_id = p.id and k.kind = action.kind
    left join lateral (select c.seq, c.t from steward.action_claim c where c.account_id = action.account_id order by c.seq desc limit 1) l on true
    returning action_claim.t into written;
    return written;
end
$$;
comment on function steward.insert_claim(steward.action) is
    'Writes an action that is done now into the claim ledger and returns its time; null where its account has no day. A limit that it would break raises the violation of its constraint.';

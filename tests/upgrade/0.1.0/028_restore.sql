/* <begin connected objects> */
-- extension/src/lib.rs:65
-- requires:
--   personal_data
--   api::place::place

-- The restore guard: a database that was restored, cloned or taken over knows that it is not where it was, and stays paused.
--
-- A backup is the past. Jobs that were queued in it may have run since, so a restored queue that simply went on would call, pay and write
-- to people a second time. The table remembers every place this database has lived in: the cluster's system identifier, its
-- timeline, the database's oid (steward.place(), in Rust). It is at home when exactly one row has not been left and that row is here:
--   installation       one row, here                                                             at home
--   dump and restore   the row that the new installation wrote, and the old place's              paused
--   … not done yet     the row that the new installation wrote: it knows that a restore follows, because the schema was there before
--                      it (a dump makes the schema first), and says of itself that it is not here         paused
--   clone, failover, point-in-time recovery   one row, somewhere else                            paused
-- Paused: claim_jobs hands out nothing, mark_sent allows nothing, rescue_jobs rests; enqueueing and outcomes that come in are accepted. It
-- ends with accept_restore. What no database can see is the return to a snapshot of its own disk: same cluster, same timeline.

create table steward.installation (
    id uuid constraint installation_pkey primary key,
    place text not null,
    since timestamptz not null,
    left_at timestamptz,
    accepted_by name not null,
    reason text not null,
    salt bytea not null
);
comment on table steward.installation is 'Where this database lives and has lived. One row a restore; kept for good.';
comment on column steward.installation.id is 'Time-ordered uuid (version 7).';
comment on column steward.installation.place is 'system identifier/timeline/database oid, as steward.place() says it.';
comment on column steward.installation.since is 'When it was installed or accepted there.';
comment on column steward.installation.left_at is 'When another place was accepted; null for the one that counts.';
comment on column steward.installation.accepted_by is 'Login that installed or accepted it.';
comment on column steward.installation.reason is 'Why, in the words of who accepted it.';
comment on column steward.installation.salt is 'Random bytes that the pseudonyms of analysts are made with; the oldest row''s counts, so they outlive a restore.';

-- gen_random_uuid draws from the operating system: 244 random bits in two of them.
insert into steward.installation (id, place, since, accepted_by, reason, salt)
values (steward.new_id(), steward.place() operator(pg_catalog.||) pg_catalog.current_setting('steward_install.place_suffix'), steward.clock(), session_user, 'installed',
    pg_catalog.uuid_send(pg_catalog.gen_random_uuid()) operator(pg_catalog.||) pg_catalog.uuid_send(pg_catalog.gen_random_uuid()));

-- Called by functions that switch sequential scans off; a table of a handful of rows has no other plan. In PL/pgSQL, as everything that a claim
-- calls: a function in SQL that cannot be inlined is planned anew at every call (measured: 100 us of 1,100 of a claim that finds nothing).
create function steward.is_restored() returns boolean
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = on
as $$
begin
    -- A standby claims nothing anyway, and its readers are not to be told that everything waits.
    return not pg_is_in_recovery() and (select count(*) <> 1 or min(i.place) <> steward.place() from steward.installation i where i.left_at is null);
end
$$;
comment on function steward.is_restored() is 'Whether the restore guard holds the installation: nothing is claimed or sent until steward.accept_restore(reason).';
/* </end connected objects> */

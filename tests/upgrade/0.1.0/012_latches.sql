/* <begin connected objects> */
-- extension/src/lib.rs:33
-- requires:
--   errors

-- What must happen one after the other locks a row of this table. Not advisory locks: anybody who may connect may hold one of those, and with it
-- stop every claim.
create table steward.latch (
    name text constraint latch_pkey primary key
);
comment on table steward.latch is 'A row for each thing that is done one at a time; only its lock counts. Kept: one row for each tool and provider.';
comment on column steward.latch.name is 'What is done one at a time.';

-- Returns whether it holds the lock, which it does until the end of the transaction.
create function steward.hold_latch(name text, wait boolean default true) returns boolean
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    loop
        if wait then
            perform from steward.latch l where l.name = hold_latch.name for no key update;
        else
            perform from steward.latch l where l.name = hold_latch.name for no key update skip locked;
        end if;
        if found then
            return true;
        elsif exists (select from steward.latch l where l.name = hold_latch.name) then
            return false;
        end if;
        insert into steward.latch (name) values (hold_latch.name) on conflict on constraint latch_pkey do nothing;
    end loop;
    return null;  -- not reached: the loop returns
end
$$;
comment on function steward.hold_latch(text, boolean) is 'Locks what a name stands for until the end of the transaction; without waiting it says false when somebody else holds it.';
/* </end connected objects> */

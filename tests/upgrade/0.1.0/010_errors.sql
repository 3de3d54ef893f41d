/* <begin connected objects> */
-- extension/src/lib.rs:32
-- requires:
--   bootstrap

-- One way to refuse: a standard SQLSTATE, DETAIL `code=<slug>`, and a hint that says what to do next.
-- README lists every slug; a test compares that list with the calls of this function and with the Rust sources.

create function steward.refuse(sqlstate_code text, code text, message text, hint text) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception using errcode = sqlstate_code, message = message, detail = 'code=' || code, hint = hint;
end
$$;
comment on function steward.refuse(text, text, text, text) is
    'Raises an error: SQLSTATE, DETAIL code=<slug>, message and HINT. Never returns.';

create function steward.require(argument text, value text) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    if value is null then
        perform steward.refuse('22004', 'argument_null', format('argument %s is null', argument), format('Pass a value for %s.', argument));
    end if;
end
$$;
comment on function steward.require(text, text) is 'Refuses a null argument: 22004 argument_null.';

create function steward.is_worker_id(worker text) returns boolean
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return coalesce(char_length(worker) between 1 and 200, false);
end
$$;
comment on function steward.is_worker_id(text) is 'Whether a text may be the id of a worker.';

create function steward.require_worker(worker text) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require('worker', worker);
    if not steward.is_worker_id(worker) then
        perform steward.refuse('22023', 'worker_invalid', 'a worker id has 1 to 200 characters', 'Pass the id of the process, the same in every call.');
    end if;
end
$$;
comment on function steward.require_worker(text) is 'Refuses what is no worker id. Errors: 22004 argument_null, 22023 worker_invalid.';

-- Under any other level a statement that waited for a lock goes on with the state from before the wait: it would count slots that are
-- taken and overlook rows that were moved.
create function steward.is_read_committed() returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return current_setting('transaction_isolation') = 'read committed';
end
$$;
comment on function steward.is_read_committed() is 'Whether the transaction runs at read committed.';

create function steward.require_read_committed() returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not steward.is_read_committed() then
        perform steward.refuse('55000', 'isolation_unfit', format('the transaction runs at isolation level %s', current_setting('transaction_isolation')),
            'Call it at read committed: alter role … set default_transaction_isolation = ''read committed''.');
    end if;
end
$$;
comment on function steward.require_read_committed() is 'Refuses any isolation level but read committed: 55000 isolation_unfit.';
/* </end connected objects> */

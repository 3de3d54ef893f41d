-- Which columns hold what people wrote or who they are, said in one place.
--
-- Analysts read views that mask these columns (905_analyst_views.sql): content shows as [masked], an identifier as a pseudonym, which is the
-- same for the same person and tells nothing else. A test compares this table with the columns of every table: each one that can
-- hold text is here or on a list of those that hold none. No error message and no log line quotes one of them.

create table steward.personal_data (
    relation text not null,
    column_name text not null,
    kind text not null constraint personal_data_kind_check check (kind in ('content', 'identifier')),
    constraint personal_data_pkey primary key (relation, column_name)
);
comment on table steward.personal_data is 'Columns that hold personal data. Kept as it comes with the extension; a dump holds no row of it.';
comment on column steward.personal_data.relation is 'Table in schema steward.';
comment on column steward.personal_data.column_name is 'Column of it.';
comment on column steward.personal_data.kind is 'content: what people wrote or a provider answered; identifier: whom it is about.';

insert into steward.personal_data (relation, column_name, kind) values
    ('job', 'user_id', 'identifier'),
    ('job', 'enqueued_by', 'identifier'),
    ('job', 'idempotency_key', 'identifier'),
    ('job', 'payload', 'content'),
    ('job', 'result', 'content'),
    ('job', 'error_message', 'content'),
    ('waiting', 'detail', 'content'),
    ('cancellation', 'reason', 'content'),
    ('checkpoint', 'data', 'content'),
    ('attempt', 'error_message', 'content'),
    ('attempt', 'usage', 'content'),
    ('job_status', 'user_id', 'identifier'),
    ('job_status', 'message', 'content'),
    ('schedule', 'user_id', 'identifier'),
    ('schedule', 'payload', 'content'),
    ('member', 'user_id', 'identifier'),
    ('login', 'user_id', 'identifier'),
    ('audit', 'user_id', 'identifier'),
    ('audit', 'object_id', 'identifier'),
    -- The id of a user among them.
    ('usage_limit', 'scope_value', 'identifier'),
    ('usage_limit_version', 'scope_value', 'identifier'),
    ('usage_limit_version', 'set_by_user', 'identifier'),
    ('usage_window', 'bucket', 'identifier'),
    ('limit_line', 'bucket', 'identifier'),
    ('waiting', 'bucket', 'identifier'),
    ('ledger', 'user_id', 'identifier'),
    ('spending_stop', 'reason', 'content'),
    ('spending_stop', 'stopped_by_user', 'identifier'),
    ('quota_unit', 'bucket', 'identifier'),
    ('reservation', 'bucket', 'identifier'),
    ('consumption', 'user_id', 'identifier'),
    ('limit_alert', 'bucket', 'identifier'),
    ('limit_alert', 'words', 'identifier'),
    ('account', 'name', 'identifier'),
    ('account', 'external_id', 'identifier'),
    ('account', 'created_by', 'identifier'),
    ('account', 'enabled_by', 'identifier'),
    ('account_zone', 'set_by', 'identifier'),
    ('policy', 'set_by', 'identifier'),
    ('breaker_event', 'reason', 'content'),
    ('breaker_event', 'by_user', 'identifier'),
    ('action', 'person', 'identifier'),
    ('action', 'person_hash', 'identifier'),
    ('action', 'domain', 'identifier'),
    ('action', 'lead_id', 'identifier'),
    ('action', 'payload', 'content'),
    ('action', 'scheduled_by', 'identifier'),
    ('action', 'reason', 'content'),
    ('suppression', 'hash', 'identifier'),
    ('suppression', 'value', 'identifier'),
    ('suppression', 'reason', 'content'),
    ('suppression', 'suppressed_by', 'identifier');

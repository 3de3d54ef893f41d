-- What the new tables and columns hold of persons.

insert into steward.personal_data (relation, column_name, kind) values
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
    ('limit_alert', 'words', 'identifier');

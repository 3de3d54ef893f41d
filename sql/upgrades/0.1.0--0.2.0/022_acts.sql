-- Who may pause a queue may lift a cool-down.

update steward.act a set description = 'pause and resume queues, lift cool-downs' where a.name operator(pg_catalog.=) 'pause';

-- New: analyst_spend_by_day; all_jobs is what steward.jobs has become.

do $all_jobs$
declare
    commented record;
begin
    execute 'create or replace view steward.all_jobs as ' operator(pg_catalog.||) pg_catalog.pg_get_viewdef('steward.jobs'::pg_catalog.regclass);
    for commented in
        select a.attname, pg_catalog.col_description(a.attrelid, a.attnum) as words from pg_catalog.pg_attribute a
        where a.attrelid operator(pg_catalog.=) 'steward.jobs'::pg_catalog.regclass
    loop
        execute pg_catalog.format('comment on column steward.all_jobs.%I is %L', commented.attname, commented.words);
    end loop;
end
$all_jobs$;

comment on column steward.analyst_jobs.waiting_for is 'Why it waits: schedule, retry, concurrency, limit, stopped, paused or restore.';

create view steward.analyst_spend_by_day with (security_barrier = true) as
select (e.held_at at time zone w.time_zone)::pg_catalog.date as day, e.workspace_id,
    left(encode(sha256(s.salt || uuid_send(e.user_id)), 'hex'), 16) as user_pseudonym,
    t.name as tool, e.provider, e.model, e.tags, sum(e.calls) as calls, sum(e.jobs) as jobs, sum(e.tokens) as tokens, trim_scale(sum(e.cost) * 0.000000001) as cost, sum(e.cost) as cost_nanos,
    trim_scale(sum(e.reported) * 0.000000001) as reported
from steward.ledger e
join steward.tool t on t.id = e.tool_id
join steward.workspace w on w.id = e.workspace_id
cross join (select i.salt from steward.installation i order by i.since, i.id limit 1) s
where e.workspace_id in (select steward.my_workspaces())
group by 1, 2, 3, 4, 5, 6, 7;
comment on view steward.analyst_spend_by_day is 'What the analyst''s workspaces spent, as steward.spend_by_day, with pseudonyms for users.';
comment on column steward.analyst_spend_by_day.day is 'Day of the calls, in the zone of the workspace.';
comment on column steward.analyst_spend_by_day.workspace_id is 'The workspace.';
comment on column steward.analyst_spend_by_day.user_pseudonym is 'Stands for the user: 16 hexadecimal digits, the same for the same user.';
comment on column steward.analyst_spend_by_day.tool is 'Name of the tool, all versions.';
comment on column steward.analyst_spend_by_day.provider is 'Its provider.';
comment on column steward.analyst_spend_by_day.model is 'The model that was asked, where it is known.';
comment on column steward.analyst_spend_by_day.tags is 'All tags of the jobs, shown as they are: they should name no person.';
comment on column steward.analyst_spend_by_day.calls is 'Calls made.';
comment on column steward.analyst_spend_by_day.jobs is 'Jobs whose first call this was.';
comment on column steward.analyst_spend_by_day.tokens is 'Tokens in and out.';
comment on column steward.analyst_spend_by_day.cost is 'What it cost, in dollars.';
comment on column steward.analyst_spend_by_day.cost_nanos is 'The same in nano-dollars.';
comment on column steward.analyst_spend_by_day.reported is 'What the providers say that it cost, in dollars, of the calls of which they said so; null where of none.';

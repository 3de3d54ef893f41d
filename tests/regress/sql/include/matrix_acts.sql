-- The acts of the matrix with the cells that are expected of them, one letter for each caller in their order:
-- owner admin editor viewer outsider nobody | gateway as owner, without sub, forger | worker, mapped worker, script, script of the owner's job |
-- analyst, administrator, gateway and worker granted steward_admin, gateway granted steward_worker, worker for the owner's job.
-- The objects are those of workspace acme; the outsider owns another one.

create table tests.act (n int generated always as identity, name text, expected text, statement text);

-- A job in the line of a limit, an alert, and something spent under a tag.
select steward.enqueue('noop', idempotency_key => 'parked', queue => 'idle', workspace_id => tests.workspace('acme')) is not null;
delete from steward.ready r where r.id = tests.job('parked');
insert into steward.waiting (id, workspace_id, tool_id, queue, priority, reason, since, until, attempt, tries, limit_id, bucket, need)
select j.id, j.workspace_id, j.tool_id, j.queue, j.priority, 'limit', now(), 'infinity', 0, 0, j.id, '', 1 from steward.job j where j.id = tests.job('parked');
insert into steward.limit_line (limit_id, bucket, queue, kind, look_at, frees_at) values (tests.job('parked'), '', 'idle', 'limit', now() + interval '1 hour', 'infinity');
insert into steward.limit_alert (limit_id, bucket, starts_at, percent, at, workspace_id, words, metric, used, amount)
values (tests.job('parked'), '', now(), 50, now(), tests.workspace('acme'), 'a limit', 'calls', 1, 2);
insert into steward.ledger (workspace_id, held_at, job_id, attempt, entry, kind, posted_at, user_id, tool_id, tags, held, cost, tokens, calls, jobs, windows)
select j.workspace_id, now(), j.id, 1, 1, 'posted', now(), j.user_id, j.tool_id, '{tagged}', 1, 1, 1, 1, 1, '{}' from steward.job j where j.id = tests.job('parked');
create table tests.parked as select w as place from steward.waiting w where w.id = tests.job('parked');
grant select on tests.parked to public;

-- Reading. Nothing of a workspace is read but through a membership in it.
insert into steward.ledger_block values (tests.workspace('acme'), 1, 1, 1, 1, 0, '', '', now());
insert into steward.ledger_head values (tests.workspace('acme'), 1, 1, '', now());
insert into tests.act (name, expected, statement)
select 'read ' || relation, '++++-- +-- x+-+ xx+x-+', format('select exists (select from steward.%I where workspace_id = %L)', relation, tests.workspace('acme'))
from unnest(array['job', 'waiting', 'attempt', 'job_status', 'members', 'jobs', 'in_doubt', 'cancellation', 'checkpoint', 'schedule', 'schedule_run', 'schedules',
    'ledger', 'usage_window', 'usage_limit_version', 'spending_stop', 'ledger_block', 'limit_status']) relation;
insert into tests.act (name, expected, statement) values
    ('read limit_alert', '++++-- +-- x+-+ x++--+', format('select exists (select from steward.limit_alert where workspace_id = %L)', tests.workspace('acme'))),
    ('spend_by_tag', '++++-- +-- x+-+ xx+x-+', format('select exists (select from steward.spend_by_tag() where of_workspace = %L)', tests.workspace('acme'))),
    ('spend_by_tag of the workspace', '++++uu +uu x+u+ xx+xu+', format('select count(*) from steward.spend_by_tag(null, %L)', tests.workspace('acme'))),
    ('forecast everywhere', '++++-- +-- x+-+ xx+x-+', $$select exists (select from steward.forecast('idle') where jobs > 0)$$),
    ('line_frees_at', '++++-- +-- x+-+ +x+x-+', 'select steward.line_frees_at(p.place) is not null from tests.parked p'),
    ('read workspaces', '++++-- +-- x+-+ xx+x-+', format('select exists (select from steward.workspaces where id = %L)', tests.workspace('acme'))),
    ('read limits', '++++-- +-- x+-+ x-+--+', format('select exists (select from steward.usage_limit where workspace_id = %L)', tests.workspace('acme'))),
    ('read attempts', '++++-- +-- x+-+ xx+x-+', format('select exists (select from steward.attempts where job_id = %L)', tests.job('running'))),
    ('read cooldowns', '++++-- +-- x+-+ x++--+', format('select exists (select from steward.cooldowns where workspace_id = %L)', tests.workspace('acme'))),
    ('read audit', '++---- +-- x+-+ x++--+', format('select exists (select from steward.audit where workspace_id = %L)', tests.workspace('acme'))),
    ('audit_head', '++---- +-- x+-+ x++--+', format('select exists (select from steward.audit_head() where workspace_id = %L)', tests.workspace('acme'))),
    ('read audit of the installation', '------ --- x--- x+----', $$select exists (select from steward.audit where act = 'define_tool')$$),
    ('read analyst_jobs', 'xxxxxx xxx xxxx +xxxxx', 'select exists (select from steward.analyst_jobs)'),
    ('read analyst_attempts', 'xxxxxx xxx xxxx +xxxxx', 'select exists (select from steward.analyst_attempts)');
insert into steward.price_import values (steward.new_id(), now(), 'regress_admin', 'a contract', '', 0, false);
insert into tests.act (name, expected, statement)
select 'read ' || relation, expected, format('select exists (select from steward.%I)', relation)
from (values
    ('tool', '++++++ +++ x+++ x+++++'), ('price', '++++++ +++ x+++ x+++++'), ('price_import', 'xxxxxx xxx xxxx x+--xx'), ('act', '++++++ +++ x+++ x+++++'), ('role_act', '++++++ +++ x+++ x+++++'), ('paused_queue', '++++++ +++ x+++ x+++++'), ('plan', '++++++ +++ x+++ x+++++'), ('usage_limit', '++++++ +++ x+++ x+++++'),
    ('provider', 'xxxxxx xxx xxxx x+--xx'), ('login', 'xxxxxx xxx xxxx x+--xx'), ('worker', 'xxxxxx xxx xxxx x+--xx'), ('sql_function', 'xxxxxx xxx xxxx x+--xx'), ('workers', 'xxxxxx xxx xxxx x+--xx'),
    ('personal_data', 'xxxxxx xxx xxxx x+++xx'),
    ('ready', 'xxxxxx xxx xxxx xxxxxx'), ('installation', 'xxxxxx xxx xxxx xxxxxx'), ('all_jobs', 'xxxxxx xxx xxxx xxxxxx'),
    ('workspace', 'xxxxxx xxx xxxx xxxxxx'), ('member', 'xxxxxx xxx xxxx xxxxxx'), ('latch', 'xxxxxx xxx xxxx xxxxxx'), ('limit_line', 'xxxxxx xxx xxxx xxxxxx'), ('unposted', 'xxxxxx xxx xxxx xxxxxx'), ('cooldown', 'xxxxxx xxx xxxx xxxxxx'), ('ledger_head', 'xxxxxx xxx xxxx xxxxxx'), ('ledger_seal', 'xxxxxx xxx xxxx xxxxxx')) as r (relation, expected);

-- The owner is an editor of the other workspace too; a script of the owner's job stays in the workspace of its job.
insert into tests.act (name, expected, statement) values
    ('is a person', '+++++- +-- ---- +++---', $$select steward.actor_kind() = 'person'$$),
    ('is a job', '------ --- --++ -----+', $$select steward.actor_kind() = 'job'$$),
    ('read the other workspace', '+---+- +-- x+-- xx+x--', format('select exists (select from steward.workspaces where id = %L)', tests.workspace('globex'))),
    ('enqueue in the other workspace', '+uuu+m +mm x+mu xx+xmu', format('select steward.enqueue(%L, workspace_id => %L)', 'noop', tests.workspace('globex')));

-- Jobs.
insert into tests.act (name, expected, statement) values
    ('enqueue', '+++uum +mm x+m+ xx+xm+', format('select steward.enqueue(%L, workspace_id => %L)', 'noop', tests.workspace('acme'))),
    ('enqueue_many', '+++uum +mm x+m+ xx+xm+', format('select steward.enqueue_many(%L, %L, workspace_id => %L)', 'noop', '{"{}"}', tests.workspace('acme'))),
    ('enqueue for another', '++uuum +mm x+m+ xx+xm+',
        format('select steward.enqueue(%L, workspace_id => %L, user_id => %L)', 'noop', tests.workspace('acme'), tests.person('viewer'))),
    ('preview_request', '+++++m +mm x+m+ x++mm+', $$select steward.preview_request('noop', '{}')$$),
    ('cancel_job', '+++uuu +uu x+u+ xx+xu+', format('select steward.cancel_job(%L, %L)', tests.job('queued'), 'why')),
    ('retry_job', '+++uuu +uu x+u+ xx+xu+', format('select steward.retry_job(%L)', tests.job('failed'))),
    ('update_job', '+++uuu +uu x+u+ xx+xu+', format('select steward.update_job(%L, %L)', tests.job('queued'), '{}')),
    ('retry_failed', '+++uuu +uu x+u+ xx+xu+', format('select steward.retry_failed(%L, workspace_id => %L)', 'send', tests.workspace('acme'))),
    ('retry_failed everywhere', '+++--- +-- x+-+ xx+x-+', $$select steward.retry_failed('send') > 0$$),
    ('complete_external with another token', 'cccccc ccc xccc xxcxcc', $$select steward.complete_external('wrong', 'failed')$$),
    ('explain_job', '++++uu +uu x+u+ xx+xu+', format('select count(*) from steward.explain_job(%L)', tests.job('queued'))),
    ('schedule', '+++uum +mm x+m+ xx+xm+', format('select steward.schedule(%L, %L, %L, workspace_id => %L)', 'new', '0 * * * *', 'noop', tests.workspace('acme'))),
    ('unschedule', '+++uum +mm x+m+ xx+xm+', format('select steward.unschedule(%L, %L)', 'hourly', tests.workspace('acme'))),
    ('forecast', '++++uu +uu x+u+ xx+xu+', format('select count(*) from steward.forecast(workspace_id => %L)', tests.workspace('acme'))),
    ('simulate_limit', '++uuuu +uu xpup x++uup', format('select count(*) from steward.simulate_limit(%L, null, %L, %L, 1, workspace_id => %L)', 'workspace', 'cost', 'day', tests.workspace('acme'))),
    ('changes_since', '++++-- +-- x+-+ xx+x-+', format('select exists (select from steward.changes_since() where workspace_id = %L)', tests.workspace('acme'))),
    ('resolve_jobs', '+++uuu +uu xpup xx+xup', format('select steward.resolve_jobs(array[%L]::uuid[], %L, %L)', tests.job('doubt'), 'failed', 'why')),
    ('resolve_job', '+++uuu +uu xpup xx+xup', format('select steward.resolve_job(%L, %L, %L)', tests.job('doubt'), 'failed', 'why'));

-- Members and the installation.
insert into tests.act (name, expected, statement)
select name, expected, format(statement, tests.workspace('acme'))
from (values
    ('add a viewer', '++uuuu +uu xpup x++uup', $$select steward.add_member(%L, gen_random_uuid(), 'viewer')$$),
    ('set_dry_run', '++uuuu +uu xpup xx+xup', $$select steward.set_dry_run(%L, true)$$),
    ('set_limit', '++uuuu +uu xpup x++uup', $$select steward.set_limit('user', null, 'cost', 'day', 5, workspace_id => %L)$$),
    ('set_time_zone', '++uuuu +uu xpup x++uup', $$select steward.set_time_zone(%L, 'Europe/Berlin')$$),
    ('stop_spending', '+++uuu +uu xpup x++uup', $$select steward.stop_spending(%L, 'why')$$),
    ('resume_spending', '++uuuu +uu xpup x++uup', $$select steward.resume_spending(%L)$$),
    ('set_plan', 'xxxxxx xxx xxxx x+apxx', $$select steward.set_plan(%L, 'pro')$$),
    ('make an owner', '+ruuuu +uu xpup x++uup', $$select steward.add_member(%L, tests.person('editor'), 'owner')$$),
    ('demote an owner', '+ruuuu +uu xpup x++uup', $$select steward.add_member(%L, tests.person('founder'), 'viewer')$$),
    ('remove a viewer', '++uuuu +uu xpup x++uup', $$select steward.remove_member(%L, tests.person('viewer'))$$),
    ('remove an owner', '+ruuuu +uu xpup x++uup', $$select steward.remove_member(%L, tests.person('founder'))$$)) as m (name, expected, statement);
insert into tests.act (name, expected, statement)
select substring(call from '^[a-z_]+'), expected, 'select steward.' || call
from (values
    ('create_workspace(''new'', ''New'')', 'xxxxxx xxx xxxx x+apxx'),
    ('define_provider(''new'', ''{"base_url": "https://new.example"}'')', 'xxxxxx xxx xxxx x+apxx'),
    ('define_tool(''new'', ''{"executor": "noop"}'')', 'xxxxxx xxx xxxx x+apxx'),
    ('import_prices(''[{"id": "new", "models": [{"id": "m", "match": {"equals": "m"}, "prices": {}}]}]'')', 'xxxxxx xxx xxxx x+apxx'),
    ('shipped_prices()', 'xxxxxx xxx xxxx x+++xx'),
    ('price_for(''openai'', ''gpt-4o'', ''2026-10-01'')', '++++++ +++ x+++ x+++++'),
    ('define_plan(''new'', ''a new one'')', 'xxxxxx xxx xxxx x+apxx'),
    ('trust_gateway(''regress_nobody'')', 'xxxxxx xxx xxxx x+apxx'),
    ('map_login(''regress_nobody'', tests.person(''owner''))', 'xxxxxx xxx xxxx x+apxx'),
    ('forget_login(''regress_owner'')', 'xxxxxx xxx xxxx x+apxx'),
    ('register_function(''new'', ''pg_catalog.jsonb_typeof(jsonb)'')', 'xxxxxx xxx xxxx xhapxx'),
    ('unregister_function(''none'')', 'xxxxxx xxx xxxx xhapxx'),
    ('pause_queue(''idle'')', 'xxxxxx xxx xxxx x+apxx'),
    ('resume_queue(''shut'')', 'xxxxxx xxx xxxx x+apxx'),
    ('lift_cooldown(''shop'')', 'xxxxxx xxx xxxx x+apxx'),
    ('doctor()', 'xxxxxx xxx xxxx x+aaxx'),
    ('audit_ledger()', 'xxxxxx xxx xxxx x+aaxx'),
    ('install_cron()', 'xxxxxx xxx xxxx xsapxx'),
    ('prune_jobs(''1 day'')', 'xxxxxx xxx xxxx x+apxx'),
    ('prune_audit(''2 years'')', 'xxxxxx xxx xxxx x+apxx'),
    ('prune_windows(''2 years'')', 'xxxxxx xxx xxxx x+apxx'),
    ('accept_restore(''because'')', 'xxxxxx xxx xxxx xsapxx')) as i (call, expected);

-- Limits of nobody in particular: of the only workspace in which somebody may set them, or of the installation.
create function tests.of_installation(limit_id uuid) returns boolean language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    select l.of_installation from steward.usage_limit l where l.id = limit_id
$$;
create function tests.limit_of_installation(workspace_id uuid) returns boolean language plpgsql volatile as $$
begin
    return tests.of_installation(steward.set_limit('user', null, 'cost', 'day', 5, workspace_id => limit_of_installation.workspace_id));
end
$$;
insert into tests.act (name, expected, statement) values
    ('set_limit in place of the plan''s', '--uuuu -uu xpup x+-uup', format('select tests.limit_of_installation(%L)', tests.workspace('acme'))),
    ('set_limit of some workspace', '++mm+m +mm xpmp x++mmp', $$select steward.set_limit('user', null, 'cost', 'day', 5)$$),
    ('set_limit of a plan', 'aaaaap app xppp x+appp', $$select steward.set_limit('plan', 'pro:user', 'cost', 'day', 5)$$);

-- The worker and its scripts.
insert into tests.act (name, expected, statement)
select substring(call from '^[a-z_]+'), expected, 'select count(*) >= 0 from steward.' || call
from (values
    ('claim_jobs(''w2'', ''{elsewhere}'', 1)', 'xxxxxx xxx ++xx xxx+++'),
    ('mark_sent(''w1'', ''{}'', ''{}'')', 'xxxxxx xxx ++xx xxx+++'),
    ('finish_jobs(''w1'', ''{}'')', 'xxxxxx xxx ++xx xxx+++'),
    ('heartbeat(''w2'', ''{}'')', 'xxxxxx xxx ++xx xxx+++'),
    ('retire_worker(''w1'')', 'xxxxxx xxx ++xx xxx+++'),
    ('rescue_jobs()', 'xxxxxx xxx ++xx x+++++'),
    ('run_schedules()', 'xxxxxx xxx ++xx x+++++'),
    ('seal_ledger()', 'xxxxxx xxx ++xx x+++++'),
    ('upkeep()', 'xxxxxx xxx ++xx x+++++'),
    ('cancellations(''w1'')', 'xxxxxx xxx ++xx xxx+++'),
    ('release_unheld(''w2'', ''{}'', ''{}'')', 'xxxxxx xxx ++xx xxx+++'),
    ('begun_function()', 'xxxxxx xxx xxss xxxxxx'),
    ('finish_function(''w1'', ''7'')', 'xxxxxx xxx xxss xxxxxx'),
    ('end_attempt()', 'xxxxxx xxx ++++ xxx+++')) as w (call, expected);
insert into tests.act (name, expected, statement)
select name, expected, format(statement, job_id, attempt, token)
from tests.token, (values
    ('begin_attempt', 'xxxxxx xxx ++++ xxx+++', 'select steward.begin_attempt(%L, %L, %L)'),
    ('begin_attempt with another token', 'xxxxxx xxx bbbb xxxbbb', 'select steward.begin_attempt(%L, %L, ''wrong'')'),
    ('run_function of a script''s job', 'xxxxxx xxx xxss xxxxxx', $$select steward.run_function('w1', %L, %L, %L, '{}')$$),
    ('save_checkpoint of the script''s job', 'xxxxxx xxx ++-+ xxx+++', 'select steward.save_checkpoint(%L, %L, ''7'')'),
    ('save_checkpoint of another job', 'xxxxxx xxx ++-- xxx++-', 'select steward.save_checkpoint(tests.job(''running''), 1, ''7'')'),
    ('report_progress of the script''s job', 'xxxxxx xxx ++xx xxx+++', 'select steward.report_progress(%L, %L, 0.5, null)'),
    ('report_progress of another job', 'xxxxxx xxx ++xx xxx+++', 'select steward.report_progress(tests.job(''running''), 1, 0.5, null)')) as s (name, expected, statement);

-- What nobody does: write to a table, call what is internal.
insert into tests.act (name, expected, statement)
select statement, 'xxxxxx xxx xxxx xxxxxx', statement
from unnest(array[
    $$update steward.job set payload = '{}' returning true$$, $$update steward.job set outcome = 'succeeded' where outcome = 'in_doubt' returning true$$,
    $$delete from steward.job returning true$$, $$update steward.attempt set state = 'finished' returning true$$,
    $$insert into steward.member select * from steward.member returning true$$, $$update steward.member set role = 'owner' returning true$$,
    $$update steward.login set kind = 'gateway' returning true$$, $$update steward.tool set concurrency = null returning true$$,
    $$insert into steward.role_act values ('define', 'viewer') returning true$$, $$update steward.act set needs_person = false returning true$$,
    $$update steward.price set prices = '{}' returning true$$, $$select steward.write_prices('[]', 'x', null, now())$$,
    $$delete from steward.audit returning true$$, $$update steward.installation set left_at = null returning true$$,
    $$select steward.end_job(tests.job('doubt'), 1, 'succeeded', 'x', 'x')$$, $$select steward.remember_attempt(tests.job('running'), 1, tests.workspace('acme'))$$,
    $$select steward.record_act('lie', null, 'x', 'x')$$, $$select steward.set_login('regress_nobody', 'gateway', null)$$,
    $$delete from steward.ledger returning true$$, $$update steward.usage_window set posted = 0 returning true$$,
    $$update steward.usage_limit set amount = null returning true$$, $$delete from steward.spending_stop returning true$$,
    $$select steward.change_windows('{}')$$, $$select steward.hold_key('ledger', '', true, false)$$, $$select steward.set_limit('workspace', null, 'cost', 'day', 1) from steward.limit_line$$,
    $$select steward.kept_token(tests.job('running'))$$, $$select steward.claimed_user()$$]) statement;

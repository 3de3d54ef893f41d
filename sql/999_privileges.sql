-- The last step: everything to its owner, and the only place that grants anything.

do $ownership$
declare
    object record;
    extension constant oid := (select e.oid from pg_catalog.pg_extension e where e.extname operator(pg_catalog.=) 'pg_steward');
begin
    -- Members of the extension only: anything else in the schema is not ours to vouch for.
    -- Tables first: their indexes, row types and identity sequences follow them.
    for object in
        select c.oid::pg_catalog.regclass as relation, c.relkind operator(pg_catalog.=) 'S' as is_sequence, c.relkind operator(pg_catalog.<>) 'v' as is_dumped
        from pg_catalog.pg_class c
        join pg_catalog.pg_depend d on d.classid operator(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
            and d.objid operator(pg_catalog.=) c.oid and d.refobjid operator(pg_catalog.=) extension
            and d.deptype operator(pg_catalog.=) 'e'
        where c.relkind operator(pg_catalog.=) any (array['r', 'v', 'S']::pg_catalog."char"[])
    loop
        if not object.is_sequence then
            execute pg_catalog.format('alter table %s owner to steward_owner', object.relation);
        end if;
        -- What users wrote is theirs: pg_dump leaves out the rows of an extension's tables unless they are registered.
        -- Rows that come with the extension are there before a restore; their filter leaves them all out. A sequence goes on where it was.
        if object.is_dumped then
            perform pg_catalog.pg_extension_config_dump(object.relation, case
                when object.relation operator(pg_catalog.=) any (array['steward.act', 'steward.role_act', 'steward.personal_data', 'steward.policy_preset', 'steward.breaker_rule', 'steward.stale_lead']::pg_catalog.regclass[])
                then 'where false' when object.relation operator(pg_catalog.=) 'steward.price'::pg_catalog.regclass then 'where shipped is false' else '' end);
        end if;
    end loop;
    -- A sequence that began anew after a restore would give out numbers that are taken.
    for object in
        select c.oid::pg_catalog.regclass as relation
        from pg_catalog.pg_class c
        join pg_catalog.pg_depend d on d.classid operator(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
            and d.objid operator(pg_catalog.=) c.oid and d.refobjid operator(pg_catalog.=) extension
            and d.deptype operator(pg_catalog.=) 'e'
        where c.relkind operator(pg_catalog.=) 'S'
    loop
        perform pg_catalog.pg_extension_config_dump(object.relation, '');
    end loop;
    for object in
        select p.oid::pg_catalog.regprocedure as routine
        from pg_catalog.pg_proc p
        join pg_catalog.pg_depend d on d.classid operator(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
            and d.objid operator(pg_catalog.=) p.oid and d.refobjid operator(pg_catalog.=) extension
            and d.deptype operator(pg_catalog.=) 'e'
    loop
        execute pg_catalog.format('alter routine %s owner to steward_owner', object.routine);
    end loop;
    -- PUBLIC has every new function, and default privileges of whoever installs may give away more: all of it goes.
    for object in
        select distinct g.kind, g.name,
            case when g.grantee operator(pg_catalog.=) 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) end as grantee
        from (
            select 'table' as kind, c.oid::pg_catalog.regclass::pg_catalog.text as name, c.oid, c.relowner as owner, a.grantee
            from pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a
            where c.relkind operator(pg_catalog.=) any (array['r', 'v']::pg_catalog."char"[])
            union all
            select 'routine', p.oid::pg_catalog.regprocedure::pg_catalog.text, p.oid, p.proowner, a.grantee
            from pg_catalog.pg_proc p,
                pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
        ) g
        join pg_catalog.pg_depend d on d.objid operator(pg_catalog.=) g.oid and d.refobjid operator(pg_catalog.=) extension
            and d.deptype operator(pg_catalog.=) 'e'
        where g.grantee operator(pg_catalog.<>) g.owner
    loop
        execute pg_catalog.format('revoke all on %s %s from %s', object.kind, object.name, object.grantee);
    end loop;
end
$ownership$;
alter type steward.settlement owner to steward_owner;
alter type steward.held_attempt owner to steward_owner;
alter type steward.bound owner to steward_owner;
alter type steward.hold owner to steward_owner;
alter type steward.window_change owner to steward_owner;
alter type steward.spender owner to steward_owner;
alter type steward.room owner to steward_owner;
alter type steward.measured_job owner to steward_owner;
alter type steward.misfit owner to steward_owner;
alter type steward.locked_window owner to steward_owner;
alter type steward.open_job owner to steward_owner;
alter type steward.replay owner to steward_owner;
alter type steward.day_state owner to steward_owner;
alter type steward.action_end owner to steward_owner;
alter type steward.merged_lead owner to steward_owner;

-- What the planner learns of a column shows in its estimates, whose rows it learned from included: EXPLAIN gave away the most common values of other
-- workspaces in some hundred guesses. So of personal data it learns nothing.
do $unlearn$
declare
    object record;
begin
    for object in
        select p.relation, p.column_name from steward.personal_data p
        union all values ('audit', 'login'), ('job', 'tags'), ('job', 'queue'), ('ledger', 'tags'), ('ledger', 'model'), ('job', 'model'), ('workspace', 'slug'), ('workspace', 'name')
    loop
        execute pg_catalog.format('alter table steward.%I alter column %I set statistics 0', object.relation, object.column_name);
    end loop;
end
$unlearn$;
alter schema steward owner to steward_owner;

grant usage on schema steward to steward_user, steward_worker, steward_analyst, steward_admin;
-- A script is its job's user once it began its attempt, and nobody before that.
grant steward_user to steward_script;

-- Anybody who may look at the schema.
grant execute on function
    steward.version(), steward.now(), steward.clock(), steward.uid(), steward.actor_kind(), steward.is_admin(), steward.my_workspaces(),
    steward.workspaces_for(text), steward.is_restored(), steward.lease_seconds()
    to steward_user, steward_worker, steward_analyst, steward_admin;
-- Asked by the views of jobs and scores, with the rights of who reads them.
grant execute on function steward.line_frees_at(steward.waiting), steward.heat_word(text[], int[], int), steward.in_points(int) to steward_user, steward_analyst;

-- Applications.
grant execute on function
    steward.readable_workspaces(), steward.readable_members(), steward.readable_cooldowns(), steward.readable_limits(), steward.forecast(text, text, uuid), steward.spend_by_tag(date, uuid),
    steward.simulate_limit(text, text, text, text, numeric, timestamptz, uuid), steward.enqueue(text, jsonb, timestamptz, int, text, text, text[], uuid, uuid),
    steward.enqueue_many(text, jsonb[], timestamptz, int, text, text, text[], uuid, uuid), steward.preview_request(text, jsonb), steward.cancel_job(uuid, text),
    steward.retry_job(uuid, boolean), steward.resolve_job(uuid, text, text), steward.resolve_jobs(uuid[], text, text), steward.retry_failed(text, timestamptz, uuid),
    steward.update_job(uuid, jsonb), steward.explain_job(uuid), steward.complete_external(text, text, jsonb, text),
    steward.schedule(text, text, text, jsonb, text, text, int, text[], text, uuid), steward.unschedule(text, uuid), steward.changes_since(text), steward.price_for(text, text, timestamptz),
    steward.add_member(uuid, uuid, text), steward.remove_member(uuid, uuid), steward.set_dry_run(uuid, boolean), steward.set_limit(text, text, text, text, numeric, text, timestamptz, uuid),
    steward.stop_spending(uuid, text), steward.resume_spending(uuid), steward.set_time_zone(uuid, text), steward.consume(text, bigint, uuid),
    steward.outreach_notice(), steward.my_accounts(), steward.readable_accounts(), steward.add_account(text, text, text, text, jsonb, date, uuid), steward.enable_account(uuid, text),
    steward.disable_account(uuid, text), steward.set_policy(uuid, jsonb), steward.set_account_zone(uuid, text), steward.freeze_account(uuid, text), steward.resume_account(uuid, text),
    steward.schedule_action(uuid, text, text, jsonb, timestamptz, int, text, uuid), steward.schedule_leads(uuid, text, text, int, jsonb, text, text, timestamptz), steward.cancel_action(uuid, text), steward.resolve_action(uuid, text, text),
    steward.suppress(text, text, text, uuid), steward.erase_person(text, uuid), steward.record_outreach_event(uuid, text, text), steward.explain_action(uuid),
    steward.plan_preview(uuid, date), steward.governor_calendar(date, date, uuid), steward.simulate_governor(jsonb, text, date, int, int, int), steward.governor_week_svg(uuid, date), steward.score_distribution_svg(uuid, jsonb), steward.lift_chart_svg(text, int, uuid),
    steward.import_leads(jsonb, text, text, uuid), steward.import_lead_table(regclass, text, text, uuid),
    steward.set_lead(uuid, jsonb, text, text), steward.rollback_lead(uuid, int), steward.release_fields(uuid, text[]), steward.lead_as_of(uuid, timestamptz),
    steward.lead_presets(), steward.lead_preset(text, text), steward.define_rubric(text, jsonb, uuid), steward.publish_rubric(text, int, uuid), steward.set_routing(jsonb, uuid),
    steward.record_signal(uuid, text, numeric, timestamptz, text, text, text, text, uuid), steward.record_signals(jsonb, uuid), steward.identify_visitor(text, uuid, uuid), steward.refresh_scores(uuid), steward.score_leads(uuid),
    steward.explain_score(uuid, timestamptz), steward.score_as_of(uuid, timestamptz), steward.what_if(jsonb, uuid), steward.what_if_distribution(jsonb, uuid),
    steward.page_leads(text, text, text, text, int, uuid), steward.publish_model(text, int, uuid), steward.retire_model(uuid), steward.explain_likelihood(uuid),
    steward.train_model(text, jsonb, uuid), steward.evaluate_model(text, int, uuid), steward.trend(int, int), steward.top_reasons(text[], int[]),
    steward.verdict(jsonb, jsonb), steward.audit_head()
    to steward_user;
grant select on
    steward.workspaces, steward.members, steward.tool, steward.price, steward.act, steward.role_act, steward.audit, steward.job, steward.waiting, steward.attempt, steward.job_status,
    steward.paused_queue, steward.cancellation, steward.checkpoint, steward.jobs, steward.attempts, steward.in_doubt, steward.dead_letters, steward.schedule, steward.schedule_run, steward.schedules, steward.ledger, steward.ledger_block, steward.usage_window, steward.usage_limit, steward.usage_limit_version, steward.plan, steward.spending_stop, steward.job_timeline, steward.job_log, steward.success_rate,
    steward.cooldowns, steward.limit_status, steward.limit_alert, steward.limit_alerts, steward.spend_by_day, steward.price_drift, steward.overruns,
    steward.accounts, steward.actions, steward.action, steward.account_zone, steward.policy, steward.policy_preset, steward.account_day, steward.day_plan, steward.action_claim, steward.breaker_event, steward.breaker_rule,
    steward.governor_run, steward.suppression, steward.lead, steward.lead_version, steward.leads, steward.lead_history, steward.rubric, steward.rubric_publication, steward.rubrics, steward.routing,
    steward.signal, steward.visitor, steward.lead_score, steward.model, steward.models, steward.top_leads, steward.lead_timeline
    to steward_user;

-- What stands for an attempt.
grant execute on function
    steward.begin_attempt(uuid, int, text), steward.end_attempt(), steward.save_checkpoint(uuid, int, jsonb)
    to steward_worker, steward_script;
grant execute on function
    steward.run_function(text, uuid, int, text, jsonb), steward.begun_function(), steward.finish_function(text, jsonb)
    to steward_script;

-- Analysts: views that mask, no table.
grant select on steward.analyst_jobs, steward.analyst_attempts, steward.analyst_spend_by_day, steward.analyst_lead_scores to steward_analyst;

-- The worker: functions only, no table.
grant execute on function
    steward.claim_jobs(text, text[], int),
    steward.mark_sent(text, uuid[], int[]),
    steward.finish_jobs(text, json[]),
    steward.heartbeat(text, jsonb),
    steward.report_progress(uuid, int, double precision, text),
    steward.rescue_jobs(),
    steward.run_schedules(),
    steward.governor_tick(),
    steward.upkeep(),
    steward.seal_ledger(),
    steward.cancellations(text),
    steward.release_unheld(text, uuid[], int[]),
    steward.retire_worker(text)
    to steward_worker;

-- Administrators of the installation.
grant execute on function
    steward.define_provider(text, jsonb),
    steward.define_tool(text, jsonb),
    steward.import_prices(jsonb, boolean),
    steward.shipped_prices(),
    steward.price_for(text, text, timestamptz),
    steward.preview_request(text, jsonb),
    steward.create_workspace(text, text, text, text),
    steward.add_member(uuid, uuid, text),
    steward.remove_member(uuid, uuid),
    steward.set_limit(text, text, text, text, numeric, text, timestamptz, uuid),
    steward.stop_spending(uuid, text),
    steward.resume_spending(uuid),
    steward.set_time_zone(uuid, text),
    steward.set_plan(uuid, text),
    steward.define_plan(text, text, int),
    steward.trust_gateway(name),
    steward.map_login(name, uuid),
    steward.forget_login(name),
    steward.register_function(text, regprocedure),
    steward.unregister_function(text),
    steward.rescue_jobs(),
    steward.run_schedules(),
    steward.governor_tick(),
    steward.freeze_account(uuid, text),
    steward.disable_account(uuid, text),
    steward.upkeep(),
    steward.seal_ledger(),
    steward.audit_ledger(jsonb),
    steward.audit_head(),
    steward.install_cron(interval, interval),
    steward.cron_tasks(interval, interval),
    steward.pause_queue(text, text),
    steward.resume_queue(text),
    steward.lift_cooldown(text, text),
    steward.readable_cooldowns(),
    steward.doctor(),
    steward.prune_jobs(interval),
    steward.prune_audit(interval),
    steward.prune_windows(interval),
    steward.simulate_limit(text, text, text, text, numeric, timestamptz, uuid),
    steward.accept_restore(text, boolean)
    to steward_admin;
grant select on
    steward.tool, steward.price, steward.price_import, steward.provider, steward.sql_function, steward.login, steward.worker, steward.workers, steward.act, steward.role_act, steward.audit, steward.personal_data,
    steward.paused_queue, steward.cooldowns, steward.plan, steward.usage_limit, steward.limit_alert, steward.limit_alerts
    to steward_admin;

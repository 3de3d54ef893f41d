-- The last step: what was created by this upgrade to its owner, and what it grants. What stood there before keeps its rights, also those that
-- an administrator gave away.

do $ownership$
declare
    object record;
    extension constant oid := (select e.oid from pg_catalog.pg_extension e where e.extname operator(pg_catalog.=) 'pg_steward');
    -- Tables whose rows come with the extension: pg_dump leaves them out.
    seeds constant pg_catalog.name[] := array['act', 'role_act', 'personal_data', 'policy_preset', 'breaker_rule', 'stale_lead'];
begin
    for object in
        select case when m.classid operator(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass then 'table' else 'function' end as kind,
            coalesce(c.oid::pg_catalog.regclass::pg_catalog.text, p.oid::pg_catalog.regprocedure::pg_catalog.text) as name,
            c.oid::pg_catalog.regclass as relation, c.relname, c.relkind operator(pg_catalog.=) 'r' as is_table,
            coalesce(c.relowner, p.proowner) as creator, coalesce(c.relacl, p.proacl) as privileges
        from pg_catalog.pg_depend m
        left join pg_catalog.pg_class c on m.classid operator(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
            and c.oid operator(pg_catalog.=) m.objid and c.relkind operator(pg_catalog.=) any (array['r', 'v']::pg_catalog."char"[])
        left join pg_catalog.pg_proc p on m.classid operator(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
            and p.oid operator(pg_catalog.=) m.objid
        where m.refobjid operator(pg_catalog.=) extension and m.deptype operator(pg_catalog.=) 'e'
            and coalesce(c.relowner, p.proowner) operator(pg_catalog.<>) 'steward_owner'::pg_catalog.regrole
    loop
        execute pg_catalog.format('alter %s %s owner to steward_owner', object.kind, object.name);
        -- A table that nobody was granted keeps no list at all, as in a fresh installation.
        if object.is_table is not true or object.privileges is not null then
            execute pg_catalog.format('revoke all on %s %s from public', object.kind, object.name);
        end if;
        -- Default privileges of whoever upgrades may give away more.
        execute coalesce((
            select pg_catalog.string_agg(pg_catalog.format('revoke all on %s %s from %s', object.kind, object.name, a.grantee::pg_catalog.regrole), '; ')
            from pg_catalog.aclexplode(object.privileges) a
            where a.grantee operator(pg_catalog.<>) all (array[0::pg_catalog.oid, object.creator, 'steward_owner'::pg_catalog.regrole])
        ), 'select');
        if object.is_table then
            perform pg_catalog.pg_extension_config_dump(object.relation,
                case when object.relname operator(pg_catalog.=) any (seeds) then 'where false'
                    when object.relname operator(pg_catalog.=) 'price' then 'where shipped is false' else '' end);
        end if;
    end loop;
end
$ownership$;

-- A sequence went with its table; one that began anew after a restore would give out numbers that are taken.
do $sequences$
declare
    object record;
begin
    for object in
        select c.oid::pg_catalog.regclass as relation
        from pg_catalog.pg_class c
        join pg_catalog.pg_depend d on d.classid operator(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
            and d.objid operator(pg_catalog.=) c.oid and d.deptype operator(pg_catalog.=) 'e'
        join pg_catalog.pg_extension e on e.oid operator(pg_catalog.=) d.refobjid and e.extname operator(pg_catalog.=) 'pg_steward'
        where c.relkind operator(pg_catalog.=) 'S'
    loop
        perform pg_catalog.pg_extension_config_dump(object.relation, '');
    end loop;
end
$sequences$;
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

-- Of personal data in what is new the planner learns nothing.
do $unlearn$
declare
    object record;
begin
    for object in
        select p.relation, p.column_name from steward.personal_data p
        join pg_catalog.pg_attribute a on a.attrelid operator(pg_catalog.=) pg_catalog.format('steward.%I', p.relation)::pg_catalog.regclass
            and a.attname operator(pg_catalog.=) p.column_name and a.attstattarget operator(pg_catalog.<>) 0
        union all values ('ledger', 'tags'), ('ledger', 'model'), ('job', 'model')
    loop
        execute pg_catalog.format('alter table steward.%I alter column %I set statistics 0', object.relation, object.column_name);
    end loop;
end
$unlearn$;

grant execute on function steward.line_frees_at(steward.waiting), steward.heat_word(text[], int[], int), steward.in_points(int) to steward_user, steward_analyst;
grant execute on function
    steward.import_prices(jsonb, boolean), steward.shipped_prices(), steward.set_plan(uuid, text), steward.define_plan(text, text, int),
    steward.audit_ledger(jsonb), steward.lift_cooldown(text, text), steward.prune_windows(interval)
    to steward_admin;
grant execute on function steward.readable_limits(), steward.forecast(text, text, uuid), steward.spend_by_tag(date, uuid), steward.consume(text, bigint, uuid) to steward_user;
grant execute on function
    steward.readable_cooldowns(), steward.simulate_limit(text, text, text, text, numeric, timestamptz, uuid),
    steward.price_for(text, text, timestamptz), steward.set_limit(text, text, text, text, numeric, text, timestamptz, uuid),
    steward.stop_spending(uuid, text), steward.resume_spending(uuid), steward.set_time_zone(uuid, text), steward.audit_head()
    to steward_user, steward_admin;
grant execute on function steward.release_unheld(text, uuid[], int[]) to steward_worker;
grant execute on function steward.seal_ledger() to steward_worker, steward_admin;
grant select on steward.price_import to steward_admin;
grant select on steward.analyst_spend_by_day, steward.analyst_lead_scores to steward_analyst;
grant select on
    steward.ledger, steward.ledger_block, steward.usage_window, steward.usage_limit_version, steward.spending_stop, steward.limit_status,
    steward.spend_by_day, steward.price_drift, steward.overruns
    to steward_user;
grant select on steward.price, steward.usage_limit, steward.plan, steward.cooldowns, steward.limit_alert, steward.limit_alerts to steward_user, steward_admin;
grant execute on function
    steward.outreach_notice(), steward.my_accounts(), steward.readable_accounts(),
    steward.add_account(text, text, text, text, jsonb, date, uuid),
    steward.enable_account(uuid, text),
    steward.set_policy(uuid, jsonb),
    steward.set_account_zone(uuid, text),
    steward.resume_account(uuid, text),
    steward.schedule_action(uuid, text, text, jsonb, timestamptz, int, text, uuid),
    steward.cancel_action(uuid, text),
    steward.resolve_action(uuid, text, text),
    steward.suppress(text, text, text, uuid),
    steward.erase_person(text, uuid),
    steward.record_outreach_event(uuid, text, text),
    steward.explain_action(uuid),
    steward.plan_preview(uuid, date),
    steward.governor_calendar(date, date, uuid), steward.simulate_governor(jsonb, text, date, int, int, int), steward.governor_week_svg(uuid, date),
    steward.schedule_leads(uuid, text, text, int, jsonb, text, text, timestamptz), steward.score_distribution_svg(uuid, jsonb), steward.lift_chart_svg(text, int, uuid)
    to steward_user;
grant execute on function steward.freeze_account(uuid, text), steward.disable_account(uuid, text) to steward_user, steward_admin;
grant execute on function steward.governor_tick() to steward_worker, steward_admin;
grant select on
    steward.accounts, steward.actions, steward.action, steward.account_zone, steward.policy, steward.policy_preset, steward.account_day, steward.day_plan, steward.action_claim, steward.breaker_event, steward.breaker_rule,
    steward.governor_run, steward.suppression
    to steward_user;
grant execute on function
    steward.import_leads(jsonb, text, text, uuid), steward.import_lead_table(regclass, text, text, uuid),
    steward.set_lead(uuid, jsonb, text, text), steward.rollback_lead(uuid, int), steward.release_fields(uuid, text[]), steward.lead_as_of(uuid, timestamptz),
    steward.lead_presets(), steward.lead_preset(text, text), steward.define_rubric(text, jsonb, uuid), steward.publish_rubric(text, int, uuid), steward.set_routing(jsonb, uuid),
    steward.record_signal(uuid, text, numeric, timestamptz, text, text, text, text, uuid), steward.record_signals(jsonb, uuid), steward.identify_visitor(text, uuid, uuid), steward.refresh_scores(uuid), steward.score_leads(uuid),
    steward.explain_score(uuid, timestamptz), steward.score_as_of(uuid, timestamptz), steward.what_if(jsonb, uuid), steward.what_if_distribution(jsonb, uuid),
    steward.page_leads(text, text, text, text, int, uuid), steward.publish_model(text, int, uuid), steward.retire_model(uuid), steward.explain_likelihood(uuid),
    steward.train_model(text, jsonb, uuid), steward.evaluate_model(text, int, uuid), steward.trend(int, int), steward.top_reasons(text[], int[]),
    steward.verdict(jsonb, jsonb)
    to steward_user;
grant select on
    steward.lead, steward.lead_version, steward.leads, steward.lead_history, steward.rubric, steward.rubric_publication, steward.rubrics, steward.routing,
    steward.signal, steward.visitor, steward.lead_score, steward.model, steward.models, steward.top_leads, steward.lead_timeline
    to steward_user;

-- From 0.1.0 to 0.2.0: what `alter extension pg_steward update` runs where 0.1.0 is installed.
--
-- Afterwards everything is as a fresh installation of 0.2.0 makes it, and no row that somebody wrote is lost. tests/upgrade proves
-- both, and where it finds a difference it prints what to write here. Until 0.2.0 is released, who changes a file of sql/ or a Rust
-- function that SQL calls changes this script in the same commit; after that nobody changes it any more.
--
-- It consists of pieces, one for each topic, named and in the order of the files of sql/. The lines below that begin with \ir name
-- them, and scripts/install.sh puts each in the place of its line. (PostgreSQL itself would refuse such a line: so an upgrade whose
-- pieces were forgotten fails, instead of doing half of it.) What a piece says:
--
--   new or changed function   `create or replace function`, its whole text from sql/. That keeps owner and grants, and nothing else that
--                             stood in it: settings and cost are those of the new text.
--   other arguments or other  `drop function` with the old arguments, then `create function`. What calls it in SQL stays as it is (bodies
--   returned columns          are text), a view that uses it is dropped before and made anew after. Grants and comment are gone with it.
--   Rust function             the text that pgrx generates (the test prints it), with `create or replace` and 'MODULE_PATHNAME'. Its symbol
--                             counts: a symbol of a released version stays in the library, because the library is exchanged before this
--                             script runs, and servers go on with the old SQL in between. So a Rust function whose arguments change gets a
--                             new Rust name, its SQL name in `#[pg_extern(name = "…")]`, and the old one is kept.
--   new column                `alter table … add column`, which adds at the end: so in sql/, too, it stands last. With its comment.
--   changed column, check     `alter table`, with the names of constraints that `create table` gives them in sql/. Where rows may not fit,
--                             an `update` before it. Of personal data (027_personal_data.sql): `set statistics 0`, as in 999_privileges.sql.
--   view                      `create or replace view` as long as columns are only added at its end; otherwise `drop` and `create`. Options
--                             (security_invoker, security_barrier) are in its text, and without them they are gone.
--   new table                 its text, its policies, its comments; that pg_dump holds its rows is seen to at the end.
--   seed row                  `insert`, `update`, `delete`. Its table is one whose rows pg_dump leaves out: the end asks which these are.
--   role                      `create role` only where it is missing: another database of the cluster may have been here first.
--   privilege, owner          at the end, in 999_privileges.sql: what was created up to there goes to steward_owner and is nobody else's, then
--                             come the grants. Nothing here takes back what an administrator granted.
--
-- Everything is qualified, operators of a `do` block too: what runs here runs as a superuser.

\ir 0.1.0--0.2.0/013_rust.sql
\ir 0.1.0--0.2.0/013_rust_governor.sql
\ir 0.1.0--0.2.0/013_rust_leads.sql
\ir 0.1.0--0.2.0/020_identity.sql
\ir 0.1.0--0.2.0/022_acts.sql
\ir 0.1.0--0.2.0/027_personal_data.sql
\ir 0.1.0--0.2.0/030_tools.sql
\ir ../031_prices.sql
\ir ../032_price_imports.sql
\ir ../033_limits.sql
\ir ../034_set_limit.sql
\ir ../035_windows.sql
\ir ../036_ledger.sql
\ir ../037_stops.sql
\ir ../038_presets.sql
\ir ../039_rooms.sql
\ir 0.1.0--0.2.0/040_jobs.sql
\ir 0.1.0--0.2.0/048_admissions.sql
\ir 0.1.0--0.2.0/050_enqueue.sql
\ir ../052_quotas.sql
\ir ../053_guard_enqueue.sql
\ir 0.1.0--0.2.0/055_enqueue_api.sql
\ir 0.1.0--0.2.0/060_ring.sql
\ir 0.1.0--0.2.0/062_slots.sql
\ir 0.1.0--0.2.0/065_claim.sql
\ir ../066_measure.sql
\ir ../067_lines.sql
\ir 0.1.0--0.2.0/068_live_outcomes.sql
\ir ../069_hold.sql
\ir 0.1.0--0.2.0/070_settle.sql
\ir ../071_cooldowns.sql
\ir ../072_lift_cooldown.sql
\ir ../073_post.sql
\ir 0.1.0--0.2.0/075_finish.sql
\ir 0.1.0--0.2.0/077_complete_external.sql
\ir 0.1.0--0.2.0/080_progress.sql
\ir 0.1.0--0.2.0/085_rescue.sql
\ir 0.1.0--0.2.0/090_steer.sql
\ir 0.1.0--0.2.0/092_steer_many.sql
\ir 0.1.0--0.2.0/094_explain.sql
\ir 0.1.0--0.2.0/095_prune.sql
\ir 0.1.0--0.2.0/097_doctor.sql
\ir 0.1.0--0.2.0/098_accept_restore.sql
\ir 0.1.0--0.2.0/099_upkeep.sql
\ir 0.1.0--0.2.0/101_run_function.sql
\ir ../102_limit_status.sql
\ir ../103_explain_limits.sql
\ir ../104_forecast.sql
\ir ../105_ledger_seals.sql
\ir ../106_audit_ledger.sql
\ir ../107_limit_alerts.sql
\ir ../108_simulate_limit.sql
\ir ../120_accounts.sql
\ir ../121_policies.sql
\ir ../122_account_days.sql
\ir ../123_actions.sql
\ir ../124_claim_ledger.sql
\ir ../125_breaker.sql
\ir ../126_plan_days.sql
\ir ../127_release_actions.sql
\ir ../128_claim_actions.sql
\ir ../129_probes.sql
\ir ../130_governor_tick.sql
\ir ../131_account_api.sql
\ir ../132_action_api.sql
\ir ../133_suppress.sql
\ir ../134_explain_action.sql
\ir ../135_governor_calendar.sql
\ir ../136_simulate_governor.sql
\ir ../137_governor_week.sql
\ir ../140_leads.sql
\ir ../141_import_leads.sql
\ir ../142_lead_history.sql
\ir ../143_rubrics.sql
\ir ../144_lead_presets.sql
\ir ../145_routing.sql
\ir ../146_signals.sql
\ir ../147_models.sql
\ir ../148_scores.sql
\ir ../149_refresh_scores.sql
\ir ../150_explain_score.sql
\ir ../151_what_if.sql
\ir ../152_page_leads.sql
\ir ../153_publish_model.sql
\ir ../154_train_model.sql
\ir ../155_evaluate_model.sql
\ir ../156_lead_charts.sql
\ir ../157_forget_leads.sql
\ir ../158_schedule_leads.sql
\ir ../159_keep_signals.sql
\ir ../160_record_signals.sql
\ir ../161_visitors.sql
\ir ../162_refresh_all_scores.sql
\ir ../163_doctor_of_leads.sql
\ir 0.1.0--0.2.0/900_views.sql
\ir ../903_money_views.sql
\ir ../904_outreach_views.sql
\ir 0.1.0--0.2.0/905_analyst_views.sql
\ir ../906_lead_views.sql
\ir ../907_top_leads.sql
\ir ../908_analyst_leads.sql
\ir 0.1.0--0.2.0/910_policies.sql
\ir 0.1.0--0.2.0/990_comments.sql
\ir 0.1.0--0.2.0/999_privileges.sql

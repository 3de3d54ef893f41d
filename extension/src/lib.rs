//! The extension `pg_steward`: where SQL meets the decisions of `steward-core`.
//!
//! **SQL owns state, Rust owns arithmetic, the worker owns the wire.** Tables, policies and transitions are plain SQL in `sql/`, in
//! the order below. Decisions are pure functions in `extension/core`. This crate only carries values across:
//!
//! ```text
//! api/       one #[pg_extern] per SQL name: unpack, call core, pack
//! admission  who may enqueue what, as this backend remembers it
//! cache      compiled tools of this backend
//! call_site  what a function keeps while its statement runs
//! convert    uuid and timestamp conversions
//! error      core's Problem as a Postgres error
//! guards     what limits have to do with an enqueue, as this backend remembers it
//! guc        settings, one static and one sentence each
//! leads_sql  the SQL of leads, in its order
//! prepared   requests and tokens that a claim has made
//! price_cache  prices of models, as this backend remembers them
//! quotas     units of quotas, taken without a statement
//! rows       rows of our tables, written without a statement
//! stored     values as Postgres stores them, read where they lie
//! table_changes  whether some table has changed
//! ```
//!
//! SQL calls Rust, and Rust calls SQL in one place: the long way of an enqueue (`api/enqueue`), whose errors all have SQLSTATEs that pgrx knows; one that
//! it does not know would arrive as XX000. Deliberately absent: SPI, threads, and the network.

#[cfg(not(panic = "unwind"))]
compile_error!("pg_steward must be built with panic = \"unwind\": an abort takes the whole server down");

use pgrx::prelude::*;

mod admission;
mod api;
mod cache;
mod call_site;
mod convert;
mod error;
mod guards;
mod guc;
mod leads_sql;
mod prepared;
mod price_cache;
mod quotas;
mod rows;
mod stored;
mod table_changes;

pgrx::pg_module_magic!();

extension_sql_file!("../../sql/000_bootstrap.sql", name = "bootstrap", bootstrap);
extension_sql_file!("../../sql/010_errors.sql", name = "errors", requires = ["bootstrap"]);
extension_sql_file!("../../sql/012_latches.sql", name = "latches", requires = ["errors"]);
extension_sql_file!(
    "../../sql/020_identity.sql",
    name = "identity",
    requires = [
        "latches",
        api::clock::now,
        api::clock::clock,
        api::clock::lease_seconds,
        api::clock::version,
        api::ids::new_id,
        api::ids::new_ids
    ]
);
extension_sql_file!(
    "../../sql/021_session.sql",
    name = "session",
    requires = [
        "identity",
        api::attempt::is_maintenance,
        api::attempt::begun_job,
        api::attempt::begun_attempt,
        api::attempt::begun_workspace,
        api::attempt::remember_attempt,
        api::attempt::forget_attempt
    ]
);
extension_sql_file!("../../sql/022_acts.sql", name = "acts", requires = ["session"]);
extension_sql_file!("../../sql/024_audit.sql", name = "audit", requires = ["acts"]);
extension_sql_file!("../../sql/025_workspaces.sql", name = "workspaces", requires = ["audit"]);
extension_sql_file!("../../sql/026_logins.sql", name = "logins", requires = ["workspaces"]);
extension_sql_file!("../../sql/027_personal_data.sql", name = "personal_data", requires = ["logins"]);
extension_sql_file!("../../sql/028_restore.sql", name = "restore", requires = ["personal_data", api::place::place]);
extension_sql_file!("../../sql/029_functions.sql", name = "functions", requires = ["restore"]);
extension_sql_file!(
    "../../sql/030_tools.sql",
    name = "tools",
    requires = [
        "functions",
        api::tools::complete_provider,
        api::tools::complete_tool,
        api::tools::tool_is_compiled,
        api::tools::compile_tool,
        api::tools::check_payload,
        api::requests::prepare_request,
        api::decisions::decide_outcomes_and_bills
    ]
);
extension_sql_file!(
    "../../sql/031_prices.sql",
    name = "prices",
    requires = [
        "tools",
        api::prices::remembered_price,
        api::prices::price_among,
        api::prices::price_is_compiled,
        api::prices::compile_price,
        api::prices::price_cost,
        api::prices::price_most
    ]
);
extension_sql_file!(
    "../../sql/032_price_imports.sql",
    name = "price_imports",
    requires =
        ["prices", api::admission::forget_admissions, api::prices::shipped_prices, api::prices::price_rows, api::prices::price_moved]
);
extension_sql_file!("../../sql/033_limits.sql", name = "limits", requires = ["price_imports"]);
extension_sql_file!("../../sql/034_set_limit.sql", name = "set_limit", requires = ["limits"]);
extension_sql_file!("../../sql/035_windows.sql", name = "windows", requires = ["set_limit"]);
extension_sql_file!("../../sql/036_ledger.sql", name = "ledger", requires = ["windows"]);
extension_sql_file!("../../sql/037_stops.sql", name = "stops", requires = ["ledger", api::keys::hold_key]);
extension_sql_file!("../../sql/038_presets.sql", name = "presets", requires = ["stops"]);
extension_sql_file!("../../sql/039_rooms.sql", name = "rooms", requires = ["presets"]);
extension_sql_file!("../../sql/040_jobs.sql", name = "jobs", requires = ["rooms"]);
extension_sql_file!("../../sql/041_beside_jobs.sql", name = "beside_jobs", requires = ["jobs"]);
extension_sql_file!("../../sql/045_queues.sql", name = "queues", requires = ["beside_jobs"]);
extension_sql_file!(
    "../../sql/048_admissions.sql",
    name = "admissions",
    requires = ["queues", api::admission::remember_admission, api::admission::remember_guard, api::admission::forget_admissions]
);
extension_sql_file!("../../sql/050_enqueue.sql", name = "enqueue", requires = ["admissions", api::doorbell::ring_doorbell]);
extension_sql_file!("../../sql/052_quotas.sql", name = "quotas", requires = ["enqueue", api::keys::hold_unit]);
extension_sql_file!("../../sql/053_guard_enqueue.sql", name = "guard_enqueue", requires = ["quotas"]);
extension_sql_file!("../../sql/055_enqueue_api.sql", name = "enqueue_api", requires = ["guard_enqueue"]);
extension_sql_file!(
    "../../sql/060_ring.sql",
    name = "ring",
    requires = [
        "enqueue_api",
        api::ring::ring_groups,
        api::ring::ring_add,
        api::ring::ring_sealable,
        api::ring::ring_seal,
        api::ring::ring_take,
        api::ring::ring_note,
        api::ring::ring_wants_discovery,
        api::ring::ring_is_empty,
        api::ring::ring_is_exhausted
    ]
);
extension_sql_file!(
    "../../sql/062_slots.sql",
    name = "slots",
    requires = ["ring", api::slots::slot_turn, api::slots::slot_served, api::slots::slot_ages]
);
extension_sql_file!("../../sql/063_serve_waiting.sql", name = "serve_waiting", requires = ["slots"]);
extension_sql_file!(
    "../../sql/065_claim.sql",
    name = "claim",
    requires = ["serve_waiting", api::requests::prepare_job, api::requests::set_aside, api::metering::forget_prepared]
);
extension_sql_file!(
    "../../sql/066_measure.sql",
    name = "measure",
    requires = ["claim", api::metering::measure_job, api::metering::measure_payload, api::metering::kept_token]
);
extension_sql_file!("../../sql/067_lines.sql", name = "lines", requires = ["measure"]);
extension_sql_file!("../../sql/068_live_outcomes.sql", name = "live_outcomes", requires = ["lines", api::requests::outcome_keys]);
extension_sql_file!("../../sql/069_hold.sql", name = "hold", requires = ["live_outcomes", api::metering::admit]);
extension_sql_file!("../../sql/070_settle.sql", name = "settle", requires = ["hold"]);
extension_sql_file!("../../sql/071_cooldowns.sql", name = "cooldowns", requires = ["settle"]);
extension_sql_file!("../../sql/072_lift_cooldown.sql", name = "lift_cooldown", requires = ["cooldowns"]);
extension_sql_file!("../../sql/073_post.sql", name = "post", requires = ["lift_cooldown"]);
extension_sql_file!("../../sql/075_finish.sql", name = "finish", requires = ["post"]);
extension_sql_file!("../../sql/077_complete_external.sql", name = "complete_external", requires = ["finish"]);
extension_sql_file!("../../sql/080_progress.sql", name = "progress", requires = ["complete_external"]);
extension_sql_file!("../../sql/085_rescue.sql", name = "rescue", requires = ["progress"]);
extension_sql_file!("../../sql/090_steer.sql", name = "steer", requires = ["rescue"]);
extension_sql_file!("../../sql/092_steer_many.sql", name = "steer_many", requires = ["steer", api::tools::payload_fits]);
extension_sql_file!(
    "../../sql/093_schedules.sql",
    name = "schedules",
    requires = ["steer_many", api::cron::cron_next, api::cron::cron_is_hourly]
);
extension_sql_file!("../../sql/094_explain.sql", name = "explain", requires = ["schedules"]);
extension_sql_file!("../../sql/095_prune.sql", name = "prune", requires = ["explain"]);
extension_sql_file!("../../sql/096_changes.sql", name = "changes", requires = ["prune"]);
extension_sql_file!("../../sql/097_doctor.sql", name = "doctor", requires = ["changes"]);
extension_sql_file!("../../sql/098_accept_restore.sql", name = "accept_restore", requires = ["doctor"]);
extension_sql_file!("../../sql/099_upkeep.sql", name = "upkeep", requires = ["accept_restore"]);
extension_sql_file!("../../sql/100_attempt_identity.sql", name = "attempt_identity", requires = ["upkeep"]);
extension_sql_file!("../../sql/101_run_function.sql", name = "run_function", requires = ["attempt_identity"]);
extension_sql_file!("../../sql/102_limit_status.sql", name = "limit_status", requires = ["run_function"]);
extension_sql_file!("../../sql/103_explain_limits.sql", name = "explain_limits", requires = ["limit_status"]);
extension_sql_file!("../../sql/104_forecast.sql", name = "forecast", requires = ["explain_limits"]);
extension_sql_file!("../../sql/105_ledger_seals.sql", name = "ledger_seals", requires = ["forecast", api::ring::next_transaction]);
extension_sql_file!("../../sql/106_audit_ledger.sql", name = "audit_ledger", requires = ["ledger_seals"]);
extension_sql_file!("../../sql/107_limit_alerts.sql", name = "limit_alerts", requires = ["audit_ledger"]);
extension_sql_file!("../../sql/108_simulate_limit.sql", name = "simulate_limit", requires = ["limit_alerts"]);
extension_sql_file!("../../sql/120_accounts.sql", name = "accounts", requires = ["simulate_limit"]);
extension_sql_file!("../../sql/121_policies.sql", name = "account_policies", requires = ["accounts", api::governor::read_policy]);
extension_sql_file!(
    "../../sql/122_account_days.sql",
    name = "account_days",
    requires = ["account_policies", api::governor::draw_cap, api::governor::plan_moments, api::local_time::day_parts]
);
extension_sql_file!("../../sql/123_actions.sql", name = "actions", requires = ["account_days"]);
extension_sql_file!("../../sql/124_claim_ledger.sql", name = "claim_ledger", requires = ["actions"]);
extension_sql_file!("../../sql/125_breaker.sql", name = "breaker", requires = ["claim_ledger"]);
extension_sql_file!("../../sql/126_plan_days.sql", name = "plan_days", requires = ["breaker"]);
extension_sql_file!("../../sql/127_release_actions.sql", name = "release_actions", requires = ["plan_days"]);
extension_sql_file!("../../sql/128_claim_actions.sql", name = "claim_actions", requires = ["release_actions"]);
extension_sql_file!("../../sql/129_probes.sql", name = "probes", requires = ["claim_actions"]);
extension_sql_file!("../../sql/130_governor_tick.sql", name = "governor_tick", requires = ["probes"]);
extension_sql_file!("../../sql/131_account_api.sql", name = "account_api", requires = ["governor_tick"]);
extension_sql_file!("../../sql/132_action_api.sql", name = "action_api", requires = ["account_api"]);
extension_sql_file!("../../sql/133_suppress.sql", name = "suppress", requires = ["action_api"]);
extension_sql_file!("../../sql/134_explain_action.sql", name = "explain_action", requires = ["suppress"]);
extension_sql_file!("../../sql/135_governor_calendar.sql", name = "governor_calendar", requires = ["explain_action"]);
extension_sql_file!(
    "../../sql/136_simulate_governor.sql",
    name = "simulate_governor",
    requires = ["governor_calendar", api::simulate::simulate_days]
);
extension_sql_file!("../../sql/137_governor_week.sql", name = "governor_week", requires = ["simulate_governor", api::simulate::draw_week]);
extension_sql_file!("../../sql/900_views.sql", name = "views", requires = ["doctor_of_leads"]);
extension_sql_file!("../../sql/902_history_views.sql", name = "history_views", requires = ["views"]);
extension_sql_file!("../../sql/903_money_views.sql", name = "money_views", requires = ["history_views"]);
extension_sql_file!("../../sql/904_outreach_views.sql", name = "outreach_views", requires = ["money_views"]);
extension_sql_file!("../../sql/905_analyst_views.sql", name = "analyst_views", requires = ["outreach_views"]);
extension_sql_file!("../../sql/906_lead_views.sql", name = "lead_views", requires = ["analyst_views"]);
extension_sql_file!("../../sql/907_top_leads.sql", name = "top_leads", requires = ["lead_views"]);
extension_sql_file!("../../sql/908_analyst_leads.sql", name = "analyst_leads", requires = ["top_leads"]);
extension_sql_file!("../../sql/910_policies.sql", name = "policies", requires = ["analyst_leads"]);
extension_sql_file!("../../sql/990_comments.sql", name = "comments", requires = ["policies"]);
extension_sql_file!("../../sql/999_privileges.sql", name = "privileges", finalize);

/// Called by Postgres when a session loads the library.
#[pg_guard]
pub extern "C-unwind" fn _PG_init() {
    guc::register();
    admission::register();
    table_changes::register();
    price_cache::register();
}

//! The SQL of leads, in the order in which it runs: after what `lib.rs` names up to 137, before its views.

use pgrx::prelude::*;

extension_sql_file!("../../sql/140_leads.sql", name = "leads", requires = ["governor_week"]);
extension_sql_file!(
    "../../sql/141_import_leads.sql",
    name = "import_leads",
    requires = ["leads", api::intake::lead_row_keys, api::intake::merge_lead_rows]
);
extension_sql_file!("../../sql/142_lead_history.sql", name = "lead_history", requires = ["import_leads", api::intake::change_lead]);
extension_sql_file!(
    "../../sql/143_rubrics.sql",
    name = "rubrics",
    requires = ["lead_history", api::rubrics::complete_rubric, api::rubrics::rubric_contributions, api::rubrics::rubric_reads_signals]
);
extension_sql_file!("../../sql/144_lead_presets.sql", name = "lead_presets_sql", requires = ["rubrics", api::rubrics::lead_presets]);
extension_sql_file!("../../sql/145_routing.sql", name = "routing", requires = ["lead_presets_sql", api::rubrics::route_segments]);
extension_sql_file!("../../sql/146_signals.sql", name = "signals", requires = ["routing"]);
extension_sql_file!("../../sql/147_models.sql", name = "models", requires = ["signals"]);
extension_sql_file!(
    "../../sql/148_scores.sql",
    name = "scores",
    requires = [
        "models",
        api::rubrics::score_of,
        api::score::score_contributions,
        api::score::score_due_at,
        api::score::score_reasons,
        api::models::lead_likelihood,
        api::models::likelihood_reasons
    ]
);
extension_sql_file!("../../sql/149_refresh_scores.sql", name = "refresh_scores", requires = ["scores"]);
extension_sql_file!("../../sql/150_explain_score.sql", name = "explain_score", requires = ["refresh_scores"]);
extension_sql_file!("../../sql/151_what_if.sql", name = "what_if", requires = ["explain_score"]);
extension_sql_file!("../../sql/152_page_leads.sql", name = "page_leads", requires = ["what_if", api::rubrics::top_reasons]);
extension_sql_file!("../../sql/153_publish_model.sql", name = "publish_model", requires = ["page_leads"]);
extension_sql_file!(
    "../../sql/154_train_model.sql",
    name = "train_model",
    requires = [
        "publish_model",
        api::models::gather_to_train,
        api::models::gather_to_evaluate,
        api::models::gathered,
        api::models::nothing_learned
    ]
);
extension_sql_file!("../../sql/155_evaluate_model.sql", name = "evaluate_model", requires = ["train_model"]);
extension_sql_file!("../../sql/156_lead_charts.sql", name = "lead_charts", requires = ["evaluate_model", api::lead_charts::draw_chart]);
extension_sql_file!("../../sql/157_forget_leads.sql", name = "forget_leads", requires = ["lead_charts"]);
extension_sql_file!("../../sql/158_schedule_leads.sql", name = "schedule_leads", requires = ["forget_leads"]);
extension_sql_file!("../../sql/159_keep_signals.sql", name = "keep_signals", requires = ["schedule_leads"]);
extension_sql_file!("../../sql/160_record_signals.sql", name = "record_signals", requires = ["keep_signals"]);
extension_sql_file!("../../sql/161_visitors.sql", name = "visitors", requires = ["record_signals"]);
extension_sql_file!("../../sql/162_refresh_all_scores.sql", name = "refresh_all_scores", requires = ["visitors"]);
extension_sql_file!("../../sql/163_doctor_of_leads.sql", name = "doctor_of_leads", requires = ["refresh_all_scores"]);

//! What a definition may say.

use std::collections::BTreeSet;

use super::{As, Definition, Method, OUTCOME, Split, invalid};
use crate::error::Problem;

/// Features at most: more are no choice of anybody, and each makes a model slower to train and harder to explain.
const MOST_FEATURES: usize = 300;
/// Stages of a pipeline at most.
const MOST_STAGES: usize = 50;
/// The outcome itself, which no feature may be.
const FORBIDDEN: [&str; 2] = [OUTCOME, "outcome_at"];

impl Definition {
    pub(super) fn check(&self) -> Result<(), Problem> {
        self.check_fields()?;
        self.check_numbers()?;
        self.check_method()
    }

    fn check_fields(&self) -> Result<(), Problem> {
        if self.target != OUTCOME {
            return Err(invalid("target has to be outcome").hint("A model predicts whether a lead is won."));
        }
        if self.features.is_empty() || self.features.len() > MOST_FEATURES {
            return Err(invalid(format!("features has to name 1 to {MOST_FEATURES} fields"))
                .hint("Name fields that are known before the outcome, such as segment or attributes.source."));
        }
        let mut seen = BTreeSet::new();
        for field in self.fields() {
            if field.trim().is_empty() {
                return Err(invalid("a field has no name"));
            }
            if FORBIDDEN.contains(&field) {
                return Err(
                    invalid(format!("{field} is what is predicted")).hint("A feature has to be known before the outcome: leave it out.")
                );
            }
            if !seen.insert(field) {
                return Err(invalid(format!("{field} is named twice")).hint("Name each field once among features, stages and team."));
            }
        }
        Ok(())
    }

    fn check_numbers(&self) -> Result<(), Problem> {
        let (Split::Time { holdout } | Split::Random { holdout, .. }) = self.split;
        if !(0.05..=0.9).contains(&holdout) {
            return Err(invalid("holdout has to be 0.05 to 0.9").hint("0.3 holds three leads of ten out."));
        }
        if !(1e-6..=1e6).contains(&self.l2) {
            return Err(invalid("l2 has to be 0.000001 to 1000000").hint("1 is right for most; more makes weights smaller."));
        }
        if [self.min_leads, self.min_wins, self.level_leads.unwrap_or(1)].contains(&0) {
            return Err(invalid("min_leads, min_wins and level_leads have to be 1 at least"));
        }
        Ok(())
    }

    fn check_method(&self) -> Result<(), Problem> {
        if self.method == Method::Logistic && (self.stages.is_some() || self.team.is_some()) {
            return Err(invalid("stages and team are for bayes").hint("For logistic name the fields among features."));
        }
        if self.method == Method::Bayes && self.features.iter().any(|feature| feature.encoding == Some(As::Standard)) {
            return Err(
                invalid("bayes counts how often values came, which a standardised number has none of").hint("Use deciles or levels.")
            );
        }
        let order = self.stages.as_ref().map_or(&[][..], |stages| &stages.order);
        let distinct: BTreeSet<&str> = order.iter().map(|stage| stage.trim()).collect();
        if self.stages.is_some() && (order.is_empty() || order.len() > MOST_STAGES || distinct.len() < order.len() || distinct.contains(""))
        {
            return Err(invalid(format!("order of stages has to name 1 to {MOST_STAGES} stages, each once"))
                .hint("Name them from the first to the last."));
        }
        Ok(())
    }
}

//! The contributions to a score.

use super::compiled::Hit;
use super::points::Points;
use super::{Beside, Fields, Rubric, Score};

pub fn score(rubric: &Rubric, lead: &(impl Fields + ?Sized), beside: &Beside) -> Score {
    let mut contributions = Vec::with_capacity(rubric.terms.len() + rubric.groups.len() + 2);
    let mut due_at: Option<i64> = None;
    for term in &rubric.terms {
        let (points, hit) = term.points(lead, beside);
        if let Hit::Signals(_, Some(due)) = hit {
            due_at = Some(due_at.map_or(due, |known| known.min(due)));
        }
        contributions.push(points);
    }
    finish(rubric, &mut contributions, beside);
    Score {
        contributions: contributions
            .iter()
            .map(|contribution| i32::try_from(contribution.0).unwrap_or(if contribution.0 < 0 { i32::MIN } else { i32::MAX }))
            .collect(),
        due_at,
    }
}

/// What comes after the terms: caps of groups, the total, the likelihood.
pub fn finish(rubric: &Rubric, contributions: &mut Vec<Points>, beside: &Beside) {
    for (terms, group) in rubric.groups.iter().zip(rubric.definition.groups.values()) {
        let together: i64 = terms.iter().map(|term| contributions[*term].0).sum();
        contributions.push(Points((group.max.0 - together).min(0)));
    }
    let sum = Points(contributions.iter().map(|contribution| contribution.0).sum());
    let score = rubric.definition.total.score(sum);
    contributions.push(Points(score.0 - sum.0));
    if let Some(likelihood) = rubric.definition.likelihood {
        contributions.push(Points(rubric.definition.total.blend(score, likelihood, beside.learned).0 - score.0));
    }
}

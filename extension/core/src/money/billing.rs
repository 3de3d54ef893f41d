//! What is posted for a call once it is over: what it did cost, the most that it may have cost, or nothing.
//!
//! Nothing only where that is proven: nothing was sent, no connection was made, or the answer says that it was not done. Whatever is not known is
//! posted as the hold, which no call passes whose bound is right; what the provider counted beyond it is posted too, and shows as an overrun.

use chrono::{DateTime, Utc};

use super::price::ModelPrice;
use super::usage::Usage;

/// What is known of a call that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Nothing left the building.
    Unsent,
    /// No connection was made.
    Unconnected,
    /// The answer proves that nothing was done: a rate limit, a refusal.
    NotExecuted,
    /// It was done.
    Executed,
    /// Nobody knows.
    Unknown,
}

/// What a call costs.
#[derive(Debug, Clone, Copy)]
pub enum Price<'a> {
    /// So many nano-dollars, whatever is in it.
    Flat(i64),
    /// What the provider says.
    Reported,
    /// By what was counted.
    Counted(&'a ModelPrice),
    /// The price that it was held by is not there any more.
    Unknown,
}

/// How an amount came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing was sent, so nothing is posted.
    None,
    /// It was sent, and certainly cost nothing.
    Void,
    /// What it did cost.
    Posted,
    /// The most it may have cost.
    Estimate,
}

/// What is set aside for a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Nano-dollars.
    pub cost: i64,
    /// Tokens.
    pub tokens: i64,
}

/// What is posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bill {
    /// How it came about.
    pub kind: Kind,
    /// Nano-dollars.
    pub cost: i64,
    /// Tokens in and out.
    pub tokens: i64,
    /// 1 if a call was made.
    pub calls: i32,
    /// What the provider says, in nano-dollars.
    pub reported: Option<i64>,
}

/// Posts a call.
pub fn bill(price: Price<'_>, evidence: Evidence, usage: Option<&Usage>, held: Held, at: DateTime<Utc>) -> Bill {
    let nothing = Bill { kind: Kind::None, cost: 0, tokens: 0, calls: 0, reported: None };
    let estimate =
        Bill { kind: Kind::Estimate, cost: held.cost, tokens: held.tokens, calls: 1, reported: usage.and_then(|usage| usage.reported) };
    match evidence {
        Evidence::Unsent => nothing,
        Evidence::Unconnected => Bill { kind: Kind::Void, ..nothing },
        Evidence::NotExecuted => Bill { kind: Kind::Void, calls: 1, ..nothing },
        Evidence::Unknown => estimate,
        Evidence::Executed => cost_of(price, usage, at).map_or(estimate, |cost| Bill {
            kind: Kind::Posted,
            cost,
            tokens: usage.map_or(0, tokens),
            ..estimate
        }),
    }
}

/// None where nobody knows.
fn cost_of(price: Price<'_>, usage: Option<&Usage>, at: DateTime<Utc>) -> Option<i64> {
    match price {
        Price::Flat(cost) => Some(cost),
        Price::Reported => usage?.reported,
        Price::Counted(model) => model.cost(usage?, at).ok(),
        Price::Unknown => None,
    }
}

fn tokens(usage: &Usage) -> i64 {
    i64::try_from(usage.input_tokens().saturating_add(usage.output_tokens())).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use serde_json::json;

    use super::*;

    const HELD: Held = Held { cost: 1_000, tokens: 50 };

    fn model() -> ModelPrice {
        ModelPrice::parse(&json!({ "input_mtok": 1, "output_mtok": 2 })).unwrap()
    }

    #[test]
    fn a_call_that_was_done_costs_what_was_counted_also_beyond_what_was_held() {
        let usage = Usage::tokens(10, 20);
        let posted = bill(Price::Counted(&model()), Evidence::Executed, Some(&usage), HELD, DateTime::UNIX_EPOCH);
        assert_eq!((posted.kind, posted.cost, posted.tokens, posted.calls), (Kind::Posted, 50_000, 30, 1));
    }

    #[test]
    fn what_nobody_knows_is_posted_as_it_was_held() {
        let lost = bill(Price::Counted(&model()), Evidence::Unknown, None, HELD, DateTime::UNIX_EPOCH);
        let uncounted = bill(Price::Counted(&model()), Evidence::Executed, None, HELD, DateTime::UNIX_EPOCH);
        let unsaid = bill(Price::Reported, Evidence::Executed, Some(&Usage::tokens(1, 1)), HELD, DateTime::UNIX_EPOCH);
        let unpriced = bill(Price::Unknown, Evidence::Executed, Some(&Usage::tokens(1, 1)), HELD, DateTime::UNIX_EPOCH);
        for estimate in [lost, uncounted, unsaid, unpriced] {
            assert_eq!((estimate.kind, estimate.cost, estimate.tokens, estimate.calls), (Kind::Estimate, 1_000, 50, 1));
        }
    }

    #[test]
    fn nothing_is_posted_only_where_it_is_proven() {
        for (evidence, kind, calls) in
            [(Evidence::Unsent, Kind::None, 0), (Evidence::Unconnected, Kind::Void, 0), (Evidence::NotExecuted, Kind::Void, 1)]
        {
            let posted = bill(Price::Flat(40), evidence, None, HELD, DateTime::UNIX_EPOCH);
            assert_eq!((posted.kind, posted.cost, posted.tokens, posted.calls), (kind, 0, 0, calls));
        }
    }

    #[test]
    fn what_the_provider_says_is_kept_beside_what_we_counted() {
        let mut usage = Usage::tokens(1, 0);
        usage.reported = Some(70);
        let ours = bill(Price::Flat(40), Evidence::Executed, Some(&usage), HELD, DateTime::UNIX_EPOCH);
        assert_eq!((ours.cost, ours.reported), (40, Some(70)));
        let theirs = bill(Price::Reported, Evidence::Executed, Some(&usage), HELD, DateTime::UNIX_EPOCH);
        assert_eq!((theirs.kind, theirs.cost), (Kind::Posted, 70));
    }
}

//! How long a job waits before its next try.

use super::definition::Backoff;

/// A provider that asks for more than a day is not waited for longer than that: the next answer says whether it still holds.
const LONGEST_RETRY_AFTER_SECONDS: f64 = 86_400.0;

/// Seconds until the next try: exponential with full jitter, so that a thousand jobs that failed together do not come back together
/// (Brooker, "Exponential Backoff And Jitter", AWS 2015).
///
/// `failures` counts from 1; `random` is drawn from 0 (included) to 1 (excluded).
pub fn full_jitter(backoff: Backoff, failures: u32, random: f64) -> f64 {
    let doublings = failures.saturating_sub(1).min(62);
    let ceiling = (backoff.base_seconds * 2_f64.powi(i32::try_from(doublings).unwrap_or(62))).min(backoff.max_seconds);
    ceiling * random
}

/// Seconds until the next try when the provider named a time: never before it, and spread over a tenth more (at least a second), so
/// that everybody who was told the same second does not come back in it.
pub fn after_retry_after(asked_seconds: f64, random: f64) -> f64 {
    let asked = asked_seconds.clamp(0.0, LONGEST_RETRY_AFTER_SECONDS);
    asked + (asked * 0.1).max(1.0) * random
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BACKOFF: Backoff = Backoff { base_seconds: 2.0, max_seconds: 600.0 };

    #[test]
    fn the_ceiling_doubles_up_to_the_longest_wait() {
        let ceilings: Vec<f64> = [1, 2, 3, 9, 10, u32::MAX].map(|n| full_jitter(BACKOFF, n, 1.0)).to_vec();
        assert_eq!(ceilings, [2.0, 4.0, 8.0, 512.0, 600.0, 600.0]);
    }

    proptest! {
        #[test]
        fn a_wait_lies_between_nothing_and_its_ceiling(failures in 0_u32.., random in 0.0..1.0_f64) {
            let wait = full_jitter(BACKOFF, failures, random);
            prop_assert!((0.0..=600.0).contains(&wait));
        }

        #[test]
        fn a_retry_after_is_never_undercut_and_never_beyond_a_day_and_a_tenth(asked in -1e9..1e9_f64, random in 0.0..1.0_f64) {
            let wait = after_retry_after(asked, random);
            prop_assert!(wait >= asked.clamp(0.0, 86_400.0));
            prop_assert!(wait <= 86_400.0 * 1.1);
        }
    }
}

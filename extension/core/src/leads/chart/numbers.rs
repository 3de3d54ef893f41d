//! Numbers as they stand in a picture.

/// Lines of a grid at most, besides the one at the bottom.
const MOST_LINES: f64 = 5.0;

/// A round step (1, 2 or 5 times a power of ten) of which a few reach a value; 1 where there is none.
pub fn step(highest: f64) -> f64 {
    if highest <= 0.0 || !highest.is_finite() {
        return 1.0;
    }
    let power = 10_f64.powf((highest / MOST_LINES).log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].map(|times| times * power).into_iter().find(|step| highest / step <= MOST_LINES).unwrap_or(10.0 * power);
    // Below the smallest f64 there is no power of ten.
    if step > 0.0 { step } else { 1.0 }
}

/// Up to three digits that count, and k or M for thousands and millions: 0.07, 3.25, 12.4k.
pub fn short(value: f64) -> String {
    let (scaled, unit) = match value.abs() {
        // What would be rounded to a thousand of the smaller unit is one of the larger.
        large if large >= 999_500.0 => (value / 1e6, "M"),
        large if large >= 9_999.5 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let digits = match scaled.abs() {
        large if large >= 99.95 => 0,
        middle if middle >= 9.995 => 1,
        _ => 2,
    };
    let text = format!("{scaled:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{}{unit}", if text == "-0" { "0" } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_round_steps_reach_the_highest_value() {
        for (highest, expected) in [(0.0, 1.0), (0.3, 0.1), (1.0, 0.2), (4.4, 1.0), (5.0, 1.0), (5.1, 2.0), (237.0, 50.0), (1e6, 2e5)] {
            assert!((step(highest) - expected).abs() < 1e-9 * expected, "{highest}: {}", step(highest));
        }
        assert_eq!([f64::NAN, f64::INFINITY, -1.0].map(step), [1.0; 3]);
    }

    #[test]
    fn a_number_has_no_more_digits_than_one_reads() {
        for (value, shown) in [
            (0.0, "0"),
            (0.066, "0.07"),
            (3.25, "3.25"),
            (2.0, "2"),
            (12.34, "12.3"),
            (120.0, "120"),
            (9_999.0, "9999"),
            (10_000.0, "10k"),
            (12_345.0, "12.3k"),
            (999_600.0, "1M"),
            (1_234_567.0, "1.23M"),
            (-0.001, "0"),
        ] {
            assert_eq!(short(value), shown);
        }
    }
}

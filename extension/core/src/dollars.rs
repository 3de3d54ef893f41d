//! Amounts of money: whole nano-dollars, 10⁻⁹ US dollars, so that sums are exact.

use std::fmt;

use serde_json::Value;

/// Nano-dollars in a dollar.
const PER_DOLLAR: i64 = 1_000_000_000;

/// More than anybody means to spend on one call, in dollars: a price beyond it is a mistake in its unit.
const MOST_DOLLARS: i64 = 1_000_000;

/// An amount of money, never below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NanoDollars(i64);

impl NanoDollars {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Reads an amount of dollars, a JSON number or a text of digits with at most nine decimals; None when it is none.
    pub fn read(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Self::parse(text),
            // The shortest decimal that means the number, without an exponent.
            Value::Number(number) => Self::parse(&number.as_f64()?.to_string()),
            _ => None,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (dollars, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(dollars) || !is_digits(decimals) || decimals.len() > 9 {
            return None;
        }
        let nanos: i64 = format!("{decimals:0<9}").parse().ok()?;
        let dollars: i64 = dollars.parse().ok().filter(|dollars| *dollars <= MOST_DOLLARS)?;
        Some(Self(dollars * PER_DOLLAR + nanos)).filter(|amount| amount.0 <= MOST_DOLLARS * PER_DOLLAR)
    }
}

/// In nano-dollars.
impl From<NanoDollars> for i64 {
    fn from(amount: NanoDollars) -> Self {
        amount.0
    }
}

/// In dollars, with as many decimals as it needs; reads back as the same amount.
impl fmt::Display for NanoDollars {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (dollars, nanos) = (self.0 / PER_DOLLAR, self.0 % PER_DOLLAR);
        let decimals = format!("{nanos:09}");
        match decimals.trim_end_matches('0') {
            "" => write!(out, "{dollars}"),
            decimals => write!(out, "{dollars}.{decimals}"),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_amount_is_read_exactly() {
        for (written, nanos) in [
            (json!("0.04"), 40_000_000),
            (json!(0.04), 40_000_000),
            (json!("0.000000001"), 1),
            (json!(1e-9), 1),
            (json!("12"), 12_000_000_000),
            (json!(0), 0),
            (json!("1000000"), 1_000_000_000_000_000),
        ] {
            assert_eq!(NanoDollars::read(&written), Some(NanoDollars(nanos)), "{written}");
        }
    }

    #[test]
    fn what_is_no_amount_is_not_read() {
        for written in [
            json!(""),
            json!("."),
            json!("1."),
            json!(".5"),
            json!("-1"),
            json!("+1"),
            json!("1e3"),
            json!("0.0000000001"),
            json!("1 "),
            json!("NaN"),
            json!("1,5"),
            json!("1000000.000000001"),
            json!("99999999999999999999"),
            json!("٣"),
            json!(-0.5),
            json!(1e300),
            json!(1e-10),
            json!(null),
            json!([1]),
            json!(true),
        ] {
            assert_eq!(NanoDollars::read(&written), None, "{written}");
        }
    }

    proptest! {
        #[test]
        fn an_amount_reads_back_as_it_was_written(nanos in 0..=MOST_DOLLARS * PER_DOLLAR) {
            let amount = NanoDollars(nanos);
            prop_assert_eq!(NanoDollars::read(&json!(amount.to_string())), Some(amount));
        }
    }
}

//! Amounts of dollars as they are written in JSON, without a float in between.
//!
//! A JSON number has been read as the nearest f64 when it comes here; the shortest decimal that means that f64 is what stood in the text, as
//! long as that had at most fifteen digits. No price has more: longer ones are floats that somebody has printed.

use serde_json::Value;

/// The amount in units of ten to the minus `decimals`, rounded up; None where it is no amount, is negative, or is above `most` dollars.
pub fn dollars(value: &Value, decimals: usize, most: u64) -> Option<u128> {
    match value {
        Value::String(text) => scaled(text, decimals, most),
        // Without an exponent.
        Value::Number(number) => match number.as_u64() {
            Some(whole) => scaled(&whole.to_string(), decimals, most),
            None => scaled(&number.as_f64()?.to_string(), decimals, most),
        },
        _ => None,
    }
}

fn scaled(text: &str, decimals: usize, most: u64) -> Option<u128> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(part) {
        return None;
    }
    let (kept, rest) = part.split_at(decimals.min(part.len()));
    let scale = 10_u128.pow(u32::try_from(decimals).ok()?);
    let kept: u128 = format!("{kept:0<decimals$}").parse().ok()?;
    let round_up = u128::from(rest.bytes().any(|byte| byte != b'0'));
    let amount = whole.parse::<u64>().ok().map(u128::from)?.checked_mul(scale)?.checked_add(kept)?.checked_add(round_up)?;
    (amount <= u128::from(most).checked_mul(scale)?).then_some(amount)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_amount_is_read_exactly_and_rounded_up() {
        for (written, picos) in [
            (json!(0.075), 75_000_000_000),
            (json!("0.075"), 75_000_000_000),
            (json!(5), 5_000_000_000_000),
            (json!(1e-12), 1),
            (json!(1e-13), 1),
            (json!(0.041_666_666_666_666_664), 41_666_666_667),
            (json!(0), 0),
            (json!("0.0000000000000"), 0),
        ] {
            assert_eq!(dollars(&written, 12, 1000), Some(picos), "{written}");
        }
    }

    #[test]
    fn what_is_no_amount_is_not_read() {
        for written in
            [json!(-1), json!(-0.5), json!("1e3"), json!("x"), json!(1001), json!(1e300), json!(null), json!([1]), json!(u64::MAX)]
        {
            assert_eq!(dollars(&written, 12, 1000), None, "{written}");
        }
    }
}

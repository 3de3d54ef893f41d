//! Numbers that would not survive the way through an i64, u64 or f64, which is what `serde_json` keeps them in.
//!
//! jsonb holds any number of digits. Rather than keep them all (every `Value` would pay for it, and so would the providers' parsers,
//! which read an f64, too), a number that would silently be changed is refused.

use serde_json::Number;

/// So many significant digits always come back from an f64 (`DBL_DIG` of C): a shorter number without an exponent needs no closer look.
const EXACT_DIGITS: usize = f64::DIGITS as usize;

/// Where the first number of a valid JSON text begins that `serde_json` would print with another value.
pub(super) fn first_changed(json: &str) -> Option<usize> {
    let bytes = json.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = after_string(bytes, at),
            b'-' | b'0'..=b'9' => {
                let end = after_number(bytes, at);
                if !is_kept(&json[at..end]) {
                    return Some(at);
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    None
}

/// Where the text goes on after the string whose opening quote is at `start`.
pub(super) fn after_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn after_number(bytes: &[u8], start: usize) -> usize {
    let is_part = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
    bytes[start..].iter().position(|byte| !is_part(byte)).map_or(bytes.len(), |length| start + length)
}

/// Whether a number keeps its value.
fn is_kept(number: &str) -> bool {
    if number.len() <= EXACT_DIGITS && !number.contains(['e', 'E']) {
        return true;
    }
    if number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok() {
        return true;
    }
    serde_json::from_str::<Number>(number).is_ok_and(|kept| Decimal::of(number) == Decimal::of(&kept.to_string()))
}

/// The value of a JSON number: 0.DIGITS × 10^exponent, the first digit not 0.
struct Decimal<'a> {
    negative: bool,
    /// From the first to the last digit that is not 0; a decimal point in between does not count.
    digits: &'a str,
    exponent: i64,
}

impl<'a> Decimal<'a> {
    fn of(number: &'a str) -> Self {
        let unsigned = number.trim_start_matches('-');
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let point = mantissa.find('.').unwrap_or(mantissa.len());
        let without_end = mantissa.trim_end_matches(['0', '.']);
        let digits = without_end.trim_start_matches(['0', '.']);
        if digits.is_empty() {
            return Self { negative: false, digits, exponent: 0 };
        }
        let first = without_end.len() - digits.len();
        let before_point = if first < point { offset(point, first) } else { offset(point + 1, first) };
        Self { negative: number.starts_with('-'), digits, exponent: exponent_of(exponent).saturating_add(before_point) }
    }

    fn significant(&self) -> impl Iterator<Item = u8> {
        self.digits.bytes().filter(u8::is_ascii_digit)
    }
}

impl PartialEq for Decimal<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.negative == other.negative && self.exponent == other.exponent && self.significant().eq(other.significant())
    }
}

/// The distance from one index of a text to another, which no text is long enough to make overflow.
fn offset(to: usize, from: usize) -> i64 {
    i64::try_from(to).unwrap_or(i64::MAX) - i64::try_from(from).unwrap_or(i64::MAX)
}

/// An exponent beyond an i64 is as good as the end of the range: no f64 comes near it.
fn exponent_of(text: &str) -> i64 {
    text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_that_changes_is_found_wherever_it_stands() {
        let changed = [
            "123456789012345678901234567890",
            "18446744073709551617",
            "-9223372036854775809.5",
            "0.12345678901234567890",
            "0.1000000000000000055511151231257827",
            "1e-400",
            "1e-99999999999999999999",
            "4e-324",
            "9007199254740993.0",
        ];
        for number in changed {
            assert_eq!(first_changed(number), Some(0), "{number}");
            let around = format!(r#"{{"1e-400": "x\\\"1e-400", "a": [1, {number}]}}"#);
            assert_eq!(first_changed(&around), around.rfind(number), "{around}");
        }
    }

    #[test]
    fn other_spellings_of_a_value_are_kept() {
        for number in [
            "0.30000000000000004",
            "1.50",
            "1e3",
            "1E+3",
            "100.000",
            "-0.0",
            "-0",
            "0e99999999999999999999",
            "100000000000000000000000",
            "1.0000000000000000000000000000000000000",
            "0.00000000000000000000000000000000000001",
            "1e308",
            "5e-324",
            "123456789012345e-5",
            "9007199254740993",
            "18446744073709551615",
            "-9223372036854775808",
        ] {
            assert_eq!(first_changed(number), None, "{number}");
        }
    }

    #[test]
    fn an_unfinished_string_ends_with_the_text() {
        for text in ["\"", "\"\\", "\"\\\"", "\"é\\"] {
            assert_eq!(first_changed(text), None, "{text}");
        }
    }

    /// The value of a JSON number as digits times a power of ten, by another way than [`Decimal`]: all digits as a text.
    fn plain(number: &str) -> (String, i64) {
        let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits = format!("{whole}{fraction}").replacen('-', "", 1);
        let mut power = exponent.parse::<i64>().unwrap() - i64::try_from(fraction.len()).unwrap();
        while digits.ends_with('0') && digits.len() > 1 {
            digits.pop();
            power += 1;
        }
        let digits = digits.trim_start_matches('0').to_owned();
        let is_zero = digits.is_empty();
        let sign = if number.starts_with('-') && !is_zero { "-" } else { "" };
        (format!("{sign}{digits}"), if is_zero { 0 } else { power })
    }

    /// The same number as jsonb writes it: `1e21` as a 1 with 21 zeros, `1e-7` as `0.0000001`.
    fn without_exponent(number: &str) -> String {
        let (digits, power) = plain(number);
        let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |digits| ("-", digits));
        let zeros = "0".repeat(usize::try_from(power.abs()).unwrap());
        if digits.is_empty() {
            return "0".to_owned();
        }
        if power >= 0 {
            return format!("{sign}{digits}{zeros}");
        }
        let padded = format!("{zeros}{digits}");
        let (whole, fraction) = padded.split_at(padded.len() - zeros.len());
        let whole = whole.trim_start_matches('0');
        format!("{sign}{}.{fraction}", if whole.is_empty() { "0" } else { whole })
    }

    proptest! {
        #[test]
        fn every_f64_is_accepted_as_it_is_printed(bits in any::<u64>()) {
            let number = f64::from_bits(bits);
            prop_assume!(number.is_finite());
            let printed = serde_json::to_string(&number).unwrap();
            prop_assert_eq!(first_changed(&printed), None);
            prop_assert_eq!(first_changed(&without_exponent(&printed)), None, "as jsonb writes it");
        }

        #[test]
        fn every_i64_and_u64_is_accepted(signed in any::<i64>(), unsigned in any::<u64>()) {
            prop_assert_eq!(first_changed(&format!("[{signed}, {unsigned}]")), None);
        }

        #[test]
        fn accepted_is_what_prints_back_with_the_same_value(
            number in prop_oneof![
                "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?",
                "-?[1-9]0{0,30}(\\.0{1,20})?([eE][+-]?[0-9]{1,2})?",
                "-?0\\.0{0,20}[0-9]{1,18}0{0,5}",
            ]
        ) {
            let Ok(kept) = serde_json::from_str::<Number>(&number) else { return Ok(()) };
            prop_assert_eq!(first_changed(&number).is_none(), plain(&number) == plain(&kept.to_string()), "{} {}", number, kept);
        }
    }
}

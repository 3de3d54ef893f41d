//! How many people a company has, from what people write.

/// The middle of a range such as `51-200 employees`, or the one number that is there; separators of thousands are read over. None without a number.
pub fn headcount(text: &str) -> Option<f64> {
    let mut numbers = numbers(text);
    let first = numbers.next()?;
    Some(numbers.next().map_or(first, |second| f64::midpoint(first, second)))
}

fn numbers(text: &str) -> impl Iterator<Item = f64> + '_ {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = &rest[rest.find(|letter: char| letter.is_ascii_digit())?..];
        let (number, after) = number(rest);
        rest = after;
        Some(number)
    })
}

/// The number that a text begins with. A comma or a point before exactly three digits separates thousands.
fn number(text: &str) -> (f64, &str) {
    let mut number = 0.0;
    let mut at = 0;
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    loop {
        let length = digits(at);
        for byte in &bytes[at..at + length] {
            number = number * 10.0 + f64::from(byte - b'0');
        }
        at += length;
        if !matches!(bytes.get(at), Some(b',' | b'.')) || digits(at + 1) != 3 {
            return (number, &text[at..]);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::headcount;

    #[test]
    fn a_range_counts_as_its_middle_and_one_number_as_itself() {
        assert_eq!(headcount("51-200 employees"), Some(125.5));
        assert_eq!(headcount("11 to 50"), Some(30.5));
        assert_eq!(headcount("10,001+ employees"), Some(10_001.0));
        assert_eq!(headcount("1.001 - 5.000"), Some(3000.5));
        assert_eq!(headcount("70"), Some(70.0));
        assert_eq!(headcount("many"), None);
        assert_eq!(headcount("١٢"), None);
        assert_eq!(headcount("3,"), Some(3.0));
    }
}

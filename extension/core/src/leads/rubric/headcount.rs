//! How many people a company has, from what people write.

/// The middle of a range such as `51-200 employees`, or the one number that is there; separators of thousands are read over. None without a number.
pub fn headcount(text: &str) -> Option<f64> {
    let mut numbers = numbers(text);
    let first = numbers.next()?;
    Some(numbers.next().map_or(first, |second| f64::midpoint(first, second)))
}

/// Whether a text is one number with its thousands apart, such as `10.000` or `1,234,567`. Nobody has 1.001 people to the thousandth; `0.500` has no thousands.
pub fn is_grouped(text: &str) -> bool {
    let mut groups = text.split(['.', ',']);
    let first = groups.next().unwrap_or_default();
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let is_first = (1..=3).contains(&first.len()) && !first.starts_with('0') && is_digits(first);
    let mut others = groups.peekable();
    is_first && others.peek().is_some() && others.all(|group| group.len() == 3 && is_digits(group))
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
    use super::{headcount, is_grouped};

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

    #[test]
    fn thousands_are_one_to_three_digits_and_groups_of_three() {
        for grouped in ["1.001", "10.000", "10,000", "999.999.999", "1,234.567"] {
            assert!(is_grouped(grouped), "{grouped}");
        }
        for plain in
            ["", "1", "1001", "1.5", "1.00", "1.0001", "0.500", "01.000", "1000.000", "1.000.5", "-1.000", "1.000 people", ".001", "1."]
        {
            assert!(!is_grouped(plain), "{plain}");
        }
    }
}

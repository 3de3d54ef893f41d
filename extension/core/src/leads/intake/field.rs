//! Names of fields, and what may stand in one.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};
use serde_json::value::RawValue;

use super::address;
use crate::leads::value::MOMENT;

/// Fields that are columns of a lead, in the order of its table.
pub const KNOWN: [&str; 18] = [
    "provider_id",
    "email",
    "domain",
    "full_name",
    "title",
    "company",
    "phone",
    "website",
    "linkedin_url",
    "segment",
    "industry",
    "company_size",
    "city",
    "state",
    "country",
    "owner",
    "outcome",
    "outcome_at",
];
/// What the name of every other field begins with.
pub const ATTRIBUTE: &str = "attributes.";
/// Characters of the name of an attribute, of a known field and of an attribute, at most.
pub const NAME_CHARS: usize = 200;
pub const KNOWN_CHARS: usize = 500;
pub const ATTRIBUTE_CHARS: usize = 100_000;

/// The name of a field as it stands in histories and rubrics; none for an attribute without a name, or with too long a one. A known one is
/// known however it is written: files come with `Email` and ` website `, and a lead without an address is what a row of such a file would be.
pub fn name(column: &str) -> Option<String> {
    let plain = column.trim().to_lowercase();
    if KNOWN.contains(&plain.as_str()) {
        return Some(plain);
    }
    let attribute = column.strip_prefix(ATTRIBUTE).unwrap_or(column);
    let is_name = !attribute.trim().is_empty() && attribute.chars().count() <= NAME_CHARS;
    is_name.then(|| format!("{ATTRIBUTE}{attribute}"))
}

/// Characters of a name that a message has room for.
const SHOWN: usize = 60;

/// Why nobody can read a field of that name, and what to write instead; none where it is a field.
pub fn unreadable(written: &str) -> Option<(String, String)> {
    let named = name(written);
    if named.as_deref() == Some(written) {
        return None;
    }
    let short = |name: &str| name.chars().take(SHOWN).filter(|letter| !letter.is_control()).collect::<String>();
    let meant = named.map_or_else(|| "attributes.headcount".to_owned(), |name| short(&name));
    let hint = format!("Did you mean {meant}? Fields are {}, and those of your own, which begin with attributes.", KNOWN.join(", "));
    Some((format!("leads have no field {}", short(written)), hint))
}

/// A value as a lead holds it; none where nothing was given: null, or blank text.
pub fn value(field: &str, raw: &RawValue) -> Result<Option<String>, &'static str> {
    let raw = raw.get();
    if raw == "null" {
        return Ok(None);
    }
    if field.starts_with(ATTRIBUTE) { attribute(raw) } else { known(field, raw) }
}

fn attribute(raw: &str) -> Result<Option<String>, &'static str> {
    let Some(text) = text(raw) else {
        return fitting(raw, ATTRIBUTE_CHARS, "longer than 100,000 characters").map(|raw| Some(raw.to_owned()));
    };
    let text = fitting(text.trim(), ATTRIBUTE_CHARS, "longer than 100,000 characters")?;
    Ok((!text.is_empty()).then(|| json(text)))
}

fn known(field: &str, raw: &str) -> Result<Option<String>, &'static str> {
    // A number is taken as the text that it is written as: phones and sizes come as both.
    let text = if raw.starts_with(|c: char| c == '-' || c.is_ascii_digit()) { Some(raw.to_owned()) } else { text(raw) };
    let text = text.ok_or("text expected")?;
    let text = fitting(text.trim(), KNOWN_CHARS, "longer than 500 characters")?;
    if text.is_empty() {
        return Ok(None);
    }
    let kept = match field {
        "email" => address::email(text).ok_or("not an e-mail address")?,
        "domain" => address::domain(text).ok_or("not a domain")?,
        "outcome" => Some(text.to_lowercase()).filter(|text| text == "won" || text == "lost").ok_or("won or lost expected")?,
        "outcome_at" => time(text).ok_or("a time expected, such as 2026-01-31T09:00:00Z")?,
        _ => text.to_owned(),
    };
    Ok(Some(json(&kept)))
}

fn fitting<'a>(text: &'a str, most: usize, problem: &'static str) -> Result<&'a str, &'static str> {
    if text.len() > most && text.chars().count() > most { Err(problem) } else { Ok(text) }
}

fn text(raw: &str) -> Option<String> {
    raw.starts_with('"').then(|| serde_json::from_str(raw).ok())?
}

/// Text as JSON, always written the same way.
pub fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A time in UTC, to the microsecond; without a zone it is taken for UTC, without a time of day for its first moment.
fn time(text: &str) -> Option<String> {
    let zones = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M%#z", "%Y-%m-%dT%H:%M%#z"];
    let zoned = zones.iter().find_map(|form| DateTime::parse_from_str(text, form).ok());
    let bare = || {
        let clocks = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
        let clock = clocks.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
        clock.or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))
    };
    let at = zoned.map(|at| at.with_timezone(&Utc)).or_else(|| bare().map(|clock| clock.and_utc()))?;
    // Nobody was won in another century than these; a serial number of a spreadsheet is no year.
    (1900..3000).contains(&at.year()).then(|| at.format(MOMENT).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(field: &str, raw: &str) -> Result<Option<String>, &'static str> {
        value(field, &RawValue::from_string(raw.to_owned()).expect("JSON"))
    }

    #[test]
    fn a_field_is_a_column_or_an_attribute() {
        assert_eq!(name("email").as_deref(), Some("email"));
        assert_eq!(name("headcount").as_deref(), Some("attributes.headcount"));
        assert_eq!(name("attributes.headcount").as_deref(), Some("attributes.headcount"));
        assert_eq!(name("attributes.email").as_deref(), Some("attributes.email"));
        assert_eq!(name(" Email\t").as_deref(), Some("email"));
        assert_eq!(name("LINKEDIN_URL").as_deref(), Some("linkedin_url"));
        assert_eq!(name("Attributes.Email").as_deref(), Some("attributes.Attributes.Email"));
        assert_eq!(name("Head Count").as_deref(), Some("attributes.Head Count"));
        for none in ["", " ", "attributes.", &"x".repeat(201)] {
            assert_eq!(name(none), None);
        }
    }

    #[test]
    fn a_name_that_nobody_can_read_is_told_with_the_one_that_was_meant() {
        for field in KNOWN.iter().copied().chain(["attributes.headcount", "attributes.email", "attributes.a b", "attributes.attributes.x"])
        {
            assert_eq!(unreadable(field), None);
        }
        assert!(unreadable(" Email ").is_some_and(|(_, hint)| hint.starts_with("Did you mean email? ")));
        let Some((message, hint)) = unreadable("headcount") else { unreachable!("it is an attribute") };
        assert!(message == "leads have no field headcount" && hint.starts_with("Did you mean attributes.headcount? "), "{message} {hint}");
        for wrong in [
            "suggested_owner",
            "version",
            "id",
            "Email",
            "attributes",
            "attributes.",
            "attributes. ",
            "",
            &format!("attributes.{}", "x".repeat(201)),
        ] {
            assert!(unreadable(wrong).is_some(), "{wrong}");
        }
    }

    #[test]
    fn blank_is_nothing_and_numbers_stay_as_they_came() {
        assert_eq!(held("title", "\" \\u00a0\""), Ok(None));
        assert_eq!(held("attributes.x", "\"  \""), Ok(None));
        assert_eq!(held("attributes.x", "null"), Ok(None));
        assert_eq!(held("attributes.x", "12345678901234567890.1230"), Ok(Some("12345678901234567890.1230".into())));
        assert_eq!(held("attributes.x", "\" NaN \""), Ok(Some("\"NaN\"".into())));
        assert_eq!(held("phone", "5511999990000"), Ok(Some("\"5511999990000\"".into())));
        assert_eq!(held("attributes.x", "{\"a\": [1, {}]}"), Ok(Some("{\"a\": [1, {}]}".into())));
    }

    #[test]
    fn what_a_field_cannot_hold_is_refused() {
        assert_eq!(held("title", "true"), Err("text expected"));
        assert_eq!(held("title", "[]"), Err("text expected"));
        assert_eq!(held("email", "7"), Err("not an e-mail address"));
        assert_eq!(held("title", &json(&"é".repeat(501))), Err("longer than 500 characters"));
        assert!(held("title", &json(&"é".repeat(500))).is_ok());
        assert_eq!(held("attributes.x", &json(&"x".repeat(100_001))), Err("longer than 100,000 characters"));
        assert_eq!(held("outcome", "\"maybe\""), Err("won or lost expected"));
        assert_eq!(held("outcome", "\" Won\""), Ok(Some("\"won\"".into())));
    }

    #[test]
    fn times_are_told_in_utc() {
        for written in [
            "2026-01-31T09:00:00Z",
            "2026-01-31T10:00:00+01:00",
            "2026-01-31 10:00+01",
            "2026-01-31T09:00Z",
            "2026-01-31 09:00:00+00",
            "2026-01-31 09:00",
            "2026-01-31T09:00:00.000000Z",
        ] {
            assert_eq!(held("outcome_at", &json(written)), Ok(Some("\"2026-01-31T09:00:00.000000Z\"".into())), "{written}");
        }
        assert_eq!(held("outcome_at", "\"2026-01-31\""), Ok(Some("\"2026-01-31T00:00:00.000000Z\"".into())));
        for bad in ["infinity", "45321", "2026-02-30", "31/01/2026", "now", "0001-01-01"] {
            assert!(held("outcome_at", &json(bad)).is_err(), "{bad}");
        }
    }
}

//! Pictures as SVG text: what everybody who draws one needs.

use std::fmt::Write;

/// Colours of words and of lines behind what is drawn.
pub const GREY: &str = "#555b63";
pub const PALE: &str = "#e3e6ea";

/// Adds to a picture. Writing to a string does not fail.
pub fn put(svg: &mut String, line: std::fmt::Arguments) {
    let _ = svg.write_fmt(line);
}

/// The beginning of a picture of so many pixels, with its title. `</svg>` ends it.
pub fn begin(width: f64, height: f64, title: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<title>{title}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"12\" y=\"22\" font-size=\"15\" font-weight=\"bold\">{title}</text>\n",
        title = escaped(title)
    )
}

/// What people wrote, as text of XML: without characters that control, or that XML does not have.
pub fn escaped(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}'))
        .map(|c| match c {
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '&' => "&amp;".to_owned(),
            '"' => "&quot;".to_owned(),
            other => other.to_string(),
        })
        .collect()
}

/// As many characters of a text as there is room for, the last of them … where some are missing.
pub fn fitting(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room.saturating_sub(1)).chain(std::iter::once('…')).take(room).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_stays_text() {
        assert_eq!(escaped("<script>\u{7}a & \"b\"\u{ffff}\n"), "&lt;script&gt;a &amp; &quot;b&quot;");
    }

    #[test]
    fn a_text_takes_no_more_room_than_there_is() {
        assert_eq!([0, 1, 3, 4].map(|room| fitting("wörd", room)), ["", "…", "wö…", "wörd"]);
    }
}

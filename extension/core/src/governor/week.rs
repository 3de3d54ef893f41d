//! A week of an account as a picture: days down, hours across, each action where it is planned or was done.

use serde::Deserialize;
use serde_json::Value;

use crate::error::Problem;
use crate::svg::{begin, escaped, put};

/// Left of the hours, for names of days; right of them, for caps; above, for title and legend. In pixels.
const LEFT: f64 = 110.0;
const RIGHT: f64 = 120.0;
const TOP: f64 = 64.0;
/// Height of a day and width of an hour.
const ROW: f64 = 36.0;
const HOUR: f64 = 56.0;

/// What stands in the picture.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Week {
    /// Above it.
    title: String,
    /// From top to bottom.
    days: Vec<Day>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Day {
    name: String,
    /// None on a day on which nothing is done.
    cap: Option<u32>,
    /// Beginnings and ends of what is open, in minutes since midnight.
    open: Vec<f64>,
    marks: Vec<Mark>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    /// Since midnight.
    minute: f64,
    state: State,
    words: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Planned,
    Done,
    Failed,
    Unknown,
}

impl State {
    const ALL: [Self; 4] = [Self::Planned, Self::Done, Self::Failed, Self::Unknown];

    fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// Fill and stroke; they differ in brightness, too.
    fn colours(self) -> (&'static str, &'static str) {
        match self {
            Self::Planned => ("#ffffff", "#3b6fb6"),
            Self::Done => ("#1f7a4d", "#1f7a4d"),
            Self::Failed => ("#c2362b", "#c2362b"),
            Self::Unknown => ("#f0b429", "#8a6100"),
        }
    }
}

impl Week {
    /// Reads what is to be drawn.
    ///
    /// # Errors
    /// `week_invalid`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let value: Value = serde_json::from_str(text).map_err(|error| Problem::bad("week_invalid", error.to_string()))?;
        serde_json::from_value(value).map_err(|error| Problem::bad("week_invalid", error.to_string()))
    }

    /// The whole hours that hold all windows and marks.
    fn hours(&self) -> (f64, f64) {
        let minutes = || self.days.iter().flat_map(|day| day.open.iter().copied().chain(day.marks.iter().map(|mark| mark.minute)));
        let (first, last) = (minutes().fold(f64::INFINITY, f64::min), minutes().fold(f64::NEG_INFINITY, f64::max));
        if first > last { (9.0, 21.0) } else { ((first / 60.0).floor(), (last / 60.0).ceil().max((first / 60.0).floor() + 1.0)) }
    }

    /// The picture.
    #[must_use]
    pub fn svg(&self) -> String {
        let hours = self.hours();
        #[expect(clippy::cast_precision_loss, reason = "a few days")]
        let height = TOP + ROW * self.days.len() as f64 + 30.0;
        let width = LEFT + HOUR * (hours.1 - hours.0) + RIGHT;
        let mut svg = begin(width, height, &self.title);
        legend(&mut svg);
        axis(&mut svg, hours, height);
        let mut top = TOP;
        for day in &self.days {
            row(&mut svg, day, hours, top);
            top += ROW;
        }
        svg.push_str("</svg>\n");
        svg
    }
}

fn x_of(minute: f64, first_hour: f64) -> f64 {
    LEFT + (minute / 60.0 - first_hour) * HOUR
}

fn legend(svg: &mut String) {
    let mut x = 18.0;
    for state in State::ALL {
        dot(svg, x, 40.0, state, state.name());
        put(svg, format_args!("<text x=\"{}\" y=\"44\">{}</text>\n", x + 10.0, state.name()));
        x += 90.0;
    }
}

fn axis(svg: &mut String, (first, last): (f64, f64), height: f64) {
    let mut hour = first;
    while hour <= last {
        let x = x_of(hour * 60.0, first);
        put(
            svg,
            format_args!(
                "<line x1=\"{x}\" y1=\"{TOP}\" x2=\"{x}\" y2=\"{}\" stroke=\"#e3e6ea\"/><text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" fill=\"#555b63\">{hour:02}:00</text>\n",
                height - 30.0,
                height - 12.0
            ),
        );
        hour += 1.0;
    }
}

fn row(svg: &mut String, day: &Day, (first_hour, last_hour): (f64, f64), top: f64) {
    put(svg, format_args!("<text x=\"12\" y=\"{}\">{}</text>\n", top + 22.0, escaped(&day.name)));
    for part in day.open.chunks_exact(2) {
        let (from, to) = (x_of(part[0], first_hour), x_of(part[1], first_hour));
        put(
            svg,
            format_args!(
                "<rect x=\"{from:.1}\" y=\"{}\" width=\"{:.1}\" height=\"{}\" fill=\"#eef3fa\"/>\n",
                top + 5.0,
                to - from,
                ROW - 10.0
            ),
        );
    }
    for mark in &day.marks {
        dot(svg, x_of(mark.minute, first_hour), top + ROW / 2.0, mark.state, &mark.words);
    }
    let done = day.marks.iter().filter(|mark| mark.state != State::Planned).count();
    let cap = day.cap.map_or_else(|| "closed".to_owned(), |cap| format!("{done} of {cap} done"));
    let x = x_of(last_hour * 60.0, first_hour) + 12.0;
    put(svg, format_args!("<text x=\"{x}\" y=\"{}\" fill=\"#555b63\">{cap}</text>\n", top + 22.0));
}

fn dot(svg: &mut String, x: f64, y: f64, state: State, words: &str) {
    let (fill, stroke) = state.colours();
    put(
        svg,
        format_args!(
            "<circle cx=\"{x:.1}\" cy=\"{y}\" r=\"4.5\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"1.5\"><title>{}</title></circle>\n",
            escaped(words)
        ),
    );
}

#[cfg(test)]
mod tests;

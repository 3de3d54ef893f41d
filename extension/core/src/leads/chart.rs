//! Bars in groups as a picture: how many leads have which score, and the lift of each tenth.
//!
//! Up to three series stand side by side in each group. Behind them may lie bands (the words for scores), across them a line. A bar says its
//! value above it, shortened where it is long, and exactly where the pointer rests on it.

use serde::Deserialize;
use serde_json::Value;

use crate::error::Problem;
use crate::svg::{GREY, begin, escaped, fitting, put};

mod field;
mod numbers;
use field::{Field, HEIGHT, LEFT, TOP, WIDTH, count};
use numbers::{short, step};

/// What is below the field of bars, for labels, and right of it. In pixels.
const BELOW: f64 = 52.0;
const RIGHT: f64 = 24.0;
/// Share of a group that its bars take.
const FILLED: f64 = 0.78;
/// Width of a letter of the size that is used here, about.
const LETTER: f64 = 7.0;
/// Letters of a name of a series at most.
const NAME: usize = 44;
/// Groups at most, and series.
const MOST_GROUPS: usize = 100;
const MOST_SERIES: usize = 3;
/// Numbers at most, either way: all whole ones up to here are told apart.
const LARGEST: f64 = 1e15;
/// Fill and stroke of series; they differ in brightness, too.
const SERIES: [(&str, &str); MOST_SERIES] = [("#3b6fb6", "#27507f"), ("#f0b429", "#8a6100"), ("#9aa3ad", "#555b63")];
/// Behind the bars: from cold to hot.
const HEAT: [&str; 5] = ["#e4edf8", "#e9f1ee", "#fbf3dc", "#fbe7d3", "#f9dcd7"];

/// What stands in the picture.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chart {
    /// Above it.
    title: String,
    /// What groups are, and what is counted.
    across: String,
    upward: String,
    /// Below the groups: one for each, or one more, for their borders.
    labels: Vec<String>,
    /// A value for each group; none where there is none.
    series: Vec<Series>,
    /// From left to right, in groups from the left border.
    #[serde(default)]
    bands: Vec<Band>,
    /// A value that bars are compared with.
    #[serde(default)]
    line: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Series {
    name: String,
    values: Vec<Option<f64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Band {
    label: String,
    from: f64,
    to: f64,
}

fn invalid(what: impl std::fmt::Display) -> Problem {
    Problem::bad("chart_invalid", what.to_string())
}

impl Chart {
    /// Reads what is to be drawn.
    ///
    /// # Errors
    /// `chart_invalid`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let value: Value = serde_json::from_str(text).map_err(invalid)?;
        let chart: Self = serde_json::from_value(value).map_err(invalid)?;
        let groups = chart.groups();
        if groups == 0 || groups > MOST_GROUPS || chart.series.len() > MOST_SERIES {
            return Err(invalid(format_args!("a chart has 1 to {MOST_GROUPS} groups and up to {MOST_SERIES} series")));
        }
        if chart.series.iter().any(|series| series.values.len() != groups) || chart.labels.len().abs_diff(groups) > 1 {
            return Err(invalid("each series has a value for each group, and labels stand below groups or between them"));
        }
        if chart.numbers().any(|number| number.abs() > LARGEST) {
            return Err(invalid(format_args!("a chart has numbers of at most {LARGEST:e} either way")));
        }
        Ok(chart)
    }

    fn numbers(&self) -> impl Iterator<Item = f64> {
        let values = self.series.iter().flat_map(|series| series.values.iter().copied().flatten());
        values.chain(self.line).chain(self.bands.iter().flat_map(|band| [band.from, band.to]))
    }

    fn groups(&self) -> usize {
        self.series.first().map_or(self.labels.len(), |series| series.values.len())
    }

    /// The picture.
    #[must_use]
    pub fn svg(&self) -> String {
        let values = self.series.iter().flat_map(|series| series.values.iter().flatten()).chain(&self.line);
        let highest = values.copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
        let field = Field { group: WIDTH / count(self.groups()), step: step(highest), highest };
        let mut svg = begin(LEFT + WIDTH + RIGHT, TOP + HEIGHT + BELOW, &fitting(&self.title, 100));
        self.bands(&mut svg, &field);
        field.grid(&mut svg);
        self.bars(&mut svg, &field);
        self.line(&mut svg, &field);
        self.words(&mut svg, &field);
        svg.push_str("</svg>\n");
        svg
    }

    fn bands(&self, svg: &mut String, field: &Field) {
        let last = self.bands.len().saturating_sub(1).max(1);
        for (index, band) in self.bands.iter().enumerate() {
            let [from, to] = [band.from, band.to].map(|at| if at.is_finite() { at.clamp(0.0, count(self.groups())) } else { 0.0 });
            if to <= from {
                continue;
            }
            let (x, width) = (LEFT + from * field.group, (to - from) * field.group);
            let fill = HEAT[index * (HEAT.len() - 1) / last];
            let label = escaped(&band.label);
            put(
                svg,
                format_args!(
                    "<rect x=\"{x:.1}\" y=\"{TOP}\" width=\"{width:.1}\" height=\"{HEIGHT}\" fill=\"{fill}\"><title>{label}</title></rect>\n"
                ),
            );
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "letters of a few hundred pixels")]
            let room = (width / LETTER) as usize;
            let shown = escaped(&fitting(&band.label, room));
            put(
                svg,
                format_args!(
                    "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\" fill=\"{GREY}\">{shown}</text>\n",
                    x + width / 2.0,
                    TOP - 7.0
                ),
            );
        }
    }

    fn bars(&self, svg: &mut String, field: &Field) {
        let width = field.group * FILLED / count(self.series.len().max(1));
        for (number, series) in self.series.iter().enumerate() {
            let (fill, stroke) = SERIES[number];
            for (group, value) in series.values.iter().enumerate() {
                let Some(value) = value.filter(|value| value.is_finite()) else { continue };
                let x = LEFT + field.group * (count(group) + (1.0 - FILLED) / 2.0) + width * count(number);
                let y = field.y(value);
                put(
                    svg,
                    format_args!(
                        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{fill}\" stroke=\"{stroke}\"><title>{}: {value}</title></rect>\n\
                         <text x=\"{:.1}\" y=\"{:.1}\" font-size=\"10\" text-anchor=\"middle\">{}</text>\n",
                        TOP + HEIGHT - y,
                        escaped(&series.name),
                        x + width / 2.0,
                        y - 4.0,
                        short(value)
                    ),
                );
            }
        }
    }

    fn line(&self, svg: &mut String, field: &Field) {
        let Some(value) = self.line.filter(|value| value.is_finite()) else { return };
        let (y, right) = (field.y(value), LEFT + WIDTH);
        put(
            svg,
            format_args!(
                "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\" stroke=\"#c2362b\" stroke-width=\"1.5\" stroke-dasharray=\"6 4\"/>\n"
            ),
        );
    }

    /// The legend, the labels, and what the axes mean.
    fn words(&self, svg: &mut String, field: &Field) {
        let mut x = 12.0;
        for (series, (fill, stroke)) in self.series.iter().zip(SERIES) {
            let name = fitting(&series.name, NAME);
            put(
                svg,
                format_args!(
                    "<rect x=\"{x}\" y=\"36\" width=\"11\" height=\"11\" fill=\"{fill}\" stroke=\"{stroke}\"/><text x=\"{}\" y=\"46\">{}</text>\n",
                    x + 17.0,
                    escaped(&name)
                ),
            );
            x += 40.0 + LETTER * count(name.chars().count());
        }
        let (bottom, shift) = (TOP + HEIGHT, if self.labels.len() > self.groups() { 0.0 } else { 0.5 });
        for (place, label) in self.labels.iter().enumerate() {
            let x = LEFT + field.group * (count(place) + shift);
            let label = escaped(&fitting(label, 12));
            put(svg, format_args!("<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\" fill=\"{GREY}\">{label}</text>\n", bottom + 17.0));
        }
        let (middle, below) = (LEFT + WIDTH / 2.0, bottom + 39.0);
        let [across, upward] = [&self.across, &self.upward].map(|words| escaped(words));
        put(svg, format_args!("<text x=\"{middle}\" y=\"{below}\" text-anchor=\"middle\">{across}</text>\n"));
        let half = TOP + HEIGHT / 2.0;
        put(svg, format_args!("<text x=\"16\" y=\"{half}\" text-anchor=\"middle\" transform=\"rotate(-90 16 {half})\">{upward}</text>\n"));
    }
}

#[cfg(test)]
mod tests;

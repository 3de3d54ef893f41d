//! The field that bars stand in.

use super::numbers::short;
use crate::svg::{GREY, PALE, put};

/// Where it begins, and how wide and high it is, in pixels.
pub const LEFT: f64 = 64.0;
pub const TOP: f64 = 84.0;
pub const WIDTH: f64 = 720.0;
pub const HEIGHT: f64 = 240.0;
/// Lines of the grid at most: five are usual.
const MOST_STEPS: f64 = 20.0;

/// Where things stand.
pub struct Field {
    /// Width of a group.
    pub group: f64,
    /// From one line of the grid to the next.
    pub step: f64,
    /// The highest value.
    pub highest: f64,
}

impl Field {
    /// How many steps reach the highest value.
    fn steps(&self) -> u32 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few, which the bounds say once more")]
        let steps = (self.highest / self.step).ceil().clamp(1.0, MOST_STEPS) as u32;
        steps
    }

    fn top(&self) -> f64 {
        f64::from(self.steps()) * self.step
    }

    /// How far down a value lies. One below 0 has no bar.
    pub fn y(&self, value: f64) -> f64 {
        TOP + HEIGHT * (1.0 - (value / self.top()).clamp(0.0, 1.0))
    }

    /// Draws its lines, with their values.
    pub fn grid(&self, svg: &mut String) {
        // Counted, not added up: where a value has no neighbours as near as a step, a sum of steps stands still.
        for line in 0..=self.steps() {
            let (value, right) = (f64::from(line) * self.step, LEFT + WIDTH);
            let (y, shown) = (self.y(value), short(value));
            put(
                svg,
                format_args!(
                    "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\" stroke=\"{PALE}\"/>\
                     <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"{GREY}\">{shown}</text>\n",
                    LEFT - 8.0,
                    y + 4.0
                ),
            );
        }
    }
}

/// How many there are, as pixels are counted.
#[expect(clippy::cast_precision_loss, reason = "a hundred groups at most")]
pub fn count(things: usize) -> f64 {
    things as f64
}

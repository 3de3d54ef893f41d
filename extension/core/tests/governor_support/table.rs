//! A table of rows and seeds, as it is printed.

use super::rows::{Outcome, Row};

/// A line for each row, a column for each seed.
pub fn print(title: &str, seeds: &[Vec<Row>]) {
    println!("{title}");
    for (index, row) in seeds[0].iter().enumerate() {
        let cells: Vec<String> = seeds.iter().map(|rows| cell(rows[index].outcome)).collect();
        println!("{:48} {}", row.name, cells.join(" "));
    }
}

fn cell(outcome: Outcome) -> String {
    match outcome {
        Outcome::P(p) if p < 0.001 => format!("{p:5.0e}"),
        Outcome::P(p) => format!("{p:.3}"),
        Outcome::Times(figure) | Outcome::Figure(figure) => format!("{figure:5.2}"),
    }
}

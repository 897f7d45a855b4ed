//! What a row found: figures with their spread, held against what is asked of them.

use serde::Serialize;
use serde_json::{Value, json};

use crate::limits::{self, Better, Limit};
use crate::measure::Spread;
use crate::out;

/// One measured figure.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    pub name: String,
    pub unit: &'static str,
    #[serde(flatten)]
    pub spread: Spread,
}

/// A row's result.
#[derive(Clone, Debug)]
pub struct Report {
    pub row: &'static str,
    pub about: String,
    pub figures: Vec<Figure>,
    /// Limits of the machine, measured in the same run.
    pub raw: Vec<Figure>,
    pub notes: Vec<String>,
    /// What was wrong with the answers. Any of these makes the run worthless, and fails it.
    pub wrong: Vec<String>,
}

impl Report {
    pub fn new(row: &'static str, about: impl Into<String>) -> Self {
        let about = about.into();
        Self { row, about, figures: Vec::new(), raw: Vec::new(), notes: Vec::new(), wrong: Vec::new() }
    }

    pub fn figure(&mut self, name: impl Into<String>, unit: &'static str, spread: Spread) {
        self.figures.push(Figure { name: name.into(), unit, spread });
    }

    pub fn raw(&mut self, name: impl Into<String>, unit: &'static str, spread: Spread) {
        self.raw.push(Figure { name: name.into(), unit, spread });
    }

    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    pub fn wrong(&mut self, text: impl Into<String>) {
        self.wrong.push(text.into());
    }

    /// Whether every figure that is asked for is within its gate.
    pub fn passes(&self) -> bool {
        self.figures.iter().all(|f| self.limit(f).is_none_or(|limit| limit.passes(f.spread.median)))
    }

    fn limit(&self, figure: &Figure) -> Option<&'static Limit> {
        limits::find(self.row, &figure.name)
    }

    /// As an aligned table, for people.
    pub fn print(&self) -> anyhow::Result<()> {
        out::line(format_args!("\n{}: {}", self.row, self.about))?;
        let rows: Vec<[String; 6]> = self.figures.iter().map(|f| self.cells(f)).collect();
        let raw: Vec<[String; 6]> = self.raw.iter().map(|f| self.cells(f)).collect();
        let head = ["", "median", "min to max", "at least", "aim", ""].map(str::to_owned);
        let widths = widths(std::iter::once(&head).chain(&rows).chain(&raw));
        out::line(aligned(&head, &widths))?;
        rows.iter().try_for_each(|row| out::line(aligned(row, &widths)))?;
        if !raw.is_empty() {
            out::line("  limits of this machine in the same run")?;
            raw.iter().try_for_each(|row| out::line(aligned(row, &widths)))?;
        }
        self.notes.iter().try_for_each(|note| out::line(format_args!("  note: {note}")))?;
        self.wrong.iter().try_for_each(|wrong| out::line(format_args!("  WRONG: {wrong}")))
    }

    fn cells(&self, figure: &Figure) -> [String; 6] {
        let Figure { name, unit, spread } = figure;
        let limit = self.limit(figure);
        let bound = |pick: fn(&Limit) -> f64| {
            limit.map_or_else(String::new, |l| format!("{} {}", sign(l.better), number(pick(l))))
        };
        let verdict = limit.map_or("", |l| match (l.reaches(spread.median), l.passes(spread.median)) {
            (true, _) => "aim",
            (false, true) => "pass",
            (false, false) => "MISSED",
        });
        [
            format!("  {name}"),
            format!("{} {unit}", number(spread.median)),
            format!("{} to {}", number(spread.min), number(spread.max)),
            bound(|l| l.at_least),
            bound(|l| l.aim),
            verdict.to_owned(),
        ]
    }

    /// The same for programs.
    pub fn json(&self) -> Value {
        let figures: Vec<Value> = self.figures.iter().map(|f| self.figure_json(f)).collect();
        json!({
            "row": self.row, "about": self.about, "figures": figures, "raw": self.raw, "notes": self.notes,
            "wrong": self.wrong,
        })
    }

    fn figure_json(&self, figure: &Figure) -> Value {
        let mut value = json!(figure);
        if let (Some(limit), Some(object)) = (self.limit(figure), value.as_object_mut()) {
            object.insert("at_least".to_owned(), json!(limit.at_least));
            object.insert("aim".to_owned(), json!(limit.aim));
            object.insert("pass".to_owned(), json!(limit.passes(figure.spread.median)));
        }
        value
    }
}

const fn sign(better: Better) -> &'static str {
    match better {
        Better::Less => "≤",
        Better::More => "≥",
    }
}

/// Three significant digits are what these measurements are good for.
fn number(value: f64) -> String {
    match value.abs() {
        v if v >= 1_000.0 => grouped(value.round()),
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        v if v >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn widths<'r>(rows: impl Iterator<Item = &'r [String; 6]>) -> [usize; 6] {
    rows.fold([0; 6], |mut widths, row| {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
        widths
    })
}

/// Names to the left, figures to the right.
fn aligned(row: &[String; 6], widths: &[usize; 6]) -> String {
    let mut out = String::new();
    for (at, (cell, width)) in row.iter().zip(widths).enumerate() {
        let space = " ".repeat(width.saturating_sub(cell.chars().count()));
        if at == 0 {
            out.push_str(cell);
            out.push_str(&space);
        } else {
            out.push_str("   ");
            out.push_str(&space);
            out.push_str(cell);
        }
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_that_mean_something() {
        assert_eq!(
            [0.1234, 1.234, 12.34, 123.4, 1234.0, 1_234_567.0].map(number),
            ["0.123", "1.23", "12.3", "123", "1,234", "1,234,567"]
        );
    }

    #[test]
    fn a_report_passes_until_a_gate_is_missed() {
        let mut report = Report::new("cc-secret", "test");
        report.figure("p99", "ms", Spread::one(1e9));
        report.figure(limits::CPU, "us", Spread::one(50.0));
        assert!(report.passes());
        report.figure(limits::RATE, "1/s", Spread::one(1.0));
        assert!(!report.passes());
        assert_eq!(report.json()["figures"][1]["pass"], true);
    }
}

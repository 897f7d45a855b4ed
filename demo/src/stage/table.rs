//! Small tables: columns as wide as their widest cell.

use super::layout::clean;
use super::paint::{Paint, Tone};

/// Text and how it is meant.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: Tone::Plain }
    }

    pub fn dim(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: Tone::Dim }
    }

    /// Good or bad.
    pub fn verdict(good: bool, text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: if good { Tone::Good } else { Tone::Bad } }
    }

    pub fn yes(yes: bool) -> Self {
        if yes { Self::plain("yes") } else { Self::dim("no") }
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    pub fn new(head: &[&str]) -> Self {
        Self { head: head.iter().map(|text| (*text).to_owned()).collect(), rows: Vec::new() }
    }

    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    pub(super) fn lines(&self, paint: Paint) -> Vec<String> {
        let widths: Vec<usize> = (0..self.head.len()).map(|column| self.width(column)).collect();
        let line = |cells: &[Cell]| {
            let mut out = String::new();
            for (cell, width) in cells.iter().zip(&widths) {
                let text = clean(&cell.text);
                let pad = " ".repeat(width.saturating_sub(text.chars().count()) + 2);
                out.push_str(&paint.on(cell.tone, &text));
                out.push_str(&pad);
            }
            out.trim_end().to_owned()
        };
        let head: Vec<Cell> = self.head.iter().map(Cell::dim).collect();
        let rule = "─".repeat(widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1));
        let mut lines = vec![line(&head), paint.on(Tone::Dim, &rule)];
        lines.extend(self.rows.iter().map(|row| line(row)));
        lines
    }

    fn width(&self, column: usize) -> usize {
        let head = self.head.get(column).map_or(0, |text| text.chars().count());
        let cells = self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.text.chars().count());
        cells.fold(head, usize::max)
    }
}

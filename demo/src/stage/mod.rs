//! Where the story is told: one terminal, short lines, and for every step whether it went as told.

mod beat;
mod layout;
mod paint;
mod table;

use std::io::Write;
use std::time::Duration;

use crate::Outcome;
pub(crate) use beat::{Beat, Word};
use layout::{WIDTH, apart, clean, wrap};
pub use paint::color_wanted;
use paint::{Paint, Tone};
pub(crate) use table::{Cell, Table};

/// Between steps, for somebody who watches.
const PACE: Duration = Duration::from_millis(140);

/// The narrator.
pub(crate) struct Stage {
    out: Box<dyn Write + Send>,
    paint: Paint,
    watched: bool,
    acts: Vec<Act>,
    /// What did not go as told: said again at the end.
    otherwise: Vec<String>,
    scene: String,
}

/// How one story went.
struct Act {
    title: String,
    as_told: usize,
    otherwise: usize,
}

impl Act {
    fn new(title: &str) -> Self {
        Self { title: title.to_owned(), as_told: 0, otherwise: 0 }
    }
}

impl Stage {
    pub fn new(out: Box<dyn Write + Send>, color: bool, watched: bool) -> Self {
        let paint = Paint::new(color);
        let acts = vec![Act::new("The stage")];
        Self { out, paint, watched, acts, otherwise: Vec::new(), scene: String::new() }
    }

    /// A terminal that went away ends the telling, not the story: its exit code still says how it went.
    fn put(&mut self, line: &str) {
        let _ = writeln!(self.out, "{line}");
    }

    pub fn blank(&mut self) {
        self.put("");
    }

    pub fn curtain_up(&mut self, issuer: &str) {
        let name = self.paint.on(Tone::Title, "Chancery");
        let what = self.paint.on(Tone::Dim, "who asked, which agent acted, on what, who decided");
        let at = self.paint.on(Tone::Dim, &clean(issuer));
        self.blank();
        self.put(&format!("  {name}  {what}"));
        self.put(&format!("  {at}"));
    }

    /// Begins a story.
    pub fn story(&mut self, title: &str, lead: &[&str]) {
        self.acts.push(Act::new(title));
        let rule = "━".repeat(WIDTH.saturating_sub(title.chars().count() + 4));
        let line = format!("━━ {} {rule}", self.paint.on(Tone::Title, title));
        self.blank();
        self.put(&line);
        for sentence in lead {
            let line = format!("   {}", self.paint.on(Tone::Dim, sentence));
            self.put(&line);
        }
    }

    /// Begins a scene of it.
    pub fn scene(&mut self, title: &str) {
        self.scene = title.to_owned();
        let line = format!("  {} {}", self.paint.on(Tone::Accent, "▸"), self.paint.on(Tone::Strong, title));
        self.blank();
        self.put(&line);
    }

    /// A sentence of the narrator.
    pub fn say(&mut self, sentence: &str) {
        for piece in wrap(&clean(sentence), WIDTH - 4) {
            let line = format!("    {}", self.paint.on(Tone::Dim, &piece));
            self.put(&line);
        }
    }

    /// A step: what was asked, what came of it, why, and where the evidence is.
    pub async fn beat(&mut self, beat: Beat) {
        let request = self.paint.on(Tone::Plain, &clean(&beat.request));
        let evidence = beat.evidence.as_deref().map(clean).unwrap_or_default();
        let gap = apart(&beat.request, &evidence, WIDTH - 4);
        let evidence = self.paint.on(Tone::Dim, &evidence);
        let line = format!("    {request}{gap}{evidence}");
        self.put(line.trim_end());
        let mark = self.mark(beat.as_told);
        let word = self.paint.on(beat.word.tone(), &format!("{:<5}", beat.word.text()));
        let reason = wrap(&clean(&beat.reason), WIDTH - 12);
        let mut lines = reason.iter();
        self.put(&format!("    {mark} {word} {}", lines.next().map_or("", String::as_str)));
        for line in lines {
            self.put(&format!("            {line}"));
        }
        self.count(beat.as_told, &beat.request, &beat.expected);
        self.pause().await;
    }

    /// One sentence that holds or does not.
    pub fn check(&mut self, holds: bool, sentence: &str) {
        let mark = self.mark(holds);
        let mut pieces = wrap(&clean(sentence), WIDTH - 6).into_iter();
        self.put(&format!("    {mark} {}", pieces.next().unwrap_or_default()));
        for piece in pieces {
            self.put(&format!("      {piece}"));
        }
        self.count(holds, sentence, "");
    }

    /// Something to look at as it is: a token, a record.
    pub fn exhibit(&mut self, lines: &[String]) {
        for piece in lines.iter().flat_map(|line| wrap(&clean(line), WIDTH - 6)) {
            let line = format!("      {}", self.paint.on(Tone::Exhibit, &piece));
            self.put(&line);
        }
    }

    pub fn table(&mut self, table: &Table) {
        self.blank();
        for line in table.lines(self.paint) {
            self.put(&format!("    {line}"));
        }
    }

    /// What the person at the terminal should keep: a label and its value.
    pub fn keep(&mut self, label: &str, value: &str) {
        let label = self.paint.on(Tone::Dim, &format!("{label:<10}"));
        let value = self.paint.on(Tone::Strong, &clean(value));
        self.put(&format!("    {label} {value}"));
    }

    fn mark(&self, holds: bool) -> String {
        if holds { self.paint.on(Tone::Good, "✓") } else { self.paint.on(Tone::Bad, "✗") }
    }

    fn count(&mut self, holds: bool, what: &str, expected: &str) {
        if let Some(act) = self.acts.last_mut() {
            *(if holds { &mut act.as_told } else { &mut act.otherwise }) += 1;
        }
        if holds {
            return;
        }
        if !expected.is_empty() {
            let line =
                format!("            {}", self.paint.on(Tone::Bad, &format!("the story says: {expected}")));
            self.put(&line);
        }
        self.otherwise.push(format!("{}: {}", self.scene, clean(what)));
    }

    async fn pause(&self) {
        if self.watched {
            tokio::time::sleep(PACE).await;
        }
    }

    /// The last words: how every story went, and what did not go as told.
    pub fn summary(&mut self) -> Outcome {
        let sum = |count: fn(&Act) -> usize| self.acts.iter().map(count).sum::<usize>();
        let outcome = Outcome { as_told: sum(|act| act.as_told), otherwise: sum(|act| act.otherwise) };
        let mut table = Table::new(&["", "steps", "as told"]);
        for act in &self.acts {
            let steps = act.as_told + act.otherwise;
            let told = Cell::verdict(act.otherwise == 0, act.as_told.to_string());
            table.row(vec![Cell::plain(&act.title), Cell::plain(steps.to_string()), told]);
        }
        self.story("How it went", &[]);
        self.table(&table);
        self.blank();
        let (all, otherwise) = (outcome.as_told + outcome.otherwise, outcome.otherwise);
        let line = match outcome.all_as_told() {
            true => self.paint.on(Tone::Good, &format!("✓ all {all} steps went as the stories tell them")),
            false => self.paint.on(Tone::Bad, &format!("✗ {otherwise} of {all} steps went otherwise")),
        };
        self.put(&format!("    {line}"));
        for what in std::mem::take(&mut self.otherwise) {
            self.put(&format!("      {what}"));
        }
        outcome
    }
}

#[cfg(test)]
mod tests;

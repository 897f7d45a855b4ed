//! What one caller waits for who writes one tuple after the other, beside the same of servers that do less.

use crate::measure::{Histogram, Spread};
use crate::report::Report;

/// Milliseconds that requests of one caller take, round by round.
#[derive(Default)]
pub(super) struct Lone {
    /// p50 of a write, a deletion, a server that does nothing, one that flushes, and one that commits, and do nothing else.
    middle: [Vec<f64>; 5],
    /// p99 of the same.
    slow: [Vec<f64>; 5],
    /// The write over a raw flush of the same minute, and so the server that only flushes and the one that only commits.
    over: [Vec<f64>; 3],
}

impl Lone {
    pub(super) fn add(&mut self, flush: f64, took: [&Histogram; 5]) {
        for (n, took) in took.into_iter().enumerate() {
            let push = |to: &mut [Vec<f64>; 5], part| {
                to.get_mut(n).into_iter().for_each(|all| all.push(took.percentile(part)));
            };
            push(&mut self.middle, 0.5);
            push(&mut self.slow, 0.99);
        }
        let [wrote, .., flushing, committing] = took;
        for (over, took) in self.over.iter_mut().zip([wrote, flushing, committing]) {
            over.push(took.percentile(0.5) / flush);
        }
    }

    pub(super) fn say(self, report: &mut Report) {
        let Self { middle, slow, over: [wrote, flushing, committing] } = self;
        let names = [
            "write of one",
            "deletion of one",
            "  a server that does nothing, asked by one",
            "  the same, which flushes 4 KiB",
            "  the same, which commits three rows to SQLite",
        ];
        for ((name, middle), slow) in names.into_iter().zip(middle).zip(slow) {
            report.figure(format!("{name}, p50"), "ms", Spread::of(middle));
            report.figure(format!("{name}, p99"), "ms", Spread::of(slow));
        }
        report.figure("write of one, p50, over a raw fdatasync", "times", Spread::of(wrote));
        report.figure("  the server that only flushes, over it", "times", Spread::of(flushing));
        report.figure("  the server that only commits three rows, over it", "times", Spread::of(committing));
    }
}

//! What one caller waits for who writes one tuple after the other, beside the same of servers that do less.

use crate::measure::{Histogram, Spread};
use crate::report::Report;

/// Milliseconds that requests of one caller take, round by round.
#[derive(Default)]
pub(super) struct Lone {
    /// p50 of a write, a deletion, a server that does nothing, and one that flushes and does nothing else.
    middle: [Vec<f64>; 4],
    /// p99 of the same.
    slow: [Vec<f64>; 4],
    /// The write over a raw flush of the same minute, and the server that only flushes over it.
    over: [Vec<f64>; 2],
}

impl Lone {
    pub(super) fn add(&mut self, flush: f64, took: [&Histogram; 4]) {
        for (n, took) in took.into_iter().enumerate() {
            let push = |to: &mut [Vec<f64>; 4], part| {
                to.get_mut(n).into_iter().for_each(|all| all.push(took.percentile(part)));
            };
            push(&mut self.middle, 0.5);
            push(&mut self.slow, 0.99);
        }
        let [wrote, .., flushing] = took;
        for (over, took) in self.over.iter_mut().zip([wrote, flushing]) {
            over.push(took.percentile(0.5) / flush);
        }
    }

    pub(super) fn say(self, report: &mut Report) {
        let Self { middle, slow, over: [wrote, flushing] } = self;
        let names = [
            "write of one",
            "deletion of one",
            "  a server that does nothing, asked by one",
            "  the same, which flushes 4 KiB",
        ];
        for ((name, middle), slow) in names.into_iter().zip(middle).zip(slow) {
            report.figure(format!("{name}, p50"), "ms", Spread::of(middle));
            report.figure(format!("{name}, p99"), "ms", Spread::of(slow));
        }
        report.figure("write of one, p50, over a raw fdatasync", "times", Spread::of(wrote));
        report.figure("  the server that only flushes, over it", "times", Spread::of(flushing));
    }
}

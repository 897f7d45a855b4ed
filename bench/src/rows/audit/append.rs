//! `audit-append` and `audit-decision`: entries a second, and what one costs the decision that waits for it.

use crate::measure::{Raw, Spread, wait_for_quiet};
use crate::out;
use crate::plan::Plan;
use crate::report::Report;

use super::writers::{Writers, Written};

const LEVELS: [usize; 4] = [1, 8, 64, 256];

/// Entries a second, durable, by how many wait at a time.
pub fn append(plan: &Plan) -> anyhow::Result<Report> {
    let mut report = Report::new(
        "audit-append",
        "durable entries of agents' decisions, SQLite with full durability, group commit",
    );
    let folder = plan.scratch()?;
    let (writers, mut raw) = (Writers::new(folder.path())?, Raw::new(plan)?);
    writers.write(64, plan.warm_up)?;
    let before = writers.size()?;
    let mut by_level: Vec<(usize, Vec<(Written, f64)>)> = LEVELS.map(|level| (level, Vec::new())).into();
    for round in 0..plan.rounds {
        out::note(format_args!("audit-append: round {} of {}", round + 1, plan.rounds))?;
        for (level, rounds) in &mut by_level {
            wait_for_quiet(plan.patience)?;
            let flushes = raw.look()?.flushes.per_second;
            rounds.push((writers.write(*level, plan.round / 2)?, flushes));
        }
    }
    for (level, rounds) in &by_level {
        figures(&mut report, *level, rounds);
    }
    let rows: usize = by_level.iter().flat_map(|(_, rounds)| rounds).map(|(w, _)| w.rows).sum();
    check(&mut report, &writers, before, rows)?;
    raw.disk_beside(&mut report);
    Ok(report)
}

fn figures(report: &mut Report, level: usize, rounds: &[(Written, f64)]) {
    let over = |pick: &dyn Fn(&Written) -> f64| Spread::of(rounds.iter().map(|(w, _)| pick(w)));
    report.figure(format!("rows at {level} outstanding"), "per s", over(&Written::per_second));
    report.figure(format!("CPU at {level} outstanding"), "us per row", over(&Written::cpu_per_row));
    for (name, part) in [("p50", 0.5), ("p99", 0.99)] {
        report.figure(format!("{name} at {level} outstanding"), "ms", over(&|w| w.took.percentile(part)));
    }
    if level == 1 {
        let per_flush = rounds.iter().map(|(w, flushes)| w.per_second() / flushes.max(1.0));
        report.figure("commits per raw fdatasync at 1", "", Spread::of(per_flush));
    }
}

/// What a decision pays: processor time of everything between the caller and the answered commit.
pub fn decision(plan: &Plan) -> anyhow::Result<Report> {
    let mut report = Report::new(
        "audit-decision",
        format!("processor time of one recorded decision, {} callers waiting", plan.connections),
    );
    let folder = plan.scratch()?;
    let (writers, mut raw) = (Writers::new(folder.path())?, Raw::new(plan)?);
    writers.write(plan.connections, plan.warm_up)?;
    let before = writers.size()?;
    let mut rounds = Vec::new();
    for _ in 0..plan.rounds {
        wait_for_quiet(plan.patience)?;
        raw.look()?;
        rounds.push(writers.write(plan.connections, plan.round)?);
    }
    let over = |pick: &dyn Fn(&Written) -> f64| Spread::of(rounds.iter().map(pick));
    report.figure("CPU added to a decision", "us", over(&Written::cpu_per_row));
    report.figure("rows", "per s", over(&Written::per_second));
    for (name, part) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
        report.figure(name, "ms", over(&|w| w.took.percentile(part)));
    }
    report.note("making the event, handing it over, encoding, hashing, writing, and waking the caller");
    check(&mut report, &writers, before, rounds.iter().map(|w| w.rows).sum())?;
    raw.beside(&mut report);
    Ok(report)
}

fn check(report: &mut Report, writers: &Writers, before: i64, rows: usize) -> anyhow::Result<()> {
    let grown = writers.size()? - before;
    if usize::try_from(grown) != Ok(rows) {
        report.wrong(format!("{rows} writes were answered, and the log grew by {grown}"));
    }
    if !writers.verified()? {
        report.wrong("the lines do not hash to the root of the log's head");
    }
    Ok(())
}

//! `crypto` and `disk`: the machine's limits by themselves.

use std::time::Duration;

use crate::measure::{Crypto, Disk, Flushes, Speeds, Spread, wait_for_quiet};
use crate::plan::Plan;
use crate::report::Report;

pub fn crypto(plan: &Plan) -> anyhow::Result<Report> {
    let mut report = Report::new("crypto", "operations per second of processor time, message of 600 bytes");
    let crypto = Crypto::new()?;
    let each = Duration::from_millis(500);
    crypto.probe(each / 2)?;
    let rounds: Vec<Speeds> = (0..plan.rounds)
        .map(|_| wait_for_quiet(plan.patience).and_then(|()| crypto.probe(each)))
        .collect::<anyhow::Result<_>>()?;
    let mut add = |name: &str, pick: fn(&Speeds) -> f64| {
        let spread = Spread::of(rounds.iter().map(pick));
        report.figure(name, "per CPU s", spread);
        report.figure(format!("  {name}, each"), "us", Spread::one(1e6 / spread.median.max(1.0)));
    };
    add("ES256 sign", |s| s.es256_sign);
    add("ES256 verify", |s| s.es256_verify);
    add("Ed25519 sign", |s| s.ed25519_sign);
    add("Ed25519 verify", |s| s.ed25519_verify);
    add("SHA-256 of 600 bytes", |s| s.sha256);
    Ok(report)
}

pub fn disk(plan: &Plan) -> anyhow::Result<Report> {
    let mut report = Report::new("disk", "4 KiB written over and made durable, one after the other");
    let mut disk = Disk::new(&plan.folder)?;
    disk.probe(plan.warm_up)?;
    let rounds: Vec<Flushes> =
        (0..plan.rounds).map(|_| disk.probe(plan.round)).collect::<anyhow::Result<_>>()?;
    report.figure("fdatasync", "per s", Spread::of(rounds.iter().map(|f| f.per_second)));
    for (name, part) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
        report.figure(name, "ms", Spread::of(rounds.iter().map(|f| f.took.percentile(part))));
    }
    Ok(report)
}

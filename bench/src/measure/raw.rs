//! The machine's limits, taken between the rounds so that both see the same machine.

use std::time::Duration;

use anyhow::Context;

use super::{Bare, Crypto, Disk, Flushes, Histogram, Http, Speeds, Spread};
use crate::plan::Plan;
use crate::report::Report;

const CRYPTO: Duration = Duration::from_millis(200);
const DISK: Duration = Duration::from_millis(300);
const HTTP: Duration = Duration::from_millis(400);

/// One look at the machine.
#[derive(Clone, Debug)]
pub struct Taken {
    pub speeds: Speeds,
    pub flushes: Flushes,
    pub http: Option<Http>,
}

/// Looks at the machine now and then.
pub struct Raw {
    crypto: Crypto,
    disk: Disk,
    bare: Option<Bare>,
    taken: Vec<Taken>,
}

impl Raw {
    pub fn new(plan: &Plan) -> anyhow::Result<Self> {
        Ok(Self { crypto: Crypto::new()?, disk: Disk::new(&plan.folder)?, bare: None, taken: Vec::new() })
    }

    /// And at what a bare request costs.
    pub fn with_http(plan: &Plan) -> anyhow::Result<Self> {
        Ok(Self { bare: Some(Bare::start(&plan.folder)?), ..Self::new(plan)? })
    }

    pub fn look(&mut self) -> anyhow::Result<Taken> {
        let http = self.bare.as_ref().map(|bare| bare.probe(HTTP)).transpose()?;
        let taken = Taken { speeds: self.crypto.probe(CRYPTO)?, flushes: self.disk.probe(DISK)?, http };
        self.taken.push(taken.clone());
        Ok(taken)
    }

    /// Milliseconds of a flush right now, for half of them at least.
    pub fn flush(&mut self) -> anyhow::Result<f64> {
        Ok(self.disk.probe(DISK)?.took.percentile(0.5))
    }

    /// How long requests take, at so many a second, that keep a processor at work for what one costs the server beyond a
    /// request for which nothing is done, by the last look.
    pub fn at_work(
        &self,
        cpu: f64,
        rate: f64,
        connections: usize,
        long: Duration,
    ) -> anyhow::Result<Histogram> {
        let bare = self.bare.as_ref().context("no bare server was started")?;
        let nothing = self.taken.last().and_then(|taken| taken.http).map_or(0.0, |http| http.server);
        bare.at_work(Duration::from_secs_f64((cpu - nothing).max(0.0) / 1e6), rate, connections, long)
    }

    /// How long requests take for which nothing is done, one after the other.
    pub fn alone(&self, long: Duration) -> anyhow::Result<Histogram> {
        self.bare.as_ref().context("no bare server was started")?.alone(long)
    }

    /// The same where four kilobytes are made durable before each is answered.
    pub fn flushing(&self, long: Duration) -> anyhow::Result<Histogram> {
        self.bare.as_ref().context("no bare server was started")?.flushing(long)
    }

    /// The same where three rows are committed.
    pub fn committing(&self, long: Duration) -> anyhow::Result<Histogram> {
        self.bare.as_ref().context("no bare server was started")?.committing(long)
    }

    fn spread(&self, pick: impl Fn(&Taken) -> f64) -> Spread {
        Spread::of(self.taken.iter().map(pick))
    }

    /// Signatures and flushes, beside a row.
    pub fn beside(&self, report: &mut Report) {
        let per_cpu = "per CPU s";
        report.raw("ES256 sign", per_cpu, self.spread(|t| t.speeds.es256_sign));
        report.raw("ES256 verify", per_cpu, self.spread(|t| t.speeds.es256_verify));
        report.raw("Ed25519 sign", per_cpu, self.spread(|t| t.speeds.ed25519_sign));
        report.raw("Ed25519 verify", per_cpu, self.spread(|t| t.speeds.ed25519_verify));
        report.raw("SHA-256 of 600 bytes", per_cpu, self.spread(|t| t.speeds.sha256));
        self.disk_beside(report);
        if self.bare.is_some() {
            let over = |pick: fn(Http) -> f64| self.spread(|t| t.http.map(pick).unwrap_or_default());
            report.raw("bare HTTP request, server CPU", "us", over(|h| h.server));
            report.raw("bare HTTP request, generator CPU", "us", over(|h| h.generator));
            report.raw("bare HTTP requests", "per s", over(|h| h.rate));
        }
    }

    pub fn disk_beside(&self, report: &mut Report) {
        report.raw("fdatasync of 4 KiB", "per s", self.spread(|t| t.flushes.per_second));
        report.raw("fdatasync p50", "ms", self.spread(|t| t.flushes.took.percentile(0.5)));
        report.raw("fdatasync p99", "ms", self.spread(|t| t.flushes.took.percentile(0.99)));
    }
}

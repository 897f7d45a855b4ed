//! `audit-query`: what somebody waits for who asks a log of millions.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chancery_audit::merkle::verify_inclusion;
use chancery_audit::{Actor, Frontier, Subject, leaf_hash};
use chancery_kernel::env::SeededEntropy;
use chancery_kernel::{Env, Fault, OrgId, Timestamp};
use chancery_store::{Config, Db, Location, Who, log};
use tokio::runtime::Runtime;

use super::lines::{Cast, spread};
use super::writers::told;
use crate::measure::{Histogram, Raw, Spread, Steered, own_cpu, steered, wall_micros};
use crate::out;
use crate::plan::Plan;
use crate::report::Report;

const LOGS: usize = 20;
const AGENTS_OF_A_LOG: usize = 5_000;
/// Entries handed to the writer at a time while the log is filled.
const PORTION: usize = 64;
const MONTH: i64 = 30 * 86_400 * 1_000_000;

struct Logs {
    db: Db,
    runtime: Runtime,
    env: Env,
    clock: Arc<Steered>,
    casts: Vec<Arc<Cast>>,
    /// The logs' trees once they are filled.
    trees: HashMap<OrgId, Frontier>,
    events: usize,
}

pub fn run(plan: &Plan, events: usize, keep: Option<&Path>) -> anyhow::Result<Report> {
    let about = format!("{events} entries in {LOGS} logs, {} agents, a month", LOGS * AGENTS_OF_A_LOG);
    let mut report = Report::new("audit-query", about);
    let folder = plan.scratch()?;
    let place = keep.unwrap_or_else(|| folder.path());
    let (mut logs, mut raw) = (Logs::open(place, events)?, Raw::new(plan)?);
    if logs.count()? == 0 {
        let filled = logs.fill()?;
        report.figure("rows filled", "per s", Spread::one(filled));
    }
    report.figure("until the query index had caught up", "s", Spread::one(logs.wait_for_index()?));
    let held = logs.settle()?;
    anyhow::ensure!(held == events / PORTION * PORTION, "{} holds {held} entries", place.display());
    report.figure("database", "bytes per entry", Spread::one(size(place)? / events as f64));
    for question in QUESTIONS {
        let (mut rounds, each) = (Vec::new(), plan.round / 3);
        logs.ask(question, each / 3)?;
        for _ in 0..plan.rounds {
            raw.look()?;
            rounds.push(logs.ask(question, each)?);
        }
        let over = |pick: &dyn Fn(&Asked) -> f64| Spread::of(rounds.iter().map(pick));
        for (name, part) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
            report.figure(format!("{}, {name}", question.name), "ms", over(&|a| a.took.percentile(part)));
        }
        report.figure(format!("{}, CPU", question.name), "us", over(&|a| a.cpu));
        if rounds.iter().any(|asked| asked.wrong > 0) {
            report.wrong(format!("{}: answers lacked rows or held strange ones", question.name));
        }
    }
    raw.beside(&mut report);
    Ok(report)
}

fn size(folder: &Path) -> anyhow::Result<f64> {
    let paths: Vec<PathBuf> = std::fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    Ok(paths.iter().filter_map(|path| path.metadata().ok()).map(|m| m.len() as f64).sum())
}

impl Logs {
    fn open(folder: &Path, events: usize) -> anyhow::Result<Self> {
        let (env, clock) = steered(Timestamp::from_micros(wall_micros() - MONTH));
        // Always the same cast, so that logs which were kept can be asked about it. Ids hold their time, too.
        let fixed = Env::new(steered(Timestamp::from_seconds(1_767_225_600)).1, SeededEntropy::new(20));
        let db = Db::open(&Config::new(Location::Sqlite(folder.join("chancery.db"))), env.clone())?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let casts = (0..LOGS).map(|_| Arc::new(Cast::new(&fixed, AGENTS_OF_A_LOG))).collect();
        Ok(Self { db, runtime, env, clock, casts, trees: HashMap::new(), events })
    }

    fn ends(&self) -> anyhow::Result<Vec<log::End>> {
        let orgs: Vec<OrgId> = self.casts.iter().map(|cast| cast.org).collect();
        let read = self.db.read(move |sql| {
            let ends = orgs.into_iter().map(|org| log::end(sql, org)).collect::<Result<Vec<_>, _>>()?;
            Ok(ends.into_iter().flatten().collect())
        });
        Ok(self.runtime.block_on(read)?)
    }

    fn count(&self) -> anyhow::Result<usize> {
        Ok(usize::try_from(self.ends()?.iter().map(|end| end.size).sum::<i64>())?)
    }

    /// Sets the clock to the last entry's time, wherever the entries came from, takes the trees as they stand, and says
    /// how many entries there are.
    fn settle(&mut self) -> anyhow::Result<usize> {
        for org in self.casts.iter().map(|cast| cast.org) {
            let tree = self.runtime.block_on(self.db.read(move |sql| log::frontier(sql, org)))?;
            self.trees.insert(org, tree);
        }
        let last = self.ends()?.iter().map(|end| end.at.micros()).max().unwrap_or_default();
        self.clock.advance(last - self.env.now().micros());
        self.count()
    }

    /// Fills the logs side by side; returns rows a second.
    fn fill(&self) -> anyhow::Result<f64> {
        let began = Instant::now();
        let portions = self.events / PORTION;
        let step = MONTH / i64::try_from(portions.max(1))?;
        let mut waiting = std::collections::VecDeque::new();
        for portion in 0..portions {
            self.clock.advance(step);
            let Some(cast) = self.casts.get(portion % LOGS).cloned() else { continue };
            waiting.push_back(self.runtime.spawn(record(self.db.clone(), cast, portion * PORTION)));
            while waiting.len() > 16 {
                let Some(oldest) = waiting.pop_front() else { break };
                self.runtime.block_on(oldest)?.map_err(told)?;
            }
            if portion.is_multiple_of((portions / 10).max(1)) {
                out::note(format_args!("audit-query: {} entries written", portion * PORTION))?;
            }
        }
        for rest in waiting {
            self.runtime.block_on(rest)?.map_err(told)?;
        }
        Ok((portions * PORTION) as f64 / began.elapsed().as_secs_f64())
    }

    fn wait_for_index(&self) -> anyhow::Result<f64> {
        let began = Instant::now();
        loop {
            let behind: i64 = self.ends()?.iter().map(|end| end.size - end.indexed).sum();
            if behind == 0 {
                return Ok(began.elapsed().as_secs_f64());
            }
            anyhow::ensure!(began.elapsed() < Duration::from_secs(1_800), "the index lags {behind} entries");
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    fn ask(&self, question: &Question, long: Duration) -> anyhow::Result<Asked> {
        let (began, cpu) = (Instant::now(), own_cpu()?);
        let (mut took, mut count, mut wrong) = (Histogram::default(), 0usize, 0usize);
        while began.elapsed() < long {
            let n = spread(count + wall_micros() as usize);
            let Some(cast) = self.casts.get(n % LOGS) else { break };
            let start = Instant::now();
            let good = (question.ask)(self, cast, n)?;
            took.add(start.elapsed());
            count += 1;
            wrong += usize::from(!good);
        }
        let cpu = (own_cpu()? - cpu).as_secs_f64() * 1e6 / (count as f64).max(1.0);
        Ok(Asked { took, cpu, wrong })
    }

    /// Some time of the month that leaves room for a window.
    fn moment(&self, n: usize) -> Timestamp {
        let back = MONTH / 20 + (n as i64).rem_euclid(MONTH * 9 / 10);
        Timestamp::from_micros(self.env.now().micros() - back)
    }
}

async fn record(db: Db, cast: Arc<Cast>, first: usize) -> Result<(), Fault> {
    let actor = cast.agent(first).map_or(Actor::System, Actor::Agent);
    let who = Who { actor, request: None };
    db.write(cast.org, who, move |tx| {
        for n in first..first + PORTION - 1 {
            // Three in four are agents' decisions; changes are rare, as they are in life.
            let event = match n % 64 {
                0..48 => cast.decision(tx.env(), n),
                48..63 => cast.tool_decision(tx.env(), n),
                _ => cast.change(n),
            };
            let _ = tx.record(event);
        }
        let last = cast.change(first + PORTION - 1);
        Ok::<_, Fault>(tx.record(last).with(()))
    })
    .await
}

struct Asked {
    took: Histogram,
    cpu: f64,
    wrong: usize,
}

/// Something asked of a log; answers whether what came back is right.
struct Question {
    name: &'static str,
    ask: fn(&Logs, &Cast, usize) -> anyhow::Result<bool>,
}

const QUESTIONS: &[Question] = &[
    Question { name: "last 50 of an agent", ask: last_of_agent },
    Question { name: "100 of a kind in a time", ask: page_of_kind },
    Question { name: "one by its position", ask: by_position },
    Question { name: "one by its id", ask: by_id },
    Question { name: "one with the proof that it is there", ask: proven },
];

fn last_of_agent(logs: &Logs, cast: &Cast, n: usize) -> anyhow::Result<bool> {
    let Some(agent) = cast.agent(n) else { return Ok(false) };
    let (org, subject) = (cast.org, Subject::of(agent));
    let found =
        logs.runtime.block_on(logs.db.read(move |sql| log::last_of_subject(sql, org, subject, None, 50)))?;
    let text = agent.to_string();
    let about = |body: &[u8]| body.windows(text.len()).any(|part| part == text.as_bytes());
    Ok(!found.items.is_empty() && found.items.first().is_some_and(|entry| about(&entry.body)))
}

/// The kind of changes: code 341 of the catalogue.
const CHANGE: u16 = 341;
const DAY: i64 = 86_400 * 1_000_000;

fn page_of_kind(logs: &Logs, cast: &Cast, n: usize) -> anyhow::Result<bool> {
    let (org, until) = (cast.org, logs.moment(n));
    let span = (Some(Timestamp::from_micros(until.micros() - DAY)), Some(until));
    let found =
        logs.runtime.block_on(logs.db.read(move |sql| log::by_kind(sql, org, &[CHANGE], span, None, 100)))?;
    Ok(found.items.iter().all(|e| e.kind == CHANGE && e.at < until && e.at.micros() >= until.micros() - DAY))
}

fn by_position(logs: &Logs, cast: &Cast, n: usize) -> anyhow::Result<bool> {
    let (org, seq) = (cast.org, position(logs, n));
    let found = logs.runtime.block_on(logs.db.read(move |sql| log::get(sql, org, seq)))?;
    Ok(found.is_some_and(|entry| entry.seq == seq))
}

fn by_id(logs: &Logs, cast: &Cast, n: usize) -> anyhow::Result<bool> {
    let (org, seq) = (cast.org, position(logs, n));
    let Some(entry) = logs.runtime.block_on(logs.db.read(move |sql| log::get(sql, org, seq)))? else {
        return Ok(false);
    };
    let id = entry.decode()?.envelope.id;
    let found = logs.runtime.block_on(logs.db.read(move |sql| log::find_by_event_id(sql, org, id)))?;
    Ok(found.is_some_and(|found| found.seq == seq))
}

fn proven(logs: &Logs, cast: &Cast, n: usize) -> anyhow::Result<bool> {
    let (org, seq) = (cast.org, position(logs, n));
    let Some(tree) = logs.trees.get(&org) else { return Ok(false) };
    let size = i64::try_from(tree.size())?;
    let (entry, path) = logs.runtime.block_on(
        logs.db.read(move |sql| Ok((log::get(sql, org, seq)?, log::inclusion(sql, org, seq, size)?))),
    )?;
    let (Some(entry), Some(path)) = (entry, path) else { return Ok(false) };
    let index = u64::try_from(seq - 1)?;
    Ok(verify_inclusion(&leaf_hash(&entry.body), index, tree.size(), &path, &tree.root()))
}

fn position(logs: &Logs, n: usize) -> i64 {
    let each = logs.events / PORTION / LOGS * PORTION;
    i64::try_from(n % each.max(1)).unwrap_or(0) + 1
}

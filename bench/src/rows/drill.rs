//! A row of the server: a world, a warm-up, rounds between looks at the machine, and then the accounts: whether every
//! answer was right, and whether the log holds exactly what was answered.

use std::time::Duration;

use anyhow::Context;

use super::accounts::Accounts;
use crate::load::{Orders, Tally, Wheel, drive};
use crate::measure::{Others, QUIET, Raw, Speeds, Spread, resident, wait_for_quiet};
use crate::out;
use crate::plan::Plan;
use crate::report::Report;
use crate::world::{Server, Wish, World};
use crate::{limits, load};

/// Where requests come from.
pub enum Fed {
    /// Made once; each may be sent any number of times.
    Once(fn(&World) -> anyhow::Result<Vec<Vec<u8>>>),
    /// Good for one use each, so made anew before every round: the n-th of the run.
    EachRound(fn(&World, usize) -> anyhow::Result<Vec<u8>>),
}

pub struct Drill {
    pub row: &'static str,
    pub about: &'static str,
    pub wish: Wish,
    pub begins: &'static [u8],
    /// What its cryptography costs bare, in microseconds.
    pub crypto: fn(&Speeds) -> f64,
    pub fed: Fed,
    /// Every answer has its line in the log; otherwise none has.
    pub recorded: bool,
    /// Lines that making the requests leaves in the log.
    pub beforehand: usize,
}

/// One round and what it cost the server.
pub struct Round {
    pub tally: Tally,
    pub server_cpu: f64,
    /// Microseconds of a bare request and of the row's cryptography, looked at just before.
    pub bare: f64,
    pub resident: f64,
    /// Cores that others used meanwhile.
    pub others: f64,
}

impl Round {
    /// Microseconds.
    pub fn cpu_per_request(&self) -> f64 {
        self.server_cpu * 1e6 / (self.tally.answers as f64).max(1.0)
    }
}

/// One in so many answers is verified afterwards.
const KEEP: u64 = 64;
/// Requests made for a warm-up of those that are good for one use.
const FIRST: usize = 8_000;

pub fn run(plan: &Plan, drill: &Drill) -> anyhow::Result<Report> {
    let mut report = Report::new(
        drill.row,
        format!("{}; {} clients, {} connections", drill.about, drill.wish.agents, plan.connections),
    );
    out::note(format_args!("{}: building the world", drill.row))?;
    let world = World::build(plan, &drill.wish)?;
    let before = world.log_size()?;
    let (mut raw, server) = (Raw::with_http(plan)?, world.serve(plan)?);
    let mut accounts = Accounts::open(&world)?;
    let mut feed = Feed::new(&world, &drill.fed)?;
    let mut rounds = Vec::new();
    warm_up(plan, drill, &world, &mut feed, &mut accounts)?;
    while rounds.len() < plan.rounds {
        let done = quietest(plan, drill, &world, &server, (&mut feed, &mut accounts, &mut raw))?;
        let (cost, rate) = (done.cpu_per_request(), done.tally.per_second());
        out::note(format_args!("{}: {cost:.1} us, {rate:.0}/s, others {:.2}", drill.row, done.others))?;
        rounds.push(done);
    }
    // Not told to stop: what was answered has to be in the log whatever becomes of the server.
    server.kill()?;
    figures(&mut report, &rounds);
    let before = before + i64::try_from(drill.beforehand)?;
    accounts.close(&world, before, drill.recorded, &mut report)?;
    raw.beside(&mut report);
    Ok(report)
}

/// Requests, and how many of those for one use are needed.
struct Feed<'w> {
    world: &'w World,
    fed: &'w Fed,
    wheel: Option<Wheel>,
    made: usize,
    needed: usize,
}

impl<'w> Feed<'w> {
    fn new(world: &'w World, fed: &'w Fed) -> anyhow::Result<Self> {
        let wheel = match fed {
            Fed::Once(make) => Some(Wheel::turning(make(world)?)),
            Fed::EachRound(_) => None,
        };
        Ok(Self { world, fed, wheel, made: 0, needed: FIRST })
    }

    fn take(&mut self) -> anyhow::Result<Wheel> {
        match self.fed {
            Fed::Once(_) => self.wheel.take().context("the requests are gone"),
            Fed::EachRound(make) => {
                let first = self.made;
                self.made += self.needed;
                let all = (first..self.made).map(|n| make(self.world, n)).collect::<anyhow::Result<_>>()?;
                Ok(Wheel::once(all))
            }
        }
    }

    /// Learns from a round how many the next one of this length needs.
    fn give_back(&mut self, wheel: Wheel, tally: &Tally, next: Duration) {
        self.needed = (tally.per_second() * next.as_secs_f64() * 1.5) as usize + 2_000;
        self.wheel = Some(wheel);
    }
}

fn orders(plan: &Plan, drill: &Drill, world: &World, long: Duration) -> Orders {
    Orders {
        address: world.address,
        connections: plan.connections,
        long,
        keep_every: KEEP,
        status: 200,
        begins: drill.begins,
        rate: None,
    }
}

/// At least once through all requests that are sent again and again, so that what is cached is cached.
fn warm_up(
    plan: &Plan,
    drill: &Drill,
    world: &World,
    feed: &mut Feed<'_>,
    accounts: &mut Accounts,
) -> anyhow::Result<()> {
    let mut left = if matches!(drill.fed, Fed::Once(_)) { world.faces.len() as u64 } else { 1 };
    while left > 0 {
        let (wheel, tally) = drive(feed.take()?, orders(plan, drill, world, plan.warm_up))?;
        feed.give_back(wheel, &tally, plan.round);
        accounts.add(&tally)?;
        left = left.saturating_sub(tally.answers.max(1));
    }
    Ok(())
}

/// Rounds that others disturb are taken again, as far as there is patience for it.
const AGAIN: usize = 3;

/// A look at the machine and a round.
fn quietest(
    plan: &Plan,
    drill: &Drill,
    world: &World,
    server: &Server,
    (feed, accounts, raw): (&mut Feed<'_>, &mut Accounts, &mut Raw),
) -> anyhow::Result<Round> {
    let mut best: Option<Round> = None;
    for _ in 0..=AGAIN {
        wait_for_quiet(plan.patience)?;
        let taken = raw.look()?;
        let bare = taken.http.map_or(0.0, |http| http.server) + (drill.crypto)(&taken.speeds);
        let round = Round { bare, ..one_round(plan, drill, world, server, feed)? };
        accounts.add(&round.tally)?;
        let quiet = round.others < QUIET || plan.patience.is_zero();
        if best.as_ref().is_none_or(|best| round.others < best.others) {
            best = Some(round);
        }
        if quiet {
            break;
        }
    }
    best.context("no round")
}

fn one_round(
    plan: &Plan,
    drill: &Drill,
    world: &World,
    server: &Server,
    feed: &mut Feed<'_>,
) -> anyhow::Result<Round> {
    let wheel = feed.take()?;
    let (others, before) = (Others::start()?, server.cpu()?);
    let (wheel, tally) = drive(wheel, orders(plan, drill, world, plan.round))?;
    let server_cpu = server.cpu()? - before;
    let others = others.cores(server_cpu)?;
    feed.give_back(wheel, &tally, plan.round);
    Ok(Round { tally, server_cpu, bare: 0.0, resident: resident(server.pid())?, others })
}

/// The figures every row of the server has.
pub fn figures(report: &mut Report, rounds: &[Round]) {
    let over = |pick: &dyn Fn(&Round) -> f64| Spread::of(rounds.iter().map(pick));
    report.figure(limits::CPU, "us", over(&Round::cpu_per_request));
    report.figure(limits::OVER, "times", over(&|r| r.cpu_per_request() / r.bare.max(1e-9)));
    report.figure(limits::RATE, "per s", over(&|r| r.tally.per_second()));
    for (name, part) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
        report.figure(name, "ms", over(&|r| r.tally.took.percentile(part)));
    }
    report.figure("generator CPU per request", "us", over(&|r| r.tally.cpu_per_request()));
    report.figure("resident memory", "MB", over(&|r| r.resident));
    report.figure("others on this machine", "cores", over(&|r| r.others));
}

/// The n-th of a list that begins again at its end.
pub fn nth<T>(all: &[T], n: usize) -> anyhow::Result<&T> {
    all.get(n % all.len().max(1)).context("an empty list")
}

/// A token for one client, by one call.
pub fn token(
    world: &World,
    face: &crate::world::Face,
    resource: &str,
    scope: &str,
) -> anyhow::Result<String> {
    let body = load::form(&[("grant_type", "client_credentials"), ("resource", resource), ("scope", scope)]);
    let request = load::post(&world.host(), "/oauth2/token", Some(&face.basic()), &body);
    let answer = load::call(world.address, &request)?.wants(200)?.json()?;
    let token = answer.get("access_token").and_then(|token| token.as_str());
    Ok(token.context("no access_token")?.to_owned())
}

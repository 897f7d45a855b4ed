//! Relationships over HTTP: a drive of so many tuples, written and asked for over the API alone, every answer held
//! against what is true. Any server that speaks OpenFGA's API can be asked the same.

use std::time::{Duration, Instant};

use anyhow::ensure;
use serde_json::Value;

use super::drill::nth;
use super::lone::Lone;
use crate::load::{Orders, Tally, Wheel, call, drive};
use crate::measure::{Histogram, Raw, Spread, cpu_of, resident, wait_for_quiet};
use crate::out;
use crate::plan::Plan;
use crate::relations::{
    Asked, Drive, Fact, Kind, Place, Question, Questions, Sizes, Subject, batch_is_right, filter_is_right,
    list_is_right,
};
use crate::report::Report;
use crate::world::{Server, Wish, World};

pub(super) const SEED: u64 = 42;
/// Different requests of a mix.
const REQUESTS: usize = 60_000;
const BATCHES: usize = 4_000;
/// Single writes of a round, and revocations.
const SINGLES: usize = 1_000;
const REVOCATIONS: usize = 400;
/// How long a server that does nothing is asked, to compare with.
const FLOOR: Duration = Duration::from_millis(300);
const FILTERS: usize = 200;
/// Connections of what is timed rather than counted.
const FEW: usize = 2;

/// Which server is asked.
#[derive(Clone, Debug)]
pub enum Asks {
    Ours,
    /// By its URL, with its pre-shared key if it wants one, and the process whose time counts.
    Peer {
        url: String,
        key: Option<String>,
        pid: Option<u32>,
    },
}

/// The server, as far as it can be watched.
pub(super) struct Stand {
    pub(super) place: Place,
    pid: Option<u32>,
    /// Where it is ours: in the order in which they have to end.
    server: Option<Server>,
    world: Option<World>,
}

impl Stand {
    pub(super) fn up(plan: &Plan, asks: &Asks) -> anyhow::Result<Self> {
        match asks {
            Asks::Ours => {
                let world = World::build(plan, &Wish { agents: 1, people: 1, ..Wish::default() })?;
                let server = world.serve(plan)?;
                let (place, pid) = (Place::ours(&world)?, Some(server.pid()));
                Ok(Self { place, pid, server: Some(server), world: Some(world) })
            }
            Asks::Peer { url, key, pid } => {
                Ok(Self { place: Place::at(url, key.as_deref())?, pid: *pid, server: None, world: None })
            }
        }
    }

    /// Processor seconds so far.
    pub(super) fn cpu(&self) -> anyhow::Result<f64> {
        self.pid.map_or(Ok(0.0), |pid| Ok(cpu_of(pid)?.as_secs_f64()))
    }
}

/// Ours, and then another server of the same drive and the same questions, with what each figure is beside the other.
pub fn beside(plan: &Plan, tuples: usize, peer: &Asks) -> anyhow::Result<Vec<Report>> {
    let (ours, mut theirs) = (relations(plan, tuples, &Asks::Ours)?, relations(plan, tuples, peer)?);
    for figure in &theirs.figures {
        let own = ours.figures.iter().find(|own| own.name == figure.name && !own.name.starts_with(' '));
        if let Some(own) = own.filter(|_| figure.spread.median > 0.0) {
            let (one, other, unit) = (own.spread.median, figure.spread.median, own.unit);
            theirs.notes.push(format!("{}: ours {one:.3}, the peer's {other:.3} {unit}", own.name));
        }
    }
    Ok(vec![ours, theirs])
}

pub fn relations(plan: &Plan, tuples: usize, asks: &Asks) -> anyhow::Result<Report> {
    let who = if matches!(asks, Asks::Ours) { "" } else { ", of the peer" };
    let mut report = Report::new(
        "relations",
        format!("a drive of about {tuples} tuples, {} connections{who}", plan.connections),
    );
    let all = Drive::grow(Sizes::of(tuples), SEED);
    let (raw, stand) = (Raw::with_http(plan)?, Stand::up(plan, asks)?);
    let mut bench = Bench { plan, stand, raw, drive: &all, report: &mut report };
    bench.filled()?;
    bench.raw.look()?;
    bench.checks()?;
    bench.raw.look()?;
    bench.batches()?;
    bench.lists()?;
    if matches!(asks, Asks::Ours) {
        bench.filters()?;
    }
    bench.raw.look()?;
    bench.singles()?;
    bench.revocations()?;
    bench.started()?;
    let Bench { raw, .. } = bench;
    raw.beside(&mut report);
    Ok(report)
}

struct Bench<'b> {
    plan: &'b Plan,
    stand: Stand,
    raw: Raw,
    drive: &'b Drive,
    report: &'b mut Report,
}

/// What one kind of request came to.
#[derive(Default)]
struct Came {
    rate: Vec<f64>,
    cpu: Vec<f64>,
    half: Vec<Histogram>,
    /// A server that only keeps a processor at work for as long, asked as often in the same minute.
    floor: Vec<Histogram>,
}

impl Bench<'_> {
    fn filled(&mut self) -> anyhow::Result<()> {
        out::note(format_args!("relations: writing {} tuples", self.drive.tuples().count()))?;
        let tally = self.stand.place.fill(self.drive)?;
        let tuples = self.drive.tuples().count() as f64;
        self.report.figure("tuples written in hundreds", "per s", Spread::one(tuples / tally.seconds));
        if let Some(pid) = self.stand.pid {
            self.report.figure("resident memory", "MB", Spread::one(resident(pid)?));
        }
        Ok(())
    }

    fn checks(&mut self) -> anyhow::Result<()> {
        for (name, wheel) in check_wheels(&self.stand.place, self.drive) {
            let came = self.rounds(name, wheel)?;
            self.tell(&format!("check {name}"), &came);
        }
        Ok(())
    }

    fn batches(&mut self) -> anyhow::Result<()> {
        let wheel = batch_wheel(&self.stand.place, self.drive)?;
        let came = self.rounds("batch of 50", wheel)?;
        self.tell("batch of 50", &came);
        Ok(())
    }

    /// Lists for people who can read about so many documents: complete, and nothing in them that is not true.
    fn lists(&mut self) -> anyhow::Result<()> {
        // A list that is not streamed has 1,000 results at most, as OpenFGA's.
        for (results, name, streamed) in [(900, "list of 1,000", false), (10_000, "list of 10,000", true)] {
            let mut readers = Questions::new(self.drive, SEED + 3).readers(results, 8);
            readers.retain(|(_, readable)| streamed || readable.len() <= 1_000);
            let requests =
                readers.iter().map(|(reader, _)| self.stand.place.list(*reader, streamed)).collect();
            let long: Vec<usize> = readers.iter().map(|(_, readable)| readable.len()).collect();
            self.timed(name, Wheel::turning(requests).judged(list_is_right(readers)))?;
            self.report.note(format!(
                "{name}: {} to {} results",
                long.iter().min().unwrap_or(&0),
                long.iter().max().unwrap_or(&0)
            ));
        }
        Ok(())
    }

    /// A thousand candidates, for a person and the agent that acts for them.
    fn filters(&mut self) -> anyhow::Result<()> {
        let mut questions = Questions::new(self.drive, SEED + 6);
        let asked: Vec<Asked> = (0..FILTERS).filter_map(|n| questions.any(1_000, n % 2 == 0)).collect();
        let requests = asked.iter().map(|one| self.stand.place.filter(one)).collect();
        self.timed("filter of 1,000 for two", Wheel::turning(requests).judged(filter_is_right(asked)))
    }

    /// What is timed on a few connections, with nobody else there. Each answer was given and judged before it counts, so
    /// that judging it again is no more than holding it against the one before.
    fn timed(&mut self, name: &str, wheel: Wheel) -> anyhow::Result<()> {
        let orders = Orders { long: self.plan.warm_up, ..self.stand.place.orders(FEW) };
        let (mut wheel, _) = self.asked(wheel.remembering(), orders)?;
        let (mut p50, mut p99) = (Vec::new(), Vec::new());
        for _ in 0..self.plan.rounds {
            wait_for_quiet(self.plan.patience)?;
            let (turned, tally) = self.asked(wheel, Orders { long: self.plan.round, ..orders })?;
            wheel = turned;
            p50.push(tally.took.percentile(0.5));
            p99.push(tally.took.percentile(0.99));
        }
        self.report.figure(format!("{name}, p50"), "ms", Spread::of(p50));
        self.report.figure(format!("{name}, p99"), "ms", Spread::of(p99));
        Ok(())
    }

    /// Rounds in a closed loop, each followed by one at half that rate.
    fn rounds(&mut self, name: &str, wheel: Wheel) -> anyhow::Result<Came> {
        let (mut wheel, mut came) = (wheel, Came::default());
        let orders = Orders { long: self.plan.round, ..self.stand.place.orders(self.plan.connections) };
        (wheel, _) = self.asked(wheel, Orders { long: self.plan.warm_up, ..orders })?;
        for _ in 0..self.plan.rounds {
            wait_for_quiet(self.plan.patience)?;
            let before = self.stand.cpu()?;
            let (turned, tally) = self.asked(wheel, orders)?;
            let cpu = (self.stand.cpu()? - before) * 1e6 / tally.answers as f64;
            let rate = tally.per_second();
            let (turned, half) = self.asked(turned, Orders { rate: Some(rate / 2.0), ..orders })?;
            let floor = self.raw.at_work(cpu, rate / 2.0, orders.connections, orders.long)?;
            out::note(format_args!(
                "{name}: {rate:.0}/s, {cpu:.1} us, p99 at half {:.2} ms, of a server that only keeps a processor at work {:.2} ms",
                half.took.percentile(0.99),
                floor.percentile(0.99)
            ))?;
            wheel = turned;
            came.rate.push(rate);
            came.cpu.push(cpu);
            came.half.push(half.took);
            came.floor.push(floor);
        }
        Ok(came)
    }

    fn asked(&mut self, wheel: Wheel, orders: Orders) -> anyhow::Result<(Wheel, Tally)> {
        let (wheel, tally) = drive(wheel, orders)?;
        if tally.wrong > 0 {
            self.report.wrong(format!("{} answers: {:?}", tally.wrong, tally.problems));
        }
        Ok((wheel, tally))
    }

    fn tell(&mut self, name: &str, came: &Came) {
        self.report.figure(format!("{name}, throughput"), "per s", Spread::of(came.rate.iter().copied()));
        self.report.figure(format!("{name}, server CPU"), "us", Spread::of(came.cpu.iter().copied()));
        for (part, at) in [("p50", 0.5), ("p99", 0.99)] {
            let spread = Spread::of(came.half.iter().map(|took| took.percentile(at)));
            self.report.figure(format!("{name}, {part} at half load"), "ms", spread);
            let floor = Spread::of(came.floor.iter().map(|took| took.percentile(at)));
            self.report.figure(
                format!("  {part} of a server that only keeps a processor at work for as long"),
                "ms",
                floor,
            );
        }
    }

    /// Writes of one tuple, one after the other, between looks at what the machine takes for the same with nothing else done.
    fn singles(&mut self) -> anyhow::Result<()> {
        let facts = fresh(self.drive, SINGLES);
        let write: Vec<Vec<u8>> = facts.iter().map(|fact| self.stand.place.write(&[*fact])).collect();
        let delete: Vec<Vec<u8>> = facts.iter().map(|fact| self.stand.place.delete(&[*fact])).collect();
        let mut lone = Lone::default();
        for _ in 0..self.plan.rounds {
            wait_for_quiet(self.plan.patience)?;
            let before = self.raw.flush()?;
            let wrote = self.one_by_one(write.clone())?;
            let deleted = self.one_by_one(delete.clone())?;
            let (bare, flushing) = (self.raw.alone(FLOOR)?, self.raw.flushing(FLOOR)?);
            let committing = self.raw.committing(FLOOR)?;
            // The sooner of two: others at work on the disk make a write look quick beside a flush.
            let flush = self.raw.flush()?.min(before);
            lone.add(flush, [&wrote, &deleted, &bare, &flushing, &committing]);
        }
        lone.say(self.report);
        Ok(())
    }

    fn one_by_one(&mut self, requests: Vec<Vec<u8>>) -> anyhow::Result<Histogram> {
        let (count, orders) = (requests.len(), self.stand.place.orders(1));
        let orders = Orders { long: Duration::from_secs(60), begins: b"{}", ..orders };
        let (_, tally) = self.asked(Wheel::once(requests), orders)?;
        ensure!(tally.answers as usize == count, "{} of {count} were answered", tally.answers);
        Ok(tally.took)
    }

    /// Grants, checks, revokes, and checks again, each on a connection of its own; counts what was stale.
    fn revocations(&mut self) -> anyhow::Result<()> {
        let place = &self.stand.place;
        let (mut stale, mut took) = (0, Histogram::default());
        for fact in fresh(self.drive, REVOCATIONS) {
            let (Kind::User, user) = fact.user else { continue };
            let question = Question {
                subject: Subject::User(user),
                relation: "can_read",
                document: fact.object.1,
                in_time: None,
                right: true,
            };
            let check = place.check(&question);
            for (write, allowed) in [(place.write(&[fact]), true), (place.delete(&[fact]), false)] {
                call(place.address, &write)?.wants(200)?;
                let began = Instant::now();
                let answer = call(place.address, &check)?.wants(200)?.json()?;
                took.add(began.elapsed());
                stale += usize::from(answer.get("allowed").and_then(Value::as_bool) != Some(allowed));
            }
        }
        self.report.figure("stale answers after a write", "of 800", Spread::one(stale as f64));
        Ok(())
    }

    /// Killed, and started over what it left: until the first right answer.
    fn started(&mut self) -> anyhow::Result<()> {
        let (Some(world), Some(server)) = (self.stand.world.as_ref(), self.stand.server.take()) else {
            return Ok(());
        };
        let question = *nth(&Questions::new(self.drive, SEED + 4).usual(1), 0)?;
        let check = self.stand.place.check(&question);
        server.kill()?;
        let mut took = Vec::new();
        for _ in 0..self.plan.rounds {
            let began = Instant::now();
            let server = Server::spawn(self.plan, world.folder(), world.address, &world.issuer)?;
            let answer = loop {
                match call(self.stand.place.address, &check).ok().filter(|reply| reply.status == 200) {
                    Some(reply) => break reply.json()?,
                    None => {
                        ensure!(began.elapsed() < Duration::from_secs(60), "no answer: {}", server.log_text())
                    }
                }
                std::thread::sleep(Duration::from_millis(1));
            };
            took.push(began.elapsed().as_secs_f64());
            ensure!(
                answer.get("allowed").and_then(Value::as_bool) == Some(question.right),
                "the first answer is wrong"
            );
            server.kill()?;
        }
        self.report.figure("start to the first right answer", "s", Spread::of(took));
        Ok(())
    }
}

/// The mixes of checks by their names, each answer judged.
pub(super) fn check_wheels(place: &Place, drive: &Drive) -> [(&'static str, Wheel); 2] {
    let mut questions = Questions::new(drive, SEED + 1);
    let mut usual = questions.usual(REQUESTS);
    usual.extend(questions.timed(REQUESTS / 100));
    let refused = questions.refused(REQUESTS);
    [("Q1", usual), ("Q2", refused)].map(|(name, asked)| {
        let requests: Vec<Vec<u8>> = asked.iter().map(|one| place.check(one)).collect();
        let right: Vec<bool> = asked.iter().map(|one: &Question| one.right).collect();
        let judged = Wheel::turning(requests).judged(move |place, body| {
            let text: &[u8] =
                if right.get(place) == Some(&true) { b"{\"allowed\":true" } else { b"{\"allowed\":false" };
            body.starts_with(text)
        });
        (name, judged)
    })
}

pub(super) fn batch_wheel(place: &Place, drive: &Drive) -> anyhow::Result<Wheel> {
    let mut questions = Questions::new(drive, SEED + 2);
    let shares = [0.1, 0.5, 0.9];
    let asked = (0..BATCHES / 10).map(|n| questions.many(50, nth(&shares, n).copied().unwrap_or(0.5), false));
    let asked: Vec<Asked> = asked.collect();
    let requests = asked.iter().map(|one| place.batch(one)).collect::<anyhow::Result<_>>()?;
    Ok(Wheel::turning(requests).judged(batch_is_right(asked)).remembering())
}

/// Grants that are not there yet, and that change an answer.
fn fresh(drive: &Drive, count: usize) -> Vec<Fact> {
    let refused = Questions::new(drive, SEED + 5).refused(count * 2);
    let mut facts: Vec<Fact> = Vec::new();
    for question in refused {
        let Subject::User(user) = question.subject else { continue };
        let blocked = drive.blocked.has(question.document, user);
        let known = facts.iter().any(|fact| fact.object.1 == question.document);
        if !blocked && !known && facts.len() < count {
            facts.push(Fact {
                object: (Kind::Document, question.document),
                relation: "viewer",
                user: (Kind::User, user),
            });
        }
    }
    facts
}

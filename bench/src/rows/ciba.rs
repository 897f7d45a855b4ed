//! Questions to people: asking them, polling for the answer, and waiting for it with the connection held open.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde::Deserialize;

use super::drill::{Drill, Fed, Round, nth, run};
use crate::load::{Orders, Wheel, drive, form, hold, post};
use crate::measure::{Others, Raw, Speeds, Spread, resident, wait_for_quiet};
use crate::out;
use crate::plan::Plan;
use crate::report::Report;
use crate::world::{Server, Wish, World};

const CIBA: &str = "urn:openid:params:grant-type:ciba";
const ASKED: &[u8] = b"{\"auth_req_id\":\"";
const WAITS: &[u8] = b"{\"error\":\"authorization_pending\"";
/// Each is asked no more than a person may be asked at once.
const PEOPLE: usize = 20_000;
/// As many as the issue asks for.
const PENDING: usize = 100_000;
/// What a client is told to wait between polls, and a moment.
const INTERVAL: Duration = Duration::from_millis(5_200);

pub fn bc_authorize(plan: &Plan) -> anyhow::Result<Report> {
    run(
        plan,
        &Drill {
            row: "bc-authorize",
            about: "backchannel authentication requests to 20,000 people, each durable and audited before it is answered",
            wish: wish(plan),
            begins: ASKED,
            crypto: nothing_signed,
            fed: Fed::EachRound(question),
            recorded: true,
            beforehand: 0,
        },
    )
}

fn wish(plan: &Plan) -> Wish {
    Wish { agents: plan.clients, people: PEOPLE, ..Wish::default() }
}

const fn nothing_signed(_: &Speeds) -> f64 {
    0.0
}

/// The n-th question: people in turn, and each by another agent every time.
fn question(world: &World, n: usize) -> anyhow::Result<Vec<u8>> {
    let person = world.people.get(n % PEOPLE).context("nobody lives here")?;
    let face = nth(&world.faces, asker(world, n))?;
    let body = form(&[
        ("scope", "openid crm.write"),
        ("resource", &world.resource),
        ("login_hint", &person.to_string()),
        ("binding_message", "Approve AI agent to update Salesforce CRM for Brandon Stark?"),
    ]);
    Ok(post(&world.host(), "/oauth2/bc-authorize", Some(&face.basic()), &body))
}

const fn asker(world: &World, n: usize) -> usize {
    (n + n / PEOPLE * 17) % world.faces.len()
}

#[derive(Deserialize)]
struct Answer {
    auth_req_id: String,
}

/// Asks so many questions, and makes the poll for each.
fn asked(world: &World, many: usize, wait: &str) -> anyhow::Result<Vec<Vec<u8>>> {
    let questions = (0..many).map(|n| question(world, n)).collect::<anyhow::Result<_>>()?;
    let orders = orders(world, 64, Duration::from_secs(300), ASKED);
    let (_, tally) = drive(Wheel::once(questions), Orders { keep_every: 1, ..orders })?;
    ensure!(tally.wrong == 0, "questions were refused: {:?}", tally.problems);
    let poll = |(n, body): &(usize, Vec<u8>)| {
        let Answer { auth_req_id } = serde_json::from_slice(body).context("no auth_req_id")?;
        let body = form(&[("grant_type", CIBA), ("auth_req_id", &auth_req_id), ("wait", wait)]);
        Ok(post(&world.host(), "/oauth2/token", Some(&nth(&world.faces, asker(world, *n))?.basic()), &body))
    };
    tally.kept.iter().map(poll).collect()
}

const fn orders(world: &World, connections: usize, long: Duration, begins: &'static [u8]) -> Orders {
    Orders { address: world.address, connections, long, keep_every: 1 << 20, status: 200, begins, rate: None }
}

/// Polls of requests that nobody has answered yet, each no sooner than its client was told.
pub fn poll_pending(plan: &Plan) -> anyhow::Result<Report> {
    let about = format!(
        "polls for the answer to {PENDING} open questions, each once in 5 seconds, {} connections",
        plan.connections
    );
    let mut report = Report::new("poll-pending", about);
    let world = World::build(plan, &wish(plan))?;
    let (mut raw, server) = (Raw::with_http(plan)?, world.serve(plan)?);
    out::note(format_args!("poll-pending: asking {PENDING} questions"))?;
    let mut polls = asked(&world, PENDING, "0")?;
    let mut rounds = Vec::new();
    for _ in 0..plan.rounds {
        std::thread::sleep(INTERVAL);
        wait_for_quiet(plan.patience)?;
        raw.look()?;
        let round = one_round(plan, &world, &server, &mut polls)?;
        out::note(format_args!("poll-pending: {:.0}/s", round.tally.per_second()))?;
        rounds.push(round);
    }
    report.figure("server CPU per request", "us", Spread::of(rounds.iter().map(Round::cpu_per_request)));
    report.figure("throughput", "per s", Spread::of(rounds.iter().map(|round| round.tally.per_second())));
    report.figure("resident memory", "MB", Spread::of(rounds.iter().map(|round| round.resident)));
    raw.beside(&mut report);
    Ok(report)
}

fn one_round(plan: &Plan, world: &World, server: &Server, polls: &mut Vec<Vec<u8>>) -> anyhow::Result<Round> {
    let (others, before) = (Others::start()?, server.cpu()?);
    let orders = Orders { status: 400, ..orders(world, plan.connections, Duration::from_secs(60), WAITS) };
    let (wheel, tally) = drive(Wheel::once(std::mem::take(polls)), orders)?;
    ensure!(tally.wrong == 0, "wrong answers: {:?}", tally.problems);
    *polls = wheel.into_requests();
    let server_cpu = server.cpu()? - before;
    Ok(Round {
        tally,
        server_cpu,
        bare: 0.0,
        resident: resident(server.pid())?,
        others: others.cores(server_cpu)?,
    })
}

/// Connections that wait for an answer: as many as this process and the server may have open.
pub fn long_polls(plan: &Plan, many: usize) -> anyhow::Result<Report> {
    let about = format!("{many} connections of agents that wait for the answer to their questions");
    let mut report = Report::new("long-polls", about);
    let world = World::build(plan, &wish(plan))?;
    let server = world.serve(plan)?;
    let polls = asked(&world, many, "30")?;
    std::thread::sleep(Duration::from_secs(2));
    let before = resident(server.pid())?;
    let began = Instant::now();
    let waiting = hold(world.address, &polls)?;
    std::thread::sleep(Duration::from_secs(3));
    let after = resident(server.pid())?;
    ensure!(began.elapsed() < Duration::from_secs(28), "the first were answered before the last had asked");
    let open = waiting.still_open()?;
    ensure!(open == many, "{} were answered meanwhile", many - open);
    report.figure("memory before", "MB", Spread::one(before));
    report.figure("memory with all of them waiting", "MB", Spread::one(after));
    let each = (after - before) * 1e6 / many as f64;
    report.figure("each", "bytes", Spread::one(each));
    report.figure("100,000 of them", "MB", Spread::one(each * 0.1));
    Ok(report)
}

//! People who answer: how soon an agent has what was allowed, and what a thousand open inboxes cost.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde::Deserialize;

use super::drill::nth;
use crate::load::{call, form, get, post};
use crate::measure::{Histogram, Raw, Spread, resident};
use crate::out;
use crate::plan::Plan;
use crate::report::Report;
use crate::world::{Face, Server, Wish, World};

const CIBA: &str = "urn:openid:params:grant-type:ciba";
/// Decisions of a round.
const DECISIONS: usize = 400;
/// People who decide at the same time.
const AT_ONCE: usize = 4;
/// Questions to the people who watch: as many a second as one can read.
const QUESTIONS: usize = 200;
const PAUSE: Duration = Duration::from_millis(25);

/// From the press of the button to the token, and to the ping at the client's own endpoint.
pub fn decide(plan: &Plan) -> anyhow::Result<Report> {
    let mut report = Report::new(
        "decide",
        format!(
            "{DECISIONS} decisions in the inbox by {AT_ONCE} people at a time, a round: until the agent has its token, until its client is pinged"
        ),
    );
    let (heard, at) = listen()?;
    let wish = Wish { agents: 100, people: 500, signed_in: 500, pinged_at: Some(at), ..Wish::default() };
    let world = World::build(plan, &wish)?;
    let (mut raw, server) = (Raw::with_http(plan)?, world.serve(plan)?);
    let (mut tokens, mut pings) = (Vec::new(), Vec::new());
    for round in 0..plan.rounds {
        raw.look()?;
        let decided = decisions(&world, round)?;
        let mut took = Histogram::default();
        let redeemed = decided.iter().filter_map(|one| Some(one.redeemed? - one.pressed));
        redeemed.for_each(|long| took.add(long));
        tokens.push(took);
        pings.push(pinged(&heard, &decided)?);
        out::note(format_args!("decide: {:.2} ms to the token", percentile(tokens.last(), 0.5)))?;
    }
    server.stop()?;
    for (name, part) in [("p50", 0.5), ("p99", 0.99)] {
        let over = |all: &[Histogram]| Spread::of(all.iter().map(|one| one.percentile(part)));
        report.figure(format!("to the token, {name}"), "ms", over(&tokens));
        report.figure(format!("to the ping, {name}"), "ms", over(&pings));
    }
    raw.beside(&mut report);
    Ok(report)
}

fn percentile(of: Option<&Histogram>, part: f64) -> f64 {
    of.map_or(0.0, |histogram| histogram.percentile(part))
}

struct Decided {
    auth_req_id: String,
    pressed: Instant,
    /// Of every other one: who has their token already is not pinged any more.
    redeemed: Option<Instant>,
}

fn decisions(world: &World, round: usize) -> anyhow::Result<Vec<Decided>> {
    let share = |worker: usize| (0..DECISIONS).filter(move |n| n % AT_ONCE == worker);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE)
            .map(|worker| scope.spawn(move || share(worker).map(|n| decision(world, round, n)).collect()))
            .collect();
        let mut all = Vec::new();
        for worker in workers {
            let done: anyhow::Result<Vec<Decided>> =
                worker.join().map_err(|_| anyhow::anyhow!("somebody who decides has stopped"))?;
            all.extend(done?);
        }
        Ok(all)
    })
}

/// Asks, opens the question in the inbox, presses the button, and fetches the token.
fn decision(world: &World, round: usize, n: usize) -> anyhow::Result<Decided> {
    let person = n % world.people.len();
    let face = nth(&world.faces, n + round)?;
    let (auth_req_id, cookie) = (ask(world, face, person)?, nth(&world.cookies, person)?);
    let waiting = inbox(world, cookie)?;
    let path = question(&waiting).context("the inbox shows no question")?;
    let page = call(world.address, &with(cookie, get(&world.host(), path, "")))?.wants(200)?;
    let fields = form(&[
        ("csrf", hidden(&page.body, "csrf")?),
        ("seen", hidden(&page.body, "seen")?),
        ("answer", "approve"),
    ]);
    let press = with(cookie, post(&world.host(), &format!("{path}/answer"), None, &fields));
    let body = form(&[("grant_type", CIBA), ("auth_req_id", &auth_req_id)]);
    let poll = post(&world.host(), "/oauth2/token", Some(&face.basic()), &body);
    let pressed = Instant::now();
    call(world.address, &press)?.wants(303)?;
    let redeemed = if n.is_multiple_of(2) {
        call(world.address, &poll)?.wants(200)?;
        Some(Instant::now())
    } else {
        None
    };
    Ok(Decided { auth_req_id, pressed, redeemed })
}

#[derive(Deserialize)]
struct Accepted {
    auth_req_id: String,
}

/// The request's id.
fn ask(world: &World, face: &Face, person: usize) -> anyhow::Result<String> {
    let user = nth(&world.people, person)?.to_string();
    let mut fields = vec![
        ("scope", "openid crm.write"),
        ("resource", &world.resource),
        ("login_hint", &user),
        ("binding_message", "Approve AI agent to update Salesforce CRM for Brandon Stark?"),
    ];
    if world.pinged {
        fields.push(("client_notification_token", "a-token-of-the-client-by-which-it-knows-us"));
    }
    let request = post(&world.host(), "/oauth2/bc-authorize", Some(&face.basic()), &form(&fields));
    let Accepted { auth_req_id } = serde_json::from_str(&call(world.address, &request)?.wants(200)?.body)?;
    Ok(auth_req_id)
}

/// A person's inbox as it is now.
fn inbox(world: &World, cookie: &str) -> anyhow::Result<String> {
    Ok(call(world.address, &with(cookie, get(&world.host(), "/inbox", "")))?.wants(200)?.body)
}

/// The first question that an inbox links to.
fn question(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once("href=\"/inbox/apr_")?;
    let end = rest.find('"')?;
    let from = page.len() - rest.len() - "/inbox/apr_".len();
    page.get(from..page.len() - rest.len() + end)
}

fn with(cookie: &str, request: Vec<u8>) -> Vec<u8> {
    let mut parts = request.splitn(2, |byte| *byte == b'\n');
    let (line, rest) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    [line, format!("\ncookie: {cookie}\r\n").as_bytes(), rest].concat()
}

/// The value of a hidden field.
fn hidden<'p>(page: &'p str, name: &str) -> anyhow::Result<&'p str> {
    let field =
        page.split_once(&format!("name=\"{name}\"")).and_then(|(_, rest)| rest.split_once("value=\""));
    field.and_then(|(_, rest)| rest.split('"').next()).with_context(|| format!("the page has no {name}"))
}

type Heard = mpsc::Receiver<(String, Instant)>;

/// The client's endpoint: notes when it is called, and for which request.
fn listen() -> anyhow::Result<(Heard, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let (tell, heard) = mpsc::channel();
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let tell = tell.clone();
            std::thread::spawn(move || pings(stream, &tell));
        }
    });
    Ok((heard, address))
}

/// Answers what comes on one connection.
fn pings(stream: TcpStream, tell: &mpsc::Sender<(String, Instant)>) -> anyhow::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    loop {
        let (mut length, mut line) = (0, String::new());
        while reader.read_line(&mut line)? > 2 {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
            line.clear();
        }
        ensure!(length > 0, "the connection has ended");
        let at = Instant::now();
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let Accepted { auth_req_id } = serde_json::from_slice(&body)?;
        tell.send((auth_req_id, at))?;
        writer.write_all(b"HTTP/1.1 204 No Content\r\n\r\n")?;
    }
}

/// How long each ping took; every decision has one whose token was not fetched at once.
fn pinged(heard: &Heard, decided: &[Decided]) -> anyhow::Result<Histogram> {
    let mut pressed: HashMap<&str, Instant> = decided
        .iter()
        .filter(|one| one.redeemed.is_none())
        .map(|one| (one.auth_req_id.as_str(), one.pressed))
        .collect();
    let mut took = Histogram::default();
    while !pressed.is_empty() {
        let (id, at) = heard
            .recv_timeout(Duration::from_secs(10))
            .with_context(|| format!("{} pings have not come", pressed.len()))?;
        // A ping is sent at least once: the first counts.
        if let Some(pressed) = pressed.remove(id.as_str()) {
            took.add(at - pressed);
        }
    }
    Ok(took)
}

/// So many people with their inbox open, each page following; some of them are asked something.
pub fn watchers(plan: &Plan, people: usize) -> anyhow::Result<Report> {
    let mut report = Report::new(
        "watchers",
        format!(
            "{people} people with their inbox open: memory, and how soon one who is asked has the question on the page"
        ),
    );
    let wish = Wish { agents: 100, people, signed_in: people, ..Wish::default() };
    let world = World::build(plan, &wish)?;
    let server = world.serve(plan)?;
    let before = settled(&world, &server)?;
    let open =
        world.cookies.iter().map(|cookie| follow(&world, cookie)).collect::<anyhow::Result<Vec<_>>>()?;
    std::thread::sleep(Duration::from_secs(2));
    let after = resident(server.pid())?;
    let cpu = server.cpu()?;
    let took = updates(&world, &open)?;
    report.figure("memory before", "MB", Spread::one(before));
    report.figure("memory of the watchers", "MB", Spread::one(after - before));
    report.figure("update p50", "ms", Spread::one(took.percentile(0.5)));
    report.figure("update p99", "ms", Spread::one(took.percentile(0.99)));
    let each = (server.cpu()? - cpu) * 1e3 / QUESTIONS as f64;
    report.figure("server CPU per question", "ms", Spread::one(each));
    report.note(format!(
        "{QUESTIONS} questions, {} ms apart, beside the {people} pages that follow",
        PAUSE.as_millis()
    ));
    Ok(report)
}

/// Memory once everybody has loaded the page they will follow.
fn settled(world: &World, server: &Server) -> anyhow::Result<f64> {
    for cookie in &world.cookies {
        inbox(world, cookie)?;
    }
    std::thread::sleep(Duration::from_secs(1));
    resident(server.pid())
}

fn follow(world: &World, cookie: &str) -> anyhow::Result<TcpStream> {
    let mut stream = TcpStream::connect(world.address)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(&with(cookie, get(&world.host(), "/inbox/live", "")))?;
    let mut head = [0; 2_048];
    let count = stream.read(&mut head)?;
    let head = String::from_utf8_lossy(head.get(..count).unwrap_or_default()).into_owned();
    ensure!(head.starts_with("HTTP/1.1 200"), "the inbox cannot be followed: {head}");
    Ok(stream)
}

/// Asks one after the other, and times each until the page that was told has the question. Nobody else is told.
fn updates(world: &World, open: &[TcpStream]) -> anyhow::Result<Histogram> {
    let mut took = Histogram::default();
    for n in 0..QUESTIONS {
        let person = n * 7 % open.len();
        let asked = Instant::now();
        ask(world, nth(&world.faces, n)?, person)?;
        let mut stream = nth(open, person)?;
        let mut event = [0; 512];
        let count = stream.read(&mut event)?;
        let event = String::from_utf8_lossy(event.get(..count).unwrap_or_default()).into_owned();
        ensure!(event.contains("changed"), "no event: {event}");
        let page = inbox(world, nth(&world.cookies, person)?)?;
        ensure!(question(&page).is_some(), "the page does not show what it was told of");
        took.add(asked.elapsed());
        std::thread::sleep(PAUSE);
    }
    Ok(took)
}

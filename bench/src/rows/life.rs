//! `cold-start`, `memory`, `size`: how soon it serves, how much it holds, how much it weighs.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::token::secret_requests;
use crate::load::{Orders, Wheel, call, drive};
use crate::measure::{Spread, resident, resident_peak, wait_for_quiet};
use crate::out;
use crate::plan::Plan;
use crate::report::Report;
use crate::world::{Server, Wish, World};

const STARTS: usize = 9;

/// From the start of the process to the first token, over an existing database.
pub fn cold_start(plan: &Plan) -> anyhow::Result<Report> {
    let about = format!("from the start of the process to the first token, {} clients", plan.clients);
    let mut report = Report::new("cold-start", about);
    for (figure, agents) in [("to the first token", plan.clients), ("with 100 clients", 100)] {
        let world = World::build(plan, &Wish { agents, ..Wish::default() })?;
        let mut took = Vec::new();
        for _ in 0..STARTS {
            wait_for_quiet(plan.patience)?;
            let (seconds, server) = start(plan, &world)?;
            took.push(seconds * 1e3);
            server.stop()?;
        }
        report.figure(figure, "ms", Spread::of(took));
    }
    Ok(report)
}

fn start(plan: &Plan, world: &World) -> anyhow::Result<(f64, Server)> {
    let requests = secret_requests(world)?;
    let request = super::drill::nth(&requests, 0)?;
    let began = Instant::now();
    let server = Server::spawn(plan, world.folder(), world.address, &world.issuer)?;
    while began.elapsed() < Duration::from_secs(600) {
        match call(world.address, request) {
            Ok(reply) => {
                reply.wants(200)?;
                return Ok((began.elapsed().as_secs_f64(), server));
            }
            Err(_) => std::thread::sleep(Duration::from_micros(500)),
        }
    }
    bail!("no token within ten minutes: {}", server.log_text())
}

/// Resident memory: idle, after load, and with as many agents as are wished for.
pub fn memory(plan: &Plan, agents: usize) -> anyhow::Result<Report> {
    let mut report =
        Report::new("memory", "resident memory, ten seconds after the start and without calls, 100 agents");
    let world = World::build(plan, &Wish::default())?;
    let server = world.serve(plan)?;
    std::thread::sleep(Duration::from_secs(10));
    report.figure("idle", "MB", Spread::one(resident(server.pid())?));
    for connections in [64, 256] {
        load(&world, connections)?;
        let name = format!("after load at {connections} connections");
        report.figure(name, "MB", Spread::one(resident(server.pid())?));
    }
    server.stop()?;
    drop(world);
    out::note(format_args!("memory: registering {agents} agents"))?;
    let wish = Wish { agents, connections: false, ..Wish::default() };
    let world = World::build(plan, &wish)?;
    let (seconds, server) = start(plan, &world)?;
    report.figure("  start to the first token with them", "s", Spread::one(seconds));
    std::thread::sleep(Duration::from_secs(10));
    report.figure(format!("with {agents} agents"), "MB", Spread::one(resident(server.pid())?));
    report.figure("  peak while they were loaded", "MB", Spread::one(resident_peak(server.pid())?));
    let each = (resident(server.pid())? - 20.0) * 1e6 / agents as f64;
    report.figure("  each", "bytes", Spread::one(each));
    report.note("an agent is its record, a client with a secret, and an assignment to an application");
    Ok(report)
}

fn load(world: &World, connections: usize) -> anyhow::Result<()> {
    let orders = Orders {
        address: world.address,
        connections,
        long: Duration::from_secs(3),
        keep_every: 1 << 20,
        status: 200,
        begins: b"{\"access_token\":\"",
        rate: None,
    };
    let (_, tally) = drive(Wheel::turning(secret_requests(world)?), orders)?;
    anyhow::ensure!(tally.wrong == 0, "wrong answers: {:?}", tally.problems);
    Ok(())
}

/// The binary as it is shipped.
pub fn size(plan: &Plan) -> anyhow::Result<Report> {
    let mut report = Report::new("size", plan.server.display().to_string());
    let bytes = std::fs::metadata(&plan.server)?.len();
    report.figure("stripped binary", "MB", Spread::one(bytes as f64 / 1e6));
    Ok(report)
}

/// Builds a world and leaves its folder behind.
pub fn leave_world(plan: &Plan, agents: usize, into: &Path) -> anyhow::Result<()> {
    let world = World::build(plan, &Wish { agents, ..Wish::default() })?;
    let (address, issuer) = (world.address, world.issuer.clone());
    let folder = world.into_folder();
    std::fs::rename(&folder, into).with_context(|| format!("{} stays where it is", folder.display()))?;
    out::line(format_args!(
        "chancery serve --listen {address} --issuer {issuer} --database {}",
        into.display()
    ))
}

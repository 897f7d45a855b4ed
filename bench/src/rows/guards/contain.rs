//! `contain`: from the call that contains an agent to the last request that any guard lets through.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::Context;

use super::host::{Muster, READY, Seen};
use super::stand::Post;
use crate::load::{call, post_json};
use crate::measure::{Raw, Spread, cpu_of, resident, wait_for_quiet, wall_micros};
use crate::out;
use crate::plan::Plan;
use crate::report::Report;
use crate::rows::drill::{nth, token};
use crate::world::{Face, SCOPES, Server, Wish, World};

/// Agents contained at each number of guards.
const TRIGGERS: usize = 100;
/// At a thousand guards a trigger takes seconds of reports.
const FEW_TRIGGERS: usize = 30;

pub fn run(plan: &Plan, sizes: &[usize]) -> anyhow::Result<Report> {
    let mut report = Report::new(
        "contain",
        "from the admin's call to the last request let through; guards in another process, each called at up to 1 kHz",
    );
    let world = World::build(plan, &Wish { agents: TRIGGERS * sizes.len(), ..Wish::default() })?;
    let (server, mut raw) = (world.serve(plan)?, Raw::new(plan)?);
    for (turn, guards) in sizes.iter().enumerate() {
        wait_for_quiet(plan.patience)?;
        raw.look()?;
        out::note(format_args!("contain: {guards} guards"))?;
        size(plan, &world, &server, *guards, turn * TRIGGERS, &mut report)?;
    }
    server.stop()?;
    raw.beside(&mut report);
    Ok(report)
}

fn size(
    plan: &Plan,
    world: &World,
    server: &Server,
    guards: usize,
    first: usize,
    report: &mut Report,
) -> anyhow::Result<()> {
    let triggers = if guards >= 500 { FEW_TRIGGERS } else { TRIGGERS }.min(plan.rounds * 20);
    let mut host = Host::start(world, guards)?;
    let memory = resident(host.child.id())?;
    let (mut took, mut passes, mut calls) = (Vec::new(), Vec::new(), Vec::new());
    let before = cpu_of(server.pid())?;
    for n in first..first + triggers {
        let pulled = pull(world, &mut host, nth(&world.faces, n)?)?;
        if pulled.seen.stubborn > 0 {
            report.wrong(format!("{} of {guards} guards never refused", pulled.seen.stubborn));
        }
        took.push((pulled.seen.last_allowed - pulled.began).max(0) as f64 / 1e3);
        calls.push((pulled.answered - pulled.began) as f64 / 1e3);
        passes.push(pulled.seen.slowest_pass as f64 / 1e3);
    }
    let cpu = (cpu_of(server.pid())? - before).as_secs_f64();
    host.end()?;
    let plural = if guards == 1 { "guard" } else { "guards" };
    percentiles(report, &format!("{guards} {plural}"), took);
    report.figure("  the admin's call itself", "ms", Spread::of(calls));
    report.figure("  calls of one guard apart, at most", "ms", Spread::of(passes));
    let each = Spread::one(cpu * 1e3 / triggers as f64);
    report.figure("  server CPU, reports of outcomes included", "ms each", each);
    report.figure("  memory of the guards' process", "MB", Spread::one(memory));
    Ok(())
}

fn percentiles(report: &mut Report, of: &str, mut took: Vec<f64>) {
    took.sort_unstable_by(f64::total_cmp);
    for (name, part) in [("p50", 0.5), ("p99", 0.99)] {
        let at = ((took.len() as f64 * part).ceil() as usize).saturating_sub(1);
        let median = took.get(at).copied().unwrap_or_default();
        report.figure(format!("{name} at {of}"), "ms", Spread { median, ..Spread::of(took.iter().copied()) });
    }
}

struct Pulled {
    began: i64,
    answered: i64,
    seen: Seen,
}

/// Contains the agent behind a token while all guards are called with it.
fn pull(world: &World, host: &mut Host, face: &Face) -> anyhow::Result<Pulled> {
    let live = token(world, face, &world.resource, SCOPES)?;
    let manager = token(world, &world.manager, &format!("{}/api/v1", world.issuer), "agents.manage")?;
    let agent = face.agent.context("the client has no agent")?;
    let path = format!("/api/v1/agents/{agent}/contain");
    let order = post_json(&world.host(), &path, Some(&format!("Bearer {manager}")), "{\"reason\":\"bench\"}");
    host.tell(&live)?;
    host.wait_ready()?;
    std::thread::sleep(Duration::from_millis(30));
    let began = wall_micros();
    call(world.address, &order)?.wants(200)?;
    let answered = wall_micros();
    let seen = serde_json::from_str(&host.line()?)?;
    host.wait_ready()?;
    Ok(Pulled { began, answered, seen })
}

/// The process of guards.
struct Host {
    child: Child,
    told: ChildStdin,
    said: BufReader<ChildStdout>,
}

impl Host {
    fn start(world: &World, guards: usize) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("guards")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()?;
        let told = child.stdin.take().context("no standard input")?;
        let said = BufReader::new(child.stdout.take().context("no standard output")?);
        let mut host = Self { child, told, said };
        let face = nth(&world.guards, 0)?;
        let post = Post {
            issuer: world.issuer.clone(),
            audience: world.resource.clone(),
            client: face.client.to_string(),
            secret: face.secret().to_owned(),
        };
        host.tell(&serde_json::to_string(&Muster { post, guards })?)?;
        host.wait_ready()?;
        Ok(host)
    }

    fn tell(&mut self, line: &str) -> anyhow::Result<()> {
        writeln!(self.told, "{line}")?;
        Ok(self.told.flush()?)
    }

    fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        let count = self.said.read_line(&mut line)?;
        anyhow::ensure!(count > 0, "the process of guards has ended");
        Ok(line.trim().to_owned())
    }

    fn wait_ready(&mut self) -> anyhow::Result<()> {
        let line = self.line()?;
        anyhow::ensure!(line == READY, "the guards say {line}");
        Ok(())
    }

    fn end(self) -> anyhow::Result<()> {
        let Self { mut child, told, said } = self;
        drop(told);
        drop(said);
        child.wait()?;
        Ok(())
    }
}

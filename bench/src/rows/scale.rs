//! `scale`: what a decision costs with many agents in the directory, against few. Both servers run at the same time and
//! take turns, so that both see the same machine.

use anyhow::Context;

use super::drill::Round;
use super::token::{secret_requests, unnamed_requests};
use crate::load::{Orders, Wheel, drive};
use crate::measure::{Others, Raw, Spread, resident, wait_for_quiet};
use crate::out;
use crate::plan::Plan;
use crate::report::Report;
use crate::world::{Server, Wish, World};

const FEW: usize = 100;

struct Side {
    world: World,
    server: Server,
    named: Vec<Round>,
    unnamed: Vec<Round>,
}

pub fn scale(plan: &Plan, many: usize) -> anyhow::Result<Report> {
    let about = format!("client credentials, secret: {many} agents against {FEW}, in turns");
    let mut report = Report::new("scale", about);
    let mut sides = [Side::new(plan, FEW)?, Side::new(plan, many)?];
    let mut raw = Raw::new(plan)?;
    for side in &sides {
        side.round(plan, secret_requests)?;
    }
    for round in 0..plan.rounds {
        wait_for_quiet(plan.patience)?;
        raw.look()?;
        for side in &mut sides {
            let (named, unnamed) = (side.round(plan, secret_requests)?, side.round(plan, unnamed_requests)?);
            side.named.push(named);
            side.unnamed.push(unnamed);
        }
        out::note(format_args!("scale: round {} of {}", round + 1, plan.rounds))?;
    }
    let [few, many] = sides;
    ratio(&mut report, "cost at many agents over cost at few", &few.named, &many.named);
    ratio(&mut report, "the same without naming the resource", &few.unnamed, &many.unnamed);
    for (name, rounds) in [
        ("CPU at few", &few.named),
        ("CPU at many", &many.named),
        ("CPU at few, resource not named", &few.unnamed),
        ("CPU at many, resource not named", &many.unnamed),
    ] {
        report.figure(name, "us", Spread::of(rounds.iter().map(Round::cpu_per_request)));
    }
    raw.beside(&mut report);
    Ok(report)
}

fn ratio(report: &mut Report, name: &str, few: &[Round], many: &[Round]) {
    let ratios = few.iter().zip(many).map(|(few, many)| many.cpu_per_request() / few.cpu_per_request());
    report.figure(name, "", Spread::of(ratios));
}

impl Side {
    fn new(plan: &Plan, agents: usize) -> anyhow::Result<Self> {
        out::note(format_args!("scale: a world of {agents} agents"))?;
        let world = World::build(plan, &Wish { agents, ..Wish::default() })?;
        let server = world.serve(plan)?;
        Ok(Self { world, server, named: Vec::new(), unnamed: Vec::new() })
    }

    fn round(
        &self,
        plan: &Plan,
        requests: fn(&World) -> anyhow::Result<Vec<Vec<u8>>>,
    ) -> anyhow::Result<Round> {
        let orders = Orders {
            address: self.world.address,
            connections: plan.connections,
            long: plan.round,
            keep_every: 1 << 20,
            status: 200,
            begins: b"{\"access_token\":\"",
            rate: None,
        };
        let (others, before) = (Others::start()?, self.server.cpu()?);
        let (_, tally) = drive(Wheel::turning(shuffled(requests(&self.world)?)), orders)?;
        anyhow::ensure!(tally.wrong == 0, "wrong answers: {:?}", tally.problems);
        let server_cpu = self.server.cpu()? - before;
        let resident = resident(self.server.pid()).context("the server is gone")?;
        Ok(Round { tally, server_cpu, bare: 0.0, resident, others: others.cores(server_cpu)? })
    }
}

/// In the order of registration neighbours lie side by side in memory; calls do not come in that order.
fn shuffled(requests: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let mut keyed: Vec<(usize, Vec<u8>)> =
        requests.into_iter().enumerate().map(|(n, bytes)| (super::audit::spread(n), bytes)).collect();
    keyed.sort_unstable_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, bytes)| bytes).collect()
}

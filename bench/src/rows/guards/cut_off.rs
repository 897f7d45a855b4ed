//! `cut-off`: a guard that cannot hear the server refuses the tokens of agents within its bound.

use std::time::{Duration, Instant};

use anyhow::ensure;
use http::StatusCode;

use super::relay::Relay;
use super::stand::{Post, Stand, bearer};
use crate::measure::Spread;
use crate::out;
use crate::plan::Plan;
use crate::report::Report;
use crate::rows::drill::{nth, token};
use crate::world::{SCOPES, Wish, World, free_port, runtime};

const STEP: Duration = Duration::from_millis(1);
const PATIENCE: Duration = Duration::from_secs(30);

pub fn run(plan: &Plan) -> anyhow::Result<Report> {
    let mut report = Report::new(
        "cut-off",
        "from the moment nothing passes any more, with all connections open, to the first refusal; and back",
    );
    let (address, relayed) = (free_port()?, free_port()?);
    let world = World::build_at(plan, &Wish::default(), address, format!("http://{relayed}"))?;
    let server = world.serve(plan)?;
    let runtime = runtime()?;
    let relay = runtime.block_on(Relay::start(relayed, address))?;
    let (mut closed, mut open) = (Vec::new(), Vec::new());
    for round in 0..plan.rounds {
        let (until_refused, until_heard) = runtime.block_on(cut(&world, &relay))?;
        out::note(format_args!("cut-off: round {}, refused after {until_refused:.3} s", round + 1))?;
        closed.push(until_refused);
        open.push(until_heard);
    }
    report.figure("until it refuses", "s", Spread::of(closed));
    report.figure("until it accepts again, once the network is back", "s", Spread::of(open));
    report.note("the guard's bound is its default of 5 s, counted from the last thing it heard");
    server.stop()?;
    Ok(report)
}

async fn cut(world: &World, relay: &Relay) -> anyhow::Result<(f64, f64)> {
    let face = nth(&world.guards, 0)?;
    let mut stand = Stand::start(&Post {
        issuer: world.issuer.clone(),
        audience: world.resource.clone(),
        client: face.client.to_string(),
        secret: face.secret().to_owned(),
    })
    .await?;
    let bearer = bearer(&token(world, nth(&world.faces, 0)?, &world.resource, SCOPES)?)?;
    ensure!(stand.check(&bearer).await? == StatusCode::OK, "a live token is refused");
    // Somewhere between two heartbeats.
    tokio::time::sleep(Duration::from_millis(1_300)).await;
    relay.set_silent(true);
    let refused = until(&mut stand, &bearer, StatusCode::SERVICE_UNAVAILABLE).await?;
    relay.set_silent(false);
    let heard = until(&mut stand, &bearer, StatusCode::OK).await?;
    Ok((refused, heard))
}

/// Seconds until calls get this status.
async fn until(stand: &mut Stand, bearer: &http::HeaderValue, wanted: StatusCode) -> anyhow::Result<f64> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if stand.check(bearer).await? == wanted {
            return Ok(began.elapsed().as_secs_f64());
        }
        tokio::time::sleep(STEP).await;
    }
    anyhow::bail!("a guard does not come to {wanted} within {PATIENCE:?}")
}

//! `introspect`: resource servers ask whether tokens live; each answer looks at the marks of this moment.

use anyhow::Context;
use serde::Deserialize;

use super::drill::{Drill, Fed, nth, run};
use super::token::secret_requests;
use crate::load::{Orders, Wheel, drive, form, post};
use crate::plan::Plan;
use crate::report::Report;
use crate::world::{Wish, World};

pub fn introspect(plan: &Plan) -> anyhow::Result<Report> {
    run(
        plan,
        &Drill {
            row: "introspect",
            about: "introspection of our JWTs by 1,000 resource servers, with the revocation check against 1,000 marks",
            wish: Wish {
                agents: plan.clients,
                faces_of_application: 1_000,
                marks: 1_000,
                connections: false,
                ..Wish::default()
            },
            begins: b"{\"active\":true",
            // Every token has been seen before.
            crypto: |_| 0.0,
            fed: Fed::Once(questions),
            recorded: false,
            beforehand: plan.clients,
        },
    )
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
}

/// A question about a live token of every client. The tokens are asked for at the server, and so stand in its log; the
/// run's accounts begin after that.
fn questions(world: &World) -> anyhow::Result<Vec<Vec<u8>>> {
    let orders = Orders {
        address: world.address,
        connections: 16,
        long: std::time::Duration::from_secs(120),
        keep_every: 1,
        status: 200,
        begins: b"{\"access_token\":\"",
        rate: None,
    };
    let (_, tally) = drive(Wheel::once(secret_requests(world)?), orders)?;
    anyhow::ensure!(tally.wrong == 0, "no tokens: {:?}", tally.problems);
    let host = world.host();
    let question = |(n, (_, body)): (usize, &(usize, Vec<u8>))| {
        let Granted { access_token } = serde_json::from_slice(body).context("no token")?;
        let asker = nth(&world.guards, n)?;
        let body = form(&[("token", &access_token)]);
        Ok(post(&host, "/oauth2/introspect", Some(&asker.basic()), &body))
    };
    tally.kept.iter().enumerate().map(question).collect()
}

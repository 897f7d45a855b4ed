//! The vault: handing a secret out under a permission in force, with and without a lease.

use super::drill::{Drill, Fed, run, token};
use crate::load::post_json;
use crate::measure::Speeds;
use crate::plan::Plan;
use crate::report::Report;
use crate::world::{FOLDER, Wish, World};

/// As many as the issue asks for.
const SECRETS: usize = 300_000;
/// Every so many-th of them is asked for: as many requests fit into memory, and stand all over the table.
const STRIDE: usize = 2;
const BEGINS: &[u8] = b"{\"id\":\"sec_";

pub fn secret_reveal(plan: &Plan) -> anyhow::Result<Report> {
    run(
        plan,
        &Drill {
            row: "secret-reveal",
            about: "a secret of 1 KB of 300,000, handed out under a permission in force, each durably audited",
            wish: wish(),
            begins: BEGINS,
            crypto: nothing_signed,
            fed: Fed::Once(reveals),
            recorded: true,
            beforehand: 1,
        },
    )
}

pub fn secret_checkout(plan: &Plan) -> anyhow::Result<Report> {
    run(
        plan,
        &Drill {
            row: "secret-checkout",
            about: "the same under a lease: lease and audit in one commit",
            wish: wish(),
            begins: BEGINS,
            crypto: nothing_signed,
            fed: Fed::Once(checkouts),
            recorded: true,
            beforehand: 1,
        },
    )
}

fn wish() -> Wish {
    Wish { agents: 1, people: 1_000, secrets: SECRETS, ..Wish::default() }
}

const fn nothing_signed(_: &Speeds) -> f64 {
    0.0
}

fn reveals(world: &World) -> anyhow::Result<Vec<Vec<u8>>> {
    requests(world, "reveal")
}

fn checkouts(world: &World) -> anyhow::Result<Vec<Vec<u8>>> {
    requests(world, "checkout")
}

/// One request for every secret that is asked for, all with one token of the agent.
fn requests(world: &World, verb: &str) -> anyhow::Result<Vec<Vec<u8>>> {
    let face = super::drill::nth(&world.faces, 0)?;
    let api = format!("{}/api/v1", world.issuer.trim_end_matches('/'));
    let bearer = format!("Bearer {}", token(world, face, &api, "secrets.reveal")?);
    let (host, (group, project)) = (world.host(), FOLDER);
    let folder = format!("/api/v1/secrets/resource_groups/{group}/projects/{project}/secrets");
    let request = |stored: &crate::world::Stored| {
        let path = format!("{folder}/{}/{verb}", stored.secret);
        post_json(&host, &path, Some(&bearer), &format!("{{\"user\":\"{}\"}}", stored.user))
    };
    Ok(world.secrets.iter().step_by(STRIDE).map(request).collect())
}

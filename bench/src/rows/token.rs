//! The token endpoint: client credentials and token exchange, each the way an agent's client would ask.

use chancery_model::SigningAlg;

use super::drill::{Drill, Fed, run};
use crate::load::{form, post};
use crate::measure::Speeds;
use crate::plan::Plan;
use crate::report::Report;
use crate::world::{Credential, SCOPES, Wish, World, assertion, subject_token};

const PATH: &str = "/oauth2/token";
const BEGINS: &[u8] = b"{\"access_token\":\"";
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

pub fn cc_secret(plan: &Plan) -> anyhow::Result<Report> {
    run(
        plan,
        &Drill {
            row: "cc-secret",
            about: "client credentials, secret, ES256, each decision durably audited",
            wish: agents(plan, Credential::Secret, SigningAlg::Es256),
            begins: BEGINS,
            crypto: signed,
            fed: Fed::Once(secret_requests),
            recorded: true,
            beforehand: 0,
        },
    )
}

pub fn cc_eddsa(plan: &Plan) -> anyhow::Result<Report> {
    run(
        plan,
        &Drill {
            row: "cc-eddsa",
            about: "client credentials, secret, EdDSA, each decision durably audited",
            wish: agents(plan, Credential::Secret, SigningAlg::EdDsa),
            begins: BEGINS,
            crypto: signed_eddsa,
            fed: Fed::Once(secret_requests),
            recorded: true,
            beforehand: 0,
        },
    )
}

pub fn cc_assertion(plan: &Plan) -> anyhow::Result<Report> {
    run(
        plan,
        &Drill {
            row: "cc-assertion",
            about: "client credentials, private_key_jwt (every assertion new), ES256, each decision durably audited",
            wish: agents(plan, Credential::Key, SigningAlg::Es256),
            begins: BEGINS,
            crypto: proven,
            fed: Fed::EachRound(assertion_request),
            recorded: true,
            beforehand: 0,
        },
    )
}

pub fn exchange_cached(plan: &Plan) -> anyhow::Result<Report> {
    run(
        plan,
        &Drill {
            row: "exchange-cached",
            about: "token exchange, secret, subject token seen before, ES256, each decision durably audited",
            wish: agents(plan, Credential::Secret, SigningAlg::Es256),
            begins: BEGINS,
            crypto: signed,
            fed: Fed::Once(known_exchanges),
            recorded: true,
            beforehand: 0,
        },
    )
}

pub fn exchange_cold(plan: &Plan) -> anyhow::Result<Report> {
    run(
        plan,
        &Drill {
            row: "exchange-cold",
            about: "token exchange, private_key_jwt, assertion and subject token both new, ES256, durably audited",
            wish: agents(plan, Credential::Key, SigningAlg::Es256),
            begins: BEGINS,
            crypto: proven_twice,
            fed: Fed::EachRound(cold_exchange),
            recorded: true,
            beforehand: 0,
        },
    )
}

/// Microseconds of one operation.
fn us(per_second: f64) -> f64 {
    1e6 / per_second.max(1.0)
}

fn signed(speeds: &Speeds) -> f64 {
    us(speeds.es256_sign)
}

fn signed_eddsa(speeds: &Speeds) -> f64 {
    us(speeds.ed25519_sign)
}

fn proven(speeds: &Speeds) -> f64 {
    us(speeds.es256_verify) + signed(speeds)
}

fn proven_twice(speeds: &Speeds) -> f64 {
    us(speeds.es256_verify) + proven(speeds)
}

fn agents(plan: &Plan, credential: Credential, alg: SigningAlg) -> Wish {
    Wish { agents: plan.clients, people: 1_000, credential, alg, ..Wish::default() }
}

/// One request for every client, to be sent again and again: its answer is another token each time.
pub fn secret_requests(world: &World) -> anyhow::Result<Vec<Vec<u8>>> {
    let body =
        form(&[("grant_type", "client_credentials"), ("resource", &world.resource), ("scope", SCOPES)]);
    Ok(requests_with(world, &body))
}

/// The same without naming the resource: the server has to find the only one the agent is assigned to.
pub fn unnamed_requests(world: &World) -> anyhow::Result<Vec<Vec<u8>>> {
    Ok(requests_with(world, &form(&[("grant_type", "client_credentials"), ("scope", SCOPES)])))
}

fn requests_with(world: &World, body: &str) -> Vec<Vec<u8>> {
    let host = world.host();
    world.faces.iter().map(|face| post(&host, PATH, Some(&face.basic()), body)).collect()
}

fn assertion_request(world: &World, n: usize) -> anyhow::Result<Vec<u8>> {
    let face = super::drill::nth(&world.faces, n)?;
    let body = form(&[
        ("grant_type", "client_credentials"),
        ("resource", &world.resource),
        ("scope", SCOPES),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", &assertion(world, face)?),
    ]);
    Ok(post(&world.host(), PATH, None, &body))
}

fn known_exchanges(world: &World) -> anyhow::Result<Vec<Vec<u8>>> {
    let exchange = |(n, face)| -> anyhow::Result<Vec<u8>> {
        let token = subject_token(world, face, n)?;
        let body = form(&[
            ("grant_type", EXCHANGE),
            ("resource", &world.resource),
            ("scope", SCOPES),
            ("subject_token", &token),
            ("subject_token_type", ACCESS_TOKEN),
        ]);
        Ok(post(&world.host(), PATH, Some(&face.basic()), &body))
    };
    world.faces.iter().enumerate().map(exchange).collect()
}

fn cold_exchange(world: &World, n: usize) -> anyhow::Result<Vec<u8>> {
    let face = super::drill::nth(&world.faces, n)?;
    let body = form(&[
        ("grant_type", EXCHANGE),
        ("resource", &world.resource),
        ("scope", SCOPES),
        ("subject_token", &subject_token(world, face, n)?),
        ("subject_token_type", ACCESS_TOKEN),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", &assertion(world, face)?),
    ]);
    Ok(post(&world.host(), PATH, None, &body))
}

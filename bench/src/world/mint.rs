//! Tokens that others would have signed: clients their assertions, the server the token of a person's sign-in.

use anyhow::{Context, bail};
use chancery_jose::{AccessToken, ClientAssertion, b64, sign};
use chancery_kernel::{ClientId, OrgId};
use serde::Serialize;

use super::{Face, Proof, World, micros_to_seconds};
use crate::measure::wall_micros;

#[derive(Serialize)]
struct Assertion<'a> {
    iss: ClientId,
    sub: ClientId,
    aud: &'a str,
    jti: String,
    iat: i64,
    exp: i64,
}

/// An assertion that was never used (RFC 7523 §3).
pub fn assertion(world: &World, face: &Face) -> anyhow::Result<String> {
    let Proof::Key(key) = &face.proof else { bail!("the client has no key") };
    let iat = micros_to_seconds(wall_micros());
    let claims = Assertion {
        iss: face.client,
        sub: face.client,
        aud: &world.issuer,
        jti: b64(&world.env.bytes::<16>()),
        iat,
        exp: iat + 240,
    };
    Ok(sign::<ClientAssertion, _>(key, &claims)?)
}

#[derive(Serialize)]
struct Actor {
    sub: String,
}

/// What the token of a sign-in says: the person is the subject, the agent whose client they signed in to acts.
#[derive(Serialize)]
struct Subject<'a> {
    iss: &'a str,
    sub: String,
    aud: &'a str,
    exp: i64,
    iat: i64,
    jti: String,
    client_id: ClientId,
    scope: &'static str,
    org_id: OrgId,
    act: Actor,
    auth_time: i64,
    acr: &'static str,
    amr: [&'static str; 1],
    pos: i64,
    keys: Vec<String>,
}

/// The token of the n-th person's sign-in at this client, as the server would have signed it. Signing in ten thousand
/// people takes minutes of password hashing; the server cannot tell the difference.
pub fn subject_token(world: &World, face: &Face, n: usize) -> anyhow::Result<String> {
    let agent = face.agent.context("the client has no agent")?;
    let person = world.people.get(n % world.people.len().max(1)).context("nobody lives here")?;
    let iat = micros_to_seconds(wall_micros());
    let claims = Subject {
        iss: &world.issuer,
        sub: person.to_string(),
        aud: &world.issuer,
        exp: iat + 900,
        iat,
        jti: b64(&world.env.bytes::<16>()),
        client_id: face.client,
        scope: "openid",
        org_id: world.org,
        act: Actor { sub: agent.to_string() },
        auth_time: iat,
        acr: "urn:chancery:loa:1",
        amr: ["pwd"],
        pos: 1,
        keys: vec![agent.to_string(), person.to_string(), face.client.to_string()],
    };
    Ok(sign::<AccessToken, _>(&world.key, &claims)?)
}

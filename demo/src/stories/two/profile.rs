//! Steps 1 and 2: Brandon signs in at the agent's page, and the agent reads his profile with its own credential, after
//! he agreed to that and not before.

use anyhow::Context;
use chancery_client::{AuthorizeRequest, Secret};
use serde_json::{Map, Value};

use crate::agents;
use crate::desk;
use crate::people::Answer;
use crate::setup::{Play, SUPPORT_PAGE};
use crate::stage::{Beat, Word};
use crate::stories::ledger;
use crate::stories::scenes::{self, Told};
use crate::world::Reply;

const SCOPE: &str = "users.read";

/// What the agent holds of the person who signed in.
pub(super) struct SignedIn {
    pub presence: Secret,
}

pub(super) async fn play(play: &mut Play) -> anyhow::Result<SignedIn> {
    play.stage.scene("2.0  Before anybody asked: the agent is curious");
    let token = own_token(play).await?;
    read_profile(play, &token, false).await?;
    play.stage.scene("2.1  Brandon opens the agent's page: first he says no, then yes");
    declines(play).await?;
    let signed_in = sign_in(play).await?;
    play.stage.scene("2.2  Now the agent reads his profile, with its own key");
    let token = own_token(play).await?;
    read_profile(play, &token, true).await?;
    Ok(signed_in)
}

/// Client credentials with `private_key_jwt`, for the management API.
async fn own_token(play: &mut Play) -> anyhow::Result<Secret> {
    let answer = play.agents.support.act_alone(&desk::resource(&play.issuer), SCOPE).await?;
    let agent = play.agents.support.id.clone();
    play.decision("support-agent for itself  users.read", &answer, &[&agent], Told::Allow).await?;
    scenes::pass(&answer).map(|pass| pass.token.clone())
}

async fn read_profile(play: &mut Play, token: &Secret, consented: bool) -> anyhow::Result<()> {
    let brandon = play.people.brandon.id.clone();
    let reply = call(play, &brandon, token).await?;
    let member = |name: &str| reply.body.get(name).and_then(Value::as_str).unwrap_or_default();
    let request = "GET /api/v1/users/{brandon}  the person's record".to_owned();
    let beat = if consented {
        let beat = Beat::new(
            request,
            Word::Status(reply.status),
            format!("{} <{}>", member("display_name"), member("email")),
        );
        beat.told(reply.status == 200 && member("id") == brandon, "200, and it is Brandon")
    } else {
        let says = format!("{} · {}", member("code"), member("detail"));
        let event = ledger::latest(&mut play.desk, "access_denied", &play.agents.support.id).await?;
        let beat = Beat::new(request, Word::Status(reply.status), says).evidence(event.clone());
        let refused = reply.status == 403 && member("code") == "consent_required";
        beat.told(refused, "403 consent_required").told(event.is_some(), "the refusal stands in the log")
    };
    play.stage.beat(beat).await;
    Ok(())
}

async fn call(play: &Play, user: &str, token: &Secret) -> anyhow::Result<Reply> {
    let address = format!("{}/api/v1/users/{user}", play.issuer);
    let response = reqwest::Client::new().get(address).bearer_auth(token.expose()).send().await?;
    let status = response.status().as_u16();
    Ok(Reply { status, body: response.json().await.unwrap_or_default() })
}

/// OpenID Connect with PKCE, from a page that can keep no secret.
fn request() -> AuthorizeRequest {
    AuthorizeRequest {
        redirect_uri: SUPPORT_PAGE.to_owned(),
        scope: "openid profile".to_owned(),
        ..AuthorizeRequest::default()
    }
}

const AUTHORIZE: &str = "GET /oauth2/authorize  brandon at support-agent  openid profile";

/// First he says no.
async fn declines(play: &mut Play) -> anyhow::Result<()> {
    let visit = play.people.brandon.visit(&play.agents.page, request(), Answer::Deny).await?;
    let (says, denied) = match agents::Answer::read(visit.tokens)? {
        agents::Answer::Allowed(_) => ("the page got tokens all the same".to_owned(), false),
        agents::Answer::Refused(refusal) => (refusal.told(), refusal.error == "access_denied"),
    };
    let says = format!("pages: {} · {says}", visit.pages.join(", "));
    let beat =
        Beat::new(AUTHORIZE, Word::Deny, says).told(denied, "access_denied: the page learns that he said no");
    play.stage.beat(beat).await;
    Ok(())
}

async fn sign_in(play: &mut Play) -> anyhow::Result<SignedIn> {
    let visit = play.people.brandon.visit(&play.agents.page, request(), Answer::Allow).await?;
    let tokens = visit.tokens.context("the page got no tokens")?;
    let claims = tokens.id_claims.clone().unwrap_or_default();
    let event = ledger::latest(&mut play.desk, "consent_given", &play.people.brandon.id).await?;
    let says = format!("pages: {} · an ID token and an access token", visit.pages.join(", "));
    let beat = Beat::new(AUTHORIZE, Word::Done, says).evidence(event.clone());
    let beat = beat.told(visit.pages.contains(&"consent"), "he is asked for consent");
    play.stage.beat(beat.told(event.is_some(), "his consent stands in the log")).await;
    play.stage.exhibit(&shown(&claims));
    let his = claims.get("sub").and_then(Value::as_str) == Some(play.people.brandon.id.as_str());
    play.stage.check(his, "the ID token is verified: issuer, audience, nonce, and it is Brandon's");
    Ok(SignedIn { presence: tokens.access_token })
}

fn shown(claims: &Map<String, Value>) -> Vec<String> {
    let names = ["sub", "name", "preferred_username", "amr"];
    names.iter().filter_map(|name| claims.get(*name).map(|value| format!("\"{name}\": {value}"))).collect()
}

use std::collections::HashMap;

use chancery_client::{AuthorizeRequest, Client, ClientError, Loopback, Pending};
use chancery_jose::{Alg, IdToken, at_hash, b64, sha256, sign};
use serde_json::{Value, json};

use crate::issuer::{self, Issuer, now};

const REDIRECT: &str = "http://127.0.0.1:1/callback";

fn begin(client: &Client) -> (HashMap<String, String>, Pending) {
    let request = AuthorizeRequest {
        redirect_uri: REDIRECT.into(),
        scope: "openid crm.read".into(),
        resource: Some("https://crm.example".into()),
        ..AuthorizeRequest::default()
    };
    let (url, pending) = client.authorize_url(request).unwrap();
    (url.query_pairs().into_owned().collect(), pending)
}

/// The issuer will answer with an ID token with these claims changed.
fn answer(issuer: &Issuer, pending: &Pending, changes: Value) {
    let mut claims = json!({"iss": issuer.url, "aud": "cli_1", "sub": "usr_1", "iat": now(), "exp": now() + 60,
        "nonce": pending.nonce.expose(), "at_hash": at_hash(Alg::Es256, "at-1")});
    claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    let id_token = sign::<IdToken, _>(&issuer.key, &claims).unwrap();
    issuer.answers(200, json!({"access_token": "at-1", "token_type": "Bearer", "id_token": id_token}));
}

fn callback(issuer: &Issuer, pending: &Pending) -> String {
    format!("{REDIRECT}?code=c-1&state={}&iss={}", pending.state.expose(), issuer.url)
}

#[tokio::test]
async fn a_sign_in_goes_there_and_back() {
    let issuer = issuer::start().await;
    let client = issuer.public_client().await;
    let (query, pending) = begin(&client);
    assert_eq!((query["response_type"].as_str(), query["code_challenge_method"].as_str()), ("code", "S256"));
    assert_eq!(query["code_challenge"], b64(&sha256(pending.verifier.expose().as_bytes())));
    assert_eq!(
        (query["nonce"].as_str(), query["state"].as_str()),
        (pending.nonce.expose(), pending.state.expose())
    );
    answer(&issuer, &pending, json!({}));
    let (verifier, back) = (pending.verifier.clone(), callback(&issuer, &pending));
    let tokens = client.redeem(pending, &back).await.unwrap();
    assert_eq!(tokens.id_claims.unwrap()["sub"], "usr_1");
    let form = issuer.asked().form;
    assert_eq!((form["code"].as_str(), form["code_verifier"].as_str()), ("c-1", verifier.expose()));
    assert_eq!((form["redirect_uri"].as_str(), form["resource"].as_str()), (REDIRECT, "https://crm.example"));
}

#[tokio::test]
async fn two_sign_ins_share_nothing() {
    let issuer = issuer::start().await;
    let client = issuer.public_client().await;
    let (one, other) = (begin(&client).1, begin(&client).1);
    assert!(one.state != other.state && one.nonce != other.nonce && one.verifier != other.verifier);
    assert!(!format!("{one:?}").contains(one.verifier.expose()));
}

#[tokio::test]
async fn a_callback_of_another_sign_in_or_issuer_is_refused() {
    let issuer = issuer::start().await;
    let client = issuer.public_client().await;
    let (_, pending) = begin(&client);
    answer(&issuer, &pending, json!({}));
    let (state, url) = (pending.state.expose(), &issuer.url);
    for bad in [
        format!("{REDIRECT}?code=c&state=other&iss={url}"),
        format!("{REDIRECT}?code=c&iss={url}"),
        format!("{REDIRECT}?code=c&state={state}&state={state}&iss={url}"),
        format!("{REDIRECT}?code=c&state={state}&iss={url}/"),
        format!("{REDIRECT}?code=c&state={state}"),
        format!("{REDIRECT}?state={state}&iss={url}"),
        format!(
            "{REDIRECT}?error=server_error&error_description=call-4711&state={state}&iss=https://evil.example"
        ),
        format!("{REDIRECT}?error=server_error&error_description=call-4711&state={state}"),
        "no url".to_owned(),
    ] {
        let error = client.redeem(pending.clone(), &bad).await.unwrap_err();
        assert!(matches!(error, ClientError::Callback(_)), "{bad}: {error}");
        assert!(!error.to_string().contains("4711"), "RFC 9207 §2.4: what a stranger says is not repeated");
    }
    assert!(issuer.asked().form.is_empty(), "no code was sent anywhere");
    let denied = format!("{REDIRECT}?error=access_denied&state={state}&iss={url}");
    assert_eq!(client.redeem(pending.clone(), &denied).await.unwrap_err().code(), Some("access_denied"));
}

#[tokio::test]
async fn an_id_token_that_does_not_prove_this_sign_in_is_refused() {
    let issuer = issuer::start().await;
    let client = issuer.public_client().await;
    for changes in [
        json!({"nonce": "other"}),
        json!({"aud": "cli_2"}),
        json!({"aud": ["cli_1", "cli_2"]}),
        json!({"azp": "cli_2"}),
        json!({"iss": "https://evil.example"}),
        json!({"at_hash": at_hash(Alg::Es256, "at-2")}),
        json!({"exp": now() - 61}),
        json!({"sub": ""}),
    ] {
        let (_, pending) = begin(&client);
        answer(&issuer, &pending, changes.clone());
        let back = callback(&issuer, &pending);
        let error = client.redeem(pending, &back).await.unwrap_err();
        assert!(
            matches!(error, ClientError::IdToken(_) | ClientError::IdTokenRejected(_)),
            "{changes}: {error}"
        );
    }
    let (_, pending) = begin(&client);
    issuer.answers(200, json!({"access_token": "at-1", "token_type": "Bearer"}));
    let back = callback(&issuer, &pending);
    assert!(matches!(client.redeem(pending, &back).await.unwrap_err(), ClientError::IdToken(_)));
}

#[tokio::test]
async fn the_loopback_receives_one_callback() {
    let loopback = Loopback::bind().await.unwrap();
    let redirect = loopback.redirect_uri();
    let waiting = tokio::spawn(loopback.wait());
    let _silent =
        tokio::net::TcpStream::connect(redirect.replace("http://", "").replace("/callback", "")).await;
    let icon = redirect.replace("/callback", "/favicon.ico");
    assert_eq!(reqwest::get(icon).await.unwrap().status().as_u16(), 404);
    let back = format!("{redirect}?code=c-1&state=s");
    let page = reqwest::get(&back).await.unwrap();
    assert!(page.text().await.unwrap().contains("close this window"));
    assert_eq!(waiting.await.unwrap().unwrap(), back);
}

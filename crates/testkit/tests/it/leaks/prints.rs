//! What holds a credential does not show it when it is printed for a programmer.

use std::fmt::Debug;

use chancery_broker::secrets::NewSecret;
use chancery_client::{AccessRequest, ClientAuth, Waiting, Wish};
use chancery_console::pages::{factor_codes, factor_totp};
use chancery_kernel::Secret;
use chancery_model::{ClientSecret, ValueKind};
use chancery_outbound::Request;
use chancery_server::config::Config;
use serde_json::json;

/// No part of it is anywhere by chance.
const CANARY: &str = "canaryTq8ZkV2mXw5Rb1Nc7Yd4";

/// Printed in either way, and printed inside something else.
fn printed(name: &'static str, what: &dyn Debug) -> (&'static str, String) {
    (name, format!("{what:?} {what:#?} {:?}", Some(vec![what])))
}

/// Some of everything that is made of a credential.
fn all() -> Vec<(&'static str, String)> {
    let own = || chancery_client::Secret::from(CANARY);
    let (client_id, secret) = ("cli_1".to_owned(), own());
    let mut config = Config::default();
    config.database.location = format!("postgres://chancery:{CANARY}@db.example/chancery");
    let request = Request::post("https://hooks.example/").bearer(&Secret::new(CANARY)).unwrap();
    let request = request.json(&json!({"secret": CANARY})).unwrap();
    let deposit = NewSecret {
        name: "crm".to_owned(),
        kind: ValueKind::ApiKey,
        description: String::new(),
        policy: None,
        rotation: None,
        value: json!({"key": CANARY}),
    };
    let waiting: Waiting = serde_json::from_value(json!({"auth_req_id": CANARY, "expires_in": 600})).unwrap();
    let totp = factor_totp::View { key: CANARY.to_owned(), svg: CANARY.to_owned(), ..Default::default() };
    let hash = ClientSecret {
        hash: CANARY.as_bytes()[..32.min(CANARY.len())]
            .iter()
            .copied()
            .chain([0; 32])
            .take(32)
            .collect::<Vec<_>>()
            .try_into()
            .unwrap(),
        created: chancery_testkit::START,
        expires: None,
    };
    vec![
        printed("a secret", &Secret::new(CANARY)),
        printed("a secret of the client library", &own()),
        printed("how a client proves itself", &ClientAuth::SecretBasic { client_id, secret }),
        printed("a wish with a token", &Wish::new("prod", "crm", "key").token(own())),
        printed("a request with a token", &AccessRequest::new("app", "crm.pay", "x").token(own())),
        printed("a question that waits", &waiting),
        printed("the configuration", &config),
        printed("a call to somebody's system", &request),
        printed("a secret on its way into the vault", &deposit),
        printed("an authenticator that is enrolled", &totp),
        printed("fresh recovery codes", &factor_codes::View { codes: vec![Secret::new(CANARY)] }),
        printed("what is kept of a client secret", &hash),
    ]
}

#[test]
fn nothing_that_holds_a_credential_prints_it() {
    let pieces = |text: &str| {
        text.as_bytes().windows(6).any(|piece| CANARY.as_bytes().windows(6).any(|of| of == piece))
    };
    assert!(pieces(&format!("{:?}", CANARY)), "the look finds what is there");
    let hex: String = CANARY.bytes().map(|byte| format!("{byte:02x}")).collect();
    let numbers = format!("{:?}", &CANARY.as_bytes()[..8]);
    for (name, text) in all() {
        assert!(!pieces(&text), "{name}: {text}");
        assert!(
            !text.contains(&hex[..16]) && !text.contains(numbers.trim_matches(['[', ']'])),
            "{name}: {text}"
        );
    }
}

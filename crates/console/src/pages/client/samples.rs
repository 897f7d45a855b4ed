//! Samples of the client page.

use chancery_model::{AuthMethod, Backchannel, Delivery, GrantType, SigningAlg};

use super::{Assignment, Credential, View};
use crate::parts::{Draft, EventRow, Named, Token};
use crate::sample;

fn credential(name: &str) -> Credential {
    Credential {
        name: name.into(),
        created: Some(sample::before(40 * 86_400)),
        expires: Some(sample::after(50 * 86_400)),
    }
}

fn token() -> Token {
    Token {
        run: None,
        application: sample::finance(),
        agent: Some(sample::finance_agent()),
        user: Some(sample::alice()),
        client: sample::backend(),
        scopes: vec!["invoices.read".into()],
        expires: sample::after(281),
        position: 48_214,
    }
}

fn change() -> EventRow {
    EventRow {
        kind: "client_secret_added".into(),
        sentence: "ines@corp.example gave assistant backend a new secret".into(),
        verdict: None,
        reason: None,
        ..sample::failed_proof()
    }
}

fn full() -> View {
    View {
        id: sample::backend().id,
        version: 4,
        name: "assistant backend".into(),
        auth: AuthMethod::ClientSecretBasic,
        enabled: true,
        builtin: false,
        strict_audience: false,
        agent: Some(sample::finance_agent()),
        application: None,
        grants: GrantType::ALL.to_vec(),
        redirect_uris: vec!["https://assistant.corp.example/callback".into()],
        post_logout_redirect_uris: vec!["https://assistant.corp.example/".into()],
        backchannel: Backchannel {
            delivery: Delivery::Ping,
            endpoint: Some("https://assistant.corp.example/ping".into()),
            request_alg: Some(SigningAlg::Es256),
            fapi_ciba: true,
        },
        credentials: vec![credential("f0c4a1b22d9e7788"), credential("07aa31c9be224f01")],
        assignments: Vec::new(),
        tokens: vec![token()],
        more_tokens: false,
        created: sample::before(90 * 86_400),
        history: vec![change()],
        evidence: vec![sample::allowance(), sample::failed_proof()],
        fresh_secret: None,
        draft: Draft::default(),
    }
}

fn tool() -> View {
    View {
        name: "ledger import".into(),
        auth: AuthMethod::PrivateKeyJwt,
        agent: None,
        grants: vec![GrantType::ClientCredentials],
        backchannel: Backchannel::default(),
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        credentials: vec![Credential { expires: None, created: None, ..credential("2026-10") }],
        assignments: vec![Assignment {
            id: "asg_06cf2m4k1ov3gq5s8t0a9b7c1d".into(),
            version: 1,
            application: sample::finance(),
            scopes: vec!["invoices.read".into()],
        }],
        strict_audience: true,
        ..full()
    }
}

fn bare() -> View {
    View {
        agent: None,
        application: Some(sample::finance()),
        grants: Vec::new(),
        credentials: Vec::new(),
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        tokens: Vec::new(),
        history: Vec::new(),
        evidence: Vec::new(),
        ..full()
    }
}

fn odd(text: &str) -> View {
    let named = Named::new("app_8", text);
    View {
        name: text.into(),
        agent: Some(named.clone()),
        redirect_uris: vec![text.into()],
        credentials: vec![credential(text)],
        tokens: vec![Token { application: named.clone(), agent: Some(named.clone()), user: Some(named), ..token() }],
        evidence: vec![sample::hostile_event()],
        ..full()
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let secret = Some(chancery_kernel::Secret::new("a-client-secret-that-stands-here-once"));
    let refused = Draft::of("edit").value("name", "x").problem("redirect_uris", "The redirect URI is refused.");
    let public = View {
        auth: AuthMethod::None,
        builtin: true,
        agent: None,
        credentials: Vec::new(),
        grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        ..full()
    };
    vec![
        ("empty", bare()),
        ("full", full()),
        ("tool", tool()),
        ("busy", View { more_tokens: true, ..full() }),
        ("secret", View { fresh_secret: secret, ..full() }),
        ("builtin", public),
        ("disabled", View { enabled: false, tokens: Vec::new(), ..full() }),
        ("error", View { draft: refused, ..full() }),
        ("long", odd(sample::LONG)),
        ("hostile", odd(sample::HOSTILE)),
    ]
}

//! Every operation of the API, tried by those who may not: refused alike, and the refusal is in the log.

use chancery_api::routes::{Gate, TABLE};
use chancery_context::Act;
use chancery_kernel::Seconds;

use crate::walls::calls::{Proof, body, code, every_scope, told};
use crate::world::{Scene, World};
use chancery_testkit::{Browser, PASSWORD};
use serde_json::json;

/// The operations that need an act, and the act.
fn gated() -> impl Iterator<Item = (&'static chancery_api::routes::Row, Act)> {
    TABLE.iter().filter_map(|row| match row.gate {
        Gate::Needs(act) => Some((row, act)),
        Gate::Open => None,
    })
}

fn cookies(browser: &Browser) -> Proof {
    let all = browser.cookies.iter().map(|(name, value)| format!("{name}={value}"));
    Proof::Session(all.collect::<Vec<_>>().join("; "))
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_live_token_for_the_api_every_operation_is_closed_in_the_same_words() {
    let mut w = World::start().await;
    let scene = w.scene().await;
    let bob = w.person("bob").await;
    let mut plain = w.kit.browser().unwrap();
    plain.sign_in(&bob.login, PASSWORD).await.unwrap();
    let agent = w.agent("helper").await;
    let elsewhere = w.sign_in(&bob, &agent.client, &[("scope", "openid")]).await;
    let id_token = elsewhere.body["id_token"].as_str().unwrap().to_owned();
    let cli = crate::world::Client { id: w.kit.command_line().unwrap(), secret: String::new() };
    let revoked = w.scoped("users.read").await;
    w.as_client("/oauth2/revoke", &cli, &[("token", &revoked)]).await;
    let fine = w.scoped("users.read").await;
    let ada = crate::world::claims(&fine)["sub"].as_str().unwrap().to_owned();
    let cut = fine[..fine.len() - 4].to_owned();
    // What is no bearer token at all, and what is none that counts here.
    let missing = [Proof::Nothing, cookies(&plain), cookies(&w.desk), Proof::Basic("YTpi".into())];
    let genuine =
        [("another audience", elsewhere.access.clone(), &agent.id), ("revoked", revoked.clone(), &ada)];
    let refused =
        [elsewhere.access, elsewhere.refresh, id_token, revoked, cut, "garbage".into()].map(Proof::Bearer);
    assert_eq!(w.get_with("/api/v1/users", &fine).await.status, 200, "a right one opens it");
    // Of a genuine one it is known who came with it.
    let reader = w.scoped("events.read").await;
    for (why, token, who) in genuine {
        let reply = w.get_with("/api/v1/users", &token).await;
        let log = w.get_with("/api/v1/events?kind=access_denied&limit=1", &reader).await;
        let event = &log.body["items"][0];
        let request = json!(reply.header("x-request-id"));
        assert_eq!((&event["request_id"], &event["actor"]), (&request, &json!(who)), "{why}");
        let (act, target) = (&event["data"]["act"], &event["data"]["target"]);
        assert_eq!((act, target), (&json!("token_use"), &json!("GET /api/v1/users")));
        assert!(event["data"]["reason"].as_str().unwrap().contains(why), "{event}");
    }
    for (row, _) in gated() {
        // What is recorded of refused tokens has a budget, which time fills again.
        w.kit.advance(Seconds(2));
        for (proofs, code) in [(&missing[..], "token_missing"), (&refused[..], "invalid_token")] {
            let mut first = None;
            for proof in proofs {
                let reply = w.call(row, &scene, proof, body(row, &scene)).await;
                let code = self::code(row, code);
                assert_eq!((reply.status, &reply.body["code"]), (401, &code.into()), "{row:?} {proof:?}");
                assert!(reply.header("www-authenticate").starts_with("Bearer realm="), "{row:?}");
                let words = (told(&reply), reply.header("www-authenticate").to_owned());
                assert_eq!(first.get_or_insert_with(|| words.clone()), &words, "{row:?} {proof:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scope_but_the_one_is_refused_at_every_operation_and_the_log_says_who_tried_what() {
    let mut w = World::start().await;
    let scene = w.scene().await;
    let reader = w.scoped("events.read").await;
    let ada = crate::world::claims(&reader)["sub"].clone();
    for scope in every_scope() {
        let others: Vec<&str> = every_scope().into_iter().filter(|other| *other != scope).collect();
        let token = Proof::Bearer(w.scoped(&others.join(" ")).await);
        for (row, act) in gated().filter(|(_, act)| act.scope() == scope) {
            let mut words = Vec::new();
            // What is there, what is not, and what is no id: who may not look learns nothing of it.
            for at in [&scene, &Scene::nowhere()] {
                let reply = w.call(row, at, &token, body(row, at)).await;
                assert_eq!(
                    (reply.status, &reply.body["code"]),
                    (403, &code(row, "insufficient_scope").into()),
                    "{row:?}"
                );
                let challenge = format!("error=\"insufficient_scope\", scope=\"{scope}\"");
                assert!(reply.header("www-authenticate").contains(&challenge), "{row:?}");
                let log = w.get_with("/api/v1/events?kind=access_denied&limit=1", &reader).await;
                let event = &log.body["items"][0];
                assert_eq!(event["request_id"], reply.header("x-request-id"), "{row:?} is not in the log");
                assert_eq!((&event["actor"], &event["data"]["act"]), (&ada, &act.name().into()), "{row:?}");
                words.push(told(&reply));
            }
            assert_eq!(words[0], words[1], "{row:?}");
        }
    }
}

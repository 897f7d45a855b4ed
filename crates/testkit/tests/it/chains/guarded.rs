//! The same before a real API with a guard, on the machine's clock.

use std::time::{Duration, Instant};

use axum::{Extension, Router, routing::get};
use chancery_guard::{Caller, Guard, Require};
use chancery_testkit::Kit;
use serde_json::json;

use crate::chains::Chain;
use crate::world::World;

/// The API of the system, behind its guard; its address.
async fn api(c: &Chain) -> String {
    let guard = Guard::builder(c.w.issuer()).audience(&c.crm.resource);
    let guard = guard.client(&c.crm.guard.id, &c.crm.guard.secret).start().await.unwrap();
    let said = |Extension(caller): Extension<Caller>| async move {
        let actors: Vec<&str> = caller.actors.iter().map(|actor| actor.subject.as_str()).collect();
        format!("{} {}", caller.subject, actors.join(" "))
    };
    let app: Router =
        Router::new().route("/", get(said)).layer(guard.layer(Require::scope("crm.read").delegated_only()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}/")
}

/// How long the API went on letting the token through.
async fn until_refused(c: &Chain, api: &str, token: &str) -> Duration {
    let begun = Instant::now();
    loop {
        let status = c.w.http.get(api).bearer_auth(token).send().await.unwrap().status();
        if status == 401 {
            return begun.elapsed();
        }
        assert!(status == 200 && begun.elapsed() < Duration::from_secs(5), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_sees_the_whole_chain_and_drops_it_when_any_of_it_ends() {
    let kit = Kit::start_in_real_time().await.unwrap();
    let mut c = Chain::on(World::on(kit).await, 3).await;
    let api = api(&c).await;
    for end in ["agent 1", "agent 0", "person"] {
        let tokens = c.walk().await;
        let token = tokens.last().unwrap();
        let said = c.w.get_at(&api, token).await;
        let ids = [2, 1, 0].map(|at: usize| c.links[at].agent.id.as_str()).join(" ");
        assert_eq!((said.status, said.text), (200, format!("{} {ids}", c.alice.id)), "{end}");
        // What is for another API of the chain opens nothing here.
        assert_eq!(c.w.get_at(&api, &tokens[2]).await.status, 401);
        match end.strip_prefix("agent ") {
            Some(at) => {
                let agent = c.links[at.parse::<usize>().unwrap()].agent.id.clone();
                c.w.contain(&agent).await;
                until_refused(&c, &api, token).await;
                c.w.make(&format!("/api/v1/agents/{agent}/release"), json!({"reason": "a test"})).await;
            }
            None => {
                c.w.make(&format!("/api/v1/users/{}/disable", c.alice.id), json!({"reason": "a test"})).await;
                until_refused(&c, &api, token).await;
            }
        }
        assert_eq!(c.w.get_at(&api, token).await.status, 401, "{end}: released or not, it stays dead");
    }
}

//! What agents do at the server's own API stands in the log with the seven facts.

use chancery_testkit::{ADMINISTRATOR, Api};
use serde_json::{Value, json};

use crate::world::{Agent, Person, World, claims};

const FREE: &str = "users.read users.manage groups.read";

/// An agent that may manage people without asking.
async fn clerk(w: &mut World) -> Agent {
    let (agent, api) = (w.agent("clerk").await, w.management());
    w.assign(&agent.id, &api, Some(FREE)).await;
    let body = json!({"agent": agent.id, "application": api.id, "auto": FREE});
    w.make("/api/v1/connections", body).await;
    agent
}

fn ada() -> Person {
    Person { id: String::new(), login: ADMINISTRATOR.to_owned() }
}

/// The API as the agent calls it for Ada, and the claims of its token.
async fn for_ada(w: &mut World, agent: &Agent) -> (Api, Value) {
    let openid = w.sign_in(&ada(), &agent.client, &[("scope", "openid")]).await;
    let resource = w.kit.api_resource();
    let token = w.exchange(&agent.client, &openid.access, &[("resource", &resource)]).await.access();
    (Api::new(w.issuer(), Some(token.clone())).unwrap(), claims(&token))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_by_an_agent_names_the_person_the_client_the_task_and_the_scopes() {
    let mut w = World::start().await;
    let agent = clerk(&mut w).await;
    let (api, token) = for_ada(&mut w, &agent).await;
    let bob = json!({"login": "bob", "email": "bob@corp.example", "display_name": "Bob"});
    api.post("/api/v1/users", bob).await.unwrap().ok().unwrap();
    let event = w.events("user_created").await[0].clone();
    let facts = &event["evidence"];
    assert_eq!((&event["actor"], &facts["agent"]["agent"]), (&json!(agent.id), &json!(agent.id)));
    assert_eq!(facts["agent"]["client"], json!(agent.client.id));
    assert_eq!((&facts["user"]["user"], &facts["user"]["login"]), (&token["sub"], &json!(ADMINISTRATOR)));
    assert_eq!(facts["task"]["scopes"], token["scope"]);
    assert!(facts["task"]["run"].as_str().unwrap().starts_with("run_"), "{facts}");
    let by = facts["decision"]["by"].as_str().unwrap();
    assert!(by.contains(&token["pos"].to_string()) && facts["decision"]["verdict"] == "allow", "{by}");
    let run = facts["task"]["run"].as_str().unwrap();
    let found = w.read(&format!("/api/v1/events?subject={run}&kind=user_created")).await;
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "it is found by its task");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_reads_is_recorded_and_what_it_is_refused_too() {
    let mut w = World::start().await;
    let agent = clerk(&mut w).await;
    let (api, token) = for_ada(&mut w, &agent).await;
    let path = format!("/api/v1/users/{}", token["sub"].as_str().unwrap());
    api.get(&path).await.unwrap().ok().unwrap();
    let used = w.events("token_used").await;
    let data = &used[0]["data"];
    assert_eq!((&data["path"], &data["jti"], &data["status"]), (&json!(path), &token["jti"], &json!(200)));
    assert_eq!(data["evidence"]["user"]["login"], json!(ADMINISTRATOR));
    assert_eq!(api.get("/api/v1/events").await.unwrap().status, 403);
    let denied = w.events("access_denied").await[0].clone();
    assert_eq!(denied["evidence"]["decision"]["verdict"], "deny", "{denied}");
    assert_eq!(denied["evidence"]["user"]["login"], json!(ADMINISTRATOR));
    let seen = w.events("token_used").await;
    assert_eq!((seen.len(), &seen[0]["data"]["status"]), (2, &json!(403)));
    // A person who reads leaves no such trace.
    w.api().await.get("/api/v1/users").await.unwrap().ok().unwrap();
    assert_eq!(w.events("token_used").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_read_at_userinfo_is_a_use_like_any_other() {
    let mut w = World::start().await;
    let (alice, agent) = (w.person("alice").await, w.agent("sales").await);
    let tokens = w.sign_in(&alice, &agent.client, &[("scope", "openid profile")]).await;
    assert_eq!(w.get_with("/oauth2/userinfo", &tokens.access).await.status, 200);
    let used = w.events("token_used").await;
    assert_eq!((&used[0]["data"]["path"], &used[0]["actor"]), (&json!("/oauth2/userinfo"), &json!(agent.id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_without_a_person_sees_in_no_view_who_did_not_consent() {
    let mut w = World::start().await;
    let agent = clerk(&mut w).await;
    let (alice, bob) = (w.person("alice").await, w.person("bob").await);
    let group = w.make("/api/v1/groups", json!({"name": "sales"})).await["id"].as_str().unwrap().to_owned();
    for person in [&alice, &bob] {
        let member = format!("/api/v1/groups/{group}/members/{}", person.id);
        w.api().await.send(reqwest::Method::PUT, &member, None, None).await.unwrap().ok().unwrap();
    }
    w.sign_in(&alice, &agent.client, &[("scope", "openid profile")]).await;
    let resource = w.kit.api_resource();
    let fields = [("grant_type", "client_credentials"), ("resource", resource.as_str())];
    let token = w.token(&agent.client, &fields).await.access();
    let api = Api::new(w.issuer(), Some(token)).unwrap();
    for list in ["/api/v1/users".to_owned(), format!("/api/v1/groups/{group}/members")] {
        let seen = api.get(&list).await.unwrap().ok().unwrap().body;
        let ids: Vec<&str> =
            seen["items"].as_array().unwrap().iter().map(|u| u["id"].as_str().unwrap()).collect();
        assert_eq!(ids, [alice.id.as_str()], "{list}");
    }
    for (person, status) in [(&alice, 200), (&bob, 403)] {
        for path in [format!("/api/v1/users/{}", person.id), format!("/api/v1/users/{}/groups", person.id)] {
            assert_eq!(api.get(&path).await.unwrap().status, status, "{path}");
        }
    }
    let of_bob = api.get(&format!("/api/v1/groups?user={}", bob.id)).await.unwrap();
    assert_eq!(of_bob.body["items"], json!([]));
}

//! Whatever takes something away acts at once at the issuer, at introspection and at guards, on tokens already issued; and on
//! nothing else: the same person, agent and client go on working wherever they were not meant.

use chancery_guard::Require;
use chancery_testkit::Kit;
use serde_json::json;

use crate::world::{App, Client, Person, Tokens, World, claims};

/// What is taken away, and from whom: Alice, the agent `a`, its first client `a1`, the system crm, or her use of crm by `a1`.
const ENDS: [&str; 18] = [
    "the agent is contained",
    "the agent is suspended",
    "the agent is retired",
    "the agent is taken off the system",
    "its connection to the system becomes never",
    "the person leaves the group",
    "the group is taken off the system",
    "the group is deleted",
    "another person is taken off the system",
    "the system is disabled",
    "the person is disabled",
    "the person is deleted",
    "the consent is withdrawn",
    "the client is disabled",
    "the client is deleted",
    "the run is stopped",
    "the token is revoked by its client",
    "the token is revoked by an administrator",
];

/// Two people, an agent with two clients and an agent with one, at two systems. To crm Alice comes by her group alone.
struct Cast {
    people: [Person; 2],
    /// `a`, and `b`.
    agents: [String; 2],
    /// `a1`, `a2` and `b1`.
    clients: [Client; 3],
    group: String,
    /// How the group, agent `a` and Bob are assigned to crm.
    assigned: [String; 3],
}

/// One person's use of one system by one client.
struct Use {
    person: usize,
    client: usize,
    system: usize,
    tokens: Tokens,
}

impl Use {
    fn is_meant(&self, end: &str) -> bool {
        let (alice, a1, crm) = (self.person == 0, self.client == 0, self.system == 0);
        let a = self.client < 2;
        match end {
            "the agent is contained" | "the agent is suspended" | "the agent is retired" => a,
            "the agent is taken off the system" | "its connection to the system becomes never" => a && crm,
            "the person leaves the group" | "the group is taken off the system" | "the group is deleted" => {
                alice && crm
            }
            "another person is taken off the system" => !alice && crm,
            "the system is disabled" => crm,
            "the person is disabled" | "the person is deleted" => alice,
            "the client is disabled" | "the client is deleted" => a1,
            _ => alice && a1 && crm,
        }
    }

    fn named(&self) -> String {
        let (person, client) = (["alice", "bob"][self.person], ["a1", "a2", "b1"][self.client]);
        format!("{person} by {client} at {}", ["crm", "hr"][self.system])
    }
}

/// The systems, and their APIs behind guards.
struct Systems {
    apps: [App; 2],
    apis: [String; 2],
}

async fn systems(w: &mut World) -> Systems {
    let apps = [w.app("crm", json!({})).await, w.app("hr", json!({})).await];
    let apis = [
        w.guarded(&apps[0], Require::scope("crm.read").delegated_only()).await,
        w.guarded(&apps[1], Require::scope("hr.read").delegated_only()).await,
    ];
    Systems { apps, apis }
}

async fn cast(w: &mut World, s: &Systems, nth: usize) -> Cast {
    let people = [w.person(&format!("alice{nth}")).await, w.person(&format!("bob{nth}")).await];
    let (a, b) = (w.agent(&format!("a{nth}")).await, w.agent(&format!("b{nth}")).await);
    let second = w.face(&a.id, &format!("a{nth} second face")).await;
    let group = w.make("/api/v1/groups", json!({"name": format!("sellers{nth}")})).await;
    let group = group["id"].as_str().unwrap().to_owned();
    let joined = format!("/api/v1/groups/{group}/members/{}", people[0].id);
    w.api().await.send(reqwest::Method::PUT, &joined, None, None).await.unwrap().ok().unwrap();
    let [crm, hr] = &s.apps;
    let assigned = [
        w.assign(&group, crm, None).await,
        w.assign(&a.id, crm, None).await,
        w.assign(&people[1].id, crm, None).await,
    ];
    for who in [&people[0].id, &people[1].id, &a.id] {
        w.assign(who, hr, None).await;
    }
    for system in &s.apps {
        w.assign(&b.id, system, None).await;
    }
    Cast { people, agents: [a.id, b.id], clients: [a.client, second, b.client], group, assigned }
}

/// Everybody at work everywhere.
async fn uses(w: &World, s: &Systems, c: &Cast) -> Vec<Use> {
    let mut all = Vec::new();
    for (person, who) in c.people.iter().enumerate() {
        let mut browser = w.kit.browser().unwrap();
        for (client, by) in c.clients.iter().enumerate() {
            for (system, app) in s.apps.iter().enumerate() {
                let scope = format!("openid offline_access {}.read", ["crm", "hr"][system]);
                let asked = [("scope", scope.as_str()), ("resource", app.resource.as_str())];
                let tokens = w.sign_in_with(&mut browser, who, by, &asked).await;
                all.push(Use { person, client, system, tokens });
            }
        }
    }
    all
}

async fn happen(w: &mut World, s: &Systems, c: &Cast, end: &str, meant: &Use) {
    let (why, agent, alice) = (json!({"reason": "a test"}), c.agents[0].clone(), c.people[0].id.clone());
    let a1 = &c.clients[0];
    match end {
        "the agent is contained" => w.contain(&agent).await,
        "the agent is suspended" => w.stage(&agent, "suspended").await,
        "the agent is retired" => w.stage(&agent, "retired").await,
        "the agent is taken off the system" => {
            w.delete(&format!("/api/v1/assignments/{}", c.assigned[1])).await
        }
        "its connection to the system becomes never" => {
            let body = json!({"agent": agent, "application": s.apps[0].id, "never": "crm.read crm.write"});
            w.make("/api/v1/connections", body).await;
        }
        "the person leaves the group" => {
            w.delete(&format!("/api/v1/groups/{}/members/{alice}", c.group)).await
        }
        "the group is taken off the system" => {
            w.delete(&format!("/api/v1/assignments/{}", c.assigned[0])).await
        }
        "another person is taken off the system" => {
            w.delete(&format!("/api/v1/assignments/{}", c.assigned[2])).await;
        }
        "the system is disabled" => {
            drop(w.make(&format!("/api/v1/applications/{}/disable", s.apps[0].id), json!({})).await)
        }
        "the group is deleted" => w.delete(&format!("/api/v1/groups/{}", c.group)).await,
        "the person is disabled" => drop(w.make(&format!("/api/v1/users/{alice}/disable"), why).await),
        "the person is deleted" => w.delete(&format!("/api/v1/users/{alice}")).await,
        "the consent is withdrawn" => withdraw(w, s, c).await,
        "the client is disabled" => drop(w.make(&format!("/api/v1/clients/{}/disable", a1.id), why).await),
        "the client is deleted" => w.delete(&format!("/api/v1/clients/{}", a1.id)).await,
        "the run is stopped" => {
            let run = claims(&meant.tokens.access)["run_id"].as_str().unwrap().to_owned();
            w.make(&format!("/api/v1/runs/{run}/stop"), why).await;
        }
        "the token is revoked by its client" => {
            let told = w.as_client("/oauth2/revoke", a1, &[("token", &meant.tokens.access)]).await;
            assert_eq!(told.status, 200);
        }
        _ => {
            let pos = claims(&meant.tokens.access)["pos"].clone();
            w.make(&format!("/api/v1/tokens/{pos}/revoke"), json!({})).await;
        }
    }
}

/// Of Alice to the first client at crm, and to nobody else anywhere.
async fn withdraw(w: &mut World, s: &Systems, c: &Cast) {
    let all = w.read(&format!("/api/v1/grants?user={}", c.people[0].id)).await;
    let fits = |grant: &&serde_json::Value| {
        grant["client"] == json!(c.clients[0].id) && grant["application"] == json!(s.apps[0].id)
    };
    let found = all["items"].as_array().unwrap().iter().find(fits).unwrap_or_else(|| panic!("{all}"));
    w.delete(&format!("/api/v1/grants/{}", found["id"].as_str().unwrap())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_end_is_felt_everywhere_at_once_and_by_nobody_who_is_not_meant() {
    let mut w = World::on(Kit::start_in_real_time().await.unwrap()).await;
    let s = systems(&mut w).await;
    for (nth, end) in ENDS.into_iter().enumerate() {
        let c = cast(&mut w, &s, nth).await;
        let all = uses(&w, &s, &c).await;
        for one in &all {
            let before = w.get_at(&s.apis[one.system], &one.tokens.access).await;
            assert_eq!(before.status, 200, "{end}: {} before it: {}", one.named(), before.text);
        }
        let (meant, others): (Vec<&Use>, Vec<&Use>) = all.iter().partition(|one| one.is_meant(end));
        happen(&mut w, &s, &c, end, meant[0]).await;
        for one in meant {
            ended(&w, &s, &c, end, one).await;
        }
        for one in others {
            goes_on(&w, &s, &c, end, one).await;
        }
        if end == "the system is disabled" {
            w.make(&format!("/api/v1/applications/{}/enable", s.apps[0].id), json!({})).await;
        }
    }
}

/// At introspection and at the issuer by the very next call, at the guard as soon as it hears of it.
async fn ended(w: &World, s: &Systems, c: &Cast, end: &str, one: &Use) {
    let (named, client) = (one.named(), &c.clients[one.client]);
    let (app, tokens) = (&s.apps[one.system], &one.tokens);
    assert!(!w.alive(&app.guard, &tokens.access).await, "{end}: introspection of {named}");
    let onward = w.exchange(client, &tokens.access, &[("resource", &app.resource)]).await;
    assert!([400, 401].contains(&onward.status), "{end}: exchange of {named}: {}", onward.text);
    w.until_refused(&s.apis[one.system], &tokens.access).await;
    let again = w.refresh(client, &tokens.refresh, &[]).await;
    // Who gives back one token keeps what was agreed (RFC 7009 §2.1).
    let stays = end.starts_with("the token is revoked");
    assert_eq!(again.status == 200, stays, "{end}: refresh of {named}: {}", again.text);
    assert!(again.status < 500, "{end}: refresh of {named}: {}", again.text);
}

async fn goes_on(w: &World, s: &Systems, c: &Cast, end: &str, one: &Use) {
    let (named, client) = (one.named(), &c.clients[one.client]);
    let (app, tokens) = (&s.apps[one.system], &one.tokens);
    assert!(w.alive(&app.guard, &tokens.access).await, "{end}: introspection of {named}");
    let called = w.get_at(&s.apis[one.system], &tokens.access).await;
    assert_eq!(called.status, 200, "{end}: the guard at {named}: {}", called.text);
    let onward = w.exchange(client, &tokens.access, &[("resource", &app.resource)]).await;
    assert_eq!(onward.status, 200, "{end}: exchange of {named}: {}", onward.text);
    assert!(w.alive(&app.guard, &onward.access()).await, "{end}: what {named} came to");
    let again = w.refresh(client, &tokens.refresh, &[]).await;
    assert_eq!(again.status, 200, "{end}: refresh of {named}: {}", again.text);
}

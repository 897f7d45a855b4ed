//! The wall of an organization: whatever is named from the other side looks as if it did not exist.

use chancery_api::routes::{Gate, TABLE, Verb};
use chancery_context::{Caller, Cx};
use chancery_directory::organizations::{self, Founded, NewOrganization};
use chancery_directory::users::NewUser;
use chancery_kernel::{Id, OrgId, Secret};
use chancery_testkit::{ADMINISTRATOR, PASSWORD};
use serde_json::{Value, json};

use crate::walls::calls::{Proof, body, row, told};
use crate::world::{Client, Scene, World};

/// Another organization on the same server, founded as the command line does it.
pub async fn second_organization(w: &World) -> Founded {
    let platform = w.kit.running.platform.clone();
    let org = OrgId::from_uuid(chancery_kernel::id::Uuid::nil());
    let request = platform.db.env().id();
    let cx = Cx { platform, org, caller: Caller::System, request, address: None, evidence: None };
    let administrator = NewUser {
        login: ADMINISTRATOR.to_owned(),
        email: ADMINISTRATOR.to_owned(),
        display_name: "Bea".to_owned(),
        manager: None,
        password: Some(Secret::new(PASSWORD)),
    };
    let new = NewOrganization { slug: "other".to_owned(), title: "Other".to_owned(), administrator };
    organizations::create(&cx, new).await.unwrap()
}

/// A token of the other administrator, for everything there.
pub async fn their_token(w: &World, other: &Founded) -> String {
    let mut browser = w.kit.browser().unwrap();
    let page = browser.get("/sign-in").await.unwrap();
    let typed = [("organization", "other"), ("login", ADMINISTRATOR), ("password", PASSWORD)];
    assert_eq!(browser.submit(&page, "/sign-in", &typed).await.unwrap().status, 303);
    w.kit.management_token_at(&mut browser, &other.command_line.id.to_string(), None).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_unknown_and_malformed_ids_get_the_same_bytes_at_every_operation() {
    let mut w = World::start().await;
    let (ours, other) = (w.scene().await, second_organization(&w).await);
    let token = Proof::Bearer(their_token(&w, &other).await);
    let before = w.api().await;
    for row in TABLE.iter().filter(|row| row.path.contains('{') && row.gate != Gate::Open) {
        let mut answers = Vec::new();
        for at in [Scene::nowhere(), ours.clone(), Scene::nonsense()] {
            // The bodies name only what the path names.
            let reply = w.call(row, &at, &token, body(row, &Scene::nowhere())).await;
            // To OpenFGA's clients, a store that is not there is as good as deleted.
            let status = if row.operation == "store_delete" { 204 } else { 404 };
            assert_eq!(reply.status, status, "{row:?} {}", reply.text);
            answers.push(told(&reply));
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{row:?} {answers:#?}");
    }
    // Nothing of ours was touched.
    let own = Proof::Bearer(before.token.clone().unwrap());
    assert_eq!(w.call(row("store_get"), &ours, &own, None).await.status, 200);
    for operation in ["user_get", "group_get", "application_get", "agent_get", "client_get", "grant_get"] {
        let own = Proof::Bearer(before.token.clone().unwrap());
        let reply = w.call(row(operation), &ours, &own, None).await;
        assert_eq!(
            (reply.status, &reply.body["version"]),
            (200, &json!(version_of(operation))),
            "{operation}"
        );
    }
}

/// As the scene left it: an agent was activated, a client got a second secret.
fn version_of(operation: &str) -> i64 {
    if ["agent_get", "client_get"].contains(&operation) { 2 } else { 1 }
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_references_are_refused_in_the_words_of_unknown_ones_and_lists_end_at_the_wall() {
    let mut w = World::start().await;
    let (ours, other) = (w.scene().await, second_organization(&w).await);
    let token = Proof::Bearer(their_token(&w, &other).await);
    let creates = TABLE.iter().filter(|row| row.verb == Verb::Post && !row.path.contains('{'));
    for row in creates.filter(|row| body(row, &ours).unwrap().to_string().contains("_0")) {
        let mut answers = Vec::new();
        for at in [Scene::nowhere(), ours.clone()] {
            let reply = w.call(row, &at, &token, body(row, &at)).await;
            assert_eq!(
                (reply.status, &reply.body["code"]),
                (400, &json!("unknown_reference")),
                "{row:?} {}",
                reply.text
            );
            // The sentence repeats the id that was sent.
            let ids = [&at.application, &at.agent, &at.group, &at.folder];
            answers
                .push(ids.iter().fold(told(&reply).1.to_string(), |text, id| text.replace(id.as_str(), "…")));
        }
        assert_eq!(answers[0], answers[1], "{row:?}");
    }
    let texts: Value = serde_json::to_value([
        &ours.user,
        &ours.group,
        &ours.application,
        &ours.agent,
        &ours.client,
        &ours.assignment,
        &ours.connection,
        &ours.grant,
        &ours.run,
        &ours.event,
        &ours.organization,
        &ours.folder,
        &ours.vaulted,
        &ours.reach,
        &ours.lease,
        &ours.endpoint,
    ])
    .unwrap();
    for row in TABLE
        .iter()
        .filter(|row| row.verb == Verb::Get && row.path.starts_with("/api/") && !row.path.contains('{'))
    {
        let reply = w.call(row, &ours, &token, None).await;
        assert_eq!(reply.status, 200, "{row:?}");
        for id in texts.as_array().unwrap() {
            assert!(!reply.text.contains(id.as_str().unwrap()), "{row:?} shows {id}");
        }
    }
}

const CIBA: &str = "urn:openid:params:grant-type:ciba";

/// The redemption of a code, but for the code.
fn redemption() -> Vec<(&'static str, &'static str)> {
    use crate::world::{CALLBACK, VERIFIER};
    vec![("grant_type", "authorization_code"), ("code_verifier", VERIFIER), ("redirect_uri", CALLBACK)]
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_protocol_a_neighbour_is_a_stranger() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let ours =
        w.sign_in(&alice, &agent.client, &[("scope", "openid crm.read"), ("resource", &crm.resource)]).await;
    let other = second_organization(&w).await;
    let theirs = their_token(&w, &other).await;
    let api = |path: &str, body: Value| {
        let (http, url, token) = (w.http.clone(), w.kit.url(path), theirs.clone());
        async move {
            let made: Value =
                http.post(url).bearer_auth(token).json(&body).send().await.unwrap().json().await.unwrap();
            made
        }
    };
    let ada = other.administrator.id.to_string();
    let agent_there =
        api("/api/v1/agents", json!({"name": "spy", "purpose": "spies", "owners": [ada], "sponsor": ada}))
            .await;
    let grants = json!({"name": "spy", "agent": agent_there["id"], "auth": "client_secret_basic",
        "redirect_uris": [crate::world::CALLBACK], "grants": ["client_credentials", "authorization_code",
        "refresh_token", CIBA, crate::world::EXCHANGE]});
    let made = api("/api/v1/clients", grants).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let spy = Client { id: text(&made["id"]), secret: text(&made["client_secret"]) };
    api(
        &format!("/api/v1/agents/{}/stage", text(&agent_there["id"])),
        json!({"stage": "active", "why": "a test"}),
    )
    .await;
    assert!(!w.alive(&spy, &ours.access).await && !w.alive(&spy, &ours.refresh).await);
    // Whatever of ours their client comes with, in whatever parameter, it hears what it hears of what never was.
    let code = w.code(&mut w.kit.browser().unwrap(), &alice, &agent.client, &[("scope", "openid")]).await;
    let asks = w
        .client(json!({"name": "asks", "agent": agent.id, "auth": "client_secret_basic", "grants": [CIBA]}))
        .await;
    let question = [
        ("scope", "openid crm.read"),
        ("resource", crm.resource.as_str()),
        ("login_hint", alice.login.as_str()),
        ("binding_message", "May it read?"),
    ];
    let asked = w.as_client("/oauth2/bc-authorize", &asks, &question).await.get("auth_req_id").to_owned();
    let id_token = ours.body["id_token"].as_str().unwrap();
    let never = |kind: &str| format!("{kind}_{}", "0".repeat(43));
    let nobody = "usr_00000000000000000000000001";
    for (path, fields, name, ours, never) in [
        ("/oauth2/token", redemption(), "code", &code, never("chc")),
        (
            "/oauth2/token",
            vec![("grant_type", "refresh_token")],
            "refresh_token",
            &ours.refresh,
            never("chr"),
        ),
        ("/oauth2/token", vec![("grant_type", CIBA)], "auth_req_id", &asked, never("cha")),
        ("/oauth2/bc-authorize", vec![question[0]], "login_hint", &alice.login, "nobody@corp.example".into()),
        ("/oauth2/bc-authorize", vec![question[0]], "login_hint", &alice.id, nobody.into()),
        ("/oauth2/bc-authorize", vec![question[0]], "id_token_hint", &id_token.to_owned(), "garbage".into()),
        ("/oauth2/revoke", vec![], "token", &ours.refresh, never("chr")),
        ("/oauth2/introspect", vec![], "token", &ours.refresh, never("chr")),
    ] {
        let told = async |value: &str| {
            let mut reply = w.as_client(path, &spy, &[&fields[..], &[(name, value)]].concat()).await;
            if let Some(body) = reply.body.as_object_mut() {
                body.remove("event");
            }
            (reply.status, reply.body)
        };
        assert_eq!(told(ours).await, told(&never).await, "{path} {name}");
    }
    assert!(w.alive(&agent.client, &ours.refresh).await, "and nothing of it is used up");
    assert_eq!(w.redeem(&agent.client, &code).await.status, 200);
    for (name, value) in
        [("client_id", agent.client.id.as_str()), ("client_id", &crm.id), ("client_id", &alice.id)]
    {
        let fields = [("grant_type", "client_credentials"), (name, value), ("client_secret", &spy.secret)];
        assert_eq!(w.form("/oauth2/token", &fields).await.outcome(), (401, "invalid_client"), "{value}");
    }
    let mine = w.exchange(&spy, &ours.access, &[("resource", &crm.resource)]).await;
    let stranger = w.agent("stranger").await;
    let near = w.exchange(&stranger.client, &ours.access, &[("resource", &crm.resource)]).await;
    assert_eq!((mine.status, &mine.body["error_description"]), (400, &near.body["error_description"]));
    // A resource of another organization is one that nobody has heard of.
    let to = |resource: &'static str| [("grant_type", "client_credentials"), ("resource", resource)];
    let (foreign, unknown) = (
        w.token(&spy, &to("https://crm.example/api")).await,
        w.token(&spy, &to("https://nowhere.example")).await,
    );
    assert_eq!((foreign.outcome(), foreign.outcome()), ((400, "invalid_target"), unknown.outcome()));
    assert_eq!(foreign.body["error_description"], unknown.body["error_description"]);
    assert_eq!(w.as_client("/oauth2/revoke", &spy, &[("token", &ours.access)]).await.status, 200);
    assert!(w.alive(&crm.guard, &ours.access).await, "nothing was revoked");
    // A person of one organization is nobody at a client of the other.
    let path = format!("{}&prompt=none", w.request(&agent.client, &[("scope", "openid")]));
    let mut browser = w.kit.browser().unwrap();
    let page = browser.get("/sign-in").await.unwrap();
    let typed = [("organization", "other"), ("login", ADMINISTRATOR), ("password", PASSWORD)];
    browser.submit(&page, "/sign-in", &typed).await.unwrap();
    let sent = browser.get(&path).await.unwrap().location.unwrap();
    assert!(sent.contains("error=login_required"), "{sent}");
}

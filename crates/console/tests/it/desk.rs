//! The administration at work: each story goes from page to page, as a person would.

use chancery_console::links;
use chancery_model::{Stage, Tier};

use crate::browser::{Answer, Browser};
use crate::world::World;

/// Follows the answer of a form to the page it leads to.
async fn done(browser: &mut Browser, answer: &Answer) -> Answer {
    assert_eq!(answer.status, 303, "{}", answer.text);
    let page = browser.get(answer.location()).await;
    assert_eq!(page.status, 200);
    page
}

const JWK: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

#[tokio::test]
async fn an_agent_is_registered_given_a_key_and_activated() {
    let world = World::new().await;
    let mut admin = world.admin().await;
    let new = [
        ("name", "finance"),
        ("purpose", "pays"),
        ("owner", "admin@corp.example"),
        ("sponsor", "admin@corp.example"),
    ];
    let answer = admin.submit("/console/agents", "/console/agents", &new).await;
    let page = answer.location().to_owned();
    let shown = done(&mut admin, &answer).await;
    assert!(shown.says("Registered.") && shown.says("Staged"));
    let early = admin.submit(&page, &format!("{page}/stage"), &[("stage", "active"), ("why", "go")]).await;
    assert_eq!(early.status, 409);
    assert!(early.says("an enabled client with a credential") && early.says("value=\"go\""));
    let client = [("name", "backend"), ("auth", "private_key_jwt"), ("redirect_uris", "")];
    let answer = admin.submit(&page, &format!("{page}/clients"), &client).await;
    let face = answer.location().to_owned();
    assert!(done(&mut admin, &answer).await.says("It has no credential."));
    let keys = format!("{face}/keys");
    let broken = admin.submit(&face, &keys, &[("jwk", "{]")]).await;
    assert!(broken.status == 400 && broken.says("This is no JSON") && broken.says("{]</textarea>"));
    let answer = admin.submit(&face, &keys, &[("jwk", JWK)]).await;
    assert!(done(&mut admin, &answer).await.says("The key was added."));
    let answer = admin.submit(&page, &format!("{page}/stage"), &[("stage", "active"), ("why", "go")]).await;
    let shown = done(&mut admin, &answer).await;
    assert!(shown.says("stage: staged → active") && shown.says("by admin@corp.example"));
}

#[tokio::test]
async fn a_secret_is_shown_once_and_goes_when_it_is_removed() {
    let world = World::new().await;
    let agent = world.corp.agent("finance").await;
    let page = links::agent(&agent.id.to_string());
    let mut admin = world.admin().await;
    let client = [("name", "night job"), ("auth", "client_secret_basic"), ("redirect_uris", "")];
    let first = admin.submit(&page, &format!("{page}/clients"), &client).await;
    assert_eq!(first.status, 200);
    let secret = |page: &Answer| {
        page.text.split_once("chs_").map(|(_, rest)| rest.split('<').next().unwrap().to_owned())
    };
    let shown = secret(&first).expect("the secret is on the page");
    assert_eq!(first.headers["cache-control"], "no-store");
    let later = admin.get(&page).await;
    assert!(secret(&later).is_none() && !later.says(&shown));
    let id = later.text.split_once("/console/clients/cli_").unwrap().1.split('"').next().unwrap();
    let face = links::client(&format!("cli_{id}"));
    let more = admin.submit(&face, &format!("{face}/secrets"), &[("version", "1")]).await;
    assert_ne!(secret(&more).unwrap(), shown);
    let stale = admin.submit(&face, &format!("{face}/secrets"), &[("version", "1")]).await;
    assert_eq!(stale.status, 412);
    let client = id.to_owned();
    for (version, tokens, told) in
        [("2", "yes", "every token that was issued to this client is dead"), ("3", "", "live until")]
    {
        let name = admin.get(&face).await.field("name");
        let fields = [("version", version), ("name", &name), ("end_tokens", tokens)];
        let answer = admin.submit(&face, &format!("{face}/secrets/remove"), &fields).await;
        let shown = done(&mut admin, &answer).await;
        assert!(shown.says(told) && !shown.says(&format!("value=\"{name}\"")), "{told}");
    }
    let (_, marks) = world.platform.db.hot().marks_of(agent.org, world.corp.cx.now());
    let marked: Vec<String> = marks.into_iter().map(|(key, _)| key.to_string()).collect();
    assert_eq!(marked, [format!("cli_{client}")], "once, and nothing else");
}

#[tokio::test]
async fn an_agent_is_assigned_connected_and_cut_off_again() {
    let world = World::new().await;
    let (agent, app) = (world.corp.agent("finance").await, world.corp.app("Finance").await);
    let page = links::agent(&agent.id.to_string());
    let mut admin = world.admin().await;
    let id = agent.id.to_string();
    let unknown =
        [("on", "agent"), ("kind", "agent"), ("name", &*id), ("application", "Nowhere"), ("scopes", "")];
    let refused = admin.submit(&page, "/console/assignments", &unknown).await;
    assert!(
        refused.status == 400
            && refused.says("no application of this name")
            && refused.says("value=\"Nowhere\"")
    );
    let known =
        [("on", "agent"), ("kind", "agent"), ("name", &*id), ("application", "Finance"), ("scopes", "")];
    let answer = admin.submit(&page, "/console/assignments", &known).await;
    assert!(done(&mut admin, &answer).await.says("Connect to Finance"));
    let app_id = app.id.to_string();
    let tiers = [
        ("application", &*app_id),
        ("tier.read", "auto"),
        ("tier.write", "never"),
        ("approver", "group"),
        ("approver_group", "administrators"),
        ("longest_lifetime", "60"),
        ("ends", "2030-01-01"),
    ];
    let answer = admin.submit(&page, &links::agent_connection_create(&id), &tiers).await;
    let shown = done(&mut admin, &answer).await;
    assert!(shown.says("a member of a group, administrators") && shown.says("tokens live at most 60 s"));
    let connection = world.platform.db.hot().connection(agent.id, app.id).cloned().unwrap();
    assert_eq!((connection.tier("read"), connection.tier("write")), (Some(Tier::Auto), Some(Tier::Never)));
    let path = links::connection_end(&connection.id.to_string());
    let answer = admin.submit(&page, &path, &[("version", "1")]).await;
    assert!(done(&mut admin, &answer).await.says("The connection has ended"));
    let assignment = world.platform.db.hot().assignments_to(agent.org, app.id).next().cloned().unwrap();
    let path = links::unassign(&assignment.id.to_string());
    let answer = admin.submit(&page, &path, &[("version", "1"), ("on", "agent")]).await;
    assert_eq!(answer.location(), page);
    assert!(done(&mut admin, &answer).await.says("It cannot reach any application."));
}

#[tokio::test]
async fn people_and_groups_are_looked_after() {
    let world = World::new().await;
    let mut admin = world.admin().await;
    let bad = [("login", "alice"), ("display_name", "Alice"), ("email", "nowhere"), ("password", "short")];
    let refused = admin.submit("/console/users", "/console/users", &bad).await;
    assert!(refused.status == 400 && refused.says("create-email-problem") && refused.says("value=\"alice\""));
    let short =
        [("login", "alice"), ("display_name", "Alice"), ("email", "a@b.example"), ("password", "hush-hush")];
    let refused = admin.submit("/console/users", "/console/users", &short).await;
    assert!(refused.status == 400 && refused.says("create-password-problem") && !refused.says("hush-hush"));
    let fine = [
        ("login", "alice"),
        ("display_name", "Alice"),
        ("email", "a@b.example"),
        ("manager", "admin@corp.example"),
    ];
    let answer = admin.submit("/console/users", "/console/users", &fine).await;
    let alice = answer.location().to_owned();
    assert!(done(&mut admin, &answer).await.says("Created."));
    let group = [("name", "FINANCE"), ("description", "may pay")];
    let answer = admin.submit("/console/groups", "/console/groups", &group).await;
    let group = answer.location().to_owned();
    done(&mut admin, &answer).await;
    let members = format!("{group}/members");
    let nobody = admin.submit(&group, &members, &[("user", "bob")]).await;
    assert!(nobody.status == 400 && nobody.says("There is nobody with this login"));
    let answer = admin.submit(&group, &members, &[("user", "alice")]).await;
    assert!(done(&mut admin, &answer).await.says("Added to the group."));
    assert!(admin.get("/console/users?q=ALI").await.says("FINANCE"));
    let id = alice.rsplit('/').next().unwrap().to_owned();
    let answer = admin.submit(&group, &format!("{members}/remove"), &[("user", &id)]).await;
    assert!(done(&mut admin, &answer).await.says("Nobody is in this group."));
    let answer = admin.submit(&alice, &format!("{alice}/disable"), &[]).await;
    assert!(done(&mut admin, &answer).await.says("no agent can act for this person"));
    let answer = admin.submit(&group, &format!("{group}/delete"), &[]).await;
    assert!(done(&mut admin, &answer).await.says("The group was deleted."));
}

#[tokio::test]
async fn an_application_gets_scopes_and_loses_them() {
    let world = World::new().await;
    let mut admin = world.admin().await;
    let new = [
        ("name", "Finance"),
        ("resource", "https://finance.example"),
        ("dual_subject", "required"),
        ("profile", "rfc8693"),
        ("consent", "person"),
        ("token_lifetime", "300"),
    ];
    let answer = admin.submit("/console/applications", "/console/applications", &new).await;
    let page = answer.location().to_owned();
    done(&mut admin, &answer).await;
    let again = admin.submit("/console/applications", "/console/applications", &new).await;
    assert_eq!(again.status, 409);
    let scope = [
        ("name", "pay"),
        ("action", "change"),
        ("title", "pay bills"),
        ("data", "bills"),
        ("tier", "approval"),
    ];
    let answer = admin.submit(&page, &format!("{page}/scopes"), &scope).await;
    assert!(done(&mut admin, &answer).await.says("pay bills"));
    let late =
        admin.submit(&page, &format!("{page}/scopes"), &[&scope[..], &[("version", "1")]].concat()).await;
    assert!(late.status == 412 && late.says("changed meanwhile") && late.says("value=\"pay bills\""));
    let answer = admin.submit(&page, &format!("{page}/scopes/remove"), &[("name", "pay")]).await;
    assert!(done(&mut admin, &answer).await.says("No scopes yet."));
    let answer = admin.submit(&page, &format!("{page}/disable"), &[]).await;
    assert!(done(&mut admin, &answer).await.says("No token is issued for it"));
}

#[tokio::test]
async fn owners_and_descriptions_change_with_a_history() {
    let world = World::new().await;
    let agent = world.corp.agent("finance").await;
    world.corp.user("alice").await;
    let page = links::agent(&agent.id.to_string());
    let mut admin = world.admin().await;
    let answer = admin.submit(&page, &format!("{page}/owners"), &[("user", "alice")]).await;
    let shown = done(&mut admin, &answer).await;
    let owners = ["owners: admin@corp.example, alice", "owners: alice, admin@corp.example"];
    assert!(owners.iter().any(|both| shown.says(both)));
    let edit = [
        ("purpose", "pays bills"),
        ("data_sources", "ledger, , archive"),
        ("sponsor", "alice"),
        ("expires", "2030-06-01"),
        ("why", "new year"),
    ];
    let answer = admin.submit(&page, &page, &edit).await;
    let shown = done(&mut admin, &answer).await;
    assert!(shown.says("end date: 2030-06-01") && shown.says("sponsor: alice") && shown.says("new year"));
    assert_eq!(world.corp.now_agent(&agent).use_case.as_deref().unwrap().data_sources, ["ledger", "archive"]);
    let past = [&edit[..3], &[("expires", "2001-01-01"), ("why", "oops")]].concat();
    let refused = admin.submit(&page, &page, &past).await;
    assert!(refused.status == 400 && refused.says("edit-expires-problem"));
    assert_eq!(world.corp.now_agent(&agent).stage, Stage::Staged);
}

#[tokio::test]
async fn lists_go_on_where_a_page_ended_and_keep_their_filter() {
    let world = World::new().await;
    for n in 0..53 {
        world.corp.agent(&format!("finance-{n:02}")).await;
    }
    world.corp.agent("other").await;
    let mut admin = world.admin().await;
    let rows = |page: &Answer| page.text.matches("role=\"rowheader\"").count();
    let first = admin.get("/console/agents?q=FINANCE&stage=staged").await;
    assert_eq!(rows(&first), 50);
    let next = first.text.split_once("rel=\"next\"").unwrap().0.rsplit_once("href=\"").unwrap().1;
    let next = next.split('"').next().unwrap().replace("&amp;", "&");
    assert!(next.starts_with("/console/agents?q=FINANCE&stage=staged&after=agt_"), "{next}");
    let second = admin.get(&next).await;
    assert!(rows(&second) == 3 && !second.says(">other<"));
    // In whatever order those of one moment come: each stands on one of the two pages.
    let once = |name: &str| first.says(name) != second.says(name);
    assert!((0..53).all(|n| once(&format!("finance-{n:02}"))));
}

//! Clients of all kinds, from their first secret to their end; and single tokens.

use chancery_audit::Verdict;
use chancery_console::links;
use chancery_model::{AuthMethod, GrantType};

use crate::browser::{Answer, Browser};
use crate::world::World;

async fn done(browser: &mut Browser, answer: &Answer) -> Answer {
    assert_eq!(answer.status, 303, "{}", answer.text);
    let page = browser.get(answer.location()).await;
    assert_eq!(page.status, 200);
    page
}

#[tokio::test]
async fn a_client_of_an_application_is_made_with_a_secret_that_is_shown_once() {
    let world = World::new().await;
    let app = world.corp.app("Finance").await;
    let mut admin = world.admin().await;
    let asked = admin.get("/console/clients?application=Finance").await;
    assert!(asked.says("value=\"Finance\"") && asked.says("Chancery command line"));
    let new = [
        ("name", "finance guard"),
        ("auth", "client_secret_basic"),
        ("face", "application"),
        ("of", "Finance"),
    ];
    let made = admin.submit("/console/clients", "/console/clients", &new).await;
    assert!(made.status == 200 && made.says("chs_") && made.says("It is shown this once."));
    let client = {
        let hot = world.platform.db.hot();
        hot.clients.of(app.org).find(|c| c.application == Some(app.id)).cloned().unwrap()
    };
    let page = admin.get(&links::client(&client.id.to_string())).await;
    assert!(!page.says("chs_") && page.says("added the client finance guard") && page.says("Chancery API"));
    assert!(admin.get(&links::application(&app.id.to_string())).await.says("finance guard"));
}

#[tokio::test]
async fn a_refused_client_comes_back_as_it_was_typed_with_what_to_mend() {
    let world = World::new().await;
    let mut admin = world.admin().await;
    let mut refused = async |fields: &[(&str, &str)]| {
        let answer = admin.submit("/console/clients", "/console/clients", fields).await;
        assert_eq!(answer.status, 400);
        answer
    };
    let nameless = refused(&[("name", "import"), ("auth", "none"), ("face", "agent")]).await;
    assert!(nameless.says("create-of-problem") && nameless.says("Name the agent."));
    let unknown = refused(&[("name", "import"), ("auth", "none"), ("face", "agent"), ("of", "nobody")]).await;
    assert!(unknown.says("There is no agent of this name") && unknown.says("value=\"nobody\""));
    let public = [("name", "import"), ("auth", "none"), ("face", "tool"), ("grant.credentials", "yes")];
    let public = refused(&public).await;
    assert!(public.says("create-auth-problem"));
    let ticked = public
        .text
        .split("id=\"create-grant.")
        .filter(|rest| rest.split('>').next().unwrap().contains("checked"));
    assert_eq!(ticked.count(), 1, "the box that was ticked, and no other");
    let redirect = [
        ("name", "page"),
        ("auth", "none"),
        ("face", "tool"),
        ("grant.code", "yes"),
        ("redirect_uris", "https://*.example/"),
    ];
    assert!(refused(&redirect).await.says("create-redirect_uris-problem"));
}

#[tokio::test]
async fn a_client_is_changed_switched_off_and_deleted_for_good() {
    let world = World::new().await;
    let app = world.corp.app("Finance").await;
    let mut admin = world.admin().await;
    let new =
        [("name", "import"), ("auth", "client_secret_post"), ("face", "tool"), ("grant.credentials", "yes")];
    admin.submit("/console/clients", "/console/clients", &new).await;
    let found = async || {
        let hot = world.platform.db.hot();
        hot.clients.of(app.org).find(|c| c.auth == AuthMethod::ClientSecretPost).cloned()
    };
    let client = found().await.unwrap();
    let page = links::client(&client.id.to_string());
    let edit = [
        ("name", "importer"),
        ("grant.code", "yes"),
        ("grant.refresh", "yes"),
        ("redirect_uris", "https://import.example/a\nhttps://import.example/b"),
        ("post_logout_redirect_uris", ""),
    ];
    let answer = admin.submit(&page, &page, &edit).await;
    done(&mut admin, &answer).await;
    let changed = found().await.unwrap();
    assert_eq!(changed.grants, [GrantType::AuthorizationCode, GrantType::RefreshToken]);
    assert_eq!((changed.name.as_str(), changed.redirect_uris.len()), ("importer", 2));
    let assign =
        [("on", "client"), ("kind", "client"), ("name", &client.id.to_string()), ("application", "Finance")];
    let answer = admin.submit(&page, "/console/assignments", &assign).await;
    assert!(done(&mut admin, &answer).await.says("Unassign"));
    let answer = admin.submit(&page, &links::client_disable(&client.id.to_string()), &[]).await;
    assert!(done(&mut admin, &answer).await.says("every token that was issued to it is dead"));
    let delete = links::client_delete(&client.id.to_string());
    let version = found().await.unwrap().meta.version.to_string();
    let unsure = admin.submit(&page, &delete, &[("version", &version)]).await;
    assert!(unsure.status == 400 && unsure.says("Tick this to go on."));
    let answer = admin.submit(&page, &delete, &[("version", &version), ("sure", "yes")]).await;
    assert_eq!(answer.location(), "/console/clients");
    assert!(found().await.is_none());
    assert_eq!(admin.get(&page).await.status, 404);
}

#[tokio::test]
async fn one_token_is_ended_from_the_page_that_lists_it_and_the_others_go_on() {
    let world = World::new().await;
    let (agent, app) = (world.corp.agent("finance").await, world.corp.app("Finance").await);
    world.corp.decide(&agent, &app, Verdict::Allow).await;
    world.corp.decide(&agent, &app, Verdict::Allow).await;
    let mut admin = world.admin().await;
    let person = world.corp.founded.administrator.id.to_string();
    let client = world.corp.founded.command_line.id.to_string();
    let pages = [links::agent(&agent.id.to_string()), links::user(&person), links::client(&client)];
    let rows = |page: &Answer| page.text.matches("/revoke\"").count();
    for page in &pages {
        assert_eq!(rows(&admin.get(page).await), 2, "{page}");
    }
    let listed = admin.get(&pages[1]).await;
    let path = listed.text.split("action=\"").find(|rest| rest.contains("/revoke\"")).unwrap();
    let path = path.split('"').next().unwrap().to_owned();
    let answer = admin.submit(&pages[1], &path, &[("on", "user"), ("id", &person)]).await;
    assert_eq!(answer.location(), pages[1]);
    let shown = done(&mut admin, &answer).await;
    assert!(shown.says("The token was revoked.") && shown.says("revoked a token of finance for Finance"));
    for page in &pages {
        assert_eq!(rows(&admin.get(page).await), 1, "{page}");
    }
    let twice = admin.submit(&pages[1], &path, &[("on", "user"), ("id", &person)]).await;
    assert_eq!(twice.status, 409);
    assert_eq!(admin.submit(&pages[1], &links::token_revoke("x"), &[]).await.status, 404);
}

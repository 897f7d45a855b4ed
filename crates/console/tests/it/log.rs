//! Overview, audit log and single lines of it.

use chancery_audit::Verdict;
use chancery_console::links;
use chancery_kernel::Seconds;

use crate::world::World;

#[tokio::test]
async fn the_overview_counts_decisions_once_and_shows_denials() {
    let world = World::new().await;
    let (agent, app) = (world.corp.agent("finance").await, world.corp.app("Finance").await);
    let mut admin = world.admin().await;
    assert!(admin.get("/console").await.says("No decisions yet."));
    world.corp.decide(&agent, &app, Verdict::Allow).await;
    world.corp.decide(&agent, &app, Verdict::Allow).await;
    world.corp.decide(&agent, &app, Verdict::Deny).await;
    for _ in 0..2 {
        let page = admin.get("/console").await;
        assert!(page.says("over 24 hours: 2 allowed, 1 denied"), "{}", page.text);
        assert!(page.says("finance was refused a token for Finance on behalf of admin@corp.example"));
        assert!(page.says("human_not_assigned") && page.says("has no credential"));
    }
    world.clock.advance(Seconds::minutes(50));
    admin.get("/console").await;
    world.corp.decide(&agent, &app, Verdict::Allow).await;
    assert!(admin.get("/console").await.says("over 24 hours: 3 allowed, 1 denied"));
}

#[tokio::test]
async fn old_decisions_leave_the_picture() {
    let world = World::new().await;
    let (agent, app) = (world.corp.agent("finance").await, world.corp.app("Finance").await);
    let mut admin = world.admin().await;
    world.corp.decide(&agent, &app, Verdict::Allow).await;
    assert!(admin.get("/console").await.says("over 24 hours: 1 allowed, 0 denied"));
    world.clock.advance(Seconds::hours(25));
    let mut admin = world.admin().await;
    assert!(admin.get("/console").await.says("No decisions yet."));
}

#[tokio::test]
async fn the_log_is_filtered_by_names_and_verdicts() {
    let world = World::new().await;
    let (agent, app) = (world.corp.agent("finance").await, world.corp.app("Finance").await);
    let other = world.corp.agent("quiet").await;
    world.corp.decide(&agent, &app, Verdict::Allow).await;
    world.corp.decide(&agent, &app, Verdict::Deny).await;
    let mut admin = world.admin().await;
    let rows = |page: &crate::browser::Answer| page.text.matches("data-key=").count();
    let denied = admin.get("/console/audit?verdict=deny").await;
    assert!(denied.says("was refused a token") && !denied.says("received a token"));
    assert_eq!(rows(&denied), 1);
    let both = admin.get("/console/audit?agent=finance&kind=token_decided&window=1h").await;
    assert_eq!(rows(&both), 2);
    let by_id = admin.get(&format!("/console/audit?agent={}&application=Finance", agent.id)).await;
    assert_eq!(rows(&by_id), 2);
    let quiet = admin.get(&format!("/console/audit?agent={}&user=admin@corp.example", other.id)).await;
    assert_eq!(rows(&quiet), 1, "the registration, which the administrator did");
    let hours = admin.get("/console/audit?kind=token_decided&until=2026-09-21T14:00").await;
    assert!(hours.says("Nothing fits this filter.") && hours.says("value=\"2026-09-21T14:00\""));
    let hours =
        admin.get("/console/audit?kind=token_decided&from=2026-09-21T14:00&until=2026-09-21T15:00").await;
    assert_eq!(rows(&hours), 2);
    let client = admin
        .get("/console/audit?client=Chancery command line&verdict=deny".replace(' ', "%20").as_str())
        .await;
    assert_eq!(rows(&client), 1, "the decision on the token that was asked for through it");
    let nobody = admin.get("/console/audit?agent=nobody").await;
    assert!(nobody.says("Nothing fits this filter."));
    assert_eq!(admin.get("/console/audit?before=x").await.status, 400);
}

#[tokio::test]
async fn whoever_was_refused_is_found_by_the_verdict_whatever_they_asked_for() {
    let world = World::new().await;
    world.corp.user("alice@corp.example").await;
    let mut stranger = world.stranger();
    let wrong =
        [("login", "alice@corp.example"), ("password", "guessed and wrong"), ("organization", "corp")];
    assert_eq!(stranger.submit("/sign-in", "/sign-in", &wrong).await.status, 401);
    let mut alice = world.signed_in("corp", "alice@corp.example").await;
    assert_eq!(alice.get("/console").await.status, 403);
    let mut admin = world.admin().await;
    let denied = admin.get("/console/audit?verdict=deny").await;
    assert!(
        denied.says("A sign-in as alice@corp.example failed")
            && denied.says("alice@corp.example was refused")
    );
    let allowed = admin.get("/console/audit?verdict=allow&user=alice@corp.example").await;
    assert!(allowed.says("alice@corp.example signed in") && !allowed.says("as alice@corp.example failed"));
}

#[tokio::test]
async fn a_line_is_found_by_id_and_by_position_and_leads_to_its_neighbors() {
    let world = World::new().await;
    let (agent, app) = (world.corp.agent("finance").await, world.corp.app("Finance").await);
    world.corp.decide(&agent, &app, Verdict::Deny).await;
    let mut admin = world.admin().await;
    let list = admin.get("/console/audit?verdict=deny").await;
    let id = list.field_of_row();
    let line = admin.get(&links::event(&id)).await;
    assert!(line.says("human_not_assigned") && line.says("the person is not assigned"));
    assert!(
        line.says("Earlier line")
            && line.says("Later line")
            && line.says("&quot;kind&quot;:&quot;token_decided&quot;")
    );
    let position = line.text.split_once("Event #").unwrap().1.split('<').next().unwrap().to_owned();
    let again = admin.get(&links::event(&position)).await;
    assert_eq!(line.alike().replace("rqt_", ""), again.alike().replace("rqt_", ""));
    assert_eq!(admin.get(&links::event("99999")).await.status, 404);
}

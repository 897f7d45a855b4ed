//! The kill switch, from the page of an agent to the page that says it is stopped.

use chancery_console::links;

use crate::world::World;

#[tokio::test]
async fn an_agent_is_contained_in_two_steps_and_released_in_two() {
    let world = World::new().await;
    let agent = world.corp.agent("finance").await;
    let (page, stop, release) = (
        links::agent(&agent.id.to_string()),
        links::agent_contain(&agent.id.to_string()),
        links::agent_release(&agent.id.to_string()),
    );
    let mut admin = world.admin().await;
    assert!(admin.get(&page).await.says(&format!("href=\"{stop}\"")));
    let asked = admin.get(&stop).await;
    assert!(asked.says("Contain finance?") && asked.says("What happens"));
    let done = admin.submit(&stop, &stop, &[("reason", "it reads too much"), ("sure", "yes")]).await;
    assert_eq!((done.status.as_u16(), done.location()), (303, page.as_str()));
    let held = world.corp.now_agent(&agent).contained.clone().unwrap();
    assert_eq!(held.reason, "it reads too much");
    let shown = admin.get(&page).await;
    assert!(shown.says("nothing issued to this agent works") && shown.says("By admin@corp.example"));
    assert!(admin.get("/console").await.says("Contained now"));
    let done = admin.submit(&release, &release, &[("reason", "mended"), ("sure", "yes")]).await;
    assert_eq!(done.status, 303);
    assert!(world.corp.now_agent(&agent).contained.is_none());
    assert!(admin.get(&page).await.says("Released. It may ask for new tokens"));
    assert!(!admin.get(&page).await.says("Released. It may ask for new tokens"), "told once");
}

#[tokio::test]
async fn a_stop_without_reason_or_second_thought_shows_the_page_again() {
    let world = World::new().await;
    let agent = world.corp.agent("finance").await;
    let stop = links::agent_contain(&agent.id.to_string());
    let mut admin = world.admin().await;
    let unsure = admin.submit(&stop, &stop, &[("reason", "in <doubt>")]).await;
    assert_eq!(unsure.status, 400);
    assert!(unsure.says("Tick this to go on.") && unsure.says("value=\"in &lt;doubt&gt;\""));
    let mute = admin.submit(&stop, &stop, &[("reason", " "), ("sure", "yes")]).await;
    assert_eq!(mute.status, 400);
    assert!(mute.says("stop-reason-problem"), "the problem stands at its field");
    assert!(world.corp.now_agent(&agent).contained.is_none());
    let twice = [("reason", "stop"), ("sure", "yes")];
    assert_eq!(admin.submit(&stop, &stop, &twice).await.status, 303);
    assert_eq!(admin.submit(&stop, &stop, &twice).await.status, 409);
}

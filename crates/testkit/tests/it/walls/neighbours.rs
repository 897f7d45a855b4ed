//! The wall of an organization at the pages: whatever is named from the other side looks as if it did not exist, in every
//! page and every form, and nothing is done to it.

use chancery_console::links::ROUTES;
use chancery_testkit::{ADMINISTRATOR, Browser, PASSWORD, Page};

use super::console::{Desk, Form, pattern_at};
use super::isolation::second_organization;
use crate::world::{Scene, World, fill};

/// The administrator of the other organization, signed in.
async fn neighbour(w: &World) -> Browser {
    second_organization(w).await;
    let mut browser = w.kit.browser().unwrap();
    let page = browser.get("/sign-in").await.unwrap();
    let typed = [("organization", "other"), ("login", ADMINISTRATOR), ("password", PASSWORD)];
    assert_eq!(browser.submit(&page, "/sign-in", &typed).await.unwrap().status, 303);
    browser
}

/// What a page says and where it leads, but for its request, its token, and the ids that were sent.
fn said(page: &Page, at: &Scene, path: &str) -> (u16, String) {
    let request = page.headers["x-request-id"].to_str().unwrap();
    let csrf = page.body.split("name=\"csrf\" value=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let hide = |text: String, part: &str| text.replace(part, "…");
    let told = format!("{} {}", page.location.as_deref().unwrap_or_default(), page.body);
    let told = csrf.chain([request, path]).fold(told, hide);
    // A sentence begins with a capital letter, also where that belongs to an id.
    (page.status, at.ids().fold(told.to_lowercase(), |text, id| hide(text, &id.to_lowercase())))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_shows_a_neighbour_what_it_shows_of_what_is_not_there() {
    let mut desk = Desk::new().await;
    let (ours, nowhere) = (desk.scene.clone(), Scene::nowhere());
    let mut bea = neighbour(&desk.w).await;
    let names = ["alice", "sellers", "crm.example", "crm guard"];
    for (name, pattern) in ROUTES.iter().filter(|(_, pattern)| pattern.starts_with("/console")) {
        let (here, there) = (pattern_at(pattern, &ours), pattern_at(pattern, &nowhere));
        if name.ends_with("live") {
            continue;
        }
        let page = bea.get(&here).await.unwrap();
        if page.status == 405 {
            continue;
        }
        assert!(names.iter().all(|name| !page.body.contains(name)), "{name} shows ours");
        if here == there {
            assert_eq!(page.status, 200, "{name}");
            assert!(ours.ids().all(|id| !page.body.contains(id)), "{name} shows ours");
            continue;
        }
        let missing = bea.get(&there).await.unwrap();
        assert_eq!(page.status, 404, "{name}: {}", page.body);
        assert_eq!(said(&page, &ours, &here), said(&missing, &nowhere, &there), "{name}");
        let own = desk.w.desk.get(&here).await.unwrap();
        assert_eq!(own.status, 200, "{name}: it is there, for those it belongs to");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_a_neighbour_does_to_ours_what_it_does_to_what_is_not_there() {
    let mut desk = Desk::new().await;
    let nowhere = Scene::nowhere();
    let mut bea = neighbour(&desk.w).await;
    let before = desk.log().await;
    let missing = desk.forms_at(&nowhere);
    let mut tried = 0;
    for (ours, missing) in desk.forms.iter().zip(&missing) {
        if (&ours.path, &ours.fields) == (&missing.path, &missing.fields) {
            continue;
        }
        tried += 1;
        let send = async |browser: &mut Browser, form: &Form| fill(browser, &form.path, &form.fields).await;
        let (foreign, unknown) = (send(&mut bea, ours).await, send(&mut bea, missing).await);
        assert!(
            (400..500).contains(&foreign.status) || foreign.status == 303,
            "{}: {}",
            ours.path,
            foreign.body
        );
        assert_eq!(
            said(&foreign, &desk.scene, &ours.path),
            said(&unknown, &nowhere, &missing.path),
            "{}",
            ours.path
        );
    }
    assert!(tried > 50, "{tried}");
    assert_eq!(desk.log().await, before, "nothing of it was done, or noted, here");
}

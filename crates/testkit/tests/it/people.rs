//! People before a real browser: from the setup link to the withdrawal of a consent, with the keyboard alone, on a
//! phone, and with scripts off.

mod asked;
mod chromium;
mod deciding;
mod lending;
mod person;
mod pocket;
mod relations;
mod second;
mod story;

use chancery_testkit::Kit;

use chromium::{Chromium, Look};
use person::{Manner, Person};

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_made_and_used_with_the_keyboard_alone() {
    let Some(browser) = Chromium::start(Look::DESK).await else { return };
    let kit = crate::factors::named().await;
    let person = Person::new(browser, Manner::Keyboard, kit.running.issuer.clone());
    second::passkey(&kit, &person).await;
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_made_and_used_on_a_phone() {
    let Some(browser) = Chromium::start(Look::PHONE).await else { return };
    let kit = crate::factors::named().await;
    let person = Person::new(browser, Manner::Touch, kit.running.issuer.clone());
    second::passkey(&kit, &person).await;
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_enrolled_and_used_with_scripts_off() {
    let Some((kit, person)) = start(Look::WITHOUT_SCRIPTS, Manner::Touch).await else { return };
    second::app(&kit, &person).await;
    person.leave().await;
}

/// A person before their own browser, and the server they work with; none where there is no browser.
async fn start(look: Look, manner: Manner) -> Option<(Kit, Person)> {
    let browser = Chromium::start(look).await?;
    let kit = Kit::start().await.unwrap();
    let person = Person::new(browser, manner, kit.running.issuer.clone());
    Some((kit, person))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_security_team_finds_its_way_with_the_keyboard_alone() {
    let Some((kit, person)) = start(Look::DESK, Manner::Keyboard).await else { return };
    story::whole(&kit, &person).await;
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_security_team_finds_its_way_on_a_phone() {
    let Some((kit, person)) = start(Look::PHONE, Manner::Touch).await else { return };
    story::whole(&kit, &person).await;
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_security_team_finds_its_way_with_scripts_off() {
    let Some((kit, person)) = start(Look::WITHOUT_SCRIPTS, Manner::Touch).await else { return };
    story::whole(&kit, &person).await;
    person.leave().await;
}

async fn answers(look: Look, manner: Manner) {
    let Some(browser) = Chromium::start(look).await else { return };
    let w = crate::world::World::on(crate::factors::named().await).await;
    let mut desk = crate::approvals::Desk::open_on(w).await;
    let person = Person::new(browser, manner, desk.w.issuer().to_owned());
    asked::whole(&mut desk, &person).await;
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_allows_what_weighs_much_on_a_phone_and_sees_it_done() {
    answers(Look::PHONE, Manner::Touch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_allows_what_weighs_much_with_the_keyboard_alone_and_sees_it_done() {
    answers(Look::DESK, Manner::Keyboard).await;
}

async fn in_the_pocket(look: Look, manner: Manner) {
    let Some(browser) = Chromium::start(look).await else { return };
    let mut desk = crate::approvals::Desk::open().await;
    let person = Person::new(browser, manner, desk.w.issuer().to_owned());
    pocket::whole(&mut desk, &person).await;
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_answer_and_a_security_team_stops_an_agent_on_a_phone_with_scripts_off() {
    in_the_pocket(Look::PHONE_WITHOUT_SCRIPTS, Manner::Touch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_answer_and_a_security_team_stops_an_agent_with_the_keyboard_alone_and_scripts_off() {
    in_the_pocket(Look::PHONE_WITHOUT_SCRIPTS, Manner::Keyboard).await;
}

async fn lends(look: Look, manner: Manner) {
    let Some(browser) = Chromium::start(look).await else { return };
    let mut desk = crate::approvals::Desk::open().await;
    let person = Person::new(browser, manner, desk.w.issuer().to_owned());
    lending::whole(&mut desk, &person).await;
    deciding::whole(&mut desk, &person).await;
    lending::house(&mut desk, &person).await;
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_ends_what_is_lent_with_the_keyboard_alone() {
    lends(Look::DESK, Manner::Keyboard).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_ends_what_is_lent_on_a_phone() {
    lends(Look::PHONE, Manner::Touch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_ends_what_is_lent_with_scripts_off() {
    lends(Look::WITHOUT_SCRIPTS, Manner::Touch).await;
}

async fn relates(look: Look, manner: Manner) {
    let Some(browser) = Chromium::start(look).await else { return };
    let w = crate::world::World::start().await;
    let person = Person::new(browser, manner, w.issuer().to_owned());
    relations::whole(&person).await;
    person.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_tends_relationships_with_the_keyboard_alone() {
    relates(Look::DESK, Manner::Keyboard).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_tends_relationships_on_a_phone() {
    relates(Look::PHONE, Manner::Touch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_tends_relationships_with_scripts_off() {
    relates(Look::WITHOUT_SCRIPTS, Manner::Touch).await;
}

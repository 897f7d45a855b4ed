//! The whole of it, before one browser: a person signs in, enrolls a passkey, has the inbox open while an agent asks for something
//! of weight, reads the six facts, proves themselves with the passkey, types the number that the agent's side shows, approves,
//! and sees in the CRM what the agent did.

use chancery_testkit::PASSWORD;

use super::person::Person;
use crate::approvals::Desk;
use crate::approvals::crm::Crm;

const QUESTION: &str = "Approve AI agent to pay for Brandon?";

pub async fn whole(d: &mut Desk, brandon: &Person) {
    d.weigh().await;
    let crm = Crm::start(d).await;
    brandon.visit("/inbox").await;
    brandon.fill("Login name", &d.brandon.login).await;
    brandon.fill("Password", PASSWORD).await;
    brandon.press("Sign in").await;
    brandon.holds_passkeys().await;
    brandon.visit("/me/factors").await;
    brandon.fill("Name of the passkey", "phone").await;
    brandon.press("Add a passkey").await;
    brandon.press("I have kept them").await;
    brandon.visit("/inbox").await;
    brandon.reads("Nothing waits for you.").await;
    // Older than what counts as fresh.
    d.w.advance(301);
    let (asked, number) = d.put().await;
    brandon.reads(QUESTION).await;
    brandon.press(QUESTION).await;
    for fact in [
        "What",
        "Set the stage of Acme Corp to won",
        "System",
        "Data",
        "the record of Acme Corp",
        "Access",
        "It changes data",
        "Impact",
        "The forecast changes",
        "How long",
        "2 minutes, once",
    ] {
        brandon.reads(fact).await;
    }
    brandon.press("Prove your second factor").await;
    brandon.press("Use a passkey").await;
    brandon.reads(QUESTION).await;
    brandon.fill("Number", &number).await;
    let waiting = d.polling(&asked, "30");
    brandon.press("Approve").await;
    brandon.reads("Approved").await;
    let token = waiting.await.unwrap().access();
    assert_eq!(crm.update(&token, "won").await, 204, "the agent does what it was allowed");
    brandon.visit(&crm.page).await;
    brandon.reads("Stage: won").await;
}

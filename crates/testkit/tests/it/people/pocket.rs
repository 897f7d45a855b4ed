//! All of it on a phone whose browser runs no scripts: what people answer, and what a security team sees and stops.

use chancery_testkit::{ADMINISTRATOR, PASSWORD};

use super::person::Person;
use crate::approvals::{Asked, Desk};

const QUESTION: &str = "Approve AI agent to pay for Brandon?";

pub async fn whole(d: &mut Desk, person: &Person) {
    person.visit("/inbox").await;
    enter(person, &d.brandon.login.clone()).await;
    person.reads("Nothing waits for you.").await;
    approvals(d, person).await;
    consents(d, person).await;
    leave(person).await;
    person.visit("/console").await;
    enter(person, ADMINISTRATOR).await;
    person.reads("Overview").await;
    agents(d, person).await;
    log(d, person).await;
    leave(person).await;
}

async fn enter(person: &Person, login: &str) {
    person.fill("Login name", login).await;
    person.fill("Password", PASSWORD).await;
    person.press("Sign in").await;
}

async fn leave(person: &Person) {
    person.visit("/me").await;
    person.press("Sign out").await;
    person.reads("signed out").await;
}

/// One is allowed, one is denied; the agent hears of both, and the inbox remembers them.
async fn approvals(d: &Desk, brandon: &Person) {
    let yes = open(d, brandon).await;
    for fact in [
        "The agent sales",
        "Do crm.pay",
        "Set the stage of Acme Corp to won",
        "the record of Acme Corp",
        "It changes data",
        "The forecast changes",
        "2 minutes, once",
    ] {
        brandon.reads(fact).await;
    }
    brandon.press("Approve").await;
    brandon.reads("Approved").await;
    assert_eq!(d.poll(&yes).await.status, 200);
    let no = open(d, brandon).await;
    brandon.press("Deny").await;
    brandon.reads("Denied").await;
    assert_eq!(d.poll(&no).await.outcome(), (400, "access_denied"));
    brandon.press("Back to the inbox").await;
    brandon.reads("Nothing waits for you.").await;
    for asked in [yes, no] {
        brandon.visit(&format!("/inbox/{}", asked.approval)).await;
        brandon.reads("What an agent asked").await;
    }
}

async fn open(d: &Desk, brandon: &Person) -> Asked {
    let asked = d.ask().await;
    brandon.visit("/inbox").await;
    brandon.press(QUESTION).await;
    brandon.reads("What you say yes or no to").await;
    asked
}

/// A consent is refused, and then given, and stands on one's own page, where it is taken back.
async fn consents(d: &mut Desk, brandon: &Person) {
    let back = d.w.kit.url("/signed-out");
    let client = serde_json::json!({"name": "pocket", "agent": d.agent.id, "auth": "none",
        "grants": ["authorization_code"], "redirect_uris": [back]});
    let client = d.w.client(client).await;
    let asked = [
        ("scope", "openid crm.read crm.write"),
        ("resource", d.crm.resource.as_str()),
        ("redirect_uri", back.as_str()),
    ];
    let request = d.w.request(&client, &asked);
    for (answer, told) in [("Deny", "error=access_denied"), ("Allow", "code=")] {
        brandon.visit(&request).await;
        for said in [
            "wants to act for you in crm",
            "What it could do",
            "do crm.read",
            "do crm.write",
            "Who asks",
            "is tested",
            "For how long",
            "Until you withdraw it",
        ] {
            brandon.reads(said).await;
        }
        brandon.press(answer).await;
        let address = brandon.address().await;
        assert!(address.starts_with(&back) && address.contains(told), "{address}");
    }
    brandon.visit("/me").await;
    brandon.reads("sales").await;
    brandon.press_below("What you allowed", "Withdraw").await;
    brandon.visit(&request).await;
    brandon.reads("wants to act for you in crm").await;
}

/// From the list to the agent, and stopped.
async fn agents(d: &mut Desk, ada: &Person) {
    ada.press("Agents").await;
    ada.press("sales").await;
    for said in ["is tested", ADMINISTRATOR, "crm", "Contain…"] {
        ada.reads(said).await;
    }
    ada.press("Contain…").await;
    ada.fill("Reason", "it pays at night").await;
    ada.tick("Stop this agent now").await;
    ada.press("Contain agent").await;
    ada.reads("nothing issued to this agent works").await;
    let fields = [("grant_type", "client_credentials"), ("resource", d.crm.resource.as_str())];
    assert_ne!(d.w.token(&d.agent.client, &fields).await.status, 200);
}

/// Filtered, and one line of it explained.
async fn log(d: &Desk, ada: &Person) {
    ada.press("Audit log").await;
    ada.choose("Decision", "Denied").await;
    ada.filter().await;
    ada.does_not_read("it pays at night").await;
    ada.visit("/console/audit").await;
    ada.fill("Agent", &d.agent.name).await;
    ada.choose("Kind", "agent_contained").await;
    ada.filter().await;
    ada.press(&format!("{ADMINISTRATOR} contained sales: it pays at night")).await;
    for said in ["The kill switch was pulled", "it pays at night", "Inclusion"] {
        ada.reads(said).await;
    }
}

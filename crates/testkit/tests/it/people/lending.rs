//! An administrator watches what is lent: a request comes in, is allowed by whoever is asked, stands among the permissions
//! in force, and is ended there; and changes who has to say yes.

use chancery_testkit::{ADMINISTRATOR, Api, PASSWORD};
use serde_json::{Value, json};

use super::person::Person;
use crate::approvals::{Desk, answers};

const PURPOSE: &str = "Pay the invoice of Acme Corp";

pub async fn whole(d: &mut Desk, ada: &Person) {
    ada.visit("/console/grants").await;
    ada.fill("Login name", ADMINISTRATOR).await;
    ada.fill("Password", PASSWORD).await;
    ada.press("Sign in").await;
    ada.reads("No permission is in force.").await;
    let grant = lent(d).await;
    look_again(ada).await;
    ada.reads(PURPOSE).await;
    ada.reads("ends in 1").await;
    ada.press(&format!("Return the permission of {}", d.agent.name)).await;
    ada.reads("The permission has ended, and what rested on it is dead.").await;
    ada.reads("No permission is in force.").await;
    assert_eq!(d.w.api().await.get(&format!("/api/v1/grants/{grant}")).await.unwrap().status, 404);
    look_back(ada).await;
    rules(d, ada).await;
}

/// With scripts the page follows by itself.
async fn look_again(ada: &Person) {
    if !ada.has_scripts() {
        ada.visit("/console/grants").await;
    }
}

/// The agent asks for itself, and Brandon says yes: the grant.
async fn lent(d: &mut Desk) -> String {
    let (agent, api) = (d.agent.clone(), d.w.management());
    d.w.assign(&agent.id, &api, Some("requests.read requests.manage")).await;
    let fields = [("grant_type", "client_credentials"), ("resource", api.resource.as_str())];
    let own = Api::new(d.w.kit.base(), Some(d.w.token(&agent.client, &fields).await.access())).unwrap();
    let wish =
        json!({"user": d.brandon.id, "application": d.crm.id, "scopes": "crm.pay", "purpose": PURPOSE});
    let asked: Value = own.post("/api/v1/requests", wish).await.unwrap().ok().unwrap().body;
    let page = answers(&mut d.browser, asked["id"].as_str().unwrap(), "approve").await;
    assert_eq!(page.status, 303, "{}", page.body);
    asked["grant"].as_str().unwrap().to_owned()
}

/// The request and what came of it, by what it gives.
async fn look_back(ada: &Person) {
    ada.press("Requests").await;
    ada.visit("/console/approvals").await;
    ada.choose("What a yes gives", "a secret of the vault").await;
    ada.filter().await;
    ada.reads("Nothing here.").await;
    ada.visit("/console/approvals").await;
    ada.choose("What a yes gives", "a permission for a while").await;
    ada.filter().await;
    ada.press(PURPOSE).await;
    ada.reads("not in force").await;
    ada.reads("the person concerned").await;
}

async fn rules(d: &mut Desk, ada: &Person) {
    let place = json!({"resource_group": "prod", "project": "crm"});
    d.w.make("/api/v1/secrets/folders", place).await;
    ada.visit("/console/approvers").await;
    ada.unfold("Change the rule of prod / crm").await;
    ada.choose("Who", "the manager of the person concerned").await;
    ada.press_below("Folders of the vault", "Save rule").await;
    ada.reads("Saved.").await;
    let folder = d.w.read("/api/v1/secrets/folders").await["items"][0].clone();
    assert_eq!(folder["policy"]["approver"], "manager", "{folder}");
}

pub async fn house(d: &mut Desk, ada: &Person) {
    ada.press("Corp").await;
    ada.reads("Of everybody who has one").await;
    ada.choose("Second factor at the sign-in", "Of whoever has rights").await;
    ada.press("Save").await;
    let organizations = d.w.read("/api/v1/organizations").await;
    assert_eq!(organizations["items"][0]["second_factor"], "administrators", "{organizations}");
}

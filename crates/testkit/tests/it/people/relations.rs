//! An administrator writes a model, adds a tuple after seeing who gains, has a check explained, and takes the tuple out again
//! after seeing who loses.

use chancery_testkit::{ADMINISTRATOR, PASSWORD};

use super::person::Person;

pub async fn whole(ada: &Person) {
    ada.visit("/console/stores").await;
    ada.fill("Login name", ADMINISTRATOR).await;
    ada.fill("Password", PASSWORD).await;
    ada.press("Sign in").await;
    ada.reads("No store yet.").await;
    ada.unfold("Create a store").await;
    ada.fill("Name", "drive").await;
    ada.press("Create store").await;
    ada.reads("No model yet.").await;
    model(ada).await;
    grant(ada).await;
    asks(ada, "Allowed").await;
    ada.reads("document:plan#owner@user:anne names the user").await;
    reaches(ada).await;
    revoke(ada).await;
    asks(ada, "Denied").await;
    ada.reads("no tuple of document:plan#owner names user:anne or leads on").await;
    long_names(ada).await;
}

/// As long as they may be: no page becomes wider than its window by them.
async fn long_names(ada: &Person) {
    let (object, user) = (format!("document:{}", "x".repeat(240)), format!("user:{}", "y".repeat(480)));
    ada.press("Tuples").await;
    ada.press("Add tuples").await;
    ada.fill("Object", &object).await;
    ada.fill("Relation", "owner").await;
    ada.fill("User", &user).await;
    ada.press("See who gains and who loses").await;
    ada.reads(&format!("viewer on {object}")).await;
    ada.press("Add this tuple").await;
    ada.reads(&user).await;
    ada.press("Try a check").await;
    ada.fill("User", &user).await;
    ada.fill("Relation", "viewer").await;
    ada.fill("Object", &object).await;
    ada.press("Ask").await;
    ada.reads("Allowed").await;
}

async fn model(ada: &Person) {
    let store = ada.address().await;
    ada.press("Write a model").await;
    ada.fill("Model", "oops ").await;
    ada.press("Check").await;
    ada.reads("Line 1, column 1").await;
    ada.visit(&store).await;
    ada.press("Write a model").await;
    ada.press("Check").await;
    ada.reads("Nothing: this model can be written.").await;
    ada.press("Write as new model").await;
    ada.reads("The model was written.").await;
    ada.press("View the newest model").await;
    ada.reads("define viewer: [user] or owner").await;
}

async fn grant(ada: &Person) {
    ada.press("Tuples").await;
    ada.press("Add tuples").await;
    ada.fill("Object", "document:plan").await;
    ada.fill("Relation", "owner").await;
    ada.fill("User", "user:anne").await;
    ada.press("See who gains and who loses").await;
    ada.reads("Gains").await;
    ada.reads("viewer on document:plan").await;
    ada.reads("That is everything.").await;
    ada.press("Add this tuple").await;
    ada.reads("The tuple was added.").await;
}

async fn asks(ada: &Person, verdict: &str) {
    ada.press("Try a check").await;
    ada.fill("User", "user:anne").await;
    ada.fill("Relation", "viewer").await;
    ada.fill("Object", "document:plan").await;
    ada.press("Ask").await;
    ada.reads(verdict).await;
}

async fn reaches(ada: &Person) {
    ada.press("Who and what").await;
    ada.fill("Object", "document:plan").await;
    ada.fill("Relation", "viewer").await;
    ada.fill("Type of users", "user").await;
    ada.press("List who").await;
    ada.reads("Of the type user, with viewer on document:plan").await;
    ada.reads("1 found, and that is all").await;
    reached(ada).await;
}

/// The other way round: the second form on the page, whose labels are the first one's.
async fn reached(ada: &Person) {
    let address = ada.address().await;
    let (path, _) = address.split_once('?').unwrap_or((&address, ""));
    ada.visit(&format!("{path}?ask=what&user=user:anne&relation=viewer&kind=document")).await;
    ada.press("List what").await;
    ada.reads("user:anne").await;
    ada.reads("document:plan").await;
    ada.reads("1 found, and that is all").await;
}

async fn revoke(ada: &Person) {
    ada.press("Tuples").await;
    ada.press("Remove").await;
    ada.reads("Loses").await;
    ada.reads("owner on document:plan").await;
    ada.press("Remove this tuple").await;
    ada.reads("The tuple was removed.").await;
    ada.reads("No tuple here.").await;
}

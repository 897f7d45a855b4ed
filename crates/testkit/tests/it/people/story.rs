//! A day of the first administrator, from page to page.

use chancery_testkit::{ADMINISTRATOR, Kit, PASSWORD};

use super::person::Person;
use crate::world::CHALLENGE;

pub async fn whole(kit: &Kit, ada: &Person) {
    set_up(kit, ada).await;
    sign_in_again(ada).await;
    let client = register(ada).await;
    contain_and_release(ada).await;
    consent_and_withdraw(kit, ada, &client).await;
    look_back(ada).await;
    if ada.has_scripts() {
        hear_news(kit, ada).await;
    }
}

pub async fn set_up(kit: &Kit, ada: &Person) {
    ada.visit(kit.running.setup_link.as_deref().unwrap()).await;
    ada.fill("Name", "Corp Example").await;
    ada.fill("Short name", "corp").await;
    ada.fill("Login name", ADMINISTRATOR).await;
    ada.fill("E-mail", ADMINISTRATOR).await;
    ada.fill("Password", PASSWORD).await;
    ada.fill("Password again", PASSWORD).await;
    ada.press("Create the organization").await;
}

async fn sign_in_again(ada: &Person) {
    ada.visit("/console").await;
    ada.press("Sign out").await;
    ada.visit("/console").await;
    ada.fill("Login name", ADMINISTRATOR).await;
    ada.fill("Password", PASSWORD).await;
    ada.press("Sign in").await;
    ada.reads("Overview").await;
}

/// An application with a scope, an agent that is assigned to it and active, and the agent's client: its id.
async fn register(ada: &Person) -> String {
    ada.press("Applications").await;
    ada.unfold("Create an application").await;
    ada.fill("Name", "Ledger").await;
    ada.fill("Resource address", "https://ledger.example/api").await;
    ada.press("Create application").await;
    ada.reads("Created.").await;
    ada.unfold("Add or change a scope").await;
    ada.fill("Scope", "ledger.read").await;
    ada.fill("Lets its holder", "read the ledger").await;
    ada.fill("Data", "the ledger").await;
    ada.choose("Default tier", "Auto").await;
    ada.press("Save scope").await;
    ada.reads("The scope was saved.").await;
    ada.press("Agents").await;
    ada.unfold("Register an agent").await;
    ada.fill("Name", "ledger-agent").await;
    ada.fill("Purpose", "Answers questions on the ledger.").await;
    ada.fill("Technical owner", ADMINISTRATOR).await;
    ada.fill("Accountable sponsor", ADMINISTRATOR).await;
    ada.press("Register agent").await;
    ada.reads("It is staged").await;
    let client = face(ada).await;
    ada.press("ledger-agent").await;
    ada.unfold("Assign to an application").await;
    ada.fill("Application", "Ledger").await;
    ada.press("Assign").await;
    ada.reads("Assigned.").await;
    ada.unfold("Change stage").await;
    ada.fill("Why", "passed its review").await;
    ada.press("Change stage").await;
    ada.reads("Its stage has changed.").await;
    client
}

/// A client of the agent, whose secret is shown this once.
async fn face(ada: &Person) -> String {
    ada.unfold("Add a client").await;
    ada.fill("Name", "ledger assistant").await;
    ada.choose("Proves itself by", "Client secret").await;
    ada.fill("Redirect addresses", "http://127.0.0.1/signed-out").await;
    ada.press("Add client").await;
    ada.reads("It is shown this once.").await;
    ada.press("Clients").await;
    ada.press("ledger assistant").await;
    ada.does_not_read("It is shown this once.").await;
    ada.address().await.rsplit('/').next().unwrap().to_owned()
}

async fn contain_and_release(ada: &Person) {
    ada.press("Agents").await;
    ada.press("ledger-agent").await;
    ada.press("Contain…").await;
    ada.fill("Reason", "it reads at night").await;
    ada.tick("Stop this agent now").await;
    ada.press("Contain agent").await;
    ada.reads("nothing issued to this agent works").await;
    ada.reads("it reads at night").await;
    ada.press("Release…").await;
    ada.fill("Reason", "the night job was ours").await;
    ada.tick("I have looked into the incident").await;
    ada.press("Release agent").await;
    ada.reads("Released. It may ask for new tokens").await;
}

/// The agent's client asks to sign Ada in; she agrees, and takes it back on her own page.
async fn consent_and_withdraw(kit: &Kit, ada: &Person, client: &str) {
    let back = format!("{}/signed-out", kit.running.issuer);
    let query = [
        ("response_type", "code"),
        ("client_id", client),
        ("redirect_uri", &back),
        ("scope", "openid profile"),
        ("state", "st"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let request = reqwest::Url::parse_with_params(&kit.url("/oauth2/authorize"), &query).unwrap();
    ada.visit(request.as_str()).await;
    ada.reads("ledger-agent").await;
    ada.press("Allow").await;
    assert!(ada.address().await.contains("code="), "{}", ada.address().await);
    ada.visit("/me").await;
    ada.reads("Your profile").await;
    ada.press_below("What you allowed", "Withdraw").await;
    ada.reads("You have allowed nothing yet.").await;
}

/// The log has all of it, and explains each line.
async fn look_back(ada: &Person) {
    ada.visit("/console/audit").await;
    ada.choose("Kind", "agent_contained").await;
    ada.filter().await;
    ada.reads("contained ledger-agent: it reads at night").await;
    ada.press(&format!("{ADMINISTRATOR} contained ledger-agent: it reads at night")).await;
    ada.reads("The kill switch was pulled").await;
    ada.reads("Inclusion").await;
}

/// What happens while the log is open appears by itself.
async fn hear_news(kit: &Kit, ada: &Person) {
    ada.visit("/console/audit").await;
    ada.does_not_read("A sign-in as [unknown").await;
    let mut mallory = kit.browser().unwrap();
    mallory.sign_in("mallory", "a guess that does not fit").await.unwrap();
    ada.reads("A sign-in as [unknown").await;
    ada.does_not_read("mallory").await;
}

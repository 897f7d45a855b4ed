//! People and groups.

use chancery_client::Secret;
use reqwest::Method;
use serde_json::json;

use super::Cast;
use crate::desk::{Desk, text};
use crate::people::Person;
use crate::random;

/// Everybody who works here now.
pub(super) struct Hired {
    pub cast: Cast,
    pub hr_group: String,
    /// Technical owner of the agents.
    pub owner: String,
    /// Accountable for them.
    pub sponsor: String,
}

pub(super) async fn hire(desk: &mut Desk, issuer: &str) -> anyhow::Result<Hired> {
    let alice = person(desk, issuer, "alice@corp.example", "Alice Moreau").await?;
    let dana = person(desk, issuer, "dana@corp.example", "Dana Whitlock").await?;
    let henry = person(desk, issuer, "henry@corp.example", "Henry Adeyemi").await?;
    let brandon = person(desk, issuer, "brandon.stark@acme.com", "Brandon Stark").await?;
    let owner = user(desk, "omar@corp.example", "Omar Haddad", None).await?;
    let sponsor = user(desk, "sofia@corp.example", "Sofia Berglund", None).await?;
    let finance_group = group(desk, "FINANCE_APP_USERS", "Who works in FinanceApp").await?;
    let hr_group = group(desk, "HR_APP_USERS", "Who works in HRApp").await?;
    for (group, person) in [(&finance_group, &alice), (&finance_group, &dana), (&hr_group, &henry)] {
        join(desk, group, &person.id).await?;
    }
    let cast = Cast { alice, dana, henry, brandon, finance_group };
    Ok(Hired { cast, hr_group, owner, sponsor })
}

async fn person(desk: &mut Desk, issuer: &str, login: &str, name: &str) -> anyhow::Result<Person> {
    let password = random::password()?;
    let id = user(desk, login, name, Some(&password)).await?;
    Person::new(issuer, id, login, password)
}

async fn user(desk: &mut Desk, login: &str, name: &str, password: Option<&Secret>) -> anyhow::Result<String> {
    let mut body = json!({"login": login, "email": login, "display_name": name});
    if let (Some(body), Some(password)) = (body.as_object_mut(), password) {
        body.insert("password".to_owned(), json!(password.expose()));
    }
    text(&desk.post("/api/v1/users", &body).await?, "/id")
}

async fn group(desk: &mut Desk, name: &str, description: &str) -> anyhow::Result<String> {
    let made = desk.post("/api/v1/groups", &json!({"name": name, "description": description})).await?;
    text(&made, "/id")
}

/// Makes somebody a member.
pub(crate) async fn join(desk: &mut Desk, group: &str, user: &str) -> anyhow::Result<()> {
    let path = format!("/api/v1/groups/{group}/members/{user}");
    desk.change_at(Method::PUT, &path, None, None).await.map(drop)
}

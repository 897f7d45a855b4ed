//! People, systems, agents and their clients.

use serde_json::{Value, json};

use super::{EXCHANGE, World};
use crate::world::CALLBACK;
use chancery_testkit::{ADMINISTRATOR, Api, ORGANIZATION, PASSWORD};

#[derive(Clone, Debug)]
pub struct Person {
    pub id: String,
    pub login: String,
}

#[derive(Clone, Debug)]
pub struct App {
    pub id: String,
    pub resource: String,
    /// The client of its resource server.
    pub guard: Client,
}

#[derive(Clone, Debug)]
pub struct Agent {
    pub id: String,
    pub name: String,
    pub client: Client,
}

#[derive(Clone, Debug)]
pub struct Client {
    pub id: String,
    /// Empty for one without.
    pub secret: String,
}

impl Client {
    /// The fields with the client's credentials before them.
    pub fn with<'a>(&'a self, fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let mut all = vec![("client_id", self.id.as_str())];
        if !self.secret.is_empty() {
            all.push(("client_secret", &self.secret));
        }
        all.extend_from_slice(fields);
        all
    }
}

fn id(made: &Value) -> String {
    made["id"].as_str().unwrap().to_owned()
}

fn scope(name: &str, action: &str, tier: &str) -> Value {
    json!({"name": name, "title": format!("do {name}"), "action": action, "tier": tier})
}

impl World {
    pub async fn person(&mut self, name: &str) -> Person {
        let login = format!("{name}@corp.example");
        let body = json!({"login": login, "email": login, "display_name": name, "password": PASSWORD});
        Person { id: id(&self.make("/api/v1/users", body).await), login }
    }

    /// The management API, as an application.
    pub fn management(&self) -> App {
        let hot = self.kit.running.platform.db.hot();
        let api = hot.applications.all().find(|app| app.builtin).unwrap();
        let guard = Client { id: String::new(), secret: String::new() };
        App { id: api.id.to_string(), resource: api.resource.clone(), guard }
    }

    /// Somebody with some rights over the server, and the API with a token of theirs.
    pub async fn officer(&mut self, name: &str, scopes: &str) -> (Person, Api) {
        let person = self.person(name).await;
        let management = self.management();
        self.assign(&person.id, &management, Some(scopes)).await;
        let mut browser = self.kit.browser().unwrap();
        browser.sign_in(&person.login, PASSWORD).await.unwrap();
        let token = self.kit.management_token(&mut browser, None).await.unwrap();
        (person, Api::new(self.issuer(), Some(token)).unwrap())
    }

    /// An application with scopes `<name>.read` and `.write` (auto), `.pay` (approval) and `.wipe` (never).
    pub async fn app(&mut self, name: &str, more: Value) -> App {
        let mut body = json!({
            "name": name, "resource": format!("https://{name}.example/api"),
            "scopes": [scope(&format!("{name}.read"), "read", "auto"), scope(&format!("{name}.write"), "change", "auto"),
                scope(&format!("{name}.pay"), "change", "approval"), scope(&format!("{name}.wipe"), "change", "never")],
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = self.make("/api/v1/applications", body).await;
        let guard = json!({"name": format!("{name} guard"), "application": made["id"], "auth": "client_secret_basic",
            "grants": ["client_credentials"]});
        let guard = self.client(guard).await;
        App { id: id(&made), resource: made["resource"].as_str().unwrap().to_owned(), guard }
    }

    pub async fn client(&mut self, body: Value) -> Client {
        let made = self.make("/api/v1/clients", body).await;
        Client { id: id(&made), secret: made["client_secret"].as_str().unwrap_or_default().to_owned() }
    }

    /// An agent that is at work, with a client for every grant.
    pub async fn agent(&mut self, name: &str) -> Agent {
        let ada = {
            // The administrator, who stays.
            let hot = self.kit.running.platform.db.hot();
            let org = hot.org_by_slug(ORGANIZATION).unwrap();
            hot.users.of(org).find(|user| user.login == ADMINISTRATOR).unwrap().id.to_string()
        };
        let body = json!({"name": name, "purpose": "is tested", "owners": [ada], "sponsor": ada});
        let agent = id(&self.make("/api/v1/agents", body).await);
        let client = self.face(&agent, name).await;
        self.stage(&agent, "active").await;
        Agent { id: agent, name: name.to_owned(), client }
    }

    /// A client of an agent.
    pub async fn face(&mut self, agent: &str, name: &str) -> Client {
        self.client(json!({"name": name, "agent": agent, "auth": "client_secret_basic",
            "grants": ["client_credentials", "authorization_code", "refresh_token", EXCHANGE],
            "redirect_uris": [CALLBACK]}))
            .await
    }

    pub async fn assign(&mut self, principal: &str, app: &App, scopes: Option<&str>) -> String {
        let mut body = json!({"principal": principal, "application": app.id});
        if let Some(scopes) = scopes {
            body["scopes"] = json!(scopes);
        }
        id(&self.make("/api/v1/assignments", body).await)
    }

    /// A person, a system and an agent that may work there for the person.
    pub async fn trio(&mut self) -> (Person, App, Agent) {
        let (alice, crm, agent) =
            (self.person("alice").await, self.app("crm", json!({})).await, self.agent("sales").await);
        self.assign(&alice.id, &crm, None).await;
        self.assign(&agent.id, &crm, None).await;
        (alice, crm, agent)
    }
}

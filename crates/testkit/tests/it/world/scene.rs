//! One record of every noun.

use serde_json::json;

use super::{Agent, App, Person, World, claims};
use crate::approvals::CIBA;

/// Ids that the paths of the API take, by what they name.
#[derive(Clone, Debug)]
pub struct Scene {
    pub organization: String,
    pub user: String,
    /// In the group.
    pub member: String,
    pub group: String,
    pub application: String,
    pub agent: String,
    pub client: String,
    /// Name of one of the client's two secrets.
    pub secret: String,
    pub assignment: String,
    pub connection: String,
    pub grant: String,
    pub run: String,
    pub event: String,
    /// Position of the decision of a live token.
    pub token: String,
    /// A question that waits for an answer.
    pub approval: String,
    /// A folder of the vault: its id, and its path.
    pub folder: String,
    pub resource_group: String,
    pub project: String,
    /// A secret in it, who may reach it, who has it, and who asked for it.
    pub vaulted: String,
    pub reach: String,
    pub lease: String,
    pub secret_request: String,
    /// An access request that waits for an answer.
    pub request: String,
    /// A second factor; there is none until a test enrolls one.
    pub factor: String,
    /// A store of relationships, its model, and a key of it.
    pub store: String,
    pub model: String,
    pub store_key: String,
    /// Somebody who is told of approvals.
    pub endpoint: String,
}

impl Scene {
    /// Well-formed ids that name nothing.
    pub fn nowhere() -> Self {
        let id = |prefix: &str| format!("{prefix}_00000000000000000000000001");
        Self {
            organization: id("org"),
            user: id("usr"),
            member: id("usr"),
            group: id("grp"),
            application: id("app"),
            agent: id("agt"),
            client: id("cli"),
            secret: "nothing".into(),
            assignment: id("asg"),
            connection: id("con"),
            grant: id("grt"),
            run: id("run"),
            event: id("evt"),
            token: "999999999".into(),
            approval: id("apr"),
            folder: id("fol"),
            resource_group: "nowhere".into(),
            project: "nothing".into(),
            vaulted: id("sec"),
            reach: id("rch"),
            lease: id("lse"),
            secret_request: id("apr"),
            request: id("apr"),
            factor: id("fac"),
            store: "01ARZ3NDEKTSV4RRFFQ69G5FAV".into(),
            model: "01ARZ3NDEKTSV4RRFFQ69G5FAW".into(),
            store_key: id("key"),
            endpoint: id("end"),
        }
    }

    /// What names one of its records wherever it is written.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let all = [
            &self.organization,
            &self.user,
            &self.member,
            &self.group,
            &self.application,
            &self.agent,
            &self.client,
            &self.assignment,
            &self.connection,
            &self.grant,
            &self.run,
            &self.event,
            &self.approval,
            &self.folder,
            &self.vaulted,
            &self.reach,
            &self.lease,
            &self.secret_request,
            &self.request,
            &self.store,
            &self.model,
            &self.store_key,
            &self.endpoint,
        ];
        all.into_iter().map(String::as_str)
    }

    /// Texts that are no ids at all.
    pub fn nonsense() -> Self {
        let no = || "..%2f..%00".to_owned();
        Self {
            organization: no(),
            user: no(),
            member: no(),
            group: no(),
            application: no(),
            agent: no(),
            client: no(),
            secret: no(),
            assignment: no(),
            connection: no(),
            grant: no(),
            run: no(),
            event: no(),
            token: no(),
            approval: no(),
            folder: no(),
            resource_group: no(),
            project: no(),
            vaulted: no(),
            reach: no(),
            lease: no(),
            secret_request: no(),
            request: no(),
            factor: no(),
            store: no(),
            model: no(),
            store_key: no(),
            endpoint: no(),
        }
    }
}

impl World {
    /// A person at work with an agent at a system: everything that leaves.
    pub async fn scene(&mut self) -> Scene {
        let (alice, crm, agent) = self.trio().await;
        let read = async |w: &mut Self, path: &str| w.read(path).await["items"].as_array().unwrap().clone();
        let group =
            self.make("/api/v1/groups", json!({"name": "sellers"})).await["id"].as_str().unwrap().to_owned();
        let joined = format!("/api/v1/groups/{group}/members/{}", alice.id);
        self.api().await.send(reqwest::Method::PUT, &joined, None, None).await.unwrap().ok().unwrap();
        let scopes = json!({"agent": agent.id, "application": crm.id, "auto": "crm.read crm.write"});
        let connection = self.make("/api/v1/connections", scopes).await["id"].as_str().unwrap().to_owned();
        let secrets = format!("/api/v1/clients/{}/secrets", agent.client.id);
        let secret = self.make(&secrets, json!({})).await["name"].as_str().unwrap().to_owned();
        let to = [("scope", "openid crm.read"), ("resource", crm.resource.as_str())];
        let mut browser = self.kit.browser().unwrap();
        let tokens = self.sign_in_with(&mut browser, &alice, &agent.client, &to).await;
        let presence = self.sign_in_with(&mut browser, &alice, &agent.client, &[("scope", "openid")]).await;
        let exchanged = self.exchange(&agent.client, &tokens.access, &to[1..]).await.access();
        let grants = read(self, "/api/v1/grants").await;
        let grant = grants.iter().find(|grant| grant["application"].is_string()).unwrap();
        let assigned = read(self, &format!("/api/v1/assignments?principal={}", agent.id)).await;
        let approval = self.question(&alice, &crm, &agent, "crm.read").await;
        let asks = [to[1], ("scope", "crm.pay"), ("request_approval", "true")];
        let asked = self.exchange(&agent.client, &presence.access, &asks).await;
        let id = |value: &serde_json::Value| value["id"].as_str().unwrap().to_owned();
        let vault = self.deposit(&group).await;
        let (store, model, store_key) = self.related().await;
        let told =
            json!({"name": "tickets", "kind": "webhook", "address": "https://hooks.invalid/of-the-scene"});
        let endpoint = id(&self.make("/api/v1/endpoints", told).await);
        Scene {
            organization: claims(&exchanged)["org_id"].as_str().unwrap().to_owned(),
            user: alice.id.clone(),
            member: alice.id,
            group,
            application: crm.id,
            agent: agent.id,
            client: agent.client.id,
            secret,
            assignment: id(&assigned[0]),
            connection,
            grant: id(grant),
            run: claims(&exchanged)["run_id"].as_str().unwrap().to_owned(),
            event: id(&read(self, "/api/v1/events?limit=1").await[0]),
            token: claims(&exchanged)["pos"].to_string(),
            approval,
            request: asked.body["approval"].as_str().unwrap().to_owned(),
            factor: "fac_00000000000000000000000001".into(),
            store,
            model,
            store_key,
            endpoint,
            ..vault
        }
    }

    /// A secret that the administrator has asked for, and then was lent.
    async fn deposit(&mut self, group: &str) -> Scene {
        let id = |value: &serde_json::Value| value["id"].as_str().unwrap().to_owned();
        let policy = json!({"tier": "approval", "approver": group});
        let place = json!({"resource_group": "prod", "project": "crm", "policy": policy});
        let folder = id(&self.make("/api/v1/secrets/folders", place).await);
        let at = "/api/v1/secrets/resource_groups/prod/projects/crm/secrets";
        let value = json!({"name": "key", "kind": "api_key", "value": {"key": "k-4711-in-the-scene"}});
        let vaulted = id(&self.make(at, value).await);
        let api = self.api().await;
        let ada = claims(api.token.as_ref().unwrap())["sub"].clone();
        let reach = json!({"principal": ada, "folder": folder, "tier": "auto"});
        let reach = id(&self.make("/api/v1/secrets/connections", reach).await);
        let path = format!("{at}/{vaulted}");
        let asked = api.post(&format!("{path}/reveal"), json!({"task": "look at it"})).await.unwrap();
        assert_eq!(asked.status, 202, "{asked:?}");
        let policy = json!({"policy": {"tier": "auto"}});
        api.patch(&path, policy).await.unwrap().ok().unwrap();
        let lent = api.post(&format!("{path}/checkout"), json!({})).await.unwrap().ok().unwrap();
        Scene {
            folder,
            resource_group: "prod".into(),
            project: "crm".into(),
            vaulted,
            reach,
            lease: id(&lent.body["lease"]),
            secret_request: asked.text("request").unwrap().to_owned(),
            ..Scene::nowhere()
        }
    }

    /// A store of relationships with a model and a key.
    async fn related(&mut self) -> (String, String, String) {
        let text = |value: &serde_json::Value, name: &str| value[name].as_str().unwrap().to_owned();
        let store = text(&self.make("/fga/stores", json!({"name": "drive"})).await, "id");
        let at = format!("/fga/stores/{store}");
        let model = self.make(&format!("{at}/authorization-models"), crate::walls::calls::model()).await;
        let key = self.make(&format!("{at}/keys"), json!({"name": "app", "level": "read"})).await;
        (store, text(&model, "authorization_model_id"), text(&key, "id"))
    }

    /// An app that a person enrolls; each of their sign-ins asks for it from then on.
    pub async fn factor_of(&mut self, person: &Person) -> String {
        let mut browser = self.kit.browser().unwrap();
        browser.sign_in(&person.login, chancery_testkit::PASSWORD).await.unwrap();
        crate::factors::enroll(&self.kit, &mut browser).await;
        let factors = self.read(&format!("/api/v1/users/{}/factors", person.id)).await;
        factors["items"][0]["id"].as_str().unwrap().to_owned()
    }

    /// A question of the agent to the person.
    pub async fn question(&mut self, person: &Person, system: &App, agent: &Agent, scope: &str) -> String {
        let client = json!({"name": format!("{} asks", agent.name), "agent": agent.id, "auth": "client_secret_basic", "grants": [CIBA]});
        let client = self.client(client).await;
        let scope = format!("openid {scope}");
        let fields = [
            ("scope", scope.as_str()),
            ("resource", system.resource.as_str()),
            ("login_hint", person.login.as_str()),
            ("binding_message", "May the agent read for you?"),
        ];
        self.as_client("/oauth2/bc-authorize", &client, &fields).await.get("approval").to_owned()
    }
}

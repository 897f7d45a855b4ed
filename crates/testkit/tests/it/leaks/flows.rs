//! Everything by which credentials are handed out, shown, refused and taken back.

use std::collections::BTreeMap;

use chancery_api::routes::{TABLE, Verb};
use chancery_console::links::ROUTES;
use chancery_jose::{Alg, ClientAssertion, SigningKey, b64, sign};
use chancery_server::cli::Cli;
use chancery_testkit::{ADMINISTRATOR, Browser, PASSWORD};
use clap::Parser;
use reqwest::Method;
use serde_json::{Value, json};

use crate::walls::calls::{Proof, path};
use crate::world::{ACCESS_TOKEN, BEARER_ASSERTION, Client, Reply, Scene, VERIFIER, World, fill};

/// What was handed out, and what was said.
#[derive(Default)]
pub struct Purse {
    /// Credentials by the name of what they are.
    pub secrets: Vec<(String, String)>,
    /// Answers that have no business to show one.
    pub shown: Vec<(String, String)>,
    pub export: Vec<u8>,
    /// A copy of the database, as an operator takes it.
    pub backup: Vec<u8>,
}

impl Purse {
    fn keep(&mut self, name: &str, secret: &str) {
        assert!(secret.len() >= 16, "{name} is short: {secret}");
        if self.secrets.iter().all(|(_, known)| known != secret) {
            self.secrets.push((format!("{name} {}", self.secrets.len()), secret.to_owned()));
        }
    }

    fn keep_client(&mut self, client: &Client) {
        self.keep("client secret", &client.secret);
        let pair = format!("{}:{}", client.id, client.secret);
        // As it stands in an Authorization header; the id before it is public.
        self.keep("basic credentials", &base64(&pair)[44..]);
    }

    fn keep_tokens(&mut self, reply: &Reply) {
        for name in ["access_token", "refresh_token", "id_token"] {
            if let Some(token) = reply.body[name].as_str() {
                self.keep(name, token);
            }
        }
    }

    fn keep_cookies(&mut self, browser: &Browser) {
        for (name, value) in &browser.cookies {
            self.keep(&format!("cookie {name}"), value);
        }
    }

    fn show(&mut self, what: impl Into<String>, reply: &Reply) {
        let headers: Vec<String> =
            reply.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
        self.shown.push((what.into(), format!("{}\n{}", headers.join("\n"), reply.text)));
    }
}

fn base64(text: &str) -> String {
    let plain = b64(text.as_bytes()).replace('-', "+").replace('_', "/");
    let pad = (4 - plain.len() % 4) % 4;
    plain + &"=".repeat(pad)
}

/// The files of the database, whole: deleted rows too.
pub fn stored(w: &World) -> Vec<(String, Vec<u8>)> {
    let files = std::fs::read_dir(w.kit.data()).unwrap().map(|file| file.unwrap().path());
    let all: Vec<_> = files
        .filter(|path| path.is_file())
        .map(|path| (path.display().to_string(), std::fs::read(path).unwrap()))
        .filter(|(_, b)| !b.is_empty())
        .collect();
    assert!(all.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() > 100_000, "the database is elsewhere");
    all
}

pub async fn all(w: &mut World) -> Purse {
    let mut purse = Purse::default();
    let link = w.kit.running.setup_link.clone().unwrap();
    purse.keep("setup link", link.rsplit('/').next().unwrap());
    purse.keep("password", PASSWORD);
    purse.keep("code verifier", VERIFIER);
    purse.keep_cookies(&w.desk);
    let scene = w.scene().await;
    signing_in(w, &mut purse).await;
    clients(w, &mut purse, &scene).await;
    vault(w, &mut purse).await;
    endpoints(w, &mut purse, &scene).await;
    refusals(w, &mut purse).await;
    command_line(w, &mut purse).await;
    everything_shown(w, &mut purse, &scene).await;
    purse
}

/// Sign-in, code, refresh, exchange, introspection, revocation, sign-out.
async fn signing_in(w: &mut World, purse: &mut Purse) {
    let (bob, crm, agent) = (w.person("bob").await, w.app("desk", json!({})).await, w.agent("clerk").await);
    w.assign(&bob.id, &crm, None).await;
    w.assign(&agent.id, &crm, None).await;
    purse.keep_client(&agent.client);
    purse.keep_client(&crm.guard);
    let mut browser = w.kit.browser().unwrap();
    let to = ("resource", crm.resource.as_str());
    let code =
        w.code(&mut browser, &bob, &agent.client, &[("scope", "openid desk.read offline_access"), to]).await;
    purse.keep("code", &code);
    purse.keep_cookies(&browser);
    let first = w.redeem(&agent.client, &code).await;
    purse.keep_tokens(&first);
    let (access, refresh) = (first.access(), first.get("refresh_token").to_owned());
    let again = w.refresh(&agent.client, &refresh, &[]).await;
    purse.keep_tokens(&again);
    let exchanged = w.exchange(&agent.client, &access, &[to]).await;
    purse.keep_tokens(&exchanged);
    for token in [&access, &refresh, &exchanged.access()] {
        for client in [&agent.client, &crm.guard] {
            let reply = w.as_client("/oauth2/introspect", client, &[("token", token)]).await;
            purse.show("introspection", &reply);
        }
    }
    let actor = [("actor_token", access.as_str()), ("actor_token_type", ACCESS_TOKEN), to];
    purse.keep_tokens(&w.exchange(&agent.client, &access, &actor).await);
    let basic =
        w.http.post(w.kit.url("/oauth2/token")).basic_auth(&agent.client.id, Some(&agent.client.secret));
    let basic = basic.form(&[("grant_type", "refresh_token"), ("refresh_token", again.get("refresh_token"))]);
    purse.keep_tokens(&w.send(basic).await);
    purse.show("userinfo", &w.get_with("/oauth2/userinfo", &access).await);
    // The thief's copy of the code and of the refresh token.
    purse.show("replayed code", &w.redeem(&agent.client, &code).await);
    purse.show("replayed refresh token", &w.refresh(&agent.client, &refresh, &[]).await);
    purse.show("revocation", &w.as_client("/oauth2/revoke", &agent.client, &[("token", &access)]).await);
    let me = browser.get("/me").await.unwrap();
    let fresh = "a canary sings in the coal mine";
    purse.keep("changed password", fresh);
    let typed = [("current", PASSWORD), ("password", fresh), ("password_again", fresh)];
    purse.show("own password", &Reply::of(browser.submit(&me, "/me/password", &typed).await.unwrap()));
    let wrong = "another canary is dead by now";
    purse.keep("mistyped password", wrong);
    purse.show(
        "mistyped",
        &Reply::of(browser.submit(&me, "/me/password", &[("current", wrong)]).await.unwrap()),
    );
    purse.show("failed sign-in", &Reply::of(browser.sign_in(&bob.login, wrong).await.unwrap()));
    let hint = first.get("id_token").to_owned();
    let out = format!("/oauth2/logout?id_token_hint={hint}");
    let mut elsewhere = w.kit.browser().unwrap();
    purse.show("sign-out elsewhere", &Reply::of(elsewhere.get(&out).await.unwrap()));
    let page = browser.get("/log-out").await.unwrap();
    browser.submit(&page, "/log-out", &[]).await.unwrap();
}

/// Secrets made by API and on pages, keys, assertions, passwords set by others, tokens of services, the feed.
async fn clients(w: &mut World, purse: &mut Purse, scene: &Scene) {
    let made = w
        .client(json!({"name": "job", "auth": "client_secret_post", "grants": ["client_credentials"]}))
        .await;
    purse.keep_client(&made);
    let added = w.make(&format!("/api/v1/clients/{}/secrets", made.id), json!({})).await;
    purse.keep("added secret", added["client_secret"].as_str().unwrap());
    let fields = [("name", "by page".to_owned()), ("auth", "client_secret_basic".to_owned())];
    let shown = fill(&mut w.desk, &format!("/console/agents/{}/clients", scene.agent), &fields).await;
    let at = shown.body.find("chs_").unwrap();
    let secret: String =
        shown.body[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    purse.keep("secret of a page", &secret);
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let keyed = json!({"name": "keyed", "agent": scene.agent, "auth": "private_key_jwt", "jwks": [key.public().jwk()],
        "grants": ["client_credentials"]});
    let keyed = w.client(keyed).await;
    let now = w.now();
    let claims = json!({"iss": keyed.id, "sub": keyed.id, "aud": w.issuer(), "jti": "once", "iat": now, "exp": now + 60});
    let assertion = sign::<ClientAssertion, _>(&key, &claims).unwrap();
    purse.keep("assertion", &assertion);
    let sent = [
        ("client_assertion_type", BEARER_ASSERTION),
        ("client_assertion", assertion.as_str()),
        ("token", "x"),
    ];
    for path in ["/oauth2/introspect", "/oauth2/revoke", "/oauth2/token"] {
        purse.show(path, &w.form(path, &sent).await);
    }
    let password = "the third canary of this file";
    purse.keep("password by an administrator", password);
    let api = w.api().await;
    purse.keep("management token", api.token.as_ref().unwrap());
    let path = format!("/api/v1/users/{}/password", scene.user);
    api.send(Method::PUT, &path, Some(json!({"password": password})), None).await.unwrap().ok().unwrap();
    let guard = w.app("warehouse", json!({})).await.guard;
    purse.keep_client(&guard);
    let resource = w.kit.api_resource();
    let token = w.token(&guard, &[("grant_type", "client_credentials"), ("resource", &resource)]).await;
    purse.keep_tokens(&token);
    let mut feed = w.http.get(w.kit.url("/revocations")).bearer_auth(token.access()).send().await.unwrap();
    let first = feed.chunk().await.unwrap().unwrap();
    purse.shown.push(("feed".into(), String::from_utf8_lossy(&first).into_owned()));
}

/// Secrets of other systems: put into the vault rightly and wrongly, handed out, given other values, rotated.
async fn vault(w: &mut World, purse: &mut Purse) {
    let at = "/api/v1/secrets/resource_groups/prod/projects/crm/secrets";
    purse.keep("vaulted in the scene", "k-4711-in-the-scene");
    // No two have a piece in common by which one could be taken for the other.
    let canary = |n: usize| format!("{n:02}-").repeat(12);
    let pem = |n: usize| format!("-----BEGIN TEST KEY-----\n{}", canary(n));
    let values = [
        ("api_key", json!({"key": canary(1)})),
        ("password", json!({"username": "somebody", "password": canary(2)})),
        ("oauth_client", json!({"client_id": "elsewhere", "client_secret": canary(3)})),
        ("ssh_key", json!({"private_key": pem(4), "passphrase": canary(5)})),
        ("certificate", json!({"certificate": "-----BEGIN CERTIFICATE-----", "private_key": pem(6)})),
        ("key_value", json!({"anything": canary(7)})),
    ];
    (1..=11).for_each(|n| purse.keep("vaulted", &canary(n)));
    let api = w.api().await;
    let send = async |method: Method, path: String, body: Value| {
        let request = w.http.request(method, w.kit.url(&path)).bearer_auth(api.token.as_ref().unwrap());
        Reply::read(request.json(&body).send().await.unwrap()).await
    };
    for (n, (kind, value)) in values.into_iter().enumerate() {
        let rotation = (kind == "api_key").then(|| json!({"by": "command", "command": "nothing"}));
        let body = json!({"name": format!("of-{n}"), "kind": kind, "value": value, "policy": {"tier": "auto"},
            "rotation": rotation});
        purse.show("deposit", &send(Method::POST, at.to_owned(), body).await);
        let path = format!("{at}/of-{n}");
        let handed = send(Method::POST, format!("{path}/reveal"), json!({})).await;
        assert_eq!((handed.status, &handed.body["value"]), (200, &value), "{}", handed.text);
        purse.show("known", &send(Method::GET, path, json!({})).await);
    }
    let path = format!("{at}/of-0");
    for (n, wrong) in
        [(8, json!({"key": [canary(8)]})), (9, json!({"keys": canary(9)})), (10, json!(canary(10)))]
    {
        let put = send(Method::POST, format!("{path}/versions"), json!({"value": wrong})).await;
        assert_eq!(put.status, 400, "{n}");
        purse.show("wrong value", &put);
    }
    let fresh = json!({"value": {"key": canary(11)}});
    purse.show("another value", &send(Method::POST, format!("{path}/versions"), fresh).await);
    let secret = send(Method::GET, path.clone(), json!({})).await.body["id"].as_str().unwrap().to_owned();
    let open = format!("/api/v1/leases?secret={secret}&open=true");
    let open = send(Method::GET, open, json!({})).await;
    let lease = open.body["items"][0]["id"].as_str().unwrap().to_owned();
    let end = send(Method::POST, format!("/api/v1/leases/{lease}/end"), json!({"reason": "a test"})).await;
    purse.show("forced end", &end);
    purse.show("rotation", &send(Method::POST, format!("{path}/rotate"), json!({})).await);
    let platform = w.kit.running.platform.clone();
    chancery_broker::rotate::tick(&platform, &Default::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    platform.db.backup(folder.path().join("copy.db")).await.unwrap();
    purse.backup = std::fs::read(folder.path().join("copy.db")).unwrap();
}

/// Who is told of approvals: the address and the secrets are seen by whoever makes them, once.
async fn endpoints(w: &mut World, purse: &mut Purse, scene: &Scene) {
    let address = "https://hooks.invalid/services/T0PZ81QXK/B4HWM2LD7/qXr9Zb3LkVw0sNfT";
    purse.keep("path of an endpoint", address.strip_prefix("https://hooks.invalid/").unwrap());
    let new = json!({"name": "leaky", "kind": "webhook", "address": address});
    let made = w.make("/api/v1/endpoints", new).await;
    purse.keep("webhook secret", made["secret"].as_str().unwrap().strip_prefix("whsec_").unwrap());
    let path = format!("/api/v1/endpoints/{}", made["id"].as_str().unwrap());
    let fresh = w.make(&format!("{path}/rotate"), json!({})).await;
    purse.keep("webhook secret", fresh["secret"].as_str().unwrap().strip_prefix("whsec_").unwrap());
    w.make(&format!("{path}/test"), json!({})).await;
    let other = format!("{address}1");
    w.api().await.patch(&path, json!({"address": other})).await.unwrap().ok().unwrap();
    let (api, bad) =
        (w.api().await, json!({"name": "bad", "kind": "slack", "address": format!("{address}#x")}));
    let request = w.http.post(w.kit.url("/api/v1/endpoints")).bearer_auth(api.token.unwrap()).json(&bad);
    purse.show("bad address", &Reply::read(request.send().await.unwrap()).await);
    let shown = [path.clone(), format!("{path}/deliveries"), format!("/api/v1/endpoints/{}", scene.endpoint)];
    for path in shown {
        let shown = w.api().await;
        let request = w.http.get(w.kit.url(&path)).bearer_auth(shown.token.unwrap());
        purse.show("endpoint", &Reply::read(request.send().await.unwrap()).await);
    }
    let page = path.replace("/api/v1/", "/console/");
    purse.show("endpoint", &Reply::of(w.desk.get(&page).await.unwrap()));
}

/// Everything wrong, with credentials in the wrong places.
async fn refusals(w: &mut World, purse: &mut Purse) {
    // One of each kind: the last word of a name is a number.
    let mut kinds = BTreeMap::new();
    for (name, secret) in &purse.secrets {
        kinds.insert(name.rsplit_once(' ').unwrap().0.to_owned(), secret.clone());
    }
    let known = w.agent("thief").await.client;
    purse.keep_client(&known);
    for secret in kinds.values() {
        let wrong = Client { id: known.id.clone(), secret: secret.clone() };
        purse.show("as secret", &w.token(&wrong, &[("grant_type", "client_credentials")]).await);
        let odd = Client { id: secret.clone(), secret: secret.clone() };
        purse.show("as id", &w.token(&odd, &[("grant_type", "client_credentials")]).await);
        let grant =
            [("grant_type", "authorization_code"), ("code", secret.as_str()), ("code_verifier", secret)];
        purse.show("as code", &w.token(&known, &grant).await);
        purse.show("as refresh token", &w.refresh(&known, secret, &[]).await);
        purse.show(
            "as subject",
            &w.exchange(&known, secret, &[("resource", "https://crm.example/api")]).await,
        );
        purse.show("as token", &w.as_client("/oauth2/introspect", &known, &[("token", secret)]).await);
        purse.show("as token", &w.as_client("/oauth2/revoke", &known, &[("token", secret)]).await);
        let assertion = [
            ("client_assertion_type", BEARER_ASSERTION),
            ("client_assertion", secret.as_str()),
            ("token", "x"),
        ];
        purse.show("as assertion", &w.form("/oauth2/introspect", &assertion).await);
        for path in ["/api/v1/users", "/oauth2/userinfo", "/revocations"] {
            let sent = w.http.get(w.kit.url(path)).header("authorization", format!("Bearer {secret}"));
            let reply = sent.send().await.unwrap();
            // The one right token opens the stream, which has no end.
            if reply.status() != 200 {
                purse.show(path, &Reply::read(reply).await);
            }
        }
        // The page shows what was typed to whoever typed it; nobody else has business with it.
        w.kit.browser().unwrap().sign_in(secret, secret).await.unwrap();
        // Where free text belongs, ours are recognized by their form; of others nobody could.
        if !secret.starts_with("ch") && !secret.starts_with("eyJ") {
            continue;
        }
        purse.show(
            "as scope",
            &w.token(&known, &[("grant_type", "client_credentials"), ("scope", secret)]).await,
        );
        purse.show(
            "as resource",
            &w.token(&known, &[("grant_type", "client_credentials"), ("resource", secret)]).await,
        );
        purse.show("as grant type", &w.token(&known, &[("grant_type", secret)]).await);
    }
}

/// The command line: as a service, with the right secret and with a wrong one.
async fn command_line(w: &mut World, purse: &mut Purse) {
    let folder = tempfile::tempdir().unwrap();
    let tool = w
        .client(json!({"name": "script", "auth": "client_secret_basic", "grants": ["client_credentials"]}))
        .await;
    purse.keep_client(&tool);
    let api = w.read("/api/v1/applications").await;
    let api =
        api["items"].as_array().unwrap().iter().find(|app| app["name"] == "Chancery API").unwrap()["id"]
            .clone();
    w.make("/api/v1/assignments", json!({"principal": tool.id, "application": api, "scopes": "agents.read"}))
        .await;
    let environment = BTreeMap::from([("HOME".to_owned(), folder.path().display().to_string())]);
    for (secret, right) in [(tool.secret.clone(), true), (format!("{}x", tool.secret), false)] {
        let file = folder.path().join("secret");
        std::fs::write(&file, secret).unwrap();
        let file = file.display().to_string();
        let words = [
            "chancery",
            "admin",
            "--server",
            w.issuer(),
            "--client-id",
            &tool.id,
            "--client-secret-file",
            &file,
        ];
        let cli = Cli::parse_from(words.into_iter().chain(["agents", "list", "name=nobody"]));
        let done = cli.run(environment.clone()).await;
        assert_eq!(done.is_ok(), right, "{done:?}");
        purse.shown.push(("command line".into(), format!("{done:?}")));
    }
}

/// Every page and every reading operation, as the administrator sees them.
async fn everything_shown(w: &mut World, purse: &mut Purse, scene: &Scene) {
    if w.desk.get("/console").await.unwrap().status != 200 {
        w.desk.sign_in(ADMINISTRATOR, PASSWORD).await.unwrap();
    }
    purse.keep_cookies(&w.desk);
    let api = w.api().await;
    let token = Proof::Bearer(api.token.clone().unwrap());
    for row in TABLE.iter().filter(|row| row.verb == Verb::Get && row.operation != "event_export") {
        let reply = w.call(row, scene, &token, None).await;
        assert_eq!(reply.status, 200, "{row:?} {}", path(row, scene));
        purse.show(row.operation, &reply);
    }
    let events = w.read("/api/v1/events?limit=200").await;
    let ids: Vec<String> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .take(60)
        .map(|event: &Value| event["id"].as_str().unwrap().to_owned())
        .collect();
    for id in ids {
        let page = Reply::of(w.desk.get(&format!("/console/audit/{id}")).await.unwrap());
        purse.show("event", &page);
    }
    for (name, pattern) in ROUTES.iter().filter(|(name, _)| !name.ends_with("live") && *name != "log_out") {
        let id = |part: &str| match part {
            "{agent}" => scene.agent.clone(),
            "{application}" => scene.application.clone(),
            "{user}" => scene.user.clone(),
            "{group}" => scene.group.clone(),
            "{secret}" => scene.vaulted.clone(),
            "{endpoint}" => scene.endpoint.clone(),
            "{event}" => scene.event.clone(),
            "{name}" => "style.css".to_owned(),
            other => other.to_owned(),
        };
        let path: Vec<String> = pattern.split('/').map(id).collect();
        let page = Reply::of(w.desk.get(&path.join("/")).await.unwrap());
        purse.show(format!("page {name}"), &page);
    }
    let export = w.http.get(w.kit.url("/api/v1/events/export")).bearer_auth(api.token.unwrap());
    purse.export = export.send().await.unwrap().bytes().await.unwrap().to_vec();
    assert!(purse.export.len() > 50_000, "{}", purse.export.len());
}

//! The inbox in a real browser, where there is one: a question appears in the open page, is read on a narrow screen,
//! and approved.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::Desk;
use super::crm::Crm;
use chancery_testkit::PASSWORD;

/// What a WebDriver element is called in JSON (WebDriver §12).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Chromium behind its driver; both end with it.
struct Chromium {
    driver: Child,
    http: reqwest::Client,
    session: String,
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // It ends the browser with it.
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test run is told by its environment that a browser must be there"
)]
fn required() -> bool {
    std::env::var("CHANCERY_REQUIRE_BROWSER").is_ok_and(|v| !v.is_empty() && v != "0")
}

impl Chromium {
    /// None, and said loudly, where there is no browser; required where the pipeline says so.
    #[expect(clippy::print_stderr, reason = "a test that did not run says so")]
    async fn start(width: u32) -> Option<Self> {
        let port = free_port();
        let driver = Command::new("chromedriver").arg(format!("--port={port}")).stdout(Stdio::null()).spawn();
        let Ok(driver) = driver else {
            assert!(!required(), "there is no chromedriver, and one is required");
            eprintln!("SKIPPED: no chromedriver here, so no real browser was tried");
            return None;
        };
        let mut chromium = Self { driver, http: reqwest::Client::new(), session: String::new() };
        let args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];
        let args: Vec<String> =
            args.map(str::to_owned).into_iter().chain([format!("--window-size={width},900")]).collect();
        let wanted = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": {"args": args}}}});
        let base = format!("http://127.0.0.1:{port}/session");
        for _ in 0..600 {
            if let Ok(answer) = chromium.http.post(&base).json(&wanted).send().await {
                let answer: Value = answer.json().await.unwrap();
                let id = answer["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("{answer}"));
                chromium.session = format!("{base}/{id}");
                return Some(chromium);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("chromedriver does not answer")
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.http.post(format!("{}/{path}", self.session)).json(&body).send().await.unwrap();
        let mut answer: Value = answer.json().await.unwrap();
        answer["value"].take()
    }

    async fn open(&self, url: &str) {
        self.post("url", json!({"url": url})).await;
    }

    async fn script(&self, script: &str) -> Value {
        self.post("execute/sync", json!({"script": script, "args": []})).await
    }

    async fn text(&self) -> String {
        self.script("return document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits for what a person would wait for, ten seconds at most.
    async fn shows(&self, words: &str) {
        for _ in 0..200 {
            if self.text().await.contains(words) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("“{words}” never appeared: {}", self.text().await)
    }

    async fn element(&self, css: &str) -> String {
        let found = self.post("element", json!({"using": "css selector", "value": css})).await;
        found[ELEMENT].as_str().unwrap_or_else(|| panic!("no {css}: {found}")).to_owned()
    }

    async fn click(&self, css: &str) {
        let element = self.element(css).await;
        self.post(&format!("element/{element}/click"), json!({})).await;
    }

    async fn types(&self, css: &str, text: &str) {
        let element = self.element(css).await;
        self.post(&format!("element/{element}/value"), json!({"text": text})).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_appears_in_the_open_inbox_is_read_on_a_phone_and_approved() {
    let Some(chromium) = Chromium::start(390).await else { return };
    let d = Desk::open().await;
    chromium.open(&d.w.kit.url("/inbox")).await;
    chromium.types("input[name=login]", &d.brandon.login).await;
    chromium.types("input[name=password]", PASSWORD).await;
    chromium.click("main button[type=submit]").await;
    chromium.shows("Nothing waits for you.").await;
    chromium.script("window.sameDocument = true").await;
    let asked = d.ask().await;
    chromium.shows("Approve AI agent to pay for Brandon?").await;
    assert_eq!(
        chromium.script("return window.sameDocument === true").await,
        true,
        "it came without a reload"
    );
    chromium.click("#pending a").await;
    for fact in
        ["What", "System", "Data", "Access", "Impact", "How long", "2 minutes, once", "It changes data"]
    {
        chromium.shows(fact).await;
    }
    let wide = chromium.script("return [document.documentElement.scrollWidth, window.innerWidth]").await;
    assert!(wide[0].as_i64() <= wide[1].as_i64(), "nothing is cut off at the side: {wide}");
    chromium.click("button[value=approve]").await;
    chromium.shows("Approved").await;
    assert_eq!(d.poll(&asked).await.status, 200);
    chromium.shows("Approved and used").await;
}

impl Chromium {
    /// A command of the DevTools protocol.
    async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.post("goog/cdp/execute", json!({"cmd": command, "params": parameters})).await
    }

    /// What a promise comes to.
    async fn awaited(&self, promise: &str) -> Value {
        let script = format!("const done = arguments[0]; ({promise}).then(done, (e) => done(String(e)))");
        self.post("execute/async", json!({"script": script, "args": []})).await
    }

    /// The six facts, each of them, and only then the button.
    async fn reads_and_approves(&self) {
        for fact in [
            "What",
            "System",
            "Data",
            "Access",
            "Impact",
            "How long",
            "Set the stage of Acme Corp to won",
            "the record of Acme Corp",
            "It changes data",
            "The forecast changes",
            "2 minutes, once",
        ] {
            self.shows(fact).await;
        }
        self.click("button[value=approve]").await;
        self.shows("Approved").await;
    }

    async fn signs_in(&self, login: &str) {
        self.types("input[name=login]", login).await;
        self.types("input[name=password]", PASSWORD).await;
        self.click("main button[type=submit]").await;
    }
}

/// Chromium's own push service cannot be put on this machine, so its message is handed to the worker by the DevTools
/// protocol. What the server sends, encrypted, is held by `tells`; here it is what the worker makes of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_push_message_becomes_a_notification_with_the_sentence_in_the_real_worker() {
    let Some(chromium) = Chromium::start(390).await else { return };
    let kit = chancery_testkit::Kit::start_calling_here().await.unwrap();
    let mut d = Desk::open_on(crate::world::World::on(kit).await).await;
    let mut phone = super::tells::Listener::new().await;
    phone.subscribe(&mut d).await;
    let asked = d.ask().await;
    let heard = phone.service.next().await.unwrap();
    let message = phone.read(&heard).to_string();
    let origin = d.w.kit.url("");
    let granted = json!({"origin": origin, "permissions": ["notifications"]});
    chromium.devtools("Browser.grantPermissions", granted).await;
    chromium.open(&d.w.kit.url("/inbox")).await;
    chromium.signs_in(&d.brandon.login).await;
    chromium.shows("Approve AI agent to pay for Brandon?").await;
    let ready = "navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready).then((r) => !!r.active)";
    assert_eq!(chromium.awaited(ready).await, true);
    chromium.devtools("ServiceWorker.enable", json!({})).await;
    let shown = "navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((all) => all.map((n) => [n.title, n.body, n.tag, n.data.path, n.requireInteraction]))";
    let mut seen = json!([]);
    for n in 0..200 {
        // How Chromium numbers the registration is its own affair; to another number nothing is delivered, and the same
        // message twice is one notification.
        let registration = (n % 3).to_string();
        let pushed = json!({"origin": origin, "registrationId": registration, "data": message});
        assert_eq!(chromium.devtools("ServiceWorker.deliverPushMessage", pushed).await, json!({}));
        seen = chromium.awaited(shown).await;
        if seen != json!([]) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let path = format!("/inbox/{}", asked.approval);
    let sentence = "“Approve AI agent to pay for Brandon?”";
    assert_eq!(seen, json!([["sales asks for your yes", sentence, asked.approval, path, true]]));
    // Where the notification leads; and what comes of the yes.
    let crm = Crm::start(&d).await;
    chromium.open(&d.w.kit.url(seen[0][3].as_str().unwrap())).await;
    chromium.reads_and_approves().await;
    assert_eq!(crm.update(&d.poll(&asked).await.access(), "won").await, 204);
    chromium.open(&crm.page).await;
    chromium.shows("Stage: won").await;
}

/// Without the network, Chromium's push service neither takes a subscription nor refuses it: the page says so.
#[tokio::test(flavor = "multi_thread")]
async fn where_the_browsers_push_service_is_silent_the_page_says_so() {
    let Some(chromium) = Chromium::start(390).await else { return };
    let d = Desk::open().await;
    let granted = json!({"origin": d.w.kit.url(""), "permissions": ["notifications"]});
    chromium.devtools("Browser.grantPermissions", granted).await;
    chromium.open(&d.w.kit.url("/inbox")).await;
    chromium.signs_in(&d.brandon.login).await;
    chromium.shows("Tell me in this browser").await;
    chromium.click("form[data-push] button").await;
    chromium.shows("Asking this browser…").await;
    for _ in 0..2 {
        if chromium.text().await.contains("its push service does not answer") {
            return;
        }
        tokio::time::sleep(Duration::from_secs(8)).await;
    }
    chromium.shows("its push service does not answer").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_leads_to_the_six_facts_and_the_agent_to_its_update() {
    let Some(chromium) = Chromium::start(390).await else { return };
    let (mut d, mut sink) = super::notices::desk().await;
    let asked = d.ask().await;
    let (subject, text) = super::notices::read(&sink.next().await.body);
    assert_eq!(subject, "sales asks for your yes");
    let link = text.lines().find(|line| line.starts_with("http")).unwrap();
    chromium.open(link).await;
    // The letter opened nothing: it leads to the sign-in, and from there to the question.
    chromium.signs_in(&d.brandon.login).await;
    let crm = Crm::start(&d).await;
    let waiting = d.polling(&asked, "30");
    chromium.reads_and_approves().await;
    let token = waiting.await.unwrap().access();
    assert_eq!(crm.update(&token, "won").await, 204);
    chromium.open(&crm.page).await;
    chromium.shows("Stage: won").await;
    d.w.contain(&d.agent.id.clone()).await;
    assert_eq!(crm.update(&token, "lost").await, 401, "what was allowed ended with the agent");
    chromium.open(&crm.page).await;
    chromium.shows("Stage: won").await;
}

//! The inbox in a real browser, where there is one: a question appears in the open page, is read on a narrow screen,
//! and approved.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::Desk;
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
        for _ in 0..100 {
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

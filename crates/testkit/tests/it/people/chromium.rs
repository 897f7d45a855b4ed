//! A Chromium of one test's own, driven as the W3C's WebDriver says, by the driver the distribution ships with it.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// What the window looks like, and whether scripts run in it.
#[derive(Clone, Copy)]
pub struct Look {
    width: u32,
    height: u32,
    phone: bool,
    /// The person prefers dark colors.
    dark: bool,
    pub scripts: bool,
}

impl Look {
    pub const DESK: Self = Self { width: 1280, height: 900, phone: false, dark: false, scripts: true };
    pub const PHONE: Self = Self { width: 390, height: 844, phone: true, dark: true, scripts: true };
    pub const WITHOUT_SCRIPTS: Self = Self { scripts: false, ..Self::DESK };
    pub const PHONE_WITHOUT_SCRIPTS: Self = Self { scripts: false, ..Self::PHONE };

    pub fn is_touched(&self) -> bool {
        self.phone
    }
}

/// A control or another part of the page at hand.
pub type Element = String;

/// By this name the standard hands out elements (WebDriver §11, "web element identifier").
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

pub struct Chromium {
    http: reqwest::Client,
    session: String,
    pub look: Look,
    _driver: Child,
    // Last: the profile goes after the browser.
    profile: TempDir,
}

impl Drop for Chromium {
    /// Whatever still runs on this profile, which nobody else has, ends with it: helpers of the browser outlive it, and a
    /// test that fails says no farewell.
    fn drop(&mut self) {
        let profile = self.profile.path().display().to_string();
        for process in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let told = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
            let id = process.file_name();
            if String::from_utf8_lossy(&told).contains(&profile) {
                let _ = std::process::Command::new("kill").arg("-KILL").arg(id).status();
            }
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test run is told by its environment that a browser must be there"
)]
fn required() -> bool {
    std::env::var("CHANCERY_REQUIRE_BROWSER").is_ok_and(|v| !v.is_empty() && v != "0")
}

fn installed() -> bool {
    let somewhere =
        |name: &str| ["/usr/bin", "/usr/local/bin"].iter().any(|dir| Path::new(dir).join(name).exists());
    somewhere("chromedriver") && somewhere("chromium")
}

/// Loudly: what a test prints in the usual way is shown only if it fails.
fn say(words: &str) {
    let mut out = std::io::stderr();
    writeln!(out, "\n{words}").unwrap();
}

impl Chromium {
    /// None where there is no browser, said loudly; a failure where there must be one.
    pub async fn start(look: Look) -> Option<Self> {
        if !installed() {
            assert!(
                !required(),
                "CHANCERY_REQUIRE_BROWSER is set, and there is no chromium with its chromedriver"
            );
            say("SKIPPED: no chromium and chromedriver for the people ring");
            return None;
        }
        let (driver, port) = driver().await;
        let address = format!("http://127.0.0.1:{port}");
        let (profile, http) = (tempfile::tempdir().unwrap(), reqwest::Client::new());
        let asked = capabilities(look, profile.path());
        let answer = send(http.post(format!("{address}/session")).json(&asked)).await.unwrap();
        let id = answer["sessionId"].as_str().unwrap();
        let session = format!("{address}/session/{id}");
        let browser = Self { http, session, look, _driver: driver, profile };
        let scheme = if look.dark { "dark" } else { "light" };
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        browser.devtools("Emulation.setEmulatedMedia", json!({"features": features})).await;
        if look.phone && !look.scripts {
            // The driver's own emulation of a phone waits for a script of the page after each touch.
            let metrics =
                json!({"width": look.width, "height": look.height, "deviceScaleFactor": 2, "mobile": true});
            browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        }
        Some(browser)
    }

    /// A command of the browser's own tools, which work whether or not scripts run.
    async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.post("/goog/cdp/execute", json!({"cmd": command, "params": parameters})).await.unwrap()
    }

    pub async fn post(&self, path: &str, body: Value) -> Result<Value, String> {
        send(self.http.post(format!("{}{path}", self.session)).json(&body)).await
    }

    pub async fn get(&self, path: &str) -> Result<Value, String> {
        send(self.http.get(format!("{}{path}", self.session))).await
    }

    pub async fn open(&self, url: &str) {
        self.post("/url", json!({"url": url})).await.unwrap();
    }

    pub async fn address(&self) -> String {
        self.get("/url").await.unwrap().as_str().unwrap().to_owned()
    }

    /// Everything that fits, in the order of the page.
    pub async fn find(&self, xpath: &str) -> Vec<Element> {
        let found = self.post("/elements", json!({"using": "xpath", "value": xpath})).await.unwrap();
        found.as_array().unwrap().iter().map(|e| e[ELEMENT].as_str().unwrap().to_owned()).collect()
    }

    /// The same, as far as it can be seen; what went away meanwhile cannot.
    pub async fn visible(&self, xpath: &str) -> Vec<Element> {
        let mut seen = Vec::new();
        for element in self.find(xpath).await {
            if self.get(&format!("/element/{element}/displayed")).await == Ok(Value::Bool(true)) {
                seen.push(element);
            }
        }
        seen
    }

    pub async fn active(&self) -> Option<Element> {
        let active = self.get("/element/active").await.ok()?;
        active[ELEMENT].as_str().map(str::to_owned)
    }

    pub async fn text(&self, element: &str) -> String {
        let text = self.get(&format!("/element/{element}/text")).await.unwrap();
        text.as_str().unwrap().to_owned()
    }

    pub async fn css(&self, element: &str, property: &str) -> String {
        let value = self.get(&format!("/element/{element}/css/{property}")).await.unwrap();
        value.as_str().unwrap().to_owned()
    }

    pub async fn click(&self, element: &str) -> Result<Value, String> {
        self.post(&format!("/element/{element}/click"), json!({})).await
    }

    /// Types into a control, after what it holds was cleared.
    pub async fn fill(&self, element: &str, text: &str) {
        self.post(&format!("/element/{element}/clear"), json!({})).await.unwrap();
        self.post(&format!("/element/{element}/value"), json!({"text": text})).await.unwrap();
    }

    /// Presses keys, one after the other, wherever the focus is.
    pub async fn keys(&self, text: &str) {
        let strokes = text.chars().flat_map(|key| {
            let key = key.to_string();
            [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]
        });
        let actions = json!([{"type": "key", "id": "keyboard", "actions": strokes.collect::<Vec<_>>()}]);
        self.post("/actions", json!({"actions": actions})).await.unwrap();
    }

    pub async fn evaluate(&self, script: &str) -> Value {
        self.post("/execute/sync", json!({"script": script, "args": []})).await.unwrap()
    }

    /// Width and height of a part of the page.
    pub async fn size(&self, element: &str) -> Option<(f64, f64)> {
        let rect = self.get(&format!("/element/{element}/rect")).await.ok()?;
        Some((rect["width"].as_f64()?, rect["height"].as_f64()?))
    }

    /// By how much the page is wider than its window.
    pub async fn overflow(&self) -> f64 {
        let told = self.devtools("Page.getLayoutMetrics", json!({})).await;
        let width = |what: &str, name: &str| told[what][name].as_f64().unwrap();
        width("cssContentSize", "width") - width("cssLayoutViewport", "clientWidth")
    }

    pub async fn quit(self) {
        let _ = send(self.http.delete(&self.session)).await;
    }
}

/// A driver, and the port on which it listens. It takes one that is free and gives up where somebody else takes the same port
/// of the other kind of address meanwhile.
async fn driver() -> (Child, u16) {
    for _ in 0..10 {
        let mut driver = Command::new("chromedriver");
        driver.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut driver = driver.spawn().unwrap();
        if let Some(port) = port(&mut driver).await {
            return (driver, port);
        }
    }
    panic!("chromedriver did not start")
}

/// The driver says which port it found free.
async fn port(driver: &mut Child) -> Option<u16> {
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some((_, port)) = line.split_once("successfully on port ") {
            // What it says later is read by nobody and must not block it.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return port.trim_end_matches('.').parse().ok();
        }
    }
    None
}

fn capabilities(look: Look, profile: &Path) -> Value {
    let args = vec![
        "--headless=new".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--no-first-run".to_owned(),
        format!("--window-size={},{}", look.width, look.height),
        format!("--user-data-dir={}", profile.display()),
        // Pipelines run as root, where Chromium's own sandbox does not; the pages are ours.
        "--no-sandbox".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
    ];
    let mut options = json!({"args": args});
    if look.phone && look.scripts {
        let metrics = json!({"width": look.width, "height": look.height, "pixelRatio": 2, "touch": true});
        options["mobileEmulation"] = json!({"deviceMetrics": metrics});
    }
    if !look.scripts {
        options["prefs"] = json!({"profile.managed_default_content_settings.javascript": 2});
    }
    json!({"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}})
}

/// The value of an answer, or what the driver says went wrong.
async fn send(request: reqwest::RequestBuilder) -> Result<Value, String> {
    let response = request.send().await.map_err(|e| e.to_string())?;
    let fine = response.status().is_success();
    let mut body: Value = response.json().await.map_err(|e| e.to_string())?;
    let value = body["value"].take();
    if fine { Ok(value) } else { Err(value.to_string()) }
}

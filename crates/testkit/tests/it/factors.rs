//! Second factors: enrolled, proven, lost, and asked of those who have to have one.

mod codes;
mod passkeys;
mod policy;

pub use passkeys::named;

use chancery_factor::totp;
use chancery_kernel::Secret;
use chancery_testkit::{ADMINISTRATOR, Api, Browser, Kit, PASSWORD, Page};
use serde_json::Value;

/// An authenticator app.
pub struct App(Secret);

impl App {
    /// The app that took over what this page offers, and what it shows now.
    pub fn offered(page: &Page, kit: &Kit) -> (Self, String) {
        let app = Self(Secret::new(codes(page)[0].replace(' ', "")));
        let shown = app.code(kit);
        (app, shown)
    }

    /// What it shows at the server's time.
    pub fn code(&self, kit: &Kit) -> String {
        totp::shown(&self.0, kit.running.platform.db.env().now()).unwrap()
    }
}

/// The texts in `<code>` of a page.
pub fn codes(page: &Page) -> Vec<String> {
    let all = page.body.split("<code>").skip(1);
    all.map(|rest| rest.split("</code>").next().unwrap().to_owned()).collect()
}

/// Enrolls an app in an open session; answers it and the recovery codes.
pub async fn enroll(kit: &Kit, browser: &mut Browser) -> (App, Vec<String>) {
    let page = browser.get("/me/factors/totp").await.unwrap();
    assert_eq!(page.status, 200, "{page:?}");
    let (app, shown) = App::offered(&page, kit);
    let typed = [("one_time", shown), ("name", "my phone".to_owned())];
    let typed: Vec<(&str, &str)> = typed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let done = browser.submit(&page, "/me/factors/totp", &typed).await.unwrap();
    assert!(done.status == 200 || done.location.as_deref() == Some("/me/factors"), "{done:?}");
    (app, codes(&done))
}

/// The second step, after a password that was right.
pub async fn second(browser: &mut Browser, code: &str) -> Page {
    let page = browser.get("/second-factor").await.unwrap();
    browser.submit(&page, "/second-factor", &[("one_time", code)]).await.unwrap()
}

/// Signs in with the password; the browser waits at the second step then.
pub async fn first(kit: &Kit, login: &str) -> Browser {
    let mut browser = kit.browser().unwrap();
    let done = browser.sign_in(login, PASSWORD).await.unwrap();
    assert_eq!(done.location.as_deref(), Some("/second-factor"), "{done:?}");
    browser
}

/// What the log has of a kind, latest first.
pub async fn events(api: &Api, kind: &str) -> Vec<Value> {
    let found = api.get(&format!("/api/v1/events?kind={kind}")).await.unwrap();
    found.body["items"].as_array().unwrap().clone()
}

/// A server with an administrator who has an app.
pub async fn with_app() -> (Kit, Browser, Api, App, Vec<String>) {
    let kit = Kit::start().await.unwrap();
    let mut browser = kit.found().await.unwrap();
    let token = kit.management_token(&mut browser, None).await.unwrap();
    let api = Api::new(kit.base(), Some(token)).unwrap();
    let (app, recovery) = enroll(&kit, &mut browser).await;
    (kit, browser, api, app, recovery)
}

pub fn admin() -> &'static str {
    ADMINISTRATOR
}

//! Signing in at a client's request, page by page.

use std::collections::BTreeMap;

use chancery_testkit::{Browser, PASSWORD, Page};
use serde_json::Value;

use super::{Client, Person, Reply, World};

pub const CALLBACK: &str = "https://agent.example/callback";
/// RFC 7636 appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// What a client has after a sign-in.
#[derive(Debug)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
    pub body: Value,
}

impl Tokens {
    pub fn of(reply: &Reply) -> Self {
        let refresh = reply.body["refresh_token"].as_str().unwrap_or_default().to_owned();
        Self { access: reply.access(), refresh, body: reply.body.clone() }
    }
}

/// The parameters that a redirect carries.
pub fn parameters(page: &Page) -> BTreeMap<String, String> {
    let location = page.location.as_deref().unwrap_or_else(|| panic!("{} {}", page.status, page.body));
    reqwest::Url::parse(location).unwrap().query_pairs().into_owned().collect()
}

/// Sends a form with these fields alone, and the token of the forms, from a page that everybody has.
pub async fn fill(browser: &mut Browser, path: &str, fields: &[(&'static str, String)]) -> Page {
    let page = browser.get("/me").await.unwrap();
    let csrf =
        page.body.split_once("name=\"csrf\" value=\"").unwrap().1.split('"').next().unwrap().to_owned();
    let mut all = vec![("csrf".to_owned(), csrf)];
    all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    browser.post(path, &all).await.unwrap()
}

impl World {
    /// The path of an authorization request: the usual parameters, changed by `fields`; an empty value leaves one out.
    pub fn request(&self, client: &Client, fields: &[(&str, &str)]) -> String {
        let mut all = vec![
            ("response_type", "code"),
            ("client_id", client.id.as_str()),
            ("redirect_uri", CALLBACK),
            ("state", "st"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        all.retain(|(name, _)| fields.iter().all(|(other, _)| other != name));
        all.extend(fields.iter().filter(|(_, value)| !value.is_empty()));
        let url = reqwest::Url::parse_with_params(&self.kit.url("/oauth2/authorize"), &all).unwrap();
        format!("{}?{}", url.path(), url.query().unwrap())
    }

    /// Goes on from a path until the browser leaves, or stands before something else than sign-in and consent.
    pub async fn walk(&self, browser: &mut Browser, who: &Person, path: &str) -> Page {
        let mut page = browser.get(path).await.unwrap();
        for _ in 0..8 {
            page = match page.location.clone() {
                Some(to) if to.starts_with("/sign-in") => {
                    let form = browser.get(&to).await.unwrap();
                    let typed = [("login", who.login.as_str()), ("password", PASSWORD)];
                    browser.submit(&form, "/sign-in", &typed).await.unwrap()
                }
                Some(to) if to.starts_with('/') => browser.get(&to).await.unwrap(),
                None if page.status == 200 && page.body.contains("name=\"answer\"") => {
                    browser.submit(&page, "/consent", &[("answer", "allow")]).await.unwrap()
                }
                _ => return page,
            };
        }
        panic!("the pages do not come to an end: {:?}", page.location)
    }

    pub async fn code(
        &self,
        browser: &mut Browser,
        who: &Person,
        client: &Client,
        fields: &[(&str, &str)],
    ) -> String {
        let page = self.walk(browser, who, &self.request(client, fields)).await;
        parameters(&page).remove("code").unwrap_or_else(|| panic!("{page:?}"))
    }

    pub async fn redeem(&self, client: &Client, code: &str) -> Reply {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.token(client, &fields).await
    }

    /// Signs a person in at a client, with a browser of its own.
    pub async fn sign_in(&self, who: &Person, client: &Client, fields: &[(&str, &str)]) -> Tokens {
        let mut browser = self.kit.browser().unwrap();
        self.sign_in_with(&mut browser, who, client, fields).await
    }

    pub async fn sign_in_with(
        &self,
        browser: &mut Browser,
        who: &Person,
        client: &Client,
        fields: &[(&str, &str)],
    ) -> Tokens {
        let code = self.code(browser, who, client, fields).await;
        Tokens::of(&self.redeem(client, &code).await)
    }

    pub async fn refresh(&self, client: &Client, token: &str, more: &[(&str, &str)]) -> Reply {
        let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
        fields.extend_from_slice(more);
        self.token(client, &fields).await
    }

    /// Exchanges a token.
    pub async fn exchange(&self, client: &Client, subject: &str, more: &[(&str, &str)]) -> Reply {
        let mut fields = vec![("grant_type", super::EXCHANGE), ("subject_token", subject)];
        if more.iter().all(|(name, _)| *name != "subject_token_type") {
            fields.push(("subject_token_type", super::ACCESS_TOKEN));
        }
        fields.extend_from_slice(more);
        self.token(client, &fields).await
    }
}

//! Tokens for the management API, as the command line gets them: authorization code and PKCE.

use anyhow::{Context, ensure};
use chancery_jose::{b64, sha256};
use serde_json::Value;

use crate::kit::ORGANIZATION;
use crate::{Browser, Kit, Page};

const CALLBACK: &str = "http://127.0.0.1:49152/callback";
/// Long enough for RFC 7636 §4.1; the same in every test, since the code works once.
const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more";

impl Kit {
    /// The client that the organization has for the command line.
    pub fn command_line(&self) -> anyhow::Result<String> {
        let hot = self.running.platform.db.hot();
        let org = hot.org_by_slug(ORGANIZATION).context("there is no organization yet")?;
        let found = hot.clients.of(org).find(|client| client.builtin).map(|client| client.id.to_string());
        found.context("the organization has no client for the command line")
    }

    /// An access token of the person signed in there; all scopes that are assigned to them, unless some are named.
    pub async fn management_token(
        &self,
        browser: &mut Browser,
        scope: Option<&str>,
    ) -> anyhow::Result<String> {
        let client = self.command_line()?;
        self.management_token_at(browser, &client, scope).await
    }

    /// The same, through the client that another organization has for its command line.
    pub async fn management_token_at(
        &self,
        browser: &mut Browser,
        client: &str,
        scope: Option<&str>,
    ) -> anyhow::Result<String> {
        let resource = self.api_resource();
        let challenge = b64(&sha256(VERIFIER.as_bytes()));
        let mut query = vec![
            ("response_type", "code"),
            ("client_id", client),
            ("redirect_uri", CALLBACK),
            ("state", "kit"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
            ("resource", resource.as_str()),
        ];
        query.extend(scope.map(|scope| ("scope", scope)));
        let request = reqwest::Url::parse_with_params(&self.url("/oauth2/authorize"), &query)?;
        let path = format!("{}?{}", request.path(), request.query().unwrap_or_default());
        let mut page = browser.get(&path).await?;
        if page.status == 200 {
            page = browser.submit(&page, "/consent", &[("answer", "allow")]).await?;
        }
        let code = code(&page)?;
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", client),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
            ("resource", resource.as_str()),
        ];
        let answer: Value =
            reqwest::Client::new().post(self.url("/oauth2/token")).form(&form).send().await?.json().await?;
        let token = answer.get("access_token").and_then(Value::as_str).map(str::to_owned);
        token.with_context(|| format!("no token: {answer}"))
    }
}

fn code(page: &Page) -> anyhow::Result<String> {
    let told = || format!("the sign-in did not end: {} {:?} {}", page.status, page.location, page.body);
    let location = page.location.as_deref().with_context(told)?;
    ensure!(location.starts_with(CALLBACK), told());
    let url = reqwest::Url::parse(location)?;
    let found = url.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
    found.with_context(told)
}

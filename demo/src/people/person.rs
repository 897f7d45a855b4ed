//! A person: signs in with a password, reads what is asked, and answers.

mod inbox;

use anyhow::{Context, bail};
use chancery_client::{AuthorizeRequest, Client, ClientError, Secret, Tokens};
use url::Url;

use super::{Browser, Landed, Newcomer, Page};

/// How many pages one visit may show.
const MOST_PAGES: usize = 6;

/// What the person says when they are asked for consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Allow,
    Deny,
}

pub(crate) struct Person {
    pub id: String,
    pub login: String,
    password: Secret,
    browser: Browser,
}

/// What a visit to an application's sign-in came to.
pub(crate) struct Visit {
    /// The pages the person saw on the way: `sign-in`, `consent`.
    pub pages: Vec<&'static str>,
    /// What the application has of it, or why not.
    pub tokens: Result<Tokens, ClientError>,
}

impl Person {
    pub fn new(issuer: &str, id: String, login: &str, password: Secret) -> anyhow::Result<Self> {
        Ok(Self { id, login: login.to_owned(), password, browser: Browser::new(issuer)? })
    }

    /// How the narrator calls them: `alice` of `alice@corp.example`.
    pub fn name(&self) -> &str {
        self.login.split(['@', '.']).next().unwrap_or(&self.login)
    }

    /// With a browser that is signed in already.
    pub fn with_browser(mut self, browser: Browser) -> Self {
        self.browser = browser;
        self
    }

    /// Follows an application to the authorization endpoint, signs in and answers as told, and brings the code back.
    pub async fn visit(
        &mut self,
        client: &Client,
        request: AuthorizeRequest,
        answer: Answer,
    ) -> anyhow::Result<Visit> {
        let (url, pending) =
            client.authorize_url(request).context("the application cannot begin a sign-in")?;
        let mut pages = Vec::new();
        let callback = self.walk(url, answer, &mut pages).await;
        let callback = callback.with_context(|| format!("{} could not sign in", self.login))?;
        let tokens = client.redeem(pending, callback.as_str()).await;
        Ok(Visit { pages, tokens })
    }

    async fn walk(&mut self, url: Url, answer: Answer, pages: &mut Vec<&'static str>) -> anyhow::Result<Url> {
        let mut landed = self.browser.open(url).await?;
        for _ in 0..MOST_PAGES {
            let page = match landed {
                Landed::Away(callback) => return Ok(callback),
                Landed::Page(page) => page,
            };
            landed = if page.form_with("password").is_some() {
                if pages.contains(&"sign-in") {
                    return Err(page.unexpected("the password should have been enough"));
                }
                pages.push("sign-in");
                self.sign_in(&page).await?
            } else {
                pages.push("consent");
                self.consent(&page, answer).await?
            };
        }
        bail!("the pages do not come to an end")
    }

    async fn sign_in(&mut self, page: &Page) -> anyhow::Result<Landed> {
        let form = page.form_with("password").context("the sign-in form is gone")?;
        let filled = form.clone().fill("login", &self.login)?.fill("password", self.password.expose())?;
        let pairs = filled.press(None)?;
        self.browser.send(page, &form, &pairs).await
    }

    async fn consent(&mut self, page: &Page, answer: Answer) -> anyhow::Result<Landed> {
        let word = if answer == Answer::Allow { "allow" } else { "deny" };
        let form = page
            .form_with_button("answer", word)
            .ok_or_else(|| page.unexpected("a page that asks for consent was expected"))?;
        let pairs = form.clone().press(Some(("answer", word)))?;
        self.browser.send(page, &form, &pairs).await
    }

    /// The same person at a browser that the server has not seen yet.
    pub fn anew(&self, server: &str) -> Newcomer {
        Newcomer { server: server.to_owned(), login: self.login.clone(), password: self.password.clone() }
    }

    /// For the person at the terminal, when the stories are over.
    pub fn password(&self) -> &Secret {
        &self.password
    }
}

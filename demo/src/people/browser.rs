//! A browser that follows redirects, keeps cookies and sends forms, at one server only.

use anyhow::{Context, bail, ensure};
use reqwest::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Method, RequestBuilder, Response};
use url::Url;

use super::form::Form;
use super::html::{Piece, pieces};
use super::jar::Jar;

/// More redirects than these are a loop.
const MOST_REDIRECTS: usize = 8;

/// Where a click led.
pub(crate) enum Landed {
    /// A page of the server.
    Page(Page),
    /// An address elsewhere, such as an application's callback. It is handed over, not visited: there the application
    /// would take over.
    Away(Url),
}

/// A page as it came.
pub(crate) struct Page {
    pub url: Url,
    pub status: u16,
    html: String,
}

pub(crate) struct Browser {
    http: reqwest::Client,
    home: Url,
    jar: Jar,
}

impl Browser {
    /// A browser without any history, for the pages of this server.
    pub fn new(server: &str) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let http = http.user_agent("Mozilla/5.0 (the Chancery demo's scripted browser)").build()?;
        let home = Url::parse(server).with_context(|| format!("the server's address {server} is no URL"))?;
        Ok(Self { http, home, jar: Jar::default() })
    }

    pub async fn open(&mut self, url: Url) -> anyhow::Result<Landed> {
        let request = self.http.get(url.clone());
        self.follow(url, request).await
    }

    /// Sends a form of a page, with the pairs that a button press gave.
    pub async fn send(
        &mut self,
        page: &Page,
        form: &Form,
        pairs: &[(String, String)],
    ) -> anyhow::Result<Landed> {
        let mut target =
            if form.action.is_empty() { page.url.clone() } else { page.url.join(&form.action)? };
        ensure!(self.is_home(&target), "a form of {} would send what is typed to {target}", page.url);
        if !form.post {
            target.query_pairs_mut().clear().extend_pairs(pairs);
            return self.open(target).await;
        }
        let origin = self.home.origin().ascii_serialization();
        let request = self.http.post(target.clone()).form(pairs);
        let request = request.header(ORIGIN, origin).header("sec-fetch-site", "same-origin");
        self.follow(target, request).await
    }

    async fn follow(&mut self, url: Url, request: RequestBuilder) -> anyhow::Result<Landed> {
        let (mut url, mut request) = (url, request);
        for _ in 0..MOST_REDIRECTS {
            let response = self.exchange(&url, request).await?;
            let Some(next) = next(&url, &response)? else {
                let status = response.status().as_u16();
                return Ok(Landed::Page(Page { url, status, html: response.text().await? }));
            };
            if !self.is_home(&next) {
                return Ok(Landed::Away(next));
            }
            request = self.http.request(Method::GET, next.clone());
            url = next;
        }
        bail!("{} redirects in a circle", url.path())
    }

    async fn exchange(&mut self, url: &Url, request: RequestBuilder) -> anyhow::Result<Response> {
        let request = match self.jar.header() {
            Some(cookies) => request.header(COOKIE, cookies),
            None => request,
        };
        // What failed may hold a code or a setup link; the path says enough.
        let response = request.send().await.map_err(reqwest::Error::without_url);
        let response = response.with_context(|| format!("{} cannot be reached", url.path()))?;
        for cookie in response.headers().get_all(SET_COOKIE) {
            self.jar.take(cookie.to_str().unwrap_or_default());
        }
        Ok(response)
    }

    /// What it would send along, for another browser.
    pub fn cookies(&self) -> Vec<(String, String)> {
        self.jar.pairs()
    }

    fn is_home(&self, url: &Url) -> bool {
        url.origin() == self.home.origin()
    }
}

/// Where a redirect leads. After one that asks for it (RFC 9110 §15.4) everything goes on with a GET.
fn next(here: &Url, response: &Response) -> anyhow::Result<Option<Url>> {
    if !response.status().is_redirection() {
        return Ok(None);
    }
    let target = response.headers().get(LOCATION).context("a redirect without Location")?;
    Ok(Some(here.join(target.to_str().context("a redirect to something that is no text")?)?))
}

impl Page {
    /// The form with this field.
    pub fn form_with(&self, field: &str) -> Option<Form> {
        Form::all(&self.html).into_iter().find(|form| form.has(field))
    }

    /// The form with this button.
    pub fn form_with_button(&self, name: &str, value: &str) -> Option<Form> {
        Form::all(&self.html).into_iter().find(|form| form.has_button(name, value))
    }

    /// What the page says first, for a story that did not expect to land there.
    pub fn says(&self) -> String {
        let mut main = false;
        let mut words = Vec::new();
        for piece in pieces(&self.html) {
            match piece {
                Piece::Open { name, .. } if name == "main" => main = true,
                Piece::Text(text) if main => {
                    words.push(text.split_whitespace().collect::<Vec<_>>().join(" "))
                }
                _ => {}
            }
        }
        let text = words.join(" ");
        text.chars().take(240).collect()
    }

    /// Whether the page has a link to this path.
    pub fn links_to(&self, path: &str) -> bool {
        pieces(&self.html).iter().any(|piece| piece.attribute("href") == Some(path))
    }

    /// The terms of the page's lists, each with what is said of it.
    pub fn facts(&self) -> Vec<(String, String)> {
        let mut facts: Vec<(String, String)> = Vec::new();
        let (mut term, mut said) = (false, false);
        for piece in pieces(&self.html) {
            match piece {
                Piece::Open { name, .. } if name == "dt" => (term, said) = (true, false),
                Piece::Open { name, .. } if name == "dd" => (term, said) = (false, true),
                Piece::Close(name) if name == "dl" => (term, said) = (false, false),
                Piece::Text(text) if term => facts.push((text, String::new())),
                Piece::Text(text) if said => {
                    if let Some((_, words)) = facts.last_mut() {
                        let gap = if words.is_empty() { "" } else { " · " };
                        words.push_str(gap);
                        words.push_str(&text.split_whitespace().collect::<Vec<_>>().join(" "));
                    }
                }
                _ => {}
            }
        }
        facts
    }

    /// An error that names where the browser is and what it sees.
    pub fn unexpected(&self, wanted: &str) -> anyhow::Error {
        anyhow::anyhow!("{wanted}, but {} answered {}: {}", self.url.path(), self.status, self.says())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_its_main_part_only() {
        let html = "<nav>Agents</nav><main><h1>Sign in</h1> <p>That did\n not match.</p></main>".to_owned();
        let page = Page { url: Url::parse("http://a/sign-in?x=1").unwrap(), status: 200, html };
        assert_eq!(page.says(), "Sign in That did not match.");
        let error = page.unexpected("a consent page was expected").to_string();
        assert!(error.contains("/sign-in") && !error.contains("x=1"), "{error}");
    }
}

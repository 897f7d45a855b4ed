//! A browser in a few lines: it keeps cookies, sends forms with their hidden fields, and follows nothing by itself.

use std::collections::BTreeMap;

use anyhow::Context;
use reqwest::header::{COOKIE, HeaderMap, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{RequestBuilder, redirect};

use crate::{IDLE, html, watch};

pub struct Browser {
    http: reqwest::Client,
    server: String,
    pub cookies: BTreeMap<String, String>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Page {
    pub status: u16,
    pub location: Option<String>,
    pub headers: HeaderMap,
    pub body: String,
}

impl Browser {
    pub fn new(server: &str) -> anyhow::Result<Self> {
        let http =
            reqwest::Client::builder().redirect(redirect::Policy::none()).pool_idle_timeout(IDLE).build()?;
        Ok(Self { http, server: server.to_owned(), cookies: BTreeMap::new() })
    }

    /// Opens a path of the server.
    pub async fn get(&mut self, path: &str) -> anyhow::Result<Page> {
        let request = self.http.get(format!("{}{path}", self.server));
        self.exchange(request).await
    }

    /// Sends a form: what the page hides in it, and what a person typed.
    pub async fn submit(&mut self, page: &Page, path: &str, typed: &[(&str, &str)]) -> anyhow::Result<Page> {
        let mut fields = html::hidden(&page.body);
        for (name, value) in typed {
            fields.retain(|(hidden, _)| hidden != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        self.post(path, &fields).await
    }

    /// Sends exactly these fields.
    pub async fn post(&mut self, path: &str, fields: &[(String, String)]) -> anyhow::Result<Page> {
        let request = self.http.post(format!("{}{path}", self.server)).form(fields);
        self.exchange(request.header(ORIGIN, self.server.clone())).await
    }

    /// Signs in through the page.
    pub async fn sign_in(&mut self, login: &str, password: &str) -> anyhow::Result<Page> {
        let page = self.get("/sign-in").await?;
        self.submit(&page, "/sign-in", &[("login", login), ("password", password)]).await
    }

    async fn exchange(&mut self, request: RequestBuilder) -> anyhow::Result<Page> {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = if cookies.is_empty() { request } else { request.header(COOKIE, cookies.join("; ")) };
        let response = request.send().await.context("the server does not answer")?;
        for cookie in response.headers().get_all(SET_COOKIE) {
            self.keep(cookie.to_str()?);
        }
        let location =
            response.headers().get(LOCATION).map(|to| to.to_str().map(str::to_owned)).transpose()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.text().await?;
        watch::check("a page", &body)?;
        Ok(Page { status, location, headers, body })
    }

    fn keep(&mut self, cookie: &str) {
        let pair = cookie.split(';').next().unwrap_or_default();
        let Some((name, value)) = pair.split_once('=') else { return };
        if cookie.to_ascii_lowercase().contains("max-age=0") || value.is_empty() {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

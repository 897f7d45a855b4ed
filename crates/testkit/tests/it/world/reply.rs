//! An answer, read whole.

use chancery_testkit::{Page, watch};
use reqwest::header::HeaderMap;
use serde_json::Value;

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    /// The body as JSON; null if it is none.
    pub body: Value,
}

impl Reply {
    pub async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        if status >= 400 {
            watch::check("a refusal", &text).unwrap();
        }
        let body = serde_json::from_str(&text).unwrap_or_default();
        Self { status, headers, text, body }
    }

    /// A page, read as an answer.
    pub fn of(page: Page) -> Self {
        Self { status: page.status, headers: page.headers, text: page.body, body: Value::Null }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status and OAuth error; an empty error for a success.
    pub fn outcome(&self) -> (u16, &str) {
        (self.status, self.body["error"].as_str().unwrap_or_default())
    }

    /// A text of a successful answer.
    pub fn get(&self, name: &str) -> &str {
        assert_eq!(self.status, 200, "{}", self.text);
        self.body[name].as_str().unwrap_or_else(|| panic!("no {name}: {}", self.text))
    }

    pub fn access(&self) -> String {
        self.get("access_token").to_owned()
    }
}

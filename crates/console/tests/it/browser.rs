//! A browser without scripts: it keeps cookies, and sends back what a page's forms hold.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{HeaderMap, Request, StatusCode, header};
use tower::ServiceExt;

pub struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |value| value.to_str().unwrap())
    }

    pub fn says(&self, text: &str) -> bool {
        self.text.contains(text)
    }

    /// The value of the first hidden or typed field of this name.
    pub fn field(&self, name: &str) -> String {
        let after = self.text.split_once(&format!("name=\"{name}\" value=\"")).map(|(_, rest)| rest);
        after.and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
    }

    /// The page without what differs from answer to answer.
    pub fn alike(&self) -> String {
        let request = self.text.split_once("rqt_").map_or("", |(_, rest)| rest.split('<').next().unwrap());
        self.text.replace(request, "")
    }
}

impl Browser {
    pub fn new(router: Router) -> Self {
        Self { router, cookies: BTreeMap::new() }
    }

    pub async fn send(&mut self, request: http::request::Builder, body: Body) -> http::Response<Body> {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::COOKIE, cookies.join("; ")).body(body).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let text = cookie.to_str().unwrap();
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            if text.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        response
    }

    async fn whole(response: http::Response<Body>) -> Answer {
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        let response = self.send(Request::get(path), Body::empty()).await;
        Self::whole(response).await
    }

    /// Posts just these fields.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body: Vec<String> =
            fields.iter().map(|(n, v)| format!("{}={}", escaped(n), escaped(v))).collect();
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let response = self.send(request, Body::from(body.join("&"))).await;
        Self::whole(response).await
    }

    /// Looks at a page, then posts a form of it: with the page's token and, if the page has one, its version.
    pub async fn submit(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let shown = self.get(page).await;
        let (csrf, version) = (shown.field("csrf"), shown.field("version"));
        let mut all = vec![("csrf", csrf.as_str()), ("version", version.as_str())];
        all.retain(|(name, value)| !value.is_empty() && fields.iter().all(|(n, _)| n != name));
        all.extend_from_slice(fields);
        self.post(path, &all).await
    }
}

fn escaped(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

impl Answer {
    /// The id of the first row of a timeline.
    pub fn field_of_row(&self) -> String {
        self.text.split_once("data-key=\"").unwrap().1.split('"').next().unwrap().to_owned()
    }
}

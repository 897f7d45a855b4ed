//! The sign-in link: whoever opens it first is in the console, as the administrator.
//!
//! The server has no such link, and needs none. The demo signs her in through the page, as she would do it herself, and
//! hands the cookies on: they know no ports (RFC 6265 §8.5), so the console gets what this port sets. That works on this
//! machine only, and once.

use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use url::Url;

use crate::people::Newcomer;
use crate::random;

pub(crate) struct Doorstep {
    pub link: String,
    serving: JoinHandle<()>,
}

/// Who is let in, until somebody was, and where the link leads.
struct Door {
    newcomer: Mutex<Option<Newcomer>>,
    console: String,
}

impl Doorstep {
    pub async fn open(issuer: &str, newcomer: Newcomer) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("no port for the sign-in link")?;
        let path = format!("/sign-in/{}", random::word()?);
        // By the server's own name: cookies of `localhost` are none of `127.0.0.1`.
        let mut link = Url::parse(issuer).with_context(|| format!("{issuer} is no URL"))?.join(&path)?;
        let port = listener.local_addr()?.port();
        link.set_port(Some(port)).map_err(|()| anyhow::anyhow!("{issuer} has no port"))?;
        let door = Door { newcomer: Mutex::new(Some(newcomer)), console: format!("{issuer}/console") };
        let router = Router::new().route(&path, get(enter)).with_state(Arc::new(door));
        let serving = tokio::spawn(async move {
            // It ends with the demo; a failure shows to whoever opens the link.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { link: link.into(), serving })
    }
}

impl Drop for Doorstep {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn enter(State(door): State<Arc<Door>>) -> Response {
    let Some(newcomer) = door.newcomer.lock().await.take() else {
        let told =
            format!("This link was used. Sign in at {} with the password in the terminal.\n", door.console);
        return (StatusCode::GONE, told).into_response();
    };
    match newcomer.sign_in().await {
        Ok(cookies) => (StatusCode::SEE_OTHER, let_in(&door.console, &cookies)).into_response(),
        Err(error) => (StatusCode::BAD_GATEWAY, format!("{error:#}\n")).into_response(),
    }
}

fn let_in(console: &str, cookies: &[(String, String)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut put = |name, value: String| {
        // What the server set was a header before.
        HeaderValue::try_from(value).map(|value| headers.append(name, value)).is_ok()
    };
    put(header::LOCATION, console.to_owned());
    put(header::CACHE_CONTROL, "no-store".to_owned());
    for (name, value) in cookies {
        put(header::SET_COOKIE, format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax"));
    }
    headers
}

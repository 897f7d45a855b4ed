//! One guard with an API behind it that always answers, and a check as a request of the outside would make it.

use std::convert::Infallible;

use anyhow::Context;
use chancery_guard::{Guard, GuardService, Require};
use http::{HeaderValue, Request, Response, StatusCode, header};
use serde::{Deserialize, Serialize};
use tower::{Layer, Service, ServiceExt, service_fn};

/// What a guard is configured with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Post {
    pub issuer: String,
    pub audience: String,
    pub client: String,
    pub secret: String,
}

type Api = fn(Request<()>) -> std::future::Ready<Result<Response<String>, Infallible>>;

/// A guarded API.
pub struct Stand {
    guard: Guard,
    service: GuardService<tower::util::ServiceFn<Api>>,
}

fn answer(_: Request<()>) -> std::future::Ready<Result<Response<String>, Infallible>> {
    std::future::ready(Ok(Response::new(String::new())))
}

impl Stand {
    pub async fn start(post: &Post) -> anyhow::Result<Self> {
        let guard = Guard::builder(post.issuer.clone())
            .audience(post.audience.clone())
            .client(post.client.clone(), post.secret.clone())
            .start()
            .await?;
        let service = guard.layer(Require::token()).layer(service_fn(answer as Api));
        Ok(Self { guard, service })
    }

    /// The status a call with this header gets.
    pub async fn check(&mut self, bearer: &HeaderValue) -> anyhow::Result<StatusCode> {
        let request = Request::builder().uri("/customers").header(header::AUTHORIZATION, bearer).body(())?;
        let ready = self.service.ready().await?;
        Ok(ready.call(request).await?.status())
    }

    pub fn hears(&self) -> bool {
        self.guard.hears()
    }

    /// Waits until what it has seen is reported.
    pub async fn flush(&self) -> bool {
        self.guard.flush().await
    }
}

pub fn bearer(token: &str) -> anyhow::Result<HeaderValue> {
    HeaderValue::from_str(&format!("Bearer {token}")).context("a token that is no header")
}

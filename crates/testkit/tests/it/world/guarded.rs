//! An API behind a real guard, as its owner runs it: for a server whose clock goes.

use std::time::{Duration, Instant};

use axum::{Extension, Router, routing::get};
use chancery_guard::{Caller, Guard, Require};

use super::{App, World};

/// Longer than news of a mark should ever take.
const PATIENCE: Duration = Duration::from_secs(5);

impl World {
    /// The API of this system; its address. It says who called, and the chain of agents.
    pub async fn guarded(&self, app: &App, require: Require) -> String {
        let guard = Guard::builder(self.issuer()).audience(&app.resource);
        let guard = guard.client(&app.guard.id, &app.guard.secret).start().await.unwrap();
        let said = |Extension(caller): Extension<Caller>| async move {
            let actors: Vec<&str> = caller.actors.iter().map(|actor| actor.subject.as_str()).collect();
            format!("{} {}", caller.subject, actors.join(" "))
        };
        let api: Router = Router::new().route("/", get(said)).layer(guard.layer(require));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, api).await });
        format!("http://{address}/")
    }

    /// The API lets the token through until the guard hears of the mark, and then no more.
    pub async fn until_refused(&self, api: &str, token: &str) {
        let begun = Instant::now();
        loop {
            match self.get_at(api, token).await.status {
                401 => return,
                200 if begun.elapsed() < PATIENCE => {}
                status => panic!("{status} after {:?}", begun.elapsed()),
            }
        }
    }
}

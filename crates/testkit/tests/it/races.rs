//! Everything at once, on either engine: of answers one counts, of exclusive holders there is one, and nothing works
//! after a no, a containment or the end of the time.

mod permissions;
mod secrets;

use chancery_testkit::{Browser, Kit};
use tokio::task::JoinHandle;

use crate::nodes::Nodes;
use crate::world::World;

/// A company on each engine that is there.
pub async fn engines() -> Vec<(&'static str, World)> {
    let mut all = vec![("sqlite", World::on(Kit::start().await.unwrap()).await)];
    if let Some(Nodes { w, second }) = Nodes::start().await {
        second.stop().await;
        all.push(("postgres", w));
    }
    all
}

/// What a person's page would send, ready to be sent many times at once.
pub struct Ballot {
    url: String,
    form: [(&'static str, String); 2],
    cookies: String,
    origin: String,
    http: reqwest::Client,
}

impl Ballot {
    pub async fn on(w: &World, browser: &mut Browser, approval: &str) -> Self {
        let path = format!("/inbox/{approval}");
        let page = browser.get(&path).await.unwrap();
        let hidden = |name: &str| {
            let found = page.body.split_once(&format!("name=\"{name}\" value=\""));
            let (_, rest) = found.unwrap_or_else(|| panic!("no {name}: {}", page.body));
            rest.split('"').next().unwrap().to_owned()
        };
        let cookies: Vec<String> = browser.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        Self {
            url: w.kit.url(&format!("{path}/answer")),
            form: [("csrf", hidden("csrf")), ("seen", hidden("seen"))],
            cookies: cookies.join("; "),
            origin: w.issuer().to_owned(),
            http: w.http.clone(),
        }
    }

    pub fn cast(&self, word: &str) -> JoinHandle<u16> {
        let [csrf, seen] = self.form.clone();
        let request = self.http.post(&self.url).form(&[csrf, seen, ("answer", word.to_owned())]);
        let request = request.header("cookie", &self.cookies).header("origin", &self.origin);
        tokio::spawn(async move { request.send().await.unwrap().status().as_u16() })
    }

    /// Twenty answers, yes and no by turns, and the clock passes the end of the question among them: after all of them are
    /// under way in an even round, after the first is back in an odd one. How many were taken.
    pub async fn while_time_runs_out(&self, w: &World, round: usize) -> usize {
        let all: Vec<_> = (0..20).map(|n| self.cast(if n % 2 == 0 { "approve" } else { "deny" })).collect();
        let mut all = all.into_iter();
        let first = if round % 2 == 1 { Some(all.next().unwrap().await.unwrap()) } else { None };
        w.advance(1);
        let mut taken = 0;
        let mut late = Vec::new();
        for answer in all {
            late.push(answer.await.unwrap());
        }
        for status in first.into_iter().chain(late) {
            match status {
                303 => taken += 1,
                409 | 404 => {}
                other => panic!("{other}"),
            }
        }
        taken
    }

    /// A hundred answers, yes and no by turns: how many were taken.
    pub async fn a_hundred(&self) -> usize {
        let all: Vec<_> = (0..100).map(|n| self.cast(if n % 2 == 0 { "approve" } else { "deny" })).collect();
        let mut taken = 0;
        for answer in all {
            match answer.await.unwrap() {
                303 => taken += 1,
                409 | 404 => {}
                other => panic!("{other}"),
            }
        }
        taken
    }
}

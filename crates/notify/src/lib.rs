//! Telling people: a question waits for them, or was taken back. By web push in the browsers they named, and by mail where
//! the operator has a relay. And telling the programs and rooms that an organization named: [`endpoints`].
//!
//! What is told is read from the approval at the moment it is told, in the sentences of the inbox. A message carries a link
//! and no power: whoever opens it signs in. One reaction fans out into one for each browser and each mailbox, so that none
//! is told twice because another could not be reached.

pub mod browsers;
mod encrypt;
pub mod endpoints;
mod mail;
mod message;
mod push;
mod who;

use std::sync::Arc;

use chancery_context::Platform;
use chancery_context::reactions::{React, Reacted, Reacting};
use chancery_kernel::{ApprovalId, Fault, Outcome, UserId};
use chancery_model::{Approval, State};
use chancery_outbound::smtp::Mailer;
use chancery_store::outbox::{self, Reaction, TELL, TELL_ENDPOINT, TELL_MAIL, TELL_PUSH};
use chancery_store::tables::{approvals, push as subscriptions, settings};
use serde::{Deserialize, Serialize};

pub use encrypt::{Keys, open_for_tests, seal};
pub use message::Message;

/// The operator's relay, and whom letters come from.
pub struct Post {
    pub mailer: Mailer,
    pub from: String,
}

/// Tells people.
#[derive(Clone)]
pub struct Teller(Arc<Inner>);

struct Inner {
    platform: Platform,
    post: Option<Post>,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    approval: ApprovalId,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    user: Option<UserId>,
    /// Of a browser's address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    browser: Option<[u8; 32]>,
}

type Attempt = Result<Reacted, Reacted>;

fn later(fault: impl Into<Fault>) -> Reacted {
    Reacted::Later(fault.into().log_line())
}

impl React for Teller {
    fn topics(&self) -> &'static [&'static str] {
        &[TELL, TELL_PUSH, TELL_MAIL, TELL_ENDPOINT]
    }

    fn react(&self, reaction: Reaction) -> Reacting {
        let teller = self.clone();
        Box::pin(async move { teller.tell(reaction).await.unwrap_or_else(|reacted| reacted) })
    }
}

impl Teller {
    pub fn new(platform: Platform, post: Option<Post>) -> Self {
        Self(Arc::new(Inner { platform, post }))
    }

    /// Lets every node know whether there is a relay: where nobody can be told, nothing is queued.
    pub async fn announce(&self) -> Outcome<()> {
        let has_relay = self.0.post.is_some();
        let note = self.0.platform.db.maintain(move |sql| match has_relay {
            true => settings::set(sql, subscriptions::MAIL, &[1]),
            false => settings::take(sql, subscriptions::MAIL, &[1]).map(drop),
        });
        Ok(note.await?)
    }

    async fn tell(&self, reaction: Reaction) -> Attempt {
        if reaction.topic == TELL_ENDPOINT {
            return self.tell_endpoint(&reaction).await;
        }
        let unreadable = |_| Reacted::Never("the reaction cannot be read".into());
        let payload: Payload = serde_json::from_str(&reaction.payload).map_err(unreadable)?;
        let (db, org, id) = (&self.0.platform.db, reaction.org, payload.approval);
        let found = db.read(move |sql| approvals::find(sql, org, id)).await.map_err(later)?;
        let Some(asked) = found.filter(|asked| self.is_news(asked)) else { return Ok(Reacted::Done) };
        match (reaction.topic.as_str(), payload.user, payload.browser) {
            (TELL_PUSH, Some(user), Some(browser)) => self.push(&asked, user, browser).await,
            (TELL_MAIL, Some(user), None) => self.mail(&asked, user).await,
            _ => self.fan_out(&reaction, &asked).await,
        }
    }

    /// It still waits, or was taken back before anybody answered; whatever else became of it, people know.
    fn is_news(&self, asked: &Approval) -> bool {
        match asked.state_at(self.0.platform.db.env().now()) {
            State::Pending => true,
            State::Canceled => asked.answers.is_empty(),
            State::Approved | State::Denied | State::Expired | State::Redeemed => false,
        }
    }

    /// One reaction for each browser and mailbox of everybody whose answer is wanted.
    async fn fan_out(&self, reaction: &Reaction, asked: &Approval) -> Attempt {
        let (db, org, approval) = (&self.0.platform.db, reaction.org, asked.id);
        let people = who::asked(&db.hot(), asked, db.env().now());
        let mut parts = Vec::new();
        for user in people {
            let browsers = db.read(move |sql| subscriptions::of_user(sql, org, user)).await.map_err(later)?;
            for browser in browsers {
                let part = Payload { approval, user: Some(user), browser: Some(browser.digest) };
                parts.push((TELL_PUSH, text(&part)));
            }
            if self.0.post.is_some() {
                parts.push((TELL_MAIL, text(&Payload { approval, user: Some(user), browser: None })));
            }
        }
        let (lent, now) = (reaction.clone(), db.env().now());
        let split = db.maintain(move |sql| outbox::split(sql, &lent, &parts, now)).await;
        split.map(|_| Reacted::Done).map_err(later)
    }
}

fn text(payload: &Payload) -> String {
    serde_json::to_string(payload).unwrap_or_default()
}

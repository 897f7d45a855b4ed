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
use chancery_kernel::{Fault, Outcome, Timestamp, UserId};
use chancery_model::{Approval, State};
use chancery_outbound::smtp::Mailer;
use chancery_store::outbox::{self, Notice, Reaction, TELL, TELL_ENDPOINT, TELL_MAIL, TELL_PUSH, Telling};
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
    #[serde(flatten)]
    what: Telling,
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
        let Some(about) = self.about(&reaction, &payload.what).await? else { return Ok(Reacted::Done) };
        match (reaction.topic.as_str(), payload.user, payload.browser) {
            (TELL_PUSH, Some(user), Some(browser)) => {
                self.push(&about.message, reaction.org, user, browser).await
            }
            (TELL_MAIL, Some(user), None) => self.mail(&about.message, reaction.org, user).await,
            _ => self.fan_out(&reaction, payload.what, about.people).await,
        }
    }

    /// What is said at this moment, and to whom; nothing where it is no news any more.
    async fn about(&self, reaction: &Reaction, what: &Telling) -> Result<Option<About>, Reacted> {
        let (db, org) = (&self.0.platform.db, reaction.org);
        if let Some(Notice::FactorsReset { user, at }) = what.notice {
            let message = Message::factors_reset(user, at);
            return Ok(Some(About { message, people: vec![user] }));
        }
        let Some(id) = what.approval else { return Ok(None) };
        let found = db.read(move |sql| approvals::find(sql, org, id)).await.map_err(later)?;
        let now = db.env().now();
        let Some(asked) = found.filter(|asked| is_news(asked, what, now)) else { return Ok(None) };
        let hot = db.hot();
        let agent = asked.agent.and_then(|id| hot.agents.find(org, id));
        let agent = agent.map_or("", |agent| agent.name.as_str());
        let message = Message::about(&asked, agent, what, now);
        Ok(Some(About { message, people: who::asked(&hot, &asked, what, now) }))
    }

    /// One reaction for each browser and mailbox of everybody whose answer is wanted.
    async fn fan_out(&self, reaction: &Reaction, what: Telling, people: Vec<UserId>) -> Attempt {
        let (db, org) = (&self.0.platform.db, reaction.org);
        let mut parts = Vec::new();
        for user in people {
            let browsers = db.read(move |sql| subscriptions::of_user(sql, org, user)).await.map_err(later)?;
            let user = Some(user);
            for browser in browsers {
                let part = Payload { what: what.clone(), user, browser: Some(browser.digest) };
                parts.push((TELL_PUSH, text(&part)));
            }
            if self.0.post.is_some() {
                parts.push((TELL_MAIL, text(&Payload { what: what.clone(), user, browser: None })));
            }
        }
        let (lent, now) = (reaction.clone(), db.env().now());
        let split = db.maintain(move |sql| outbox::split(sql, &lent, &parts, now)).await;
        split.map(|_| Reacted::Done).map_err(later)
    }
}

/// A message, and who is meant by it.
struct About {
    message: Message,
    people: Vec<UserId>,
}

/// It still waits, or was taken back before anybody answered; whatever else became of it, people know. What was handed on
/// is news only while it waits.
fn is_news(asked: &Approval, what: &Telling, now: Timestamp) -> bool {
    let again = what.beside.is_some() || what.stand_in.is_some();
    match asked.state_at(now) {
        State::Pending => true,
        State::Canceled => asked.answers.is_empty() && !again,
        State::Approved | State::Denied | State::Expired | State::Redeemed => false,
    }
}

fn text(payload: &Payload) -> String {
    serde_json::to_string(payload).unwrap_or_default()
}

//! What a subject may see, followed: first all of it, then what comes and goes with each write. What rests on a condition
//! that the caller's context does not decide is told with the condition: the caller has to ask about it again when it knows.
//!
//! Who comes back with the token of the last version hears the difference: what was seen then is worked out again from the
//! tuples of that version, which are kept for a while, or read from the log. Where that would take too much, or the
//! question is another one, all of it follows.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chancery_kernel::{Fault, Kind, ModelId, Outcome};
use chancery_rebac::tuple::Context;
use serde::Deserialize;
use tokio::sync::watch;

use super::known::Known;
pub use super::known::News;
use super::past;
use super::residue::seen;
pub use super::residue::{Residue, Residues, Seen};
use crate::access::{Asker, Here};
use crate::ask::{Asked, PATIENCE, Terms};
use crate::places::Place;
use crate::{Authz, fault};

/// Who is followed, and what for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wanted {
    pub user: String,
    pub relation: String,
    pub r#type: String,
    pub context: Option<Context>,
    pub authorization_model_id: String,
    /// That of the last version that the caller heard of.
    pub token: String,
}

/// One line of the stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// What the caller knew is void: everything follows.
    Restart,
    Insert(String, Seen),
    Delete(String),
    /// Up to here it is true as of this version; with the token to come back with.
    Version(u64, String),
}

/// A stream on its way.
pub struct Visible {
    authz: Authz,
    here: Here,
    terms: Terms,
    wanted: Wanted,
    /// What the caller knows; none: nothing yet.
    known: Option<Arc<Known>>,
    /// The version and the model of what was told last.
    at: Option<(u64, ModelId)>,
    turned: watch::Receiver<u64>,
    rest: Duration,
    _place: Place,
}

/// Without news, a line that says so much comes after this.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// A stream works a fifth of the time at most, and no more often than this.
const SHORTEST: Duration = Duration::from_millis(20);
const SHARE: u32 = 4;

impl Authz {
    pub async fn follow(&self, asker: &Asker, store: &str, wanted: Wanted) -> Outcome<Visible> {
        let model = wanted.authorization_model_id.clone();
        let terms = Terms { model, context: wanted.context.clone(), ..Terms::default() };
        let turned = self.db().turned();
        let asked = self.asked(asker, store, terms.clone()).await?;
        asked.check_list(&wanted.r#type, &wanted.relation, &wanted.user)?;
        let place = self.0.streams.take(asked.here.store.org).ok_or_else(|| {
            let text = "too many streams are open here: close one, or try again later";
            Fault::new(Kind::TooMany, "resource_exhausted", text)
        })?;
        Ok(Visible {
            authz: self.clone(),
            here: asked.here,
            terms,
            wanted,
            known: None,
            at: None,
            turned,
            rest: Duration::ZERO,
            _place: place,
        })
    }
}

impl Visible {
    /// What became of it since the last call; waits for news, or for the next heartbeat.
    pub async fn next(&mut self) -> Outcome<News> {
        if self.at.is_some() {
            tokio::time::sleep(self.rest).await;
            // Either way it is looked at again: who waits must not miss what came in between.
            let _ = tokio::time::timeout(HEARTBEAT, self.turned.changed()).await;
        }
        self.turned.mark_unchanged();
        let store = self.authz.db().hot().stores.find(self.here.store.org, self.here.store.id).cloned();
        self.here.store = store.ok_or_else(fault::no_store)?;
        self.here.check_key()?;
        let asked = self.authz.asked_here(self.here.clone(), self.terms.clone()).await?;
        let at = (asked.graph.version(), asked.model.id);
        let told = Line::Version(at.0, past::token(&self.here, &self.wanted, at));
        if let (true, Some(known)) = (self.at == Some(at), &self.known) {
            return Ok(News::none(known.clone(), told));
        }
        if self.at.is_none() {
            self.known = self.before(&asked).await?;
        }
        let began = Instant::now();
        self.authz.keep_version(&self.here, &asked.graph);
        let (now, news) = self.compared(asked, told).await?;
        self.rest = (began.elapsed() * SHARE).max(SHORTEST);
        self.known = Some(now);
        self.at = Some(at);
        Ok(news)
    }

    async fn seen(&self, asked: Asked) -> Outcome<Known> {
        let wanted = self.wanted.clone();
        asked.anew().aside(move |asked| asked.within(PATIENCE, |q| seen(asked, q, &wanted))).await?
    }

    /// What is seen now, and the lines that say so.
    async fn compared(&self, asked: Asked, told: Line) -> Outcome<(Arc<Known>, News)> {
        let (wanted, before) = (self.wanted.clone(), self.known.clone());
        let work = move |asked: &Asked| {
            let now = Arc::new(asked.within(PATIENCE, |q| seen(asked, q, &wanted))?);
            Ok((now.clone(), News::new(before, now, &wanted.r#type, told)))
        };
        asked.anew().aside(work).await?
    }

    /// What the caller saw at the version of its token.
    async fn before(&self, now: &Asked) -> Outcome<Option<Arc<Known>>> {
        let Some(place) = past::read(&self.here, &self.wanted) else { return Ok(None) };
        match self.authz.asked_of_version(now, place).await? {
            Some(then) => self.seen(then).await.map(|known| Some(Arc::new(known))),
            None => Ok(None),
        }
    }
}

impl Here {
    /// A key that was removed ends what it began.
    pub(crate) fn check_key(&self) -> Outcome<()> {
        let kept = self.key.is_none_or(|key| self.store.keys.iter().any(|kept| kept.id == key));
        let gone = || Fault::new(Kind::Unauthenticated, "unauthenticated", "the key was removed");
        kept.then_some(()).ok_or_else(gone)
    }
}

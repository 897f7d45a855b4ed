//! What a subject may see, followed: first all of it, then what comes and goes with each write. What rests on a condition
//! that the caller's context does not decide is told with the condition: the caller has to ask about it again when it knows.
//!
//! Who comes back with the token of the last version hears the difference: what was seen then is worked out again from the
//! tuples of that version, which are kept for a while, or read from the log. Where that would take too much, or the
//! question is another one, all of it follows.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chancery_kernel::{Fault, Kind, ModelId, Outcome};
use chancery_rebac::tuple::Context;
use serde::Deserialize;
use tokio::sync::watch;

use super::past;
use super::places::Place;
use super::residue::{Known, seen};
pub use super::residue::{Residue, Residues, Seen};
use crate::access::{Asker, Here};
use crate::ask::{Asked, PATIENCE, Terms};
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
    known: Option<Known>,
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
        let place = self.0.streams.take(asked.here.store.org)?;
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
    pub async fn next(&mut self) -> Outcome<Vec<Line>> {
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
        if self.at == Some(at) {
            return Ok(vec![told]);
        }
        if self.at.is_none() {
            self.known = self.before(&asked).await?;
        }
        let began = Instant::now();
        self.authz.keep_version(&self.here, &asked.graph);
        let now = self.seen(asked).await?;
        self.rest = (began.elapsed() * SHARE).max(SHORTEST);
        let mut lines = difference(self.known.as_ref(), &now);
        lines.push(told);
        self.known = Some(now);
        self.at = Some(at);
        Ok(lines)
    }

    async fn seen(&self, asked: Asked) -> Outcome<Known> {
        let wanted = self.wanted.clone();
        asked.aside(move |asked| asked.within(PATIENCE, |q| seen(asked, q, &wanted))).await?
    }

    /// What the caller saw at the version of its token.
    async fn before(&self, now: &Asked) -> Outcome<Option<Known>> {
        let Some(place) = past::read(&self.here, &self.wanted) else { return Ok(None) };
        match self.authz.asked_of_version(now, place).await? {
            Some(then) => self.seen(then).await.map(Some),
            None => Ok(None),
        }
    }
}

/// What a caller who knows this has to hear.
fn difference(known: Option<&Known>, now: &Known) -> Vec<Line> {
    let nothing = BTreeMap::new();
    let mut lines = if known.is_none() { vec![Line::Restart] } else { Vec::new() };
    let known = known.unwrap_or(&nothing);
    let gone = known.keys().filter(|object| !now.contains_key(*object));
    lines.extend(gone.map(|object| Line::Delete(object.clone())));
    let come = now.iter().filter(|(object, seen)| known.get(*object) != Some(*seen));
    lines.extend(come.map(|(object, seen)| Line::Insert(object.clone(), seen.clone())));
    lines
}

impl Here {
    /// A key that was removed ends what it began.
    pub(crate) fn check_key(&self) -> Outcome<()> {
        let kept = self.key.is_none_or(|key| self.store.keys.iter().any(|kept| kept.id == key));
        let gone = || Fault::new(Kind::Unauthenticated, "unauthenticated", "the key was removed");
        kept.then_some(()).ok_or_else(gone)
    }
}

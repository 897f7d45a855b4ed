//! What a subject may see, followed: first all of it, then what comes and goes with each write. What rests on a condition
//! that the caller's context does not decide is told with the condition: the caller has to ask about it again when it knows.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chancery_kernel::{Fault, Kind, Outcome};
use chancery_rebac::engine::{Filter, Question};
use chancery_rebac::fault::Unanswered;
use chancery_rebac::tuple::{Context, TupleKey};
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, watch};

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
    /// The version up to which the caller knows everything.
    pub from: Option<u64>,
}

/// Why an object is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    Surely,
    /// If this condition is met.
    If(String),
}

/// One line of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// What the caller knew is void: everything follows.
    Reset,
    Insert(String, Seen),
    Delete(String),
    /// Up to here it is true as of this version.
    Version(u64),
}

/// A stream on its way.
pub struct Visible {
    authz: Authz,
    here: Here,
    terms: Terms,
    wanted: Wanted,
    known: BTreeMap<String, Seen>,
    /// None before the first lines.
    version: Option<u64>,
    turned: watch::Receiver<u64>,
    rest: Duration,
    _place: OwnedSemaphorePermit,
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
        let place = Arc::clone(&self.0.streams).try_acquire_owned().map_err(|_| {
            let text = "too many streams are open here: close one, or try again later";
            Fault::new(Kind::TooMany, "resource_exhausted", text)
        })?;
        Ok(Visible {
            authz: self.clone(),
            here: asked.here,
            terms,
            wanted,
            known: BTreeMap::new(),
            version: None,
            turned,
            rest: Duration::ZERO,
            _place: place,
        })
    }
}

impl Visible {
    /// What became of it since the last call; waits for news, or for the next heartbeat.
    pub async fn next(&mut self) -> Outcome<Vec<Line>> {
        if self.version.is_some() {
            tokio::time::sleep(self.rest).await;
            // Either way it is looked at again: who waits must not miss what came in between.
            let _ = tokio::time::timeout(HEARTBEAT, self.turned.changed()).await;
        }
        self.turned.mark_unchanged();
        let store = self.authz.db().hot().stores.find(self.here.store.org, self.here.store.id).cloned();
        self.here.store = store.ok_or_else(fault::no_store)?;
        self.here.check_key()?;
        let asked = self.authz.asked_here(self.here.clone(), self.terms.clone()).await?;
        let version = asked.graph.version();
        if self.version == Some(version) {
            return Ok(vec![Line::Version(version)]);
        }
        let (began, wanted) = (Instant::now(), self.wanted.clone());
        let now = asked.aside(move |asked| asked.within(PATIENCE, |q| seen(asked, q, &wanted))).await??;
        self.rest = (began.elapsed() * SHARE).max(SHORTEST);
        let lines = self.lines(&now, version);
        self.known = now;
        self.version = Some(version);
        Ok(lines)
    }

    fn lines(&self, now: &BTreeMap<String, Seen>, version: u64) -> Vec<Line> {
        let knows = self.version.is_none() && self.wanted.from == Some(version);
        if knows {
            return vec![Line::Version(version)];
        }
        let mut lines = if self.version.is_none() { vec![Line::Reset] } else { Vec::new() };
        let gone = self.known.keys().filter(|object| !now.contains_key(*object));
        lines.extend(gone.map(|object| Line::Delete(object.clone())));
        let come = now.iter().filter(|(object, seen)| self.known.get(*object) != Some(*seen));
        lines.extend(come.map(|(object, seen)| Line::Insert(object.clone(), seen.clone())));
        lines.push(Line::Version(version));
        lines
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

fn seen(asked: &Asked, question: &Question<'_>, wanted: &Wanted) -> Outcome<BTreeMap<String, Seen>> {
    match question.list_objects(&wanted.r#type, &wanted.relation, &wanted.user, usize::MAX) {
        Ok(listed) if listed.complete => {
            Ok(listed.objects.into_iter().map(|object| (object, Seen::Surely)).collect())
        }
        Ok(_) => Err(fault::unanswered(&Unanswered::Deadline)),
        Err(Unanswered::Condition { .. }) => one_by_one(asked, question, wanted),
        Err(why) => Err(fault::unanswered(&why)),
    }
}

/// Where conditions are undecided: each object of the type for itself.
fn one_by_one(asked: &Asked, question: &Question<'_>, wanted: &Wanted) -> Outcome<BTreeMap<String, Seen>> {
    let mut seen = BTreeMap::new();
    let filter = Filter { object_type: Some(wanted.r#type.clone()), ..Filter::default() };
    let mut after = None;
    loop {
        let stretch = asked.graph.read(&filter, after, 1_024).map_err(|_| fault::bad_token())?;
        for stored in &stretch.tuples {
            let object = &stored.tuple.key.object;
            if seen.contains_key(object) {
                continue;
            }
            let key = TupleKey::new(object, &wanted.relation, &wanted.user);
            match question.check(&key) {
                Ok(true) => seen.insert(object.clone(), Some(Seen::Surely)),
                Ok(false) => seen.insert(object.clone(), None),
                Err(Unanswered::Condition { condition, .. }) => {
                    seen.insert(object.clone(), Some(Seen::If(condition)))
                }
                Err(why) => return Err(fault::unanswered(&why)),
            };
        }
        after = stretch.next;
        if after.is_none() {
            break;
        }
    }
    Ok(seen.into_iter().filter_map(|(object, seen)| Some((object, seen?))).collect())
}

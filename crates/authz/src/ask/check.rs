//! Whether a user may do something with an object.

use chancery_kernel::{Fault, Outcome};
use chancery_model::Level;
use chancery_rebac::condition;
use chancery_rebac::fault::Unanswered;
use chancery_rebac::tuple::TupleKey;
use chancery_rebac::write_rules;

use super::{Asked, Ground, INLINE, PATIENCE, Terms, check_distinct, given};
use crate::access::Asker;
use crate::{Authz, fault, wire};

/// An answer, and what it was given from.
pub struct Checked {
    pub ground: Ground,
    pub allowed: bool,
    /// The path that made it true, where that was asked for.
    pub resolution: String,
}

impl Terms {
    /// What comes with a check besides its tuple.
    pub(super) fn of_check(asked: wire::Check, at_least: Option<u64>) -> (Self, Option<wire::TupleWire>) {
        let terms = Self {
            model: asked.authorization_model_id,
            contextual: asked.contextual_tuples.tuples(),
            context: asked.context,
            exactness: asked.consistency.with(at_least),
        };
        (terms, asked.tuple_key)
    }
}

impl Asked {
    /// Whether it can be asked at all.
    pub(crate) fn check_question(&self, key: &TupleKey) -> Outcome<()> {
        write_rules::check_key(&self.model.source, key)
            .map_err(|reason| fault::invalid(format!("invalid relation: {reason}")))?;
        condition::check_characters(&self.context)
            .map_err(|reason| fault::invalid(format!("invalid context: {reason}")))?;
        check_distinct(&self.contextual)?;
        self.check_contextual().map_err(|fault| Fault { code: "invalid_tuple", ..fault })
    }

    /// One check, on this thread where it is as quick as nearly all are.
    pub(crate) async fn check(&self, key: &TupleKey) -> Outcome<bool> {
        self.check_question(key)?;
        match self.within(INLINE, |question| question.check(key)) {
            Err(Unanswered::Deadline) => {
                let key = key.clone();
                let slow = self.clone().aside(move |asked| asked.within(PATIENCE, |q| q.check(&key))).await?;
                slow.map_err(|why| fault::unanswered(&why))
            }
            quick => quick.map_err(|why| fault::unanswered(&why)),
        }
    }
}

impl Authz {
    pub async fn check(
        &self,
        asker: &Asker,
        store: &str,
        asked: wire::Check,
        at_least: Option<u64>,
    ) -> Outcome<Checked> {
        let here = self.enter(asker, store, Level::Read).await?;
        asked.check_fields()?;
        let trace = asked.trace;
        let (terms, tuple_key) = Terms::of_check(asked, at_least);
        let asked = self.asked_here(here, terms).await?;
        let key = given(tuple_key);
        let allowed = asked.check(&key).await?;
        if asked.here.store.recorded {
            self.note(&asked, &[(key.clone(), allowed)]).await?;
        }
        let resolution = if trace && allowed { asked.traced(&key).await? } else { String::new() };
        Ok(Checked { ground: asked.ground(), allowed, resolution })
    }
}

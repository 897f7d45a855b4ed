//! Whether a user may do something with an object.

use chancery_kernel::{Fault, Outcome};
use chancery_rebac::fault::Unanswered;
use chancery_rebac::tuple::TupleKey;
use chancery_rebac::write_rules;

use super::{Asked, Ground, INLINE, Terms, check_distinct, given};
use crate::access::Asker;
use crate::{Authz, fault, wire};

/// An answer, and what it was given from.
pub struct Checked {
    pub ground: Ground,
    pub allowed: bool,
    /// Why, where that was asked for.
    pub resolution: String,
}

impl Asked {
    /// One check, on this thread where it is as quick as nearly all are.
    pub(crate) async fn check(&self, key: &TupleKey) -> Outcome<bool> {
        write_rules::check_key(&self.model.source, key)
            .map_err(|reason| fault::invalid(reason.to_string()))?;
        check_distinct(&self.contextual)?;
        self.check_contextual()?;
        match self.within(INLINE, |question| question.check(key)) {
            Err(Unanswered::Deadline) => {
                let key = key.clone();
                let slow = self.clone().aside(move |question| question.check(&key)).await?;
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
        let terms = Terms {
            model: asked.authorization_model_id,
            contextual: asked.contextual_tuples.tuples(),
            context: asked.context,
            exactness: asked.consistency.with(at_least),
        };
        let (tuple_key, trace) = (asked.tuple_key, asked.trace);
        let asked = self.asked(asker, store, terms).await?;
        let key = given(tuple_key, "CheckRequest")?;
        let allowed = asked.check(&key).await?;
        if asked.here.store.recorded {
            self.note(&asked, &[(key.clone(), allowed)]).await?;
        }
        let resolution = if trace { explained(&asked, key).await? } else { String::new() };
        Ok(Checked { ground: asked.ground(), allowed, resolution })
    }
}

/// The path that made it true, or why nothing did.
async fn explained(asked: &Asked, key: TupleKey) -> Outcome<String> {
    let explained = asked.clone().aside(move |question| question.explain(&key)).await?;
    let explained = explained.map_err(|why| fault::unanswered(&why))?;
    Ok::<_, Fault>(explained.to_string())
}

//! Many checks in one request, each with an answer or an error of its own.

use std::collections::HashSet;

use chancery_kernel::{Fault, Outcome};
use chancery_model::Level;
use chancery_rebac::tuple::{Context, Tuple, TupleKey};

use super::{Asked, Ground, Terms, given};
use crate::access::Asker;
use crate::{Authz, fault, wire};

/// Checks of one request.
const MOST: usize = 50;

/// The answers by the ids of their questions.
pub struct Verdicts {
    pub ground: Ground,
    pub all: Vec<(String, Outcome<bool>)>,
}

/// One question of many.
pub(crate) struct Item {
    pub key: Outcome<TupleKey>,
    pub contextual: Vec<Tuple>,
    pub context: Context,
}

impl Asked {
    /// One of many questions: each with its own contextual tuples and context.
    pub(crate) async fn check_item(&self, item: Item) -> (Option<TupleKey>, Outcome<bool>) {
        let key = match item.key {
            Ok(key) => key,
            Err(fault) => return (None, Err(fault)),
        };
        let own = Self { contextual: item.contextual, context: item.context, ..self.clone() };
        let answer = own.check(&key).await;
        (Some(key), answer)
    }
}

impl Authz {
    pub async fn batch_check(
        &self,
        asker: &Asker,
        store: &str,
        asked: wire::BatchCheck,
        at_least: Option<u64>,
    ) -> Outcome<Verdicts> {
        let here = self.enter(asker, store, Level::Read).await?;
        asked.check_fields()?;
        let exactness = asked.consistency.with(at_least);
        let terms = Terms { model: asked.authorization_model_id, exactness, ..Terms::default() };
        let checks = asked.checks;
        let asked = self.asked_here(here, terms).await?;
        check_batch(&checks)?;
        let (mut all, mut decided) = (Vec::with_capacity(checks.len()), Vec::new());
        for one in checks {
            let wire::BatchItem { tuple_key, contextual_tuples, context, correlation_id } = one;
            let item = Item {
                key: Ok(given(tuple_key)),
                contextual: contextual_tuples.tuples(),
                context: context.unwrap_or_default(),
            };
            let (key, answer) = asked.check_item(item).await;
            let answer = answer.map_err(of_item);
            if let (Some(key), Ok(allowed), true) = (key, &answer, asked.here.store.recorded) {
                decided.push((key, *allowed));
            }
            all.push((correlation_id, answer));
        }
        self.note(&asked, &decided).await?;
        Ok(Verdicts { ground: asked.ground(), all })
    }
}

/// OpenFGA says of a contextual tuple twice that it is one of the invalid ones.
fn of_item(mut fault: Fault) -> Fault {
    if fault.code == "invalid_tuple" {
        fault.public = format!("invalid tuple: {}", fault.public).into();
    }
    fault
}

/// What refuses the request as a whole.
fn check_batch(checks: &[wire::BatchItem]) -> Outcome<()> {
    if checks.len() > MOST {
        let text = format!("batchCheck received {} checks, the maximum allowed is {MOST}", checks.len());
        return Err(fault::invalid(text));
    }
    let mut seen = HashSet::new();
    match checks.iter().find(|one| !seen.insert(&one.correlation_id)) {
        None => Ok(()),
        Some(twice) => {
            Err(fault::invalid(format!("received duplicate correlation id: {}", twice.correlation_id)))
        }
    }
}

//! Many checks in one request, each with an answer or an error of its own.

use std::collections::HashSet;

use chancery_kernel::{Fault, Outcome};
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
        let exactness = asked.consistency.with(at_least);
        let terms = Terms { model: asked.authorization_model_id, exactness, ..Terms::default() };
        let checks = asked.checks;
        let asked = self.asked(asker, store, terms).await?;
        check_batch(&checks)?;
        let (mut all, mut decided) = (Vec::with_capacity(checks.len()), Vec::new());
        for one in checks {
            let wire::BatchItem { tuple_key, contextual_tuples, context, correlation_id } = one;
            let item = Item {
                key: given(tuple_key, "BatchCheckItem"),
                contextual: contextual_tuples.tuples(),
                context: context.unwrap_or_default(),
            };
            let (key, answer) = asked.check_item(item).await;
            if let (Some(key), Ok(allowed), true) = (key, &answer, asked.here.store.recorded) {
                decided.push((key, *allowed));
            }
            all.push((correlation_id, answer));
        }
        self.note(&asked, &decided).await?;
        Ok(Verdicts { ground: asked.ground(), all })
    }
}

/// What refuses the request as a whole.
fn check_batch(checks: &[wire::BatchItem]) -> Outcome<()> {
    match checks.len() {
        0 => {
            return Err(fault::invalid(
                "batch check requires at least one check to evaluate, no checks found",
            ));
        }
        1..=MOST => {}
        n => {
            return Err(fault::invalid(format!(
                "batchCheck received {n} checks, the maximum allowed is {MOST}"
            )));
        }
    }
    let mut seen = HashSet::new();
    for wire::BatchItem { correlation_id: id, .. } in checks {
        if !is_correlation_id(id) {
            let rule = r#"value does not match regex pattern "^[\\w\\d-]{1,36}$""#;
            return Err(fault::field("BatchCheckItem", "CorrelationId", rule));
        }
        if !seen.insert(id) {
            return Err::<(), Fault>(fault::invalid(format!("received duplicate correlation id: {id}")));
        }
    }
    Ok(())
}

fn is_correlation_id(text: &str) -> bool {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=36).contains(&text.len()) && text.bytes().all(fine)
}

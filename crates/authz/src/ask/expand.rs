//! One level of a relation's rewrite, with whom tuples name at its leaves.

use chancery_kernel::Outcome;
use serde_json::Value;

use super::{Ground, PATIENCE, Terms};
use crate::access::Asker;
use crate::{Authz, fault, wire};

impl Authz {
    pub async fn expand(
        &self,
        asker: &Asker,
        store: &str,
        asked: wire::Expand,
        at_least: Option<u64>,
    ) -> Outcome<(Ground, Value)> {
        let terms = Terms {
            model: asked.authorization_model_id,
            contextual: asked.contextual_tuples.tuples(),
            context: None,
            exactness: asked.consistency.with(at_least),
        };
        let key = asked.tuple_key;
        let asked = self.asked(asker, store, terms).await?;
        asked.check_contextual()?;
        let key = super::given(key, "ExpandRequest")?;
        let (ground, name) = (asked.ground(), format!("{}#{}", key.object, key.relation));
        let tree = asked
            .aside(move |asked| asked.within(PATIENCE, |q| q.expand(&key.object, &key.relation)))
            .await?;
        let tree = tree.map_err(|why| fault::unanswered(&why))?;
        Ok((ground, tree.to_json(&name)))
    }
}

//! One level of a relation's rewrite, with whom tuples name at its leaves.

use chancery_kernel::{Fault, Outcome};
use chancery_model::Level;
use chancery_rebac::write_rules;
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
        let here = self.enter(asker, store, Level::Read).await?;
        asked.check_fields()?;
        let terms = Terms {
            model: asked.authorization_model_id,
            contextual: asked.contextual_tuples.tuples(),
            context: None,
            exactness: asked.consistency.with(at_least),
        };
        let key = asked.tuple_key;
        let asked = self.asked_here(here, terms).await?;
        let key = super::given(key);
        if key.object.is_empty() || key.relation.is_empty() {
            let text = "Invalid input. Make sure you provide an object and a relation";
            return Err(Fault::invalid("invalid_expand_input", text));
        }
        asked.check_contextual()?;
        write_rules::check_object_and_relation(&asked.model.source, &key.object, &key.relation)
            .map_err(|reason| fault::invalid(reason.to_string()))?;
        let (ground, name) = (asked.ground(), format!("{}#{}", key.object, key.relation));
        let tree = asked
            .aside(move |asked| asked.within(PATIENCE, |q| q.expand(&key.object, &key.relation)))
            .await?;
        let tree = tree.map_err(|why| fault::unanswered(&why))?;
        Ok((ground, tree.to_json(&name)))
    }
}

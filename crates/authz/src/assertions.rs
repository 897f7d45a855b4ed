//! Assertions: what a model is expected to answer, kept beside it for its authors.

use chancery_audit::{Digest, Event, merkle};
use chancery_kernel::{Fault, Outcome};
use chancery_model::{Level, Store};
use chancery_rebac::tuple::Tuple;
use chancery_rebac::write_rules;
use chancery_store::tables::relations;
use serde_json::{Value, json};

use crate::access::Asker;
use crate::stores::ulid;
use crate::{Authz, fault, wire};

const MOST: usize = 100;
const MOST_CONTEXTUAL: usize = 20;
const MOST_BYTES: usize = 64_000;

impl Authz {
    pub async fn write_assertions(
        &self,
        asker: &Asker,
        store: &str,
        model: &str,
        asked: wire::Assertions,
    ) -> Outcome<()> {
        let here = self.enter(asker, store, Level::Write).await?;
        let model = self.model(&here, Some(model)).await?;
        let count = asked.assertions.len();
        if count > MOST {
            let text = format!(
                "invalid WriteAssertionsRequest.Assertions: value must contain no more than {MOST} item(s)"
            );
            return Err(Fault::invalid("assertions_too_many_items", text));
        }
        let checked: Vec<Value> =
            asked.assertions.into_iter().map(|one| checked(one, &model.source)).collect::<Outcome<_>>()?;
        let body = Value::Array(checked).to_string();
        if body.len() > MOST_BYTES {
            return Err(fault::too_many(format!(
                "assertions may take {MOST_BYTES} bytes, these take {}",
                body.len()
            )));
        }
        let (id, model, key) = (here.store.id, model.id, here.key);
        self.db()
            .write(here.store.org, here.author, move |tx| {
                tx.find::<Store>(id).ok_or_else(fault::no_store)?;
                tx.set_assertions(id, model, &body)?;
                let digest = Digest(merkle::sha256(body.as_bytes()));
                let count = i64::try_from(count).unwrap_or(i64::MAX);
                Ok(tx.record(Event::AssertionsWritten { store: id, model, key, count, digest }).with(()))
            })
            .await
    }

    pub async fn read_assertions(&self, asker: &Asker, store: &str, model: &str) -> Outcome<Value> {
        let here = self.enter(asker, store, Level::Read).await?;
        let model = self.model(&here, Some(model)).await?;
        let (store, id) = (here.store.id, model.id);
        let body = self.db().read(move |sql| relations::assertions(sql, store, id)).await?;
        let assertions: Value = match body {
            Some(text) => {
                serde_json::from_str(&text).map_err(|e| Fault::internal("stored assertions").because(e))?
            }
            None => json!([]),
        };
        Ok(json!({ "authorization_model_id": ulid(id), "assertions": assertions }))
    }
}

fn checked(one: wire::Assertion, model: &chancery_rebac::model::AuthorizationModel) -> Outcome<Value> {
    let key = one.tuple_key.map(wire::TupleWire::key);
    let key = key.ok_or_else(|| fault::field("Assertion", "TupleKey", "value is required"))?;
    write_rules::check_key(model, &key).map_err(|reason| fault::invalid(reason.to_string()))?;
    if one.contextual_tuples.len() > MOST_CONTEXTUAL {
        let rule = format!("value must contain no more than {MOST_CONTEXTUAL} item(s)");
        return Err(fault::field("Assertion", "ContextualTuples", &rule));
    }
    let contextual: Vec<Tuple> = one.contextual_tuples.into_iter().map(Tuple::from).collect();
    for tuple in &contextual {
        write_rules::check(model, tuple)
            .map_err(|reason| Fault::invalid("invalid_tuple", reason.sentence(tuple)))?;
    }
    let contextual: Vec<Value> = contextual.iter().map(Tuple::to_json).collect();
    Ok(json!({
        "tuple_key": key.to_json(), "expectation": one.expectation, "contextual_tuples": contextual,
        "context": one.context,
    }))
}

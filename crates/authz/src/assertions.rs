//! Assertions: what a model is expected to answer, kept beside it for its authors.

use chancery_audit::{Digest, Event, merkle};
use chancery_kernel::{Fault, Outcome};
use chancery_model::{Level, Store};
use chancery_rebac::model::AuthorizationModel;
use chancery_rebac::tuple::{Context, Tuple, TupleKey};
use chancery_rebac::{size, write_rules};
use chancery_store::tables::relations;
use serde_json::{Value, json};

use crate::access::Asker;
use crate::stores::ulid;
use crate::{Authz, fault, rules, wire};

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
        asked.check_fields(model)?;
        let model = self.model(&here, Some(model)).await?;
        let count = asked.assertions.len();
        let asked: Vec<Expected> = asked.assertions.into_iter().map(Expected::from).collect();
        if asked.iter().map(Expected::size).sum::<usize>() > MOST_BYTES {
            let text = format!("The number of bytes exceeds the allowed limit of {MOST_BYTES}");
            return Err(fault::too_many(text));
        }
        asked.iter().try_for_each(|one| one.check(&model.source))?;
        let body = Value::Array(asked.iter().map(Expected::to_json).collect()).to_string();
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
        rules::named_model("ReadAssertionsRequest", "AuthorizationModelId", model)?;
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

/// An assertion, taken apart.
struct Expected {
    key: TupleKey,
    expectation: bool,
    contextual: Vec<Tuple>,
    context: Option<Context>,
}

impl From<wire::Assertion> for Expected {
    fn from(one: wire::Assertion) -> Self {
        Self {
            key: one.tuple_key.unwrap_or_default().key(),
            expectation: one.expectation,
            contextual: one.contextual_tuples.into_iter().map(Tuple::from).collect(),
            context: one.context,
        }
    }
}

impl Expected {
    fn size(&self) -> usize {
        size::of_assertion(&self.key, self.expectation, &self.contextual, self.context.as_ref())
    }

    /// Its parts have to fit the model as those of a check do.
    fn check(&self, model: &AuthorizationModel) -> Outcome<()> {
        write_rules::check_key(model, &self.key).map_err(|reason| fault::invalid(reason.to_string()))?;
        self.contextual.iter().try_for_each(|tuple| {
            write_rules::check(model, tuple).map_err(|reason| fault::invalid(reason.sentence(tuple)))
        })
    }

    fn to_json(&self) -> Value {
        let contextual: Vec<Value> = self.contextual.iter().map(Tuple::to_json).collect();
        json!({
            "tuple_key": self.key.to_json(), "expectation": self.expectation, "contextual_tuples": contextual,
            "context": self.context,
        })
    }
}

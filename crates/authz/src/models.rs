//! Authorization models: immutable once written; the newest answers where a caller names none.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use chancery_audit::{Digest, Event, merkle};
use chancery_kernel::{Fault, ModelId, Outcome};
use chancery_model::{Level, Store};
use chancery_rebac::engine::Compiled;
use chancery_rebac::model::AuthorizationModel;
use chancery_rebac::validate;
use chancery_store::tables::relations;
use serde_json::{Value, json};

use crate::access::{Asker, Here, read_id};
use crate::stores::{page_size, ulid};
use crate::{Authz, fault, rules, token, work};

/// A model, ready to answer with.
pub struct Model {
    pub id: ModelId,
    pub(crate) store: chancery_kernel::StoreId,
    pub source: Arc<AuthorizationModel>,
    pub compiled: Compiled,
}

/// Models held ready; they never change, so what is forgotten is only compiled again.
const MOST: usize = 512;

#[derive(Default)]
pub(crate) struct Cache(RwLock<HashMap<ModelId, Arc<Model>>>);

impl Cache {
    fn find(&self, id: ModelId) -> Option<Arc<Model>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    fn keep(&self, model: &Arc<Model>) {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= MOST {
            held.clear();
        }
        held.insert(model.id, model.clone());
    }
}

/// Some models as JSON, and how to get the next.
pub struct Listed {
    pub models: Vec<Value>,
    pub continuation_token: String,
}

/// With its id, as OpenFGA writes it.
fn shown(id: ModelId, model: &AuthorizationModel) -> Value {
    let mut shown = json!({ "id": ulid(id) });
    if let (Value::Object(all), Value::Object(rest)) = (&mut shown, model.to_json()) {
        all.extend(rest);
    }
    shown
}

/// A model that is good, made ready, and as it is stored.
fn checked(body: &Value) -> Outcome<(Arc<AuthorizationModel>, Compiled, String)> {
    let model = AuthorizationModel::from_json(body).map_err(|e| fault::of_model(&e))?;
    if let Err(errors) = validate::check(&model) {
        return Err(errors.first().map_or_else(|| fault::invalid("invalid model"), fault::of_model));
    }
    let source = Arc::new(model);
    let compiled = Compiled::new(source.clone()).map_err(|e| fault::invalid(e.to_string()))?;
    let text = source.to_json().to_string();
    Ok((source, compiled, text))
}

fn parsed(body: &str) -> Outcome<AuthorizationModel> {
    let value: Value =
        serde_json::from_str(body).map_err(|e| Fault::internal("a stored model").because(e))?;
    AuthorizationModel::from_json(&value).map_err(|e| Fault::internal(format!("a stored model: {e}")))
}

/// A stored model, made ready.
fn ready(body: &str) -> Outcome<(Arc<AuthorizationModel>, Compiled)> {
    let source = Arc::new(parsed(body)?);
    let compiled = Compiled::new(source.clone()).map_err(|e| Fault::internal(e.to_string()))?;
    Ok((source, compiled))
}

impl Authz {
    /// Adds a model that was checked whole; from the answer on it is the newest.
    pub async fn write_model(&self, asker: &Asker, store: &str, body: Value) -> Outcome<ModelId> {
        let here = self.enter(asker, store, Level::Manage).await?;
        // A model of the largest size takes seconds.
        let (source, compiled, text) =
            work::aside(&self.0.work, here.store.org, move || checked(&body)).await??;
        let (id, key) = (here.store.id, here.key);
        let written = self.db().write(here.store.org, here.author.clone(), move |tx| {
            let mut store = (*tx.find::<Store>(id).ok_or_else(fault::no_store)?).clone();
            let graph = tx.graph(id).ok_or_else(fault::no_store)?;
            let model: ModelId = tx.id();
            tx.add_model(id, model, &text)?;
            // A write of nothing: what is answered from here on is answered at a later version.
            let appended = tx.append_tuples(&store, &graph, &[])?;
            store.latest = Some(model);
            tx.update(store)?;
            let digest = Digest(merkle::sha256(text.as_bytes()));
            let version = appended.version.cast_signed();
            let event = Event::ModelWritten { store: id, model, key, digest, version };
            Ok::<_, Fault>(tx.record(event).with(model))
        });
        let model = written.await?;
        self.models().keep(&Arc::new(Model { id: model, store: id, source, compiled }));
        Ok(model)
    }

    pub async fn list_models(
        &self,
        asker: &Asker,
        store: &str,
        size: Option<i64>,
        after: &str,
    ) -> Outcome<Listed> {
        let here = self.enter(asker, store, Level::Read).await?;
        rules::page("ReadAuthorizationModelsRequest", size, after)?;
        let limit = page_size(size);
        let before = match after {
            "" => None,
            text => Some(token::read(text).and_then(|id| read_id(&id)).ok_or_else(fault::bad_token)?),
        };
        let (id, most) = (here.store.id, i64::try_from(limit + 1).unwrap_or(101));
        let mut found = self.db().read(move |sql| relations::models(sql, id, before, most)).await?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|(id, _)| token::write(&ulid(*id)));
        let all = move || found.iter().map(|(id, body)| Ok(shown(*id, &parsed(body)?))).collect();
        let models: Outcome<Vec<Value>> = work::aside(&self.0.work, here.store.org, all).await?;
        let models = models?;
        Ok(Listed { models, continuation_token: next.unwrap_or_default() })
    }

    pub async fn get_model(&self, asker: &Asker, store: &str, model: &str) -> Outcome<Value> {
        let here = self.enter(asker, store, Level::Read).await?;
        rules::named_model("ReadAuthorizationModelRequest", "Id", model)?;
        let found = self.model(&here, Some(model)).await?;
        Ok(shown(found.id, &found.source))
    }

    /// The model that a call names, or the newest of its store.
    pub(crate) async fn model(&self, here: &Here, named: Option<&str>) -> Outcome<Arc<Model>> {
        let id = match named.filter(|text| !text.is_empty()) {
            None => here.store.latest.ok_or_else(|| fault::no_latest(&here.id()))?,
            Some(text) => read_id::<ModelId>(text).ok_or_else(|| fault::no_model(text))?,
        };
        if let Some(model) = self.models().find(id) {
            // One of another store is as good as none.
            return Some(model)
                .filter(|m| m.store == here.store.id)
                .ok_or_else(|| fault::no_model(&ulid(id)));
        }
        let store = here.store.id;
        let body = self.db().read(move |sql| relations::model(sql, store, id)).await?;
        let body = body.ok_or_else(|| fault::no_model(&ulid(id)))?;
        let (source, compiled) = work::aside(&self.0.work, here.store.org, move || ready(&body)).await??;
        let model = Arc::new(Model { id, store, source, compiled });
        self.models().keep(&model);
        Ok(model)
    }
}

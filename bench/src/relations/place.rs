//! A server that speaks OpenFGA's API: ours, or any other by its address.

use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::drive::{Drive, Fact, GRANTED, HOLDS, Kind, MODEL, Subject, name};
use super::questions::{Asked, Question};
use crate::load::{Orders, Tally, Wheel, call, drive, post_json};
use crate::rows::token;
use crate::world::World;

/// Tuples of a write.
pub const PORTION: usize = 100;
/// Connections that fill a store.
const FILLING: usize = 8;

/// A store of its own at a server.
pub struct Place {
    pub address: SocketAddr,
    host: String,
    /// What stands before every path.
    base: String,
    bearer: Option<String>,
    store: String,
    model: String,
}

impl Place {
    /// At the server of a world, opened with a pre-shared key.
    pub fn ours(world: &World) -> anyhow::Result<Self> {
        let api = format!("{}/api/v1", world.issuer.trim_end_matches('/'));
        let bearer = format!("Bearer {}", token(world, &world.manager, &api, "relations.manage")?);
        let (host, base, empty) = (world.host(), "/fga".to_owned(), String::new());
        let place = Self {
            address: world.address,
            host,
            base,
            bearer: Some(bearer),
            store: empty.clone(),
            model: empty,
        };
        let place = Self { store: place.created("/stores", &json!({ "name": "drive" }), "id")?, ..place };
        let keys = format!("/stores/{}/keys", place.store);
        let key = place.created(&keys, &json!({ "name": "bench", "level": "manage" }), "key")?;
        Self { bearer: Some(format!("Bearer {key}")), ..place }.with_model()
    }

    /// At any server, by its URL: `http://host:port`.
    pub fn at(url: &str, key: Option<&str>) -> anyhow::Result<Self> {
        let rest = url.strip_prefix("http://").context("write the peer as http://host:port")?;
        let (host, base) =
            rest.split_once('/').map_or((rest, String::new()), |(host, path)| (host, format!("/{path}")));
        let address = host.to_socket_addrs()?.next().context("the peer has no address")?;
        let bearer = key.map(|key| format!("Bearer {key}"));
        let (host, empty) = (host.to_owned(), String::new());
        let place = Self {
            address,
            host,
            base: base.trim_end_matches('/').to_owned(),
            bearer,
            store: empty.clone(),
            model: empty,
        };
        Self { store: place.created("/stores", &json!({ "name": "drive" }), "id")?, ..place }.with_model()
    }

    fn with_model(self) -> anyhow::Result<Self> {
        let path = format!("/stores/{}/authorization-models", self.store);
        let model = self.created(&path, &serde_json::from_str(MODEL)?, "authorization_model_id")?;
        Ok(Self { model, ..self })
    }

    /// Posts what makes something, and gives one field of the answer.
    fn created(&self, path: &str, body: &Value, field: &str) -> anyhow::Result<String> {
        let reply = call(self.address, &self.post(path, body))?.wants(201)?.json()?;
        let found = reply.get(field).and_then(Value::as_str);
        Ok(found.with_context(|| format!("{path}: no {field}"))?.to_owned())
    }

    fn post(&self, path: &str, body: &Value) -> Vec<u8> {
        let path = format!("{}{path}", self.base);
        post_json(&self.host, &path, self.bearer.as_deref(), &body.to_string())
    }

    fn here(&self, verb: &str, body: &Value) -> Vec<u8> {
        self.post(&format!("/stores/{}/{verb}", self.store), body)
    }

    /// Writes a whole drive, and says how that went.
    pub fn fill(&self, all: &Drive) -> anyhow::Result<Tally> {
        let facts: Vec<Fact> = all.tuples().collect();
        let requests = facts.chunks(PORTION).map(|some| self.write(some)).collect();
        let orders = Orders { connections: FILLING, long: Duration::from_secs(3_600), ..self.orders(1) };
        let (_, tally) = drive(Wheel::once(requests), Orders { begins: b"{}", ..orders })?;
        ensure!(tally.wrong == 0, "writes were refused: {:?}", tally.problems);
        Ok(tally)
    }

    pub const fn orders(&self, connections: usize) -> Orders {
        let long = Duration::from_secs(3);
        Orders {
            address: self.address,
            connections,
            long,
            keep_every: u64::MAX,
            status: 200,
            begins: b"",
            rate: None,
        }
    }

    pub fn write(&self, facts: &[Fact]) -> Vec<u8> {
        let keys: Vec<Value> = facts.iter().map(tuple).collect();
        self.here("write", &json!({ "writes": { "tuple_keys": keys }, "authorization_model_id": self.model }))
    }

    pub fn delete(&self, facts: &[Fact]) -> Vec<u8> {
        let key = |fact: &Fact| json!({ "user": name(fact.user), "relation": fact.relation, "object": name(fact.object) });
        let keys: Vec<Value> = facts.iter().map(key).collect();
        self.here(
            "write",
            &json!({ "deletes": { "tuple_keys": keys }, "authorization_model_id": self.model }),
        )
    }

    pub fn check(&self, question: &Question) -> Vec<u8> {
        let mut body = json!({
            "tuple_key": key(question.subject, question.relation, question.document),
            "authorization_model_id": self.model,
        });
        if let (Some(within), Some(body)) = (question.in_time, body.as_object_mut()) {
            let now = GRANTED + if within { HOLDS / 2 } else { HOLDS * 2 };
            body.insert("context".to_owned(), json!({ "current_time": rfc3339(now) }));
        }
        self.here("check", &body)
    }

    /// The documents by their place in the list.
    pub fn batch(&self, asked: &Asked) -> anyhow::Result<Vec<u8>> {
        let subject = *asked.subjects.first().context("nobody asks")?;
        let check = |(n, document): (usize, &u32)| json!({ "tuple_key": key(subject, "can_read", *document), "correlation_id": n.to_string() });
        let checks: Vec<Value> = asked.documents.iter().enumerate().map(check).collect();
        Ok(self.here("batch-check", &json!({ "checks": checks, "authorization_model_id": self.model })))
    }

    /// Beyond OpenFGA: which of the documents all of them can read.
    pub fn filter(&self, asked: &Asked) -> Vec<u8> {
        let users: Vec<String> = asked.subjects.iter().map(|subject| subject.name()).collect();
        let objects: Vec<String> = asked.documents.iter().map(|one| name((Kind::Document, *one))).collect();
        let body = json!({
            "users": users, "relation": "can_read", "objects": objects, "authorization_model_id": self.model,
        });
        self.here("filter", &body)
    }

    pub fn list(&self, subject: Subject, streamed: bool) -> Vec<u8> {
        let verb = if streamed { "streamed-list-objects" } else { "list-objects" };
        let body = json!({
            "type": "document", "relation": "can_read", "user": subject.name(), "authorization_model_id": self.model,
        });
        self.here(verb, &body)
    }
}

fn key(subject: Subject, relation: &str, document: u32) -> Value {
    json!({ "user": subject.name(), "relation": relation, "object": name((Kind::Document, document)) })
}

fn tuple(fact: &Fact) -> Value {
    let (user, object) = (name(fact.user), name(fact.object));
    if !fact.timed() {
        return json!({ "user": user, "relation": fact.relation, "object": object });
    }
    let context = json!({ "grant_time": rfc3339(GRANTED), "grant_duration": format!("{HOLDS}s") });
    let condition = json!({ "name": "non_expired", "context": context });
    json!({ "user": user, "relation": fact.relation, "object": object, "condition": condition })
}

/// As contexts of conditions are written.
pub fn rfc3339(seconds: i64) -> String {
    chancery_kernel::Timestamp::from_micros(seconds * 1_000_000).to_string()
}

//! The value of a secret: fields by name, each hidden by its type. Which fields there are is the kind's to say.

use std::collections::BTreeMap;

use chancery_kernel::{Fault, Outcome, Secret};
use chancery_model::ValueKind;
use zeroize::Zeroizing;

/// Longest value, all fields together.
pub const MOST_BYTES: usize = 65_536;
/// Fields of a `key_value`.
const MOST_FIELDS: usize = 64;
const LONGEST_NAME: usize = 128;

/// A value in the clear. `Debug` shows the names of its fields.
#[derive(Clone)]
pub struct Value(BTreeMap<String, Secret>);

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Fields of each kind: those it must have, and those it may have.
const fn fields(kind: ValueKind) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        ValueKind::ApiKey => (&["key"], &[]),
        ValueKind::Password => (&["password"], &["username"]),
        ValueKind::OauthClient => (&["client_id", "client_secret"], &[]),
        ValueKind::SshKey => (&["private_key"], &["public_key", "passphrase"]),
        ValueKind::Certificate => (&["certificate", "private_key"], &["chain"]),
        ValueKind::KeyValue => (&[], &[]),
    }
}

impl Value {
    /// Reads what a caller sent. Refusals name fields and never what stands in them.
    pub fn read(kind: ValueKind, given: &serde_json::Value) -> Outcome<Self> {
        let bad = |text: String| Fault::invalid("bad_value", text);
        let members = given.as_object().ok_or_else(|| bad("the value is an object of texts".to_owned()))?;
        let (must, may) = fields(kind);
        let mut all = BTreeMap::new();
        for (name, member) in members {
            let known = kind == ValueKind::KeyValue || must.iter().chain(may).any(|field| field == name);
            if !known {
                return Err(bad(format!("a value of kind {} has {}", kind.as_str(), listed(must, may))));
            }
            if name.is_empty() || name.len() > LONGEST_NAME {
                return Err(bad(format!("the name of a field has 1 to {LONGEST_NAME} bytes")));
            }
            let text = member.as_str().filter(|text| !text.is_empty());
            let text =
                text.ok_or_else(|| bad("every field of the value is a text that is not empty".to_owned()))?;
            all.insert(name.clone(), Secret::new(text));
        }
        if all.is_empty() || must.iter().any(|field| !all.contains_key(*field)) {
            return Err(bad(format!("a value of kind {} has {}", kind.as_str(), listed(must, may))));
        }
        let length: usize = all.iter().map(|(name, field)| name.len() + field.expose().len()).sum();
        if all.len() > MOST_FIELDS || length > MOST_BYTES {
            return Err(bad(format!("a value has at most {MOST_FIELDS} fields and {MOST_BYTES} bytes")));
        }
        well_formed(kind, &all)?;
        Ok(Self(all))
    }

    pub fn get(&self, field: &str) -> Option<&Secret> {
        self.0.get(field)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.0.iter().map(|(name, field)| (name.as_str(), field))
    }

    /// The one thing that a program wants of it: the field that is secret, where there is one.
    pub fn main(&self, kind: ValueKind) -> Option<&Secret> {
        let name = kind.rotating().or(match kind {
            ValueKind::SshKey | ValueKind::Certificate => Some("private_key"),
            _ => None,
        })?;
        self.get(name)
    }

    /// The same with another value of one field.
    #[must_use]
    pub fn with(&self, field: &str, text: Secret) -> Self {
        let mut all = self.0.clone();
        all.insert(field.to_owned(), text);
        Self(all)
    }

    /// As JSON, for a caller who may have it, and for the seal.
    pub fn plain(&self) -> Zeroizing<Vec<u8>> {
        let texts: BTreeMap<&str, &str> = self.iter().map(|(name, field)| (name, field.expose())).collect();
        // Maps of texts have no way to fail.
        Zeroizing::new(serde_json::to_vec(&texts).unwrap_or_default())
    }

    /// What was sealed.
    pub(crate) fn open(plain: &[u8]) -> Outcome<Self> {
        let texts: BTreeMap<String, Zeroizing<String>> =
            serde_json::from_slice::<BTreeMap<String, String>>(plain)
                .map_err(|_| Fault::internal("a sealed value is no map of texts"))?
                .into_iter()
                .map(|(name, text)| (name, Zeroizing::new(text)))
                .collect();
        Ok(Self(texts.into_iter().map(|(name, text)| (name, Secret::new(text.as_str()))).collect()))
    }
}

fn listed(must: &[&str], may: &[&str]) -> String {
    match (must, may) {
        ([], _) => "1 to 64 fields of any name".to_owned(),
        (must, []) => format!("the fields {}", must.join(", ")),
        (must, may) => format!("the fields {}, and may have {}", must.join(", "), may.join(", ")),
    }
}

/// A key that is none would be found out where it hurts: at the system that refuses it.
fn well_formed(kind: ValueKind, all: &BTreeMap<String, Secret>) -> Outcome<()> {
    let pem = match kind {
        ValueKind::SshKey => &["private_key"][..],
        ValueKind::Certificate => &["certificate", "private_key"][..],
        _ => &[],
    };
    for field in pem {
        let fine = all.get(*field).is_some_and(|text| text.expose().trim_start().starts_with("-----BEGIN "));
        if !fine {
            return Err(Fault::invalid("bad_value", format!("{field} is PEM: it begins with -----BEGIN")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_has_the_fields_of_its_kind_and_a_refusal_shows_none_of_them() {
        let cases = [
            (ValueKind::ApiKey, json!({"key": "hunter2"}), true),
            (ValueKind::ApiKey, json!({"key": 4711}), false),
            (ValueKind::ApiKey, json!({"hunter2": "hunter2"}), false),
            (ValueKind::ApiKey, json!("hunter2"), false),
            (ValueKind::Password, json!({"username": "hunter2"}), false),
            (ValueKind::OauthClient, json!({"client_id": "a", "client_secret": "hunter2"}), true),
            (ValueKind::SshKey, json!({"private_key": "hunter2"}), false),
            (ValueKind::SshKey, json!({"private_key": "-----BEGIN OPENSSH PRIVATE KEY-----"}), true),
            (ValueKind::KeyValue, json!({}), false),
            (ValueKind::KeyValue, json!({"anything": "x".repeat(MOST_BYTES)}), false),
            (ValueKind::KeyValue, json!({"anything": "hunter2"}), true),
        ];
        for (kind, given, fine) in cases {
            let read = Value::read(kind, &given);
            assert_eq!(read.is_ok(), fine, "{kind:?}");
            let shown = format!("{read:?}");
            assert!(!shown.contains("hunter2") && !shown.contains("4711"), "{shown}");
        }
    }

    #[test]
    fn what_is_sealed_is_what_is_opened() {
        let value = Value::read(ValueKind::KeyValue, &json!({"a": "1\n\"", "b": "ü"})).unwrap();
        let again = Value::open(&value.plain()).unwrap();
        assert_eq!(again.plain(), value.plain());
        assert!(Value::open(b"[]").is_err());
    }
}

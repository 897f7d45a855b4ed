//! What requests carry, by the rules of protobuf's JSON mapping: either spelling of a name, `null` for what is absent,
//! and no offense taken at what nobody knows.

pub(crate) mod message;

use chancery_rebac::tuple::{Context, Tuple, TupleCondition, TupleKey};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::version::Exactness;
use message::{Scalar, int32, whole};
pub(crate) use message::{context, messages};

/// What is read often, or is long: read here, where code is made for speed rather than for size.
pub trait Question: Sized {
    fn read(bytes: &[u8]) -> serde_json::Result<Self>;
}

macro_rules! questions {
    ($($name:ty),*) => {$(
        impl Question for $name {
            fn read(bytes: &[u8]) -> serde_json::Result<Self> {
                serde_json::from_slice(bytes)
            }
        }
    )*};
}

questions!(Check, BatchCheck, Write, crate::retrieve::Filter);

messages!(
    TupleWire,
    ConditionWire,
    TupleKeys,
    Writes,
    Deletes,
    Write,
    Read,
    Check,
    BatchCheck,
    BatchItem,
    Expand,
    ListObjects,
    ObjectWire,
    UserFilterWire,
    ListUsers,
    Assertions,
    Assertion,
    CreateStore,
);

/// How a list of objects is put down as JSON: what stands before each name, after it, and between two.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    pub before: &'static str,
    pub after: &'static str,
    pub between: &'static str,
}

/// Puts down objects of one type.
pub struct Names {
    /// Everything up to the id.
    before: Vec<u8>,
    after: Vec<u8>,
    between: &'static str,
}

impl Form {
    pub fn of_type(self, name: &str) -> Names {
        let mut before = [self.before, "\""].concat().into_bytes();
        put(&mut before, name.as_bytes());
        before.push(b':');
        Names { before, after: ["\"", self.after].concat().into_bytes(), between: self.between }
    }
}

impl Names {
    /// One more, by the bytes of its id, which are text.
    pub fn put(&self, into: &mut Vec<u8>, id: &[u8]) {
        if !into.is_empty() {
            into.extend_from_slice(self.between.as_bytes());
        }
        into.extend_from_slice(&self.before);
        put(into, id);
        into.extend_from_slice(&self.after);
    }
}

/// Text within a JSON string.
fn put(into: &mut Vec<u8>, text: &[u8]) {
    let plain = text.iter().fold(true, |plain, byte| plain & !matches!(byte, 0..0x20 | b'"' | b'\\'));
    let quoted = if plain { None } else { serde_json::to_string(&String::from_utf8_lossy(text)).ok() };
    let quoted = quoted.as_deref().and_then(|text| text.get(1..text.len() - 1));
    into.extend_from_slice(quoted.map_or(text, str::as_bytes));
}

/// `null` is as good as absent.
fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct TupleWire {
    #[serde(deserialize_with = "nullable")]
    pub user: String,
    #[serde(deserialize_with = "nullable")]
    pub relation: String,
    #[serde(deserialize_with = "nullable")]
    pub object: String,
    pub condition: Option<ConditionWire>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct ConditionWire {
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    #[serde(deserialize_with = "context")]
    pub context: Option<Context>,
}

impl TupleWire {
    pub fn key(self) -> TupleKey {
        TupleKey { object: self.object, relation: self.relation, user: self.user }
    }
}

impl From<TupleWire> for Tuple {
    fn from(wire: TupleWire) -> Self {
        let condition = wire.condition.clone().map(|ConditionWire { name, context }| TupleCondition {
            name,
            context: context.unwrap_or_default(),
        });
        Self { key: wire.key(), condition }
    }
}

/// `{"tuple_keys": […]}`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct TupleKeys {
    #[serde(alias = "tupleKeys", deserialize_with = "nullable")]
    pub tuple_keys: Vec<TupleWire>,
}

impl TupleKeys {
    pub fn tuples(self) -> Vec<Tuple> {
        self.tuple_keys.into_iter().map(Tuple::from).collect()
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct Writes {
    #[serde(alias = "tupleKeys", deserialize_with = "nullable")]
    pub tuple_keys: Vec<TupleWire>,
    #[serde(alias = "onDuplicate", deserialize_with = "nullable")]
    pub on_duplicate: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct Deletes {
    #[serde(alias = "tupleKeys", deserialize_with = "nullable")]
    pub tuple_keys: Vec<TupleWire>,
    #[serde(alias = "onMissing", deserialize_with = "nullable")]
    pub on_missing: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct Write {
    pub writes: Option<Writes>,
    pub deletes: Option<Deletes>,
    #[serde(alias = "authorizationModelId", deserialize_with = "nullable")]
    pub authorization_model_id: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct Read {
    #[serde(alias = "tupleKey")]
    pub tuple_key: Option<TupleWire>,
    #[serde(alias = "pageSize", deserialize_with = "int32")]
    pub page_size: Option<i64>,
    #[serde(alias = "continuationToken", deserialize_with = "nullable")]
    pub continuation_token: String,
    pub consistency: Consistency,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct Check {
    #[serde(alias = "tupleKey")]
    pub tuple_key: Option<TupleWire>,
    #[serde(alias = "contextualTuples", deserialize_with = "nullable")]
    pub contextual_tuples: TupleKeys,
    #[serde(alias = "authorizationModelId", deserialize_with = "nullable")]
    pub authorization_model_id: String,
    #[serde(deserialize_with = "context")]
    pub context: Option<Context>,
    pub consistency: Consistency,
    #[serde(deserialize_with = "nullable")]
    pub trace: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct BatchCheck {
    #[serde(deserialize_with = "nullable")]
    pub checks: Vec<BatchItem>,
    #[serde(alias = "authorizationModelId", deserialize_with = "nullable")]
    pub authorization_model_id: String,
    pub consistency: Consistency,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct BatchItem {
    #[serde(alias = "tupleKey")]
    pub tuple_key: Option<TupleWire>,
    #[serde(alias = "contextualTuples", deserialize_with = "nullable")]
    pub contextual_tuples: TupleKeys,
    #[serde(deserialize_with = "context")]
    pub context: Option<Context>,
    #[serde(alias = "correlationId", deserialize_with = "nullable")]
    pub correlation_id: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct Expand {
    #[serde(alias = "tupleKey")]
    pub tuple_key: Option<TupleWire>,
    #[serde(alias = "contextualTuples", deserialize_with = "nullable")]
    pub contextual_tuples: TupleKeys,
    #[serde(alias = "authorizationModelId", deserialize_with = "nullable")]
    pub authorization_model_id: String,
    pub consistency: Consistency,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct ListObjects {
    #[serde(deserialize_with = "nullable")]
    pub r#type: String,
    #[serde(deserialize_with = "nullable")]
    pub relation: String,
    #[serde(deserialize_with = "nullable")]
    pub user: String,
    #[serde(alias = "contextualTuples", deserialize_with = "nullable")]
    pub contextual_tuples: TupleKeys,
    #[serde(alias = "authorizationModelId", deserialize_with = "nullable")]
    pub authorization_model_id: String,
    #[serde(deserialize_with = "context")]
    pub context: Option<Context>,
    pub consistency: Consistency,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct ObjectWire {
    #[serde(deserialize_with = "nullable")]
    pub r#type: String,
    #[serde(deserialize_with = "nullable")]
    pub id: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct UserFilterWire {
    #[serde(deserialize_with = "nullable")]
    pub r#type: String,
    #[serde(deserialize_with = "nullable")]
    pub relation: String,
}

/// Its contextual tuples are a bare list, unlike everywhere else.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct ListUsers {
    pub object: Option<ObjectWire>,
    #[serde(deserialize_with = "nullable")]
    pub relation: String,
    #[serde(alias = "userFilters", deserialize_with = "nullable")]
    pub user_filters: Vec<UserFilterWire>,
    #[serde(alias = "contextualTuples", deserialize_with = "nullable")]
    pub contextual_tuples: Vec<TupleWire>,
    #[serde(alias = "authorizationModelId", deserialize_with = "nullable")]
    pub authorization_model_id: String,
    #[serde(deserialize_with = "context")]
    pub context: Option<Context>,
    pub consistency: Consistency,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct Assertions {
    #[serde(deserialize_with = "nullable")]
    pub assertions: Vec<Assertion>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct Assertion {
    #[serde(alias = "tupleKey")]
    pub tuple_key: Option<TupleWire>,
    #[serde(deserialize_with = "nullable")]
    pub expectation: bool,
    #[serde(alias = "contextualTuples", deserialize_with = "nullable")]
    pub contextual_tuples: Vec<TupleWire>,
    #[serde(deserialize_with = "context")]
    pub context: Option<Context>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct CreateStore {
    #[serde(deserialize_with = "nullable")]
    pub name: String,
}

/// A preference by name or by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consistency {
    higher: bool,
    /// A number that stands for nothing: [`crate::rules`] refuses it.
    pub(crate) unknown: bool,
}

impl Consistency {
    pub fn with(&self, at_least: Option<u64>) -> Exactness {
        Exactness { at_least, higher: self.higher }
    }
}

impl<'de> Deserialize<'de> for Consistency {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let read = |value: &Value| match value {
            // A name that nobody knows is passed over, as a field that nobody knows is.
            Value::String(name) => Some(Self { higher: name == "HIGHER_CONSISTENCY", unknown: false }),
            Value::Number(number) => {
                let number = whole(number)?;
                Some(Self { higher: number == 200, unknown: !matches!(number, 0 | 100 | 200) })
            }
            _ => None,
        };
        from.deserialize_any(Scalar { expected: "a name or a whole number of 32 bits", read })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_written_as_json_whatever_stands_in_it() {
        for id in ["1", "a b", "ärger/\u{1f600}", "q\"uote", "back\\slash", "\u{1}\n", "\u{7f}\u{2028}"] {
            let mut text = Vec::new();
            let names = Form { before: "{\"o\":", after: "}", between: "," }.of_type("d\"c");
            [id, "2"].iter().for_each(|id| names.put(&mut text, id.as_bytes()));
            let text = ["[", str::from_utf8(&text).unwrap(), "]"].concat();
            let (first, second) = (format!("d\"c:{id}"), "d\"c:2");
            assert_eq!(
                serde_json::from_str::<Value>(&text).unwrap(),
                serde_json::json!([{"o": first}, {"o": second}])
            );
        }
    }
}

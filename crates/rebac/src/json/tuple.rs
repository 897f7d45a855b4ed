//! Tuples as requests carry them and as answers show them.

use serde_json::{Value, json};

use super::document::Document;
use crate::model_error::ModelError;
use crate::tuple::{Context, Tuple, TupleCondition, TupleKey};

impl TupleKey {
    /// Absent fields are empty.
    pub fn from_json(value: &Value) -> Result<Self, ModelError> {
        let one = Document::new("tuple_key", value)?;
        Ok(Self::new(one.text("object")?, one.text("relation")?, one.text("user")?))
    }

    pub fn to_json(&self) -> Value {
        json!({ "user": self.user, "relation": self.relation, "object": self.object })
    }
}

impl Tuple {
    pub fn from_json(value: &Value) -> Result<Self, ModelError> {
        let one = Document::new("tuple_key", value)?;
        let condition = one.find("condition")?.map(|condition| read_condition(&condition)).transpose()?;
        Ok(Self { key: TupleKey::from_json(value)?, condition })
    }

    /// As the `key` of a stored tuple.
    pub fn to_json(&self) -> Value {
        let mut written = self.key.to_json();
        if let Value::Object(fields) = &mut written {
            let condition = self.condition.as_ref();
            let condition = condition.map(|one| json!({ "name": one.name, "context": one.context }));
            fields.insert("condition".to_owned(), condition.unwrap_or_default());
        }
        written
    }
}

fn read_condition(one: &Document<'_>) -> Result<TupleCondition, ModelError> {
    let context = match one.value("context")? {
        None => Context::new(),
        Some(Value::Object(context)) => context.clone(),
        Some(_) => return Err(one.refuse("context: expected an object")),
    };
    Ok(TupleCondition { name: one.text("name")?.to_owned(), context })
}

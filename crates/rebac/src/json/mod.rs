//! Models and tuples from and to the JSON that OpenFGA speaks, which follows the rules of protobuf's JSON mapping: fields
//! nobody knows are passed over, `null` is as good as absent, a field may be spelled as in the schema or in camel case.
//! What is written carries every field, empty ones too, as OpenFGA's server does.

mod condition;
mod document;
mod relation;
mod rules;
mod tuple;
mod userset;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::{AuthorizationModel, Relation, Schema, Source, TypeDefinition};
use crate::model_error::ModelError;
use document::Document;

impl AuthorizationModel {
    /// Reads the shape only: whether the parts fit together is for [`crate::validate`] to say.
    pub fn from_json(value: &Value) -> Result<Self, ModelError> {
        let model = Document::new("", value)?;
        rules::check(&model)?;
        let schema = schema(&model)?;
        let types = model.list("type_definitions")?.iter().map(type_definition).collect::<Result<_, _>>()?;
        let conditions = model.map("conditions")?.into_iter();
        let conditions = conditions.map(|(name, one)| Ok((name.to_owned(), condition::read(&one)?)));
        Ok(Self { schema, types, conditions: conditions.collect::<Result<_, _>>()? })
    }

    /// Without the id, which the model does not know.
    pub fn to_json(&self) -> Value {
        let conditions = self.conditions.iter().map(|(name, one)| (name.clone(), condition::write(one)));
        json!({
            "schema_version": self.schema.as_str(),
            "type_definitions": self.types.iter().map(written_type).collect::<Vec<_>>(),
            "conditions": conditions.collect::<serde_json::Map<_, _>>(),
        })
    }
}

impl Schema {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1_1 => "1.1",
            Self::V1_2 => "1.2",
        }
    }
}

fn schema(model: &Document<'_>) -> Result<Schema, ModelError> {
    match model.text("schema_version")? {
        "1.1" => Ok(Schema::V1_1),
        "1.2" => Ok(Schema::V1_2),
        // The rules admit no other than 1.0.
        _ => Err(ModelError::invalid("invalid schema version")),
    }
}

fn type_definition(one: &Document<'_>) -> Result<TypeDefinition, ModelError> {
    let metadata = one.find("metadata")?;
    let of_relations = match &metadata {
        Some(metadata) => metadata.map("relations")?.into_iter().collect(),
        None => BTreeMap::new(),
    };
    let mut relations = BTreeMap::new();
    let of = one.text("type")?;
    for (name, rewrite) in one.map("relations")? {
        relations.insert(name.to_owned(), relation::read(&rewrite, of_relations.get(name), (of, name))?);
    }
    let source = metadata.as_ref().map(source).transpose()?.flatten();
    Ok(TypeDefinition { name: of.to_owned(), relations, source })
}

fn written_type(one: &TypeDefinition) -> Value {
    let relations = one.relations.iter().map(|(name, one)| (name.clone(), userset::write(&one.rewrite)));
    let relations: serde_json::Map<_, _> = relations.collect();
    let metadata = if one.relations.is_empty() && one.source.is_none() {
        Value::Null
    } else {
        let of_relations =
            one.relations.iter().map(|(name, one)| (name.clone(), relation::write_metadata(one)));
        with_source(
            json!({ "relations": of_relations.collect::<serde_json::Map<_, _>>() }),
            one.source.as_ref(),
        )
    };
    json!({ "type": one.name, "relations": relations, "metadata": metadata })
}

/// The module and file that a `metadata` object names, if it names any.
fn source(metadata: &Document<'_>) -> Result<Option<Source>, ModelError> {
    let module = metadata.text("module")?.to_owned();
    let file = match metadata.find("source_info")? {
        Some(info) => info.text("file")?.to_owned(),
        None => String::new(),
    };
    Ok((!module.is_empty() || !file.is_empty()).then_some(Source { module, file }))
}

fn with_source(mut metadata: Value, source: Option<&Source>) -> Value {
    let file = source.map(|source| source.file.as_str()).filter(|file| !file.is_empty());
    if let Value::Object(fields) = &mut metadata {
        fields.insert("module".to_owned(), json!(source.map_or("", |source| &source.module)));
        fields.insert("source_info".to_owned(), file.map_or(Value::Null, |file| json!({ "file": file })));
    }
    metadata
}

/// A relation of which nothing but the rewrite is known.
impl From<crate::model::Userset> for Relation {
    fn from(rewrite: crate::model::Userset) -> Self {
        Self { rewrite, assignable: Vec::new(), source: None }
    }
}

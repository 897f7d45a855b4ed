//! A relation: its rewrite, and from the metadata whom its tuples may name.

use serde_json::{Value, json};

use super::document::Document;
use super::{source, userset, with_source};
use crate::model::{ReferenceKind, Relation, TypeReference};
use crate::model_error::ModelError;
use crate::validate::invalid_relation;

/// `place`: the type and the relation.
pub fn read(
    rewrite: &Document<'_>,
    metadata: Option<&Document<'_>>,
    place: (&str, &str),
) -> Result<Relation, ModelError> {
    let rewrite = userset::read(rewrite)?.ok_or_else(|| {
        let (type_name, relation) = place;
        invalid_relation(type_name, relation, "invalid userset rewrite definition")
    })?;
    let mut relation = Relation::from(rewrite);
    if let Some(metadata) = metadata {
        let references = metadata.list("directly_related_user_types")?;
        let references = references.iter().map(|one| reference(one, place));
        relation.assignable = references.collect::<Result<_, _>>()?;
        relation.source = source(metadata)?;
    }
    Ok(relation)
}

fn reference(one: &Document<'_>, (of, name): (&str, &str)) -> Result<TypeReference, ModelError> {
    let relation = one.value("relation")?.is_some().then(|| one.text("relation")).transpose()?;
    let wildcard = one.find("wildcard")?;
    let kind = match (relation, wildcard) {
        (Some(_), Some(_)) => return Err(one.refuse("either a relation or a wildcard, not both")),
        (None, Some(_)) => ReferenceKind::Wildcard,
        (None, None) => ReferenceKind::Object,
        (Some(""), None) => {
            let found = one.text("type")?;
            return Err(ModelError::invalid(format!(
                "the relation type '{found}' on '{name}' in object type '{of}' has an empty relation reference: empty \
                 relation reference"
            )));
        }
        (Some(relation), None) => ReferenceKind::Userset(relation.to_owned()),
    };
    let condition = Some(one.text("condition")?).filter(|name| !name.is_empty()).map(str::to_owned);
    Ok(TypeReference { type_name: one.text("type")?.to_owned(), kind, condition })
}

pub fn write_metadata(one: &Relation) -> Value {
    let references: Vec<_> = one.assignable.iter().map(write_reference).collect();
    with_source(json!({ "directly_related_user_types": references }), one.source.as_ref())
}

fn write_reference(one: &TypeReference) -> Value {
    let condition = one.condition.as_deref().unwrap_or_default();
    match &one.kind {
        ReferenceKind::Object => json!({ "type": one.type_name, "condition": condition }),
        ReferenceKind::Wildcard => json!({ "type": one.type_name, "wildcard": {}, "condition": condition }),
        ReferenceKind::Userset(relation) => {
            json!({ "type": one.type_name, "relation": relation, "condition": condition })
        }
    }
}

//! Rewrites: one of six members, the first that is there; two at once are refused.

use serde_json::{Value, json};

use super::document::Document;
use crate::model::Userset;
use crate::model_error::ModelError;

/// Deeper rewrites than any sensible model has; protects the stack. (protobuf's own limit is 10,000 messages.)
const DEEPEST: usize = 100;

const MEMBERS: &[&str] =
    &["this", "computed_userset", "tuple_to_userset", "union", "intersection", "difference"];

/// None where it is empty somewhere: such a relation makes no sense.
pub fn read(one: &Document<'_>) -> Result<Option<Userset>, ModelError> {
    read_at(one, 0)
}

fn read_at(one: &Document<'_>, depth: usize) -> Result<Option<Userset>, ModelError> {
    if depth > DEEPEST {
        return Err(one.refuse("a rewrite may be nested 100 deep"));
    }
    let mut members = Vec::new();
    for name in MEMBERS {
        members.extend(one.find(name)?.map(|member| (*name, member)));
    }
    let mut members = members.into_iter();
    let Some((name, member)) = members.next() else { return Ok(None) };
    if let Some((second, _)) = members.next() {
        return Err(one.refuse(&format!("a rewrite is either {name} or {second}, not both")));
    }
    Ok(match name {
        "this" => Some(Userset::This),
        "computed_userset" => Some(Userset::Computed(member.text("relation")?.to_owned())),
        "tuple_to_userset" => Some(Userset::TupleToUserset {
            tupleset: relation(&member, "tupleset")?,
            computed: relation(&member, "computed_userset")?,
        }),
        "union" => children(&member, depth)?.map(Userset::Union),
        "intersection" => children(&member, depth)?.map(Userset::Intersection),
        _ => operand(&member, "base", depth)?.zip(operand(&member, "subtract", depth)?).map(
            |(base, subtract)| Userset::Difference { base: Box::new(base), subtract: Box::new(subtract) },
        ),
    })
}

fn relation(of: &Document<'_>, name: &str) -> Result<String, ModelError> {
    let reference = of.find(name)?.ok_or_else(|| of.refuse(&format!("{name}: value is required")))?;
    Ok(reference.text("relation")?.to_owned())
}

fn children(of: &Document<'_>, depth: usize) -> Result<Option<Vec<Userset>>, ModelError> {
    of.list("child")?.iter().map(|child| read_at(child, depth + 1)).collect()
}

fn operand(of: &Document<'_>, name: &str, depth: usize) -> Result<Option<Userset>, ModelError> {
    let operand = of.find(name)?.ok_or_else(|| of.refuse(&format!("{name}: value is required")))?;
    read_at(&operand, depth + 1)
}

pub fn write(one: &Userset) -> Value {
    let reference = |relation: &str| json!({ "object": "", "relation": relation });
    let all = |children: &[Userset]| json!({ "child": children.iter().map(write).collect::<Vec<_>>() });
    match one {
        Userset::This => json!({ "this": {} }),
        Userset::Computed(relation) => json!({ "computedUserset": reference(relation) }),
        Userset::TupleToUserset { tupleset, computed } => json!({
            "tupleToUserset": { "tupleset": reference(tupleset), "computedUserset": reference(computed) }
        }),
        Userset::Union(children) => json!({ "union": all(children) }),
        Userset::Intersection(children) => json!({ "intersection": all(children) }),
        Userset::Difference { base, subtract } => {
            json!({ "difference": { "base": write(base), "subtract": write(subtract) } })
        }
    }
}

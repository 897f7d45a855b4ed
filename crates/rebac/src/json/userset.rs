//! Rewrites: one of six members, the first that is there; two at once are refused.

use serde_json::{Value, json};

use super::document::Document;
use crate::model::Userset;
use crate::model_error::ModelError;

/// Deeper rewrites than any sensible model has; protects the stack. (protobuf's own limit is 10,000 messages.)
const DEEPEST: usize = 100;

const MEMBERS: &[&str] =
    &["this", "computed_userset", "tuple_to_userset", "union", "intersection", "difference"];

pub fn read(one: &Document<'_>) -> Result<Userset, ModelError> {
    read_at(one, 0)
}

fn read_at(one: &Document<'_>, depth: usize) -> Result<Userset, ModelError> {
    if depth > DEEPEST {
        return Err(one.refuse("a rewrite may be nested 100 deep"));
    }
    let mut members = Vec::new();
    for name in MEMBERS {
        members.extend(one.find(name)?.map(|member| (*name, member)));
    }
    let mut members = members.into_iter();
    let Some((name, member)) = members.next() else {
        return Err(one.refuse("invalid Userset.Userset: value is required"));
    };
    if let Some((second, _)) = members.next() {
        return Err(one.refuse(&format!("a rewrite is either {name} or {second}, not both")));
    }
    match name {
        "this" => Ok(Userset::This),
        "computed_userset" => Ok(Userset::Computed(member.text("relation")?.to_owned())),
        "tuple_to_userset" => Ok(Userset::TupleToUserset {
            tupleset: relation(&member, "tupleset")?,
            computed: relation(&member, "computed_userset")?,
        }),
        "union" => Ok(Userset::Union(children(&member, depth)?)),
        "intersection" => Ok(Userset::Intersection(children(&member, depth)?)),
        _ => Ok(Userset::Difference {
            base: Box::new(operand(&member, "base", depth)?),
            subtract: Box::new(operand(&member, "subtract", depth)?),
        }),
    }
}

fn relation(of: &Document<'_>, name: &str) -> Result<String, ModelError> {
    let reference = of.find(name)?.ok_or_else(|| of.refuse(&format!("{name}: value is required")))?;
    Ok(reference.text("relation")?.to_owned())
}

fn children(of: &Document<'_>, depth: usize) -> Result<Vec<Userset>, ModelError> {
    of.list("child")?.iter().map(|child| read_at(child, depth + 1)).collect()
}

fn operand(of: &Document<'_>, name: &str, depth: usize) -> Result<Userset, ModelError> {
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

//! Models as text. Relations and conditions come in the order of their names, those of modules after one another, each
//! with a comment that says where it was written.

use crate::model::{
    AuthorizationModel, Condition, ReferenceKind, Relation, Source, TypeDefinition, TypeReference, Userset,
};

/// The text form has the list of types once, and first.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the '{relation}' relation definition under the '{type_name}' type is not supported by the OpenFGA DSL syntax yet"
)]
pub struct Unprintable {
    pub type_name: String,
    pub relation: String,
}

pub fn print(model: &AuthorizationModel) -> Result<String, Unprintable> {
    let mut text = format!("model\n  schema {}\n", model.schema.as_str());
    let mut types: Vec<_> = model.types.iter().collect();
    let is_modular = types.iter().any(|one| module_of(one.source.as_ref()).is_some());
    if is_modular {
        types.sort_by_key(|one| (place(one.source.as_ref()), &one.name));
    }
    for one in types {
        text.push('\n');
        print_type(&mut text, one, is_modular)?;
    }
    let mut conditions: Vec<_> = model.conditions.values().collect();
    conditions.sort_by_key(|one| (place(one.source.as_ref()), &one.name));
    for one in conditions {
        text.push('\n');
        print_condition(&mut text, one);
    }
    Ok(text)
}

fn print_type(text: &mut String, one: &TypeDefinition, is_modular: bool) -> Result<(), Unprintable> {
    print_source(text, "#", one.source.as_ref());
    text.push_str(&format!("type {}\n", one.name));
    if !one.relations.is_empty() {
        text.push_str("  relations\n");
    }
    let mut relations: Vec<_> = one.relations.iter().collect();
    if is_modular {
        relations.sort_by_key(|(name, relation)| (place(relation.source.as_ref()), *name));
    }
    for (name, relation) in relations {
        let rewrite = printed(relation)
            .ok_or_else(|| Unprintable { type_name: one.name.clone(), relation: name.clone() })?;
        print_source(text, "    # extended by:", relation.source.as_ref());
        text.push_str(&format!("    define {name}: {rewrite}\n"));
    }
    Ok(())
}

fn print_condition(text: &mut String, one: &Condition) {
    print_source(text, "#", one.source.as_ref());
    let parameters: Vec<_> =
        one.parameters.iter().map(|(name, of)| format!("{name}: {}", of.dsl_name())).collect();
    let (name, parameters) = (&one.name, parameters.join(", "));
    text.push_str(&format!("condition {name}({parameters}) {{\n  {}\n}}\n", one.expression));
}

fn print_source(text: &mut String, lead: &str, source: Option<&Source>) {
    if let Some(Source { module, file }) = source {
        text.push_str(&format!("{lead} module: {module}, file: {file}\n"));
    }
}

fn module_of(source: Option<&Source>) -> Option<&str> {
    source.map(|source| source.module.as_str()).filter(|module| !module.is_empty())
}

/// What has no module comes first.
fn place(source: Option<&Source>) -> Option<(&str, &str)> {
    module_of(source).map(|module| (module, source.map_or("", |source| &source.file)))
}

/// Nothing where the list of types would come twice, or could not come first.
fn printed(relation: &Relation) -> Option<String> {
    let allowed = match count_lists(&relation.rewrite) {
        0 => true,
        1 => begins_with_list(&relation.rewrite),
        _ => false,
    };
    allowed.then(|| expression(&relation.rewrite, &relation.assignable))
}

/// A relation as its line has it, after `define name:`; also where a whole model cannot be printed.
pub fn definition(relation: &Relation) -> String {
    expression(&relation.rewrite, &relation.assignable)
}

fn expression(rewrite: &Userset, assignable: &[TypeReference]) -> String {
    match rewrite {
        Userset::This => {
            let references: Vec<_> = assignable.iter().map(reference).collect();
            format!("[{}]", references.join(", "))
        }
        Userset::Computed(relation) => relation.clone(),
        Userset::TupleToUserset { tupleset, computed } => format!("{computed} from {tupleset}"),
        Userset::Union(children) => joined(children, " or ", assignable),
        Userset::Intersection(children) => joined(children, " and ", assignable),
        Userset::Difference { base, subtract } => {
            format!("{} but not {}", operand(base, assignable), operand(subtract, assignable))
        }
    }
}

/// With the list of types first: the order of the others stays, and none matters.
fn joined(children: &[Userset], operator: &str, assignable: &[TypeReference]) -> String {
    let lists = children.iter().filter(|child| **child == Userset::This);
    let others = children.iter().filter(|child| **child != Userset::This);
    lists.chain(others).map(|child| operand(child, assignable)).collect::<Vec<_>>().join(operator)
}

fn operand(rewrite: &Userset, assignable: &[TypeReference]) -> String {
    let text = expression(rewrite, assignable);
    match rewrite {
        Userset::Union(_) | Userset::Intersection(_) | Userset::Difference { .. } => format!("({text})"),
        _ => text,
    }
}

fn reference(one: &TypeReference) -> String {
    let name = &one.type_name;
    let whom = match &one.kind {
        ReferenceKind::Object => name.clone(),
        ReferenceKind::Wildcard => format!("{name}:*"),
        ReferenceKind::Userset(relation) => format!("{name}#{relation}"),
    };
    one.condition.as_ref().map_or(whom.clone(), |condition| format!("{whom} with {condition}"))
}

fn count_lists(rewrite: &Userset) -> usize {
    match rewrite {
        Userset::This => 1,
        Userset::Computed(_) | Userset::TupleToUserset { .. } => 0,
        Userset::Union(children) | Userset::Intersection(children) => children.iter().map(count_lists).sum(),
        Userset::Difference { base, subtract } => count_lists(base) + count_lists(subtract),
    }
}

fn begins_with_list(rewrite: &Userset) -> bool {
    match rewrite {
        Userset::This => true,
        Userset::Computed(_) | Userset::TupleToUserset { .. } => false,
        Userset::Union(children) | Userset::Intersection(children) => {
            children.contains(&Userset::This) || children.first().is_some_and(begins_with_list)
        }
        Userset::Difference { base, .. } => begins_with_list(base),
    }
}

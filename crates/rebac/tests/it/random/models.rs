//! Models by chance: three types, some relations each, rewrites of a few levels, conditions.

use chancery_rebac::model::{
    AuthorizationModel, Condition, ParameterType, ReferenceKind, Relation, Schema, TypeDefinition,
    TypeReference, Userset,
};
use chancery_rebac::validate;

use super::Choices;

const TYPES: [&str; 3] = ["user", "group", "doc"];
const RELATIONS: [&str; 5] = ["ra", "rb", "rc", "rd", "re"];

/// How many of the relations each type has; now and then one more is named.
#[derive(Clone, Copy)]
struct Shape {
    group: usize,
    doc: usize,
    /// Of the type at hand.
    own: usize,
}

impl Shape {
    fn of(self, type_name: &str, choices: &mut Choices<'_>) -> String {
        let most = match type_name {
            "group" => self.group,
            "doc" => self.doc,
            _ => self.own,
        };
        let most = if choices.one_in(60) { RELATIONS.len() } else { most };
        RELATIONS[choices.below(most)].to_owned()
    }

    fn own(self, choices: &mut Choices<'_>) -> String {
        self.of("", choices)
    }
}

/// What "from" goes through.
pub const PARENT: &str = "parent";

/// One that need not make sense.
pub fn any_model(choices: &mut Choices<'_>) -> AuthorizationModel {
    let user = TypeDefinition { name: "user".to_owned(), ..TypeDefinition::default() };
    let mut types = vec![user];
    let mut many = || 1 + choices.below(RELATIONS.len());
    let (group, doc) = (many(), many());
    types.push(type_definition("group", Shape { group, doc, own: group }, choices));
    types.push(type_definition("doc", Shape { group, doc, own: doc }, choices));
    let conditions = [("cc", "x > 3"), ("dd", "x < 8 && y != \"a\"")].map(|(name, expression)| {
        let mut parameters = [("x".to_owned(), ParameterType::Int)].to_vec();
        if expression.contains('y') {
            parameters.push(("y".to_owned(), ParameterType::String));
        }
        let parameters = parameters.into_iter().collect();
        let condition =
            Condition { name: name.to_owned(), expression: expression.to_owned(), parameters, source: None };
        (name.to_owned(), condition)
    });
    AuthorizationModel { schema: Schema::V1_1, types, conditions: conditions.into_iter().collect() }
}

/// One that does: relations that do not are made plain, one by one, until it fits.
pub fn fitting_model(choices: &mut Choices<'_>) -> AuthorizationModel {
    let mut model = any_model(choices);
    let names: Vec<_> = model
        .types
        .iter()
        .enumerate()
        .flat_map(|(at, one)| one.relations.keys().map(move |relation| (at, relation.clone())))
        .collect();
    // What made a relation sensible may be made plain after it.
    for (at, relation) in names.iter().cycle().take(names.len() * RELATIONS.len()) {
        let Err(errors) = validate::check(&model) else { break };
        let type_name = model.types[*at].name.clone();
        let blamed = |message: &str| {
            let here = message.contains(&format!("'{relation}' in object type '{type_name}'"))
                || message.contains(&format!("'{relation}' on"))
                || message.contains(&format!("relation {relation}"));
            here || !message.contains("in object type")
        };
        if errors.iter().any(|error| blamed(&error.message)) {
            let user =
                TypeReference { type_name: "user".to_owned(), kind: ReferenceKind::Object, condition: None };
            let plain = Relation { rewrite: Userset::This, assignable: vec![user], source: None };
            if relation != PARENT {
                model.types[*at].relations.insert(relation.clone(), plain);
            }
        }
    }
    assert_eq!(validate::check(&model), Ok(()), "{model:?}");
    model
}

fn type_definition(name: &str, shape: Shape, choices: &mut Choices<'_>) -> TypeDefinition {
    let mut definition = TypeDefinition { name: name.to_owned(), ..TypeDefinition::default() };
    let object = |type_name: &str| TypeReference {
        type_name: type_name.to_owned(),
        kind: ReferenceKind::Object,
        condition: None,
    };
    let mut parents = vec![object(name)];
    if choices.one_in(2) {
        parents.push(object("group"));
        parents.dedup();
    }
    let parent = Relation { rewrite: Userset::This, assignable: parents, source: None };
    definition.relations.insert(PARENT.to_owned(), parent);
    for relation in &RELATIONS[..shape.own] {
        definition.relations.insert((*relation).to_owned(), relation_of(shape, choices));
    }
    definition
}

fn relation_of(shape: Shape, choices: &mut Choices<'_>) -> Relation {
    let mut assignable = Vec::new();
    let mut rewrite = rewrite(shape, choices, 0, false);
    if !choices.one_in(4) {
        let many = 1 + choices.below(4);
        for _ in 0..many {
            let reference = reference(shape, choices);
            if !assignable.contains(&reference) {
                assignable.push(reference);
            }
        }
        rewrite = with_list_first(rewrite, shape, choices);
    }
    Relation { rewrite, assignable, source: None }
}

/// The text form has the list of types at the very beginning.
fn with_list_first(rewrite: Userset, shape: Shape, choices: &mut Choices<'_>) -> Userset {
    match choices.below(7) {
        0 | 1 => Userset::This,
        2 | 3 => match rewrite {
            Userset::Union(children) => Userset::Union([vec![Userset::This], children].concat()),
            other => Userset::Union(vec![Userset::This, other]),
        },
        4 => match rewrite {
            Userset::Intersection(children) => {
                Userset::Intersection([vec![Userset::This], children].concat())
            }
            other => Userset::Intersection(vec![Userset::This, other]),
        },
        5 => Userset::Difference { base: Box::new(Userset::This), subtract: Box::new(rewrite) },
        _ => {
            let base = Userset::Union(vec![Userset::This, rewrite]);
            let subtract = Userset::Computed(shape.own(choices));
            Userset::Difference { base: Box::new(base), subtract: Box::new(subtract) }
        }
    }
}

fn rewrite(shape: Shape, choices: &mut Choices<'_>, depth: usize, within: bool) -> Userset {
    let kinds = if depth >= 2 { 4 } else { 8 };
    match choices.below(kinds) {
        0..=2 => Userset::Computed(shape.own(choices)),
        3 => Userset::TupleToUserset { tupleset: PARENT.to_owned(), computed: shape.own(choices) },
        4 | 5 => Userset::Union(several(shape, choices, depth)),
        6 => Userset::Intersection(several(shape, choices, depth)),
        _ if within && choices.one_in(2) => Userset::Computed(shape.own(choices)),
        _ => Userset::Difference {
            base: Box::new(rewrite(shape, choices, depth + 1, true)),
            subtract: Box::new(rewrite(shape, choices, depth + 1, true)),
        },
    }
}

fn several(shape: Shape, choices: &mut Choices<'_>, depth: usize) -> Vec<Userset> {
    let many = 2 + choices.below(2);
    (0..many).map(|_| rewrite(shape, choices, depth + 1, true)).collect()
}

fn reference(shape: Shape, choices: &mut Choices<'_>) -> TypeReference {
    let type_name = match choices.below(8) {
        0..=3 => TYPES[0],
        4..=6 => TYPES[1],
        _ => TYPES[2],
    };
    let kind = match choices.below(6) {
        0 if type_name != "user" => ReferenceKind::Object,
        0..=4 if type_name != "user" => ReferenceKind::Userset(shape.of(type_name, choices)),
        0..=3 => ReferenceKind::Object,
        _ => ReferenceKind::Wildcard,
    };
    let condition = match choices.below(8) {
        6 => Some("cc".to_owned()),
        7 => Some("dd".to_owned()),
        _ => None,
    };
    TypeReference { type_name: type_name.to_owned(), kind, condition }
}

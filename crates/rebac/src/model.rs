//! The authorization model: types, their relations, and the conditions a grant may depend on.

use std::collections::BTreeMap;

/// The version of the language. 1.2 is 1.1 with modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    V1_1,
    V1_2,
}

#[derive(Clone, Debug, PartialEq)]
pub struct AuthorizationModel {
    pub schema: Schema,
    /// In the order they were written.
    pub types: Vec<TypeDefinition>,
    pub conditions: BTreeMap<String, Condition>,
}

#[derive(Clone, Debug, PartialEq, Default)]
pub struct TypeDefinition {
    pub name: String,
    pub relations: BTreeMap<String, Relation>,
    pub source: Option<Source>,
}

/// Where a part of a modular model was written.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Source {
    pub module: String,
    pub file: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Relation {
    pub rewrite: Userset,
    /// Who may be named directly; empty where the rewrite has no [`Userset::This`].
    pub assignable: Vec<TypeReference>,
    pub source: Option<Source>,
}

/// How a relation follows from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Userset {
    /// Whoever a tuple names.
    This,
    /// Whoever has another relation to the same object.
    Computed(String),
    /// Whoever has `computed` to an object that `tupleset` names.
    TupleToUserset {
        tupleset: String,
        computed: String,
    },
    Union(Vec<Userset>),
    Intersection(Vec<Userset>),
    Difference {
        base: Box<Userset>,
        subtract: Box<Userset>,
    },
}

/// Whom a tuple of a relation may name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TypeReference {
    pub type_name: String,
    pub kind: ReferenceKind,
    /// The condition such a tuple must name; without one it may name none.
    pub condition: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReferenceKind {
    /// `user`: one object of the type.
    Object,
    /// `user:*`: every object of the type.
    Wildcard,
    /// `group#member`: whoever has the relation to an object of the type.
    Userset(String),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    pub name: String,
    /// In the Common Expression Language.
    pub expression: String,
    pub parameters: BTreeMap<String, ParameterType>,
    pub source: Option<Source>,
}

/// The type of a condition's parameter; lists and maps carry that of their values (the keys of maps are strings).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterType {
    Any,
    Bool,
    String,
    Int,
    Uint,
    Double,
    Duration,
    Timestamp,
    IpAddress,
    List(Box<ParameterType>),
    Map(Box<ParameterType>),
}

impl AuthorizationModel {
    pub fn find_type(&self, name: &str) -> Option<&TypeDefinition> {
        self.types.iter().find(|one| one.name == name)
    }

    pub fn find_relation(&self, type_name: &str, relation: &str) -> Option<&Relation> {
        self.find_type(type_name)?.relations.get(relation)
    }
}

//! What Expand answers: the rewrite of one relation, with users at its leaves.

use serde_json::{Value, json};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    pub root: Node,
}

/// A part of the rewrite; every part carries the name of the relation that is expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    Leaf(Leaf),
    Union(Vec<Node>),
    Intersection(Vec<Node>),
    Difference { base: Box<Node>, subtract: Box<Node> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// Whoever tuples name, sorted.
    Users(Vec<String>),
    /// Another relation to the same object.
    Computed(String),
    /// A relation to each object that `tupleset` names.
    TupleToUserset { tupleset: String, computed: Vec<String> },
}

impl Tree {
    /// As OpenFGA's server writes it; `name` is `object#relation`.
    pub fn to_json(&self, name: &str) -> Value {
        json!({ "root": self.root.to_json(name) })
    }
}

impl Node {
    fn to_json(&self, name: &str) -> Value {
        let all = |nodes: &[Self]| json!({ "nodes": nodes.iter().map(|node| node.to_json(name)).collect::<Vec<_>>() });
        match self {
            Self::Leaf(leaf) => json!({ "name": name, "leaf": leaf.to_json() }),
            Self::Union(nodes) => json!({ "name": name, "union": all(nodes) }),
            Self::Intersection(nodes) => json!({ "name": name, "intersection": all(nodes) }),
            Self::Difference { base, subtract } => json!({
                "name": name,
                "difference": { "base": base.to_json(name), "subtract": subtract.to_json(name) },
            }),
        }
    }
}

impl Leaf {
    fn to_json(&self) -> Value {
        match self {
            Self::Users(users) => json!({ "users": { "users": users } }),
            Self::Computed(userset) => json!({ "computed": { "userset": userset } }),
            Self::TupleToUserset { tupleset, computed } => {
                let computed: Vec<_> = computed.iter().map(|userset| json!({ "userset": userset })).collect();
                json!({ "tupleToUserset": { "tupleset": tupleset, "computed": computed } })
            }
        }
    }
}

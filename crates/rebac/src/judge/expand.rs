//! One level of a relation's rewrite.

use std::collections::BTreeSet;

use super::facts::Facts;
use super::tree::{Leaf, Node, Tree};
use crate::model::Userset;

pub fn expand(facts: &Facts<'_>, object: &str, relation: &str) -> Tree {
    let root = match facts.rewrite(object, relation) {
        Some(rewrite) => node(facts, rewrite, object, relation),
        None => Node::Leaf(Leaf::Users(Vec::new())),
    };
    Tree { root }
}

fn node(facts: &Facts<'_>, rewrite: &Userset, object: &str, relation: &str) -> Node {
    let each =
        |children: &[Userset]| children.iter().map(|child| node(facts, child, object, relation)).collect();
    match rewrite {
        Userset::This => Node::Leaf(Leaf::Users(users(facts, object, relation))),
        Userset::Computed(relation) => Node::Leaf(Leaf::Computed(format!("{object}#{relation}"))),
        Userset::TupleToUserset { tupleset, computed } => Node::Leaf(Leaf::TupleToUserset {
            tupleset: format!("{object}#{tupleset}"),
            computed: users(facts, object, tupleset)
                .into_iter()
                .map(|user| format!("{user}#{computed}"))
                .collect(),
        }),
        Userset::Union(children) => Node::Union(each(children)),
        Userset::Intersection(children) => Node::Intersection(each(children)),
        Userset::Difference { base, subtract } => Node::Difference {
            base: Box::new(node(facts, base, object, relation)),
            subtract: Box::new(node(facts, subtract, object, relation)),
        },
    }
}

fn users(facts: &Facts<'_>, object: &str, relation: &str) -> Vec<String> {
    let users: BTreeSet<_> = facts.of(object, relation).map(|tuple| tuple.key.user.clone()).collect();
    users.into_iter().collect()
}

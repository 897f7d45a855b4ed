//! One level of a relation's rewrite.

use std::collections::BTreeSet;

use super::overlay::Overlay;
use super::page::Entry;
use super::question::Question;
use super::registry::{Class, ClassId, Kind, Words};
use crate::fault::Unanswered;
use crate::judge::{Leaf, Node, Tree};
use crate::model::{TypeDefinition, TypeReference, Userset};

impl Question<'_> {
    /// One level of the relation's rewrite with what tuples say on it; conditions are not looked at.
    pub fn expand(&self, object: &str, relation: &str) -> Result<Tree, Unanswered> {
        let type_name = object.split_once(':').map_or("", |(type_name, _)| type_name);
        let rewrite = self.model.model().find_relation(type_name, relation).map(|relation| &relation.rewrite);
        Ok(Tree { root: self.expand_by(rewrite.unwrap_or(&Userset::This), object, relation)? })
    }

    /// Whom tuples of the relation name.
    pub(super) fn expand_direct(&self, object: &str, relation: &str) -> Result<Node, Unanswered> {
        self.expand_by(&Userset::This, object, relation)
    }

    fn expand_by(&self, rewrite: &Userset, object: &str, relation: &str) -> Result<Node, Unanswered> {
        let inner = &*self.graph.inner;
        self.model.within(&inner.registry, |bound| {
            let mut overlay = Overlay::new(inner, self.contextual);
            let (_, number) = self.object(bound, &mut overlay, object, relation)?;
            let type_name = object.split_once(':').map_or("", |(type_name, _)| type_name);
            let definition = self.model.model().find_type(type_name);
            let definition = definition.ok_or_else(|| Unanswered::TypeNotFound(type_name.to_owned()))?;
            let words = &inner.registry.words();
            let expansion =
                Expansion { question: self, overlay: &overlay, words, definition, object, number };
            Ok(expansion.node(rewrite, relation))
        })
    }
}

struct Expansion<'a> {
    question: &'a Question<'a>,
    overlay: &'a Overlay,
    words: &'a Words,
    definition: &'a TypeDefinition,
    object: &'a str,
    number: u32,
}

impl Expansion<'_> {
    fn node(&self, rewrite: &Userset, relation: &str) -> Node {
        let each = |children: &[Userset]| children.iter().map(|child| self.node(child, relation)).collect();
        match rewrite {
            Userset::This => Node::Leaf(Leaf::Users(self.users(relation))),
            Userset::Computed(other) => Node::Leaf(Leaf::Computed(format!("{}#{other}", self.object))),
            Userset::TupleToUserset { tupleset, computed } => {
                let users = self.users(tupleset).into_iter();
                Node::Leaf(Leaf::TupleToUserset {
                    tupleset: format!("{}#{tupleset}", self.object),
                    computed: users.map(|user| format!("{user}#{computed}")).collect(),
                })
            }
            Userset::Union(children) => Node::Union(each(children)),
            Userset::Intersection(children) => Node::Intersection(each(children)),
            Userset::Difference { base, subtract } => Node::Difference {
                base: Box::new(self.node(base, relation)),
                subtract: Box::new(self.node(subtract, relation)),
            },
        }
    }

    /// Whom tuples of a relation name that fit the model, sorted.
    fn users(&self, relation: &str) -> Vec<String> {
        let inner = &*self.question.graph.inner;
        let Some(sort) = self.words.type_id(&self.definition.name) else { return Vec::new() };
        let classes = self.classes(relation);
        let (stored, brought) = (inner.forward(sort, self.number), self.overlay.forward(sort, self.number));
        let entries = stored.chain(brought).filter(|entry| classes.contains(&entry.class));
        let users: BTreeSet<String> = entries.flat_map(|entry| self.named(entry)).collect();
        users.into_iter().collect()
    }

    fn named(&self, entry: Entry<'_>) -> Vec<String> {
        let Some(class) = self.words.class(entry.class) else { return Vec::new() };
        let suffix = match class.kind {
            Kind::Userset(relation) => format!("#{}", self.words.relation_name(relation)),
            Kind::Object | Kind::Wildcard => String::new(),
        };
        let type_name = self.words.type_name(class.subject);
        let name = |number| self.overlay.name(&self.question.graph.inner, class.subject, number);
        let members = entry.members.each().filter_map(|(number, _)| name(number));
        members.map(|id| format!("{type_name}:{id}{suffix}")).collect()
    }

    fn classes(&self, relation: &str) -> Vec<ClassId> {
        let words = self.words;
        let assignable =
            self.definition.relations.get(relation).map_or(&[][..], |relation| &relation.assignable);
        let class = |reference: &TypeReference| {
            let sort = words.type_id(&self.definition.name)?;
            words.class_id(&Class::of(words, sort, relation, reference)?)
        };
        assignable.iter().filter_map(class).collect()
    }
}

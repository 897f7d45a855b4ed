//! From a model to its plans.

use std::collections::{BTreeMap, HashMap};

use super::answers::Answers;
use super::bound::{Action, Boolean, Bound, BoundType, Condition, Plan, PlanId, What};
use super::cache::Cache;
use super::compiled::Programs;
use super::near::Near;
use super::registry::{Class, Kind, Registry, TypeId, WordId, Words};
use crate::model::{AuthorizationModel, ReferenceKind, TypeDefinition, TypeReference, Userset};

/// Users, and places, of which something is known at a time.
const LINES: usize = 1 << 20;

pub(super) fn lower(
    model: &AuthorizationModel,
    programs: &Programs,
    registry: &Registry,
    words: &mut Words,
) -> Bound {
    let mut lowering =
        Lowering { model, words, plans: Vec::new(), by_relation: BTreeMap::new(), operands: BTreeMap::new() };
    lowering.name_relations();
    for one in &model.types {
        for relation in one.relations.keys() {
            lowering.relation(one, relation);
        }
    }
    let types = lowering.types(registry);
    let mut conditions = HashMap::with_hasher(registry.key);
    conditions.extend(model.conditions.keys().map(|name| {
        let program = programs.get(name).cloned();
        (lowering.words.add_condition(name), Condition { name: name.clone(), program })
    }));
    let mut plans = lowering.plans;
    super::groups::reach(&mut plans, types.values());
    super::order::mark_circles(&mut plans);
    let (groups, feeds) = super::groups::groups(&mut plans, words);
    let mut filling: Vec<_> = feeds.iter().map(|feed| feed.class).collect();
    filling.dedup();
    super::groups::rest(&mut plans);
    super::quick::mark(&mut plans);
    Bound {
        registry: registry.id,
        key: registry.key,
        types,
        plans,
        groups,
        feeds,
        conditions,
        filling,
        near_users: Near::new(LINES),
        users: Cache::new(LINES, 8 << 20, |subjects| subjects.list().len() + 8),
        near_grants: Near::new(LINES),
        grants: Cache::new(LINES, 16 << 20, |grants| grants.as_ref().map_or(0, |grants| grants.len()) + 8),
        answers: Answers::default(),
    }
}

struct Lowering<'a> {
    model: &'a AuthorizationModel,
    words: &'a mut Words,
    plans: Vec<Plan>,
    by_relation: BTreeMap<(&'a str, &'a str), PlanId>,
    /// By where a side of `and` or `but not` stands in the model. A relation is dissolved in many others: were its sides lowered
    /// anew in each, relations of two sides would double the plans with every step.
    operands: BTreeMap<usize, PlanId>,
}

impl<'a> Lowering<'a> {
    /// Gives each relation its plan's number, before any plan refers to another.
    fn name_relations(&mut self) {
        for one in &self.model.types {
            let sort = self.words.add_type(&one.name);
            for relation in one.relations.keys() {
                self.by_relation.insert((&one.name, relation), self.plans.len() as PlanId);
                self.plans.push(Plan { sort, ..Plan::default() });
            }
        }
    }

    fn relation(&mut self, one: &'a TypeDefinition, relation: &'a str) {
        let Some(id) = self.by_relation.get(&(one.name.as_str(), relation)).copied() else { return };
        let mut plan = Plan { sort: self.words.add_type(&one.name), ..Plan::default() };
        self.computed(one, relation, &mut plan);
        self.keep(id, plan);
    }

    fn keep(&mut self, id: PlanId, mut plan: Plan) {
        plan.actions.sort_by_key(|action| action.class);
        if let Some(place) = self.plans.get_mut(id as usize) {
            *place = plan;
        }
    }

    fn computed(&mut self, one: &'a TypeDefinition, relation: &'a str, plan: &mut Plan) {
        let id = self.words.add_relation(relation);
        let Some(definition) = one.relations.get(relation) else { return };
        if !plan.includes.contains(&id) {
            plan.includes.push(id);
            self.rewrite(one, relation, &definition.rewrite, plan);
        }
    }

    fn rewrite(&mut self, one: &'a TypeDefinition, relation: &'a str, rewrite: &'a Userset, plan: &mut Plan) {
        match rewrite {
            Userset::This => self.direct(one, relation, plan),
            Userset::Computed(other) => self.computed(one, other, plan),
            Userset::TupleToUserset { tupleset, computed } => self.parents(one, tupleset, computed, plan),
            Userset::Union(children) => {
                children.iter().for_each(|child| self.rewrite(one, relation, child, plan))
            }
            Userset::Intersection(children) => {
                let all = children.iter().map(|child| self.operand(one, relation, child)).collect();
                plan.booleans.push(Boolean::All(all));
            }
            Userset::Difference { base, subtract } => {
                let base = self.operand(one, relation, base);
                let subtract = self.operand(one, relation, subtract);
                plan.booleans.push(Boolean::Except { base, subtract });
            }
        }
    }

    /// The plan of one side of `and` or `but not`.
    fn operand(&mut self, one: &'a TypeDefinition, relation: &'a str, rewrite: &'a Userset) -> PlanId {
        if let Userset::Computed(other) = rewrite
            && let Some(known) = self.by_relation.get(&(one.name.as_str(), other.as_str()))
        {
            return *known;
        }
        let place = std::ptr::from_ref(rewrite).addr();
        if let Some(known) = self.operands.get(&place) {
            return *known;
        }
        let id = self.plans.len() as PlanId;
        self.operands.insert(place, id);
        self.plans.push(Plan::default());
        let mut plan = Plan { sort: self.words.add_type(&one.name), ..Plan::default() };
        self.rewrite(one, relation, rewrite, &mut plan);
        self.keep(id, plan);
        id
    }

    fn direct(&mut self, one: &'a TypeDefinition, relation: &'a str, plan: &mut Plan) {
        let assignable = one.relations.get(relation).map_or(&[][..], |relation| &relation.assignable);
        for reference in assignable {
            let what = match &reference.kind {
                ReferenceKind::Object => What::Object,
                ReferenceKind::Wildcard => What::Wildcard,
                ReferenceKind::Userset(name) => {
                    let Some(plan) =
                        self.by_relation.get(&(reference.type_name.as_str(), name.as_str())).copied()
                    else {
                        continue;
                    };
                    What::Userset { relation: self.words.add_relation(name), plan, group: None }
                }
            };
            self.act(plan, relation, reference, what);
        }
    }

    fn parents(&mut self, one: &'a TypeDefinition, tupleset: &'a str, computed: &'a str, plan: &mut Plan) {
        let assignable = one.relations.get(tupleset).map_or(&[][..], |relation| &relation.assignable);
        for reference in assignable.iter().filter(|reference| reference.kind == ReferenceKind::Object) {
            if let Some(parent) = self.by_relation.get(&(reference.type_name.as_str(), computed)).copied() {
                self.act(plan, tupleset, reference, What::Parent { plan: parent });
            }
        }
    }

    fn act(&mut self, plan: &mut Plan, relation: &str, reference: &TypeReference, what: What) {
        let class = self.class(plan.sort, relation, reference);
        let Some(id) = self.words.add_class(class) else { return };
        plan.actions.push(Action { class: id, subject: class.subject, condition: class.condition, what });
    }

    fn class(&mut self, object: TypeId, relation: &str, reference: &TypeReference) -> Class {
        let number = |words: &mut Words, name: &str| -> WordId { words.add_relation(name) };
        Class {
            object,
            relation: number(self.words, relation),
            subject: self.words.add_type(&reference.type_name),
            kind: match &reference.kind {
                ReferenceKind::Object => Kind::Object,
                ReferenceKind::Wildcard => Kind::Wildcard,
                ReferenceKind::Userset(name) => Kind::Userset(number(self.words, name)),
            },
            condition: reference.condition.as_deref().map(|name| self.words.add_condition(name)),
        }
    }

    fn types(&mut self, registry: &Registry) -> HashMap<Box<str>, BoundType, super::hash::HashKey> {
        let mut types = HashMap::with_hasher(registry.key);
        for (at, one) in self.model.types.iter().enumerate() {
            let mut relations = HashMap::with_hasher(registry.key);
            for name in one.relations.keys() {
                let plan = self.by_relation.get(&(one.name.as_str(), name.as_str())).copied();
                relations.extend(plan.map(|plan| (Box::from(name.as_str()), plan)));
            }
            let sort = self.words.add_type(&one.name);
            // Beyond the bits there are, types share the last one: no plan is thought unable that is able.
            let bit = 1u128 << at.min(127);
            types.insert(Box::from(one.name.as_str()), BoundType { sort, bit, relations });
        }
        types
    }
}

//! What a subject sees at one version: surely, or if a condition is met that the caller's context leaves open.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use chancery_kernel::Outcome;
use chancery_rebac::engine::{Change, Compiled, Filter, Question};
use chancery_rebac::fault::Unanswered;
use chancery_rebac::model::{AuthorizationModel, TypeReference};
use chancery_rebac::tuple::{Context, Tuple, TupleKey};

use super::known::Known;
use super::visible::Wanted;
use crate::ask::Asked;
use crate::fault;

/// Why an object is seen.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    Surely,
    /// If of these conditions enough are met: some may have to be met together, and others be enough by themselves. Whoever
    /// knows more asks again.
    If(Box<Residues>),
}

/// The conditions that an answer rests on, the one that was met first before the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Residues {
    pub first: Residue,
    pub others: Vec<Residue>,
    /// Whether these are all.
    pub complete: bool,
}

/// What is left open.
#[derive(Clone, Debug, PartialEq)]
pub struct Residue {
    pub condition: String,
    /// The tuple that bears it, and the context that was stored with it.
    pub tuple: Option<TupleKey>,
    pub context: Context,
    /// The parameters that neither the tuple nor the caller gives.
    pub missing: Vec<String>,
}

/// All that is seen.
pub(crate) fn seen(asked: &Asked, question: &Question<'_>, wanted: &Wanted) -> Outcome<Known> {
    let graph = asked.graph.clone();
    match question.list_numbers(&wanted.r#type, &wanted.relation, &wanted.user, usize::MAX) {
        // Nothing came with the question: every object has its number.
        Ok(listed) if listed.complete => Ok(Known { graph, sure: listed.objects, open: BTreeMap::new() }),
        Ok(_) => Err(fault::unanswered(&Unanswered::Deadline)),
        Err(Unanswered::Condition { .. }) => one_by_one(asked, question, wanted),
        Err(why) => Err(fault::unanswered(&why)),
    }
}

/// Where conditions are undecided: each object of the type for itself.
fn one_by_one(asked: &Asked, question: &Question<'_>, wanted: &Wanted) -> Outcome<Known> {
    let (mut sure, mut open, mut looked) = (BTreeSet::new(), BTreeMap::new(), HashSet::new());
    let filter = Filter { object_type: Some(wanted.r#type.clone()), ..Filter::default() };
    let loose = Compiled::new(Arc::new(loosened(&asked.model.source)));
    let ask = Open { asked, question, loose: loose.as_ref().ok() };
    let objects = asked.graph.objects(&wanted.r#type);
    let number = |object: &str| objects.number(object.split_once(':')?.1);
    let mut after = None;
    loop {
        let stretch = asked.graph.read(&filter, after, 1_024).map_err(|_| fault::bad_token())?;
        for stored in &stretch.tuples {
            let object = &stored.tuple.key.object;
            let Some(number) = number(object).filter(|number| looked.insert(*number)) else { continue };
            match ask.of_one(&TupleKey::new(object, &wanted.relation, &wanted.user))? {
                None => {}
                Some(Seen::Surely) => drop(sure.insert(number)),
                Some(Seen::If(residues)) => drop(open.insert(number, residues)),
            }
        }
        after = stretch.next;
        if after.is_none() {
            break;
        }
    }
    Ok(Known { graph: asked.graph.clone(), sure: sure.into_iter().collect(), open })
}

/// The same model where whoever may be named under a condition may be named without.
fn loosened(model: &AuthorizationModel) -> AuthorizationModel {
    let mut loose = model.clone();
    for relation in loose.types.iter_mut().flat_map(|one| one.relations.values_mut()) {
        let bare = relation.assignable.iter().map(|one| TypeReference { condition: None, ..one.clone() });
        for one in bare.collect::<Vec<_>>() {
            if !relation.assignable.contains(&one) {
                relation.assignable.push(one);
            }
        }
    }
    loose
}

/// Questions that are put again for one object, to find what else it rests on.
const MOST_AGAIN: usize = 16;

/// A tuple with an open condition, and whether it is supposed to be met.
type Supposed = (TupleKey, bool);

/// What an answer rests on, found by asking again.
struct Open<'a> {
    asked: &'a Asked,
    question: &'a Question<'a>,
    /// None where the model has no room for it.
    loose: Option<&'a Compiled>,
}

impl Open<'_> {
    fn of_one(&self, key: &TupleKey) -> Outcome<Option<Seen>> {
        let first = match self.question.check(key) {
            Ok(true) => return Ok(Some(Seen::Surely)),
            Ok(false) => return Ok(None),
            Err(why) => self.residue(why)?,
        };
        let (others, complete) = self.others(key, &first)?;
        Ok(Some(Seen::If(Box::new(Residues { first, others, complete }))))
    }

    /// What it rests on besides: it is asked for again as if what is known to be open were met, and as if it were not.
    fn others(&self, key: &TupleKey, first: &Residue) -> Outcome<(Vec<Residue>, bool)> {
        let mut found: Vec<Residue> = Vec::new();
        let (Some(bearer), Some(loose)) = (&first.tuple, self.loose) else { return Ok((found, false)) };
        let mut waiting: Vec<Vec<Supposed>> = branches(&[], bearer);
        for _ in 0..MOST_AGAIN {
            let Some(supposed) = waiting.pop() else { return Ok((found, true)) };
            if (self.question.over)() {
                break;
            }
            let graph = self.asked.graph.apply(self.asked.graph.version(), &changes(&supposed));
            let Err(why) = (Question { model: loose, graph: &graph, ..*self.question }).check(key) else {
                continue;
            };
            let next = self.residue(why)?;
            let bearer = next.tuple.clone().filter(|one| supposed.iter().all(|(known, _)| known != one));
            let Some(bearer) = bearer else { break };
            waiting.extend(branches(&supposed, &bearer));
            if next.tuple != first.tuple && found.iter().all(|one| one.tuple != next.tuple) {
                found.push(next);
            }
        }
        Ok((found, waiting.is_empty()))
    }

    fn residue(&self, why: Unanswered) -> Outcome<Residue> {
        let Unanswered::Condition { condition, open, .. } = why else { return Err(fault::unanswered(&why)) };
        let (tuple, missing) = open.map(|open| (open.tuple, open.missing)).unzip();
        let stored = tuple.as_ref().and_then(|key| self.asked.graph.find(key));
        let context = stored.and_then(|stored| stored.tuple.condition).map(|c| c.context);
        let (context, missing) = (context.unwrap_or_default(), missing.unwrap_or_default());
        Ok(Residue { condition, tuple, context, missing })
    }
}

fn branches(supposed: &[Supposed], bearer: &TupleKey) -> Vec<Vec<Supposed>> {
    [false, true].map(|met| [supposed, &[(bearer.clone(), met)]].concat()).to_vec()
}

/// A tuple whose condition is met is one without; one whose condition is not met is none.
fn changes(supposed: &[Supposed]) -> Vec<Change> {
    let gone = supposed.iter().map(|(key, _)| Change::Delete(key.clone()));
    let there = supposed.iter().filter(|(_, met)| *met);
    let there = there.map(|(key, _)| Change::Write(Tuple { key: key.clone(), condition: None }, 0));
    gone.chain(there).collect()
}

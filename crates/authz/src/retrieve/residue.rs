//! What a subject sees at one version: surely, or if a condition is met that the caller's context leaves open.

use std::collections::BTreeMap;

use chancery_kernel::Outcome;
use chancery_rebac::engine::{Filter, Question};
use chancery_rebac::fault::Unanswered;
use chancery_rebac::tuple::{Context, TupleKey};

use super::visible::Wanted;
use crate::ask::Asked;
use crate::fault;

/// Objects, and why each is seen.
pub(crate) type Known = BTreeMap<String, Seen>;

/// Why an object is seen.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    Surely,
    /// If this is met. Others may have to be met besides, or may be enough by themselves: whoever knows more asks again.
    If(Box<Residue>),
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

pub(crate) fn seen(asked: &Asked, question: &Question<'_>, wanted: &Wanted) -> Outcome<Known> {
    match question.list_objects(&wanted.r#type, &wanted.relation, &wanted.user, usize::MAX) {
        Ok(listed) if listed.complete => {
            Ok(listed.objects.into_iter().map(|object| (object, Seen::Surely)).collect())
        }
        Ok(_) => Err(fault::unanswered(&Unanswered::Deadline)),
        Err(Unanswered::Condition { .. }) => one_by_one(asked, question, wanted),
        Err(why) => Err(fault::unanswered(&why)),
    }
}

/// Where conditions are undecided: each object of the type for itself.
fn one_by_one(asked: &Asked, question: &Question<'_>, wanted: &Wanted) -> Outcome<Known> {
    let mut seen: BTreeMap<String, Option<Seen>> = BTreeMap::new();
    let filter = Filter { object_type: Some(wanted.r#type.clone()), ..Filter::default() };
    let mut after = None;
    loop {
        let stretch = asked.graph.read(&filter, after, 1_024).map_err(|_| fault::bad_token())?;
        for stored in &stretch.tuples {
            let object = &stored.tuple.key.object;
            if !seen.contains_key(object) {
                let one = of_one(asked, question, &TupleKey::new(object, &wanted.relation, &wanted.user))?;
                seen.insert(object.clone(), one);
            }
        }
        after = stretch.next;
        if after.is_none() {
            break;
        }
    }
    Ok(seen.into_iter().filter_map(|(object, seen)| Some((object, seen?))).collect())
}

fn of_one(asked: &Asked, question: &Question<'_>, key: &TupleKey) -> Outcome<Option<Seen>> {
    match question.check(key) {
        Ok(true) => Ok(Some(Seen::Surely)),
        Ok(false) => Ok(None),
        Err(Unanswered::Condition { condition, open, .. }) => {
            let (tuple, missing) = open.map(|open| (open.tuple, open.missing)).unzip();
            let stored = tuple.as_ref().and_then(|key| asked.graph.find(key));
            let context = stored.and_then(|stored| stored.tuple.condition).map(|c| c.context);
            let (context, missing) = (context.unwrap_or_default(), missing.unwrap_or_default());
            Ok(Some(Seen::If(Box::new(Residue { condition, tuple, context, missing }))))
        }
        Err(why) => Err(fault::unanswered(&why)),
    }
}

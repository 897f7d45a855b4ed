//! Where OpenFGA is known to answer otherwise than its own rules say, shape by shape with the reason. Whatever is not here
//! is a difference.

use chancery_rebac::condition::Program;
use chancery_rebac::judge::{Reading, UserFilter};
use chancery_rebac::model::ReferenceKind;
use chancery_rebac::tuple::{Tuple, TupleKey};

use super::differ::Answer;
use crate::random::World;

/// Asked for usersets of a type and relation, ListUsers compares types alone: objects and wildcards of that type are
/// listed too, and a wildcard that is taken away takes the usersets with it. A userset was asked for, and `group:1` is none.
pub fn only_usersets(filter: &UserFilter, found: Answer) -> Answer {
    match found {
        Answer::List(list) if filter.relation.is_some() => {
            Answer::List(list.into_iter().filter(|user| user.contains('#')).collect())
        }
        other => other,
    }
}

/// As above: is there a wildcard of the filter's type that could have been taken away?
pub fn wildcard_meets_usersets(world: &World, filter: &UserFilter) -> bool {
    let wildcard = format!("{}:*", filter.type_name);
    let mut tuples = world.tuples.iter().chain(&world.contextual);
    filter.relation.is_some() && tuples.any(|tuple| tuple.key.user == wildcard)
}

/// The answer, and those that OpenFGA may give instead, by the strategy that it happens to choose:
/// - Below `but not`, its strategies for recursive relations take a path that leads back to itself for a plain "no"; its
///   lists of users forget such paths in every union and intersection.
/// - It looks ahead in most of its strategies, and misses no parameter of a tuple that by the model can lead nowhere.
/// - Once a tuple of a relation holds, it forgets that the condition of another beside it could not be evaluated. Below
///   `but not` that grants, and we do not.
/// - Its lists of objects fail where any tuple on the way lacks a parameter, even if another path grants.
pub fn readings(default: Reading, answer: impl Fn(Reading) -> Answer) -> Vec<Answer> {
    let mut answers = vec![answer(default)];
    for bits in 0..16u8 {
        let on = |bit: u8| bits & (1 << bit) != 0;
        let reading = Reading {
            cycles_are_no: on(0),
            looks_ahead: on(1),
            forgets: on(2),
            membership_first: default.membership_first != (default.membership_first && on(3)),
            strict: default.membership_first && on(3),
        };
        let other = answer(reading);
        if !answers.contains(&other) {
            answers.push(other);
        }
    }
    answers
}

/// Is there a tuple whose condition cannot be evaluated? Lists of objects, and checks of recursive relations, begin with
/// the tuples that name the user, of whatever object; so OpenFGA may stumble over one that the answer does not rest on.
pub fn has_unanswerable(world: &World) -> bool {
    world.tuples.iter().chain(&world.contextual).any(|tuple| met(world, tuple).is_none())
}

/// The stored tuples without those that OpenFGA may forget: where it begins with the user, a tuple that holds makes it forget that
/// another of the same relation and type could not be evaluated, also if that is another object's. None: it forgets nothing.
pub fn without_forgotten(world: &World) -> Option<Vec<Tuple>> {
    let sort = |tuple: &Tuple| tuple.key.object.split_once(':').map(|(sort, _)| sort.to_owned());
    let alike =
        |one: &Tuple, other: &Tuple| one.key.relation == other.key.relation && sort(one) == sort(other);
    let holds = |tuple: &&Tuple| met(world, tuple) == Some(true);
    let all = || world.tuples.iter().chain(&world.contextual);
    let kept =
        |tuple: &&Tuple| met(world, tuple).is_some() || !all().filter(holds).any(|other| alike(tuple, other));
    let kept: Vec<Tuple> = world.tuples.iter().filter(kept).cloned().collect();
    (kept.len() < world.tuples.len()).then_some(kept)
}

/// Where what is taken away leads round to itself, the judge's lists leave out everybody, also who can be told apart: OpenFGA may
/// name those besides. Each has to pass the judge's own check.
pub fn has_more_who_pass(answers: &[Answer], found: &Answer, passes: impl Fn(&str) -> bool) -> bool {
    let Answer::List(found) = found else { return false };
    answers.iter().any(|one| match one {
        Answer::List(ours) => ours.is_subset(found) && found.difference(ours).all(|user| passes(user)),
        _ => false,
    })
}

/// Its lists of users lose who is let in by one way, where another way takes them away. Each of them has to pass its own check.
pub fn has_lost_who_pass(answers: &[Answer], found: &Answer, passes: impl Fn(&str) -> bool) -> bool {
    let Answer::List(found) = found else { return false };
    answers.iter().any(|one| match one {
        Answer::List(ours) => found.is_subset(ours) && ours.difference(found).all(|user| passes(user)),
        _ => false,
    })
}

/// The stored tuples whose conditions can be evaluated. Where what is taken away leads round to itself, lists of users take
/// everybody away, and forget that something on the way could not be evaluated. None: everything can.
pub fn without_unanswerable(world: &World) -> Option<Vec<Tuple>> {
    let kept = world.tuples.iter().filter(|tuple| met(world, tuple).is_some()).cloned();
    has_unanswerable(world).then(|| kept.collect())
}

/// With what OpenFGA also takes for said, asked whether a `group` is in a relation that goes on in itself (`[group, group#rd,
/// group#rb]`): whoever is let in by another userset of the type (`group:1#rb`) as if it were that relation (`group:1#rd`), where
/// only that leads to groups. Here `group#rb` is nobody but itself. None: nothing is there to mistake.
pub fn with_mistaken(world: &World) -> Option<Vec<Tuple>> {
    let all = || world.tuples.iter().chain(&world.contextual);
    let mistaken = |tuple: &Tuple| {
        let (sort, _) = tuple.key.object.split_once(':')?;
        let (other, of) = tuple.key.user.split_once('#')?;
        let itself = ReferenceKind::Userset(tuple.key.relation.clone());
        let goes_on = world.model.find_relation(sort, &tuple.key.relation)?.assignable.iter();
        let goes_on = goes_on.filter(|one| one.kind == itself && one.type_name == sort).count() > 0;
        let is_other = other.split_once(':')?.0 == sort && of != tuple.key.relation;
        let user = format!("{other}#{}", tuple.key.relation);
        let key = TupleKey::new(&tuple.key.object, &tuple.key.relation, &user);
        (goes_on && is_other).then(|| Tuple { key, condition: tuple.condition.clone() })
    };
    let added: Vec<Tuple> = all().filter_map(mistaken).collect();
    (!added.is_empty()).then(|| world.tuples.iter().cloned().chain(added).collect())
}

/// Whether a tuple counts; none where that cannot be said.
fn met(world: &World, tuple: &Tuple) -> Option<bool> {
    let Some(named) = &tuple.condition else { return Some(true) };
    let program = Program::compile(&world.model.conditions[&named.name]).expect("the model was validated");
    program.evaluate(&named.context, &world.context).ok()
}

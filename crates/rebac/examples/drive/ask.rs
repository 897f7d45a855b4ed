//! The questions.

use std::time::Instant;

use chancery_rebac::engine::{Change, Compiled, Filter, Graph, Question};
use chancery_rebac::fault::Unanswered;
use chancery_rebac::tuple::{Context, Tuple, TupleKey};

use crate::clock;
use crate::data::{Dice, Sizes};

pub struct World<'a> {
    pub model: &'a Compiled,
    pub graph: &'a Graph,
    pub sizes: Sizes,
}

pub fn grant(object: &str, user: &str) -> Change {
    Change::Write(Tuple { key: TupleKey::new(object, "viewer", user), condition: None }, 1)
}

/// Checks of `can_read`: about two in five allowed.
pub fn pairs(world: &World<'_>, count: usize) -> Vec<TupleKey> {
    let mut dice = Dice(3);
    (0..count)
        .map(|_| {
            let document = format!("document:d{}", dice.below(world.sizes.documents));
            let user = if dice.chance(0.4) { viewer(world, &mut dice, &document) } else { None };
            let user = user.unwrap_or_else(|| format!("user:u{}", dice.below(world.sizes.users)));
            TupleKey::new(&document, "can_read", &user)
        })
        .collect()
}

/// Somebody who may see the document: by itself, or by a folder some way up, or by a group of either.
fn viewer(world: &World<'_>, dice: &mut Dice, document: &str) -> Option<String> {
    let users = |object: &str, relation: &str| {
        let (kind, id) = object.split_once(':')?;
        let filter = Filter {
            object_type: Some(kind.to_owned()),
            object_id: Some(id.to_owned()),
            relation: Some(relation.to_owned()),
            user: None,
        };
        let found = world.graph.read(&filter, None, 100).ok()?.tuples;
        Some(found.into_iter().map(|stored| stored.tuple.key.user).collect::<Vec<_>>())
    };
    let pick = |dice: &mut Dice, all: Vec<String>| all.get(dice.below(all.len() as u64) as usize).cloned();
    let mut place = document.to_owned();
    for _ in 0..dice.below(5) {
        let Some(parent) = users(&place, "parent").and_then(|all| all.into_iter().next()) else { break };
        place = parent;
    }
    let mut who = users(&place, "viewer").and_then(|all| pick(dice, all)).or_else(|| {
        let parent = users(&place, "parent")?.into_iter().next()?;
        pick(dice, users(&parent, "viewer")?)
    })?;
    for _ in 0..5 {
        let Some((group, _)) = who.split_once('#') else { return (!who.ends_with('*')).then_some(who) };
        who = pick(dice, users(group, "member")?)?;
    }
    None
}

pub fn checks(world: &World<'_>) -> Result<(), Unanswered> {
    let pairs = pairs(world, 200_000);
    let (context, over) = (Context::new(), || false);
    let question =
        Question { model: world.model, graph: world.graph, contextual: &[], context: &context, over: &over };
    let run = |pairs: &[TupleKey], rounds: usize| -> Result<(f64, usize), Unanswered> {
        let (start, mut allowed) = (clock::spent(), 0);
        for _ in 0..rounds {
            for key in pairs {
                allowed += usize::from(question.check(key)?);
            }
        }
        Ok(((pairs.len() * rounds) as f64 / (clock::spent() - start), allowed / rounds))
    };
    for _ in 0..3 {
        let (rate, allowed) = run(&pairs, 1)?;
        println!("check, uniform: {rate:.0}/s, {:.1} % allowed", allowed as f64 / pairs.len() as f64 * 100.0);
    }
    let hot = pairs.get(..1_000).unwrap_or_default();
    run(hot, 20)?;
    println!("check, hot: {:.0}/s", run(hot, 1_000)?.0);
    let mut times = Vec::with_capacity(pairs.len());
    for key in &pairs {
        let start = Instant::now();
        question.check(key)?;
        times.push(start.elapsed().as_nanos() as u64);
    }
    times.sort_unstable();
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or_default();
    println!(
        "check, each: p50 {} ns, p95 {} ns, p99 {} ns, p99.9 {} ns",
        at(0.5),
        at(0.95),
        at(0.99),
        at(0.999)
    );
    Ok(())
}

/// What users may read who reach about so much: by numbers and with names.
pub fn lists(world: &World<'_>) -> Result<(), Unanswered> {
    let (context, over) = (Context::new(), || false);
    let question =
        Question { model: world.model, graph: world.graph, contextual: &[], context: &context, over: &over };
    let mut dice = Dice(11);
    let mut users = Vec::new();
    for _ in 0..300 {
        let user = format!("user:u{}", dice.below(world.sizes.users));
        users.push((question.list_numbers("document", "can_read", &user, usize::MAX)?.objects.len(), user));
    }
    for wanted in [100, 1_000, 10_000, 20_000] {
        let near = |count: usize| count * 4 > wanted * 3 && count * 3 < wanted * 4;
        let (mut found, mut by_number, mut by_name) = (Vec::new(), Vec::new(), Vec::new());
        for (_, user) in users.iter().filter(|(count, _)| near(*count)) {
            let start = Instant::now();
            found.push(question.list_numbers("document", "can_read", user, usize::MAX)?.objects.len() as f64);
            let middle = Instant::now();
            drop(question.list_objects("document", "can_read", user, usize::MAX)?);
            by_name.push(middle.elapsed().as_secs_f64() * 1e6);
            by_number.push((middle - start).as_secs_f64() * 1e6);
        }
        println!(
            "list of about {wanted}: median {:.0} results, {:.0} us in numbers, {:.0} us with names, of {} users",
            median(&mut found),
            median(&mut by_number),
            median(&mut by_name),
            found.len()
        );
    }
    Ok(())
}

fn median(all: &mut [f64]) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A person and an agent, a thousand candidates.
pub fn filters(world: &World<'_>) -> Result<(), Unanswered> {
    let (context, over) = (Context::new(), || false);
    let question =
        Question { model: world.model, graph: world.graph, contextual: &[], context: &context, over: &over };
    let mut dice = Dice(12);
    let (mut spent, mut allowed, rounds) = (Vec::new(), 0, 200);
    for _ in 0..rounds {
        let user = format!("user:u{}", dice.below(world.sizes.users));
        let agent = format!("agent:a{}", dice.below(world.sizes.agents));
        let objects: Vec<String> =
            (0..1_000).map(|_| format!("document:d{}", dice.below(world.sizes.documents))).collect();
        let start = Instant::now();
        let found = question.filter(&[&user, &agent], "can_read", &objects, usize::MAX)?;
        spent.push(start.elapsed().as_secs_f64());
        allowed += found.allowed.len();
    }
    spent.sort_by(f64::total_cmp);
    let at = |share: f64| spent.get((spent.len() as f64 * share) as usize).copied().unwrap_or_default() * 1e6;
    println!(
        "filter of 1000 for two: p50 {:.0} us, p99 {:.0} us, {} allowed each",
        at(0.5),
        at(0.99),
        allowed / rounds
    );
    Ok(())
}

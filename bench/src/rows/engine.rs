//! The relationship engine in this process: no network, no disk, one thread. Every answer is held against what is true.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use chancery_rebac::engine::{Change, Compiled, Graph, Question as Asked};
use chancery_rebac::model::AuthorizationModel;
use chancery_rebac::tuple::{Context, Tuple, TupleCondition, TupleKey};
use serde_json::json;

use super::held::held;
use crate::measure::{Histogram, Spread, wait_for_quiet};
use crate::out;
use crate::plan::Plan;
use crate::relations::{
    Drive, Fact, GRANTED, HOLDS, Kind, MODEL, Question, Questions, Sizes, is_timed, name, rfc3339,
};
use crate::report::Report;

const SEED: u64 = 42;
/// Tuples of the small drive that the large one is held against.
const SMALL: usize = 10_000;
/// Different questions: those that everybody asks, and those that nobody asked before.
const HOT: usize = 2_000;
const COLD: usize = 1_000_000;
/// Tuples that become a version at a time while a drive is loaded.
pub(super) const PORTION: usize = 100_000;
const FILTERS: usize = 300;

/// A loaded drive.
struct Loaded {
    drive: Drive,
    graph: Graph,
}

pub fn engine(plan: &Plan, tuples: usize) -> anyhow::Result<Report> {
    let mut report =
        Report::new("engine", format!("the relationship engine in this process, about {tuples} tuples"));
    let small = load(SMALL)?;
    let (cold_small, hot_small) = rates(plan, &compiled()?, &small, &mut report, "")?;
    drop(small);
    let model = compiled()?;
    let large = sized(tuples, &mut report)?;
    let (cold, hot) = rates(plan, &model, &large, &mut report, "check, ")?;
    report.figure("growth from 10,000 tuples, cold", "times", Spread::one(cold_small / cold));
    report.figure("growth from 10,000 tuples, hot", "times", Spread::one(hot_small / hot));
    filters(&model, &large, &mut report)?;
    lists(&model, &large, &mut report)?;
    writes(&large, &mut report);
    Ok(report)
}

/// For one drive alone: a server has a model for each store as well, and finds that one without a lock.
fn compiled() -> anyhow::Result<Compiled> {
    let model = AuthorizationModel::from_json(&serde_json::from_str(MODEL)?)?;
    Compiled::new(Arc::new(model)).map_err(|error| anyhow::anyhow!("{error}"))
}

fn load(tuples: usize) -> anyhow::Result<Loaded> {
    let drive = Drive::grow(Sizes::of(tuples), SEED);
    let mut graph = Graph::default();
    let facts: Vec<Fact> = drive.tuples().collect();
    for some in facts.chunks(PORTION) {
        let changes: Vec<Change> = some.iter().map(change).collect();
        graph = graph.apply(graph.version() + 1, &changes);
    }
    ensure!(graph.len() == facts.len() as u64, "{} tuples of {}", graph.len(), facts.len());
    Ok(Loaded { drive, graph })
}

/// Loads a drive, and says how long that took and what it weighs.
fn sized(tuples: usize, report: &mut Report) -> anyhow::Result<Loaded> {
    let drive = Drive::grow(Sizes::of(tuples), SEED);
    let facts: Vec<Fact> = drive.tuples().collect();
    let held = held(&facts)?;
    let (mut spent, mut graph) = (0.0, Graph::default());
    for some in facts.chunks(PORTION) {
        let changes: Vec<Change> = some.iter().map(change).collect();
        let began = Instant::now();
        graph = graph.apply(graph.version() + 1, &changes);
        spent += began.elapsed().as_secs_f64();
    }
    let count = facts.len() as f64;
    report.figure("tuples", "", Spread::one(count));
    report.figure("memory, names included", "MB", Spread::one(held));
    report.figure("  each", "bytes", Spread::one(held * 1e6 / count));
    report.figure("loaded", "per s", Spread::one(count / spent));
    Ok(Loaded { drive, graph })
}

pub(super) fn change(fact: &Fact) -> Change {
    let (object, relation) = (name(fact.object), fact.relation.to_owned());
    written(TupleKey { object, relation, user: name(fact.user) })
}

/// With the condition of what holds for a time only.
pub(super) fn written(key: TupleKey) -> Change {
    let context = || {
        let values = json!({ "grant_time": rfc3339(GRANTED), "grant_duration": format!("{HOLDS}s") });
        values.as_object().cloned().unwrap_or_default()
    };
    let condition = is_timed(&key.relation)
        .then(|| TupleCondition { name: "non_expired".to_owned(), context: context() });
    Change::Write(Tuple { key, condition }, GRANTED * 1_000_000)
}

fn key(question: &Question) -> TupleKey {
    TupleKey {
        object: name((Kind::Document, question.document)),
        relation: question.relation.to_owned(),
        user: question.subject.name(),
    }
}

/// Checks a second: of questions nobody asked before, and of those everybody asks.
fn rates(
    plan: &Plan,
    model: &Compiled,
    loaded: &Loaded,
    report: &mut Report,
    name: &str,
) -> anyhow::Result<(f64, f64)> {
    let mut questions = Questions::new(&loaded.drive, SEED + 1);
    let (cold, hot) = (questions.uniform(COLD), questions.usual(HOT));
    let hot: Vec<Question> = (0..COLD / HOT * 2).flat_map(|_| hot.iter().copied()).collect();
    let mut found = Vec::new();
    for (label, asked) in [("uniform", cold), ("hot", hot)] {
        let keys: Vec<(TupleKey, bool)> = asked.iter().map(|one| (key(one), one.right)).collect();
        let (mut rate, mut p99) = (Vec::new(), Vec::new());
        for _ in 0..plan.rounds {
            wait_for_quiet(plan.patience)?;
            // Other rounds have left nothing behind but what a model keeps of users and folders: the first finds that out.
            let round = all(model, &loaded.graph, &keys, report)?;
            if rate.is_empty() && !name.is_empty() {
                report.figure(format!("{name}{label}, first round"), "per s", Spread::one(round));
            }
            rate.push(round);
            p99.push(each(model, &loaded.graph, &keys).percentile(0.99) * 1e3);
        }
        let rate = Spread::of(rate);
        out::note(format_args!("engine: {} tuples, {label}: {:.0}/s", loaded.graph.len(), rate.median))?;
        if !name.is_empty() {
            report.figure(format!("{name}{label}"), "per s", rate);
            report.figure(format!("{name}{label}, p99"), "us", Spread::of(p99));
        }
        found.push(rate.median);
    }
    Ok((found.first().copied().unwrap_or_default(), found.last().copied().unwrap_or_default()))
}

/// All of them, one after the other, and how many a second that was.
fn all(
    model: &Compiled,
    graph: &Graph,
    keys: &[(TupleKey, bool)],
    report: &mut Report,
) -> anyhow::Result<f64> {
    let (empty, never) = (Context::new(), || false);
    let question = Asked { model, graph, contextual: &[], context: &empty, over: &never };
    let began = Instant::now();
    let wrong = keys.iter().filter(|(key, right)| question.check(key).ok() != Some(*right)).count();
    let rate = keys.len() as f64 / began.elapsed().as_secs_f64();
    if wrong > 0 {
        report.wrong(format!("{wrong} checks"));
    }
    Ok(rate)
}

/// Each timed by itself.
fn each(model: &Compiled, graph: &Graph, keys: &[(TupleKey, bool)]) -> Histogram {
    let (empty, never) = (Context::new(), || false);
    let question = Asked { model, graph, contextual: &[], context: &empty, over: &never };
    let mut took = Histogram::default();
    for (key, _) in keys.iter().take(COLD / 4) {
        let began = Instant::now();
        drop(black_box(question.check(black_box(key))));
        took.add(began.elapsed());
    }
    took
}

/// A thousand candidates for a person and an agent.
fn filters(model: &Compiled, loaded: &Loaded, report: &mut Report) -> anyhow::Result<()> {
    let mut questions = Questions::new(&loaded.drive, SEED + 2);
    let (empty, never) = (Context::new(), || false);
    let question = Asked { model, graph: &loaded.graph, contextual: &[], context: &empty, over: &never };
    let mut took = Histogram::default();
    for n in 0..FILTERS {
        let Some(asked) = questions.any(1_000, n % 2 == 0) else { continue };
        let names: Vec<String> = asked.documents.iter().map(|one| name((Kind::Document, *one))).collect();
        let subjects: Vec<String> = asked.subjects.iter().map(|one| one.name()).collect();
        let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
        let began = Instant::now();
        let filtered = question.filter(&subjects, "can_read", &names, usize::MAX).context("unanswered")?;
        took.add(began.elapsed());
        let right: Vec<usize> =
            (0..).zip(&asked.right).filter(|(_, right)| **right).map(|(n, _)| n).collect();
        if filtered.allowed != right {
            report.wrong(format!("a filter of {n}: {} instead of {}", filtered.allowed.len(), right.len()));
        }
    }
    report.figure("filter of 1,000 for two, p50", "ms", Spread::one(took.percentile(0.5)));
    report.figure("filter of 1,000 for two, p99", "ms", Spread::one(took.percentile(0.99)));
    Ok(())
}

fn lists(model: &Compiled, loaded: &Loaded, report: &mut Report) -> anyhow::Result<()> {
    let (empty, never) = (Context::new(), || false);
    let question = Asked { model, graph: &loaded.graph, contextual: &[], context: &empty, over: &never };
    let mut took = Histogram::default();
    let mut counts = Vec::new();
    for (reader, readable) in Questions::new(&loaded.drive, SEED + 3).readers(1_000, 5) {
        for _ in 0..20 {
            let began = Instant::now();
            let listed = question
                .list_objects("document", "can_read", &reader.name(), usize::MAX)
                .context("unanswered")?;
            took.add(began.elapsed());
            if listed.objects.len() != readable.len() {
                report.wrong(format!("a list of {} instead of {}", listed.objects.len(), readable.len()));
            }
        }
        counts.push(readable.len());
    }
    report.figure("list of about 1,000, p50", "ms", Spread::one(took.percentile(0.5)));
    report.note(format!("lists of {counts:?} documents"));
    Ok(())
}

/// New versions: of one tuple, and of a hundred.
fn writes(loaded: &Loaded, report: &mut Report) {
    let grants: Vec<Change> = Questions::new(&loaded.drive, SEED + 4)
        .refused(20_000)
        .iter()
        .map(|one| {
            Change::Write(
                Tuple { key: TupleKey { relation: "viewer".to_owned(), ..key(one) }, condition: None },
                1,
            )
        })
        .collect();
    for (size, label) in [(1, "version of one tuple"), (100, "version of a hundred")] {
        let (mut graph, began, lots) = (loaded.graph.clone(), Instant::now(), grants.len() / size.max(10));
        for changes in grants.chunks(size).take(lots) {
            graph = graph.apply(graph.version() + 1, changes);
        }
        let each = began.elapsed().as_secs_f64() * 1e6 / lots as f64;
        report.figure(label, "us", Spread::one(each));
    }
}

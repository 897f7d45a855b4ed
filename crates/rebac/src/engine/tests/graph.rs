use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::engine::{Change, Filter, Foreign, Graph, Matches, Stored};
use crate::tuple::{Tuple, TupleCondition, TupleKey};

type Plain = BTreeMap<TupleKey, (Option<TupleCondition>, i64)>;

fn key() -> impl Strategy<Value = TupleKey> {
    let object = prop_oneof![
        (0..400u32).prop_map(|n| format!("doc:{n}")),
        (0..4u32).prop_map(|n| format!("group:{n}"))
    ];
    let relation = prop_oneof![Just("viewer"), Just("member")];
    let user = prop_oneof![
        (0..600u32).prop_map(|n| format!("user:{n}")),
        Just("user:*".to_owned()),
        (0..4u32).prop_map(|n| format!("group:{n}#member")),
    ];
    (object, relation, user).prop_map(|(object, relation, user)| TupleKey {
        object,
        relation: relation.to_owned(),
        user,
    })
}

fn change() -> impl Strategy<Value = Change> {
    let condition = prop_oneof![
        4 => Just(None),
        1 => (0..3u32, prop_oneof![Just("c"), Just("d")]).prop_map(|(n, name)| {
            let context = serde_json::json!({ "n": n }).as_object().cloned().unwrap_or_default();
            Some(TupleCondition { name: name.to_owned(), context })
        }),
    ];
    prop_oneof![
        3 => (key(), condition, any::<i64>()).prop_map(|(key, condition, at)| Change::Write(Tuple { key, condition }, at)),
        1 => key().prop_map(Change::Delete),
    ]
}

fn follow(plain: &mut Plain, changes: &[Change]) {
    for change in changes {
        match change {
            Change::Write(tuple, at) => drop(plain.insert(tuple.key.clone(), (tuple.condition.clone(), *at))),
            Change::Delete(key) => drop(plain.remove(key)),
        }
    }
}

fn stored((key, (condition, at)): (&TupleKey, &(Option<TupleCondition>, i64))) -> Stored {
    Stored { tuple: Tuple { key: key.clone(), condition: condition.clone() }, written_at: *at }
}

fn everything(graph: &Graph, filter: &Filter, step: usize) -> Vec<Stored> {
    let (mut out, mut after) = (Vec::new(), None);
    loop {
        let stretch = graph.read(filter, after, step).unwrap();
        // Whoever is told to go on finds something there.
        assert!(stretch.tuples.len() == step || stretch.next.is_none());
        assert!(after.is_none() || !stretch.tuples.is_empty());
        out.extend(stretch.tuples);
        after = stretch.next;
        if after.is_none() {
            out.sort_by(|a, b| a.tuple.key.cmp(&b.tuple.key));
            return out;
        }
    }
}

fn agree(graph: &Graph, plain: &Plain) {
    assert_eq!(graph.len(), plain.len() as u64);
    for one in plain {
        assert_eq!(graph.find(one.0), Some(stored(one)), "{}", one.0);
    }
    let all: Vec<Stored> = plain.iter().map(stored).collect();
    assert_eq!(everything(graph, &Filter::default(), 37), all);
    let mut rest: Vec<Stored> = graph.rebuilt().all().collect();
    rest.sort_by(|a, b| a.tuple.key.cmp(&b.tuple.key));
    assert_eq!(rest, all);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn holds_what_was_written_through_every_version(batches in prop::collection::vec(
        prop_oneof![3 => prop::collection::vec(change(), 0..20), 1 => prop::collection::vec(change(), 300..900)], 1..12)) {
        let (mut graph, mut plain, mut past) = (Graph::default(), Plain::new(), Vec::new());
        for (version, changes) in batches.iter().enumerate() {
            past.push((graph.clone(), plain.clone()));
            graph = graph.apply(version as u64 + 1, changes);
            follow(&mut plain, changes);
            prop_assert_eq!(graph.version(), version as u64 + 1);
        }
        agree(&graph, &plain);
        for (graph, plain) in &past {
            agree(graph, plain);
        }
    }

    #[test]
    fn reads_by_object_relation_and_user(changes in prop::collection::vec(change(), 200..600), step in 1usize..60) {
        let graph = Graph::default().apply(1, &changes);
        let mut plain = Plain::new();
        follow(&mut plain, &changes);
        let some = plain.keys().next().cloned().unwrap_or(TupleKey::new("doc:1", "viewer", "user:*"));
        let (kind, id) = some.object.split_once(':').unwrap();
        for mask in 0..16u32 {
            let part = |bit: u32, text: &str| (mask & bit != 0).then(|| text.to_owned());
            let filter = Filter {
                object_type: part(1, kind), object_id: if mask & 1 != 0 { part(2, id) } else { None },
                relation: part(4, &some.relation), user: part(8, &some.user),
            };
            let expected: Vec<Stored> = plain.iter().filter(|(key, _)| {
                let (kind, id) = key.object.split_once(':').unwrap();
                filter.object_type.as_deref().is_none_or(|one| one == kind)
                    && filter.object_id.as_deref().is_none_or(|one| one == id)
                    && filter.relation.as_deref().is_none_or(|one| one == key.relation)
                    && filter.user.as_deref().is_none_or(|one| one == key.user)
            }).map(stored).collect();
            let keys: Vec<TupleKey> = expected.iter().map(|one| one.tuple.key.clone()).collect();
            prop_assert_eq!(leaves(&graph, &graph.matches(&filter), step).0, keys, "{:?}", filter);
            prop_assert_eq!(everything(&graph, &filter, step), expected, "{:?}", filter);
        }
    }
}

#[test]
fn a_list_that_outgrows_its_page_and_shrinks_again_loses_nothing() {
    let write = |n: u32| {
        Change::Write(
            Tuple { key: TupleKey::new("group:g", "member", &format!("user:{n}")), condition: None },
            i64::from(n),
        )
    };
    let delete = |n: u32| Change::Delete(TupleKey::new("group:g", "member", &format!("user:{n}")));
    let (mut graph, mut plain) = (Graph::default(), Plain::new());
    let mut version = 0;
    let mut step = |changes: Vec<Change>| {
        version += 1;
        graph = graph.apply(version, &changes);
        follow(&mut plain, &changes);
        agree(&graph, &plain);
    };
    step((0..120).map(write).collect());
    step((120..3_000).step_by(2).map(write).collect());
    step((0..3_000).step_by(3).map(write).collect());
    step((10..2_990).map(delete).collect());
    step((0..3_000).map(delete).collect());
}

#[test]
fn a_cursor_of_another_graph_is_refused() {
    let write = |n: u32| {
        Change::Write(
            Tuple { key: TupleKey::new("doc:d", "viewer", &format!("user:{n}")), condition: None },
            1,
        )
    };
    let changes: Vec<Change> = (0..5).map(write).collect();
    let (one, other) = (Graph::default().apply(1, &changes), Graph::default().apply(1, &changes));
    let stretch = one.read(&Filter::default(), None, 2).unwrap();
    assert!(stretch.next.is_some());
    assert_eq!(other.read(&Filter::default(), stretch.next, 2), Err(Foreign));
}

/// Everything that a filter matches, leaf by leaf, with how many places were looked at.
fn leaves(graph: &Graph, matches: &Matches, step: usize) -> (Vec<TupleKey>, usize) {
    let (mut out, mut looked, mut after): (Vec<TupleKey>, usize, Option<TupleKey>) = (Vec::new(), 0, None);
    loop {
        let leaf = graph.leaf(matches, after.as_ref(), step).unwrap();
        assert!(leaf.tuples.len() == step || !leaf.more, "a page is full where there is more");
        looked += leaf.looked;
        out.extend(leaf.tuples.into_iter().map(|one| one.tuple.key));
        if !leaf.more {
            return (out, looked);
        }
        after = out.last().cloned();
    }
}

#[test]
fn a_page_of_matches_costs_a_page_and_passes_over_what_is_gone() {
    let write = |n: u32| {
        let key = TupleKey::new(&format!("doc:{n}"), "viewer", "user:a");
        Change::Write(Tuple { key, condition: None }, 1)
    };
    let delete = |n: u32| Change::Delete(TupleKey::new(&format!("doc:{n}"), "viewer", "user:a"));
    let other = Change::Write(Tuple { key: TupleKey::new("doc:1", "viewer", "user:b"), condition: None }, 1);
    let all: Vec<Change> = (0..10_000).map(write).chain([other]).collect();
    let graph = Graph::default().apply(1, &all);
    for filter in [
        Filter { object_type: Some("doc".into()), user: Some("user:a".into()), ..Filter::default() },
        Filter { object_type: Some("doc".into()), relation: Some("viewer".into()), ..Filter::default() },
    ] {
        let matches = graph.matches(&filter);
        let (read, looked) = leaves(&graph, &matches, 50);
        let expected = 10_000 + usize::from(filter.user.is_none());
        assert_eq!((read.len(), matches.len()), (expected, expected));
        assert!(read.is_sorted(), "in the order of names");
        // One more place on each page tells whether there is more.
        assert!(looked <= expected + expected / 50, "{looked} places for {expected} tuples");
        let gone: Vec<Change> = (0..5_000).map(delete).collect();
        let (rest, looked) = leaves(&graph.apply(2, &gone), &matches, 50);
        assert_eq!(rest.len(), expected - 5_000);
        assert!(looked <= 2 * expected, "{looked} places: what is gone is met twice at most");
    }
    let elsewhere = Graph::default().apply(1, &all);
    assert_eq!(
        elsewhere.leaf(&graph.matches(&Filter::default()), None, 50),
        None,
        "numbers of another graph"
    );
}

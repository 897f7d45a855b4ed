use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::engine::{Change, Changes, Filter, Foreign, Graph, HashKey, Order, Stored};
use crate::tuple::{Context, Tuple, TupleCondition, TupleKey};

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

    /// Over a graph that is there already, as a start finds it that has read a base.
    #[test]
    fn what_two_halves_make_is_the_same_however_it_is_handed_over(
        before in prop::collection::vec(change(), 0..300), changes in prop::collection::vec(change(), 0..900), lot in 1usize..300) {
        let (begun, mut plain) = (Graph::default().apply(1, &before), Plain::new());
        follow(&mut plain, &before);
        let (mut naming, mut paging) = begun.halves();
        let mut lots = Vec::new();
        for changes in changes.chunks(lot) {
            let mut read = Changes::default();
            changes.iter().for_each(|change| read.push(change.into()));
            naming.take(&read);
            if naming.waiting() >= lot {
                lots.push(naming.hand_over());
            }
        }
        lots.push(naming.hand_over());
        lots.into_iter().for_each(|lot| paging.carry(lot));
        let graph = naming.join(paging, 2);
        agree(&begun, &plain);
        follow(&mut plain, &changes);
        agree(&graph, &plain);
        for user in plain.keys().map(|key| &key.user).collect::<BTreeSet<_>>() {
            let of_user = Filter { user: Some(user.clone()), ..Filter::default() };
            let all = plain.iter().filter(|(key, _)| key.user == *user).map(stored).collect::<Vec<_>>();
            prop_assert_eq!(everything(&graph, &of_user, 37), all);
        }
        prop_assert_eq!(graph.version(), 2);
        // It goes on from there.
        let graph = graph.apply(3, &before);
        follow(&mut plain, &before);
        agree(&graph, &plain);
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
            let (in_order, _) = leaves([&graph; 2], &filter, Order::Names, step);
            prop_assert_eq!(&in_order, &keys, "{:?}", filter);
            let (mut scattered, _) = leaves([&graph; 2], &filter, Order::Hashes, step);
            scattered.sort();
            prop_assert_eq!(scattered, keys, "{:?}", filter);
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
fn leaves(graphs: [&Graph; 2], filter: &Filter, order: Order, step: usize) -> (Vec<TupleKey>, usize) {
    let (mut out, mut looked, mut after): (Vec<TupleKey>, usize, Option<TupleKey>) = (Vec::new(), 0, None);
    for graph in graphs.into_iter().cycle() {
        let leaf = graph.leaf(filter, order, after.as_ref(), step);
        assert!(leaf.tuples.len() == step || !leaf.more, "a page is full where there is more");
        looked += leaf.looked;
        out.extend(leaf.tuples.into_iter().map(|one| one.tuple.key));
        if !leaf.more {
            break;
        }
        after = out.last().cloned();
    }
    (out, looked)
}

fn of(object: Option<&str>, relation: Option<&str>, user: Option<&str>) -> Filter {
    Filter {
        object_type: Some("doc".to_owned()),
        object_id: object.map(str::to_owned),
        relation: relation.map(str::to_owned),
        user: user.map(str::to_owned),
    }
}

fn written(object: &str, relation: &str, user: &str, condition: Option<&str>) -> Change {
    let key = TupleKey::new(object, relation, user);
    let condition = condition.map(|name| TupleCondition { name: name.to_owned(), context: Context::new() });
    Change::Write(Tuple { key, condition }, 1)
}

/// A user with many objects, some by another relation and some under conditions; and an object with many users.
fn wide(count: u32) -> Vec<Change> {
    let objects = (0..count).map(|n| {
        let (relation, condition) = (["viewer", "owner"][n as usize % 2], (n % 3 == 0).then_some("in_time"));
        written(&format!("doc:{n}"), relation, "user:a", condition)
    });
    let users = (0..count).map(|n| written("doc:one", "viewer", &format!("user:{n}"), None));
    let groups = (0..count / 2).map(|n| written("doc:one", "viewer", &format!("group:{n}#member"), None));
    objects.chain(users).chain(groups).chain([written("doc:one", "viewer", "user:*", None)]).collect()
}

#[test]
fn what_many_match_is_read_in_one_order_by_graphs_that_number_it_otherwise() {
    let (key, all) = (HashKey::default(), wide(6_000));
    let backwards: Vec<Change> = all.iter().rev().cloned().collect();
    let graphs = [Graph::keyed(key).apply(1, &all), Graph::keyed(key).apply(1, &backwards)];
    let more: Vec<Change> =
        (0..9_000).map(|n| written(&format!("doc:more-{n}"), "viewer", "user:b", None)).collect();
    let graphs = [&graphs[0].apply(2, &more), &graphs[1]];
    for filter in [
        of(None, None, Some("user:a")),
        of(None, Some("viewer"), Some("user:a")),
        of(Some("one"), None, None),
        of(Some("one"), Some("viewer"), None),
        of(Some("one"), None, Some("user:7")),
        of(Some("one"), None, Some("user:*")),
        of(Some("one"), None, Some("group:7")),
        of(None, Some("nobody"), Some("user:a")),
    ] {
        let mut expected: Vec<TupleKey> =
            everything(graphs[1], &filter, 1_000).into_iter().map(|one| one.tuple.key).collect();
        expected.sort();
        for (order, step) in [(Order::Hashes, 700), (Order::Hashes, 49), (Order::Names, 1_000)] {
            let (mut read, _) = leaves(graphs, &filter, order, step);
            assert!(order == Order::Hashes || read.is_sorted(), "{filter:?}");
            read.sort();
            assert_eq!(read, expected, "{filter:?} {order:?}");
        }
    }
}

#[test]
fn a_tuple_that_stands_throughout_is_read_once_while_others_come_and_go() {
    let mut graph = Graph::default().apply(1, &wide(5_000));
    let filter = of(None, None, Some("user:a"));
    assert_eq!(graph.order(&filter), Some(Order::Hashes));
    let (mut read, mut after, mut round) = (Vec::new(), None, 0u32);
    loop {
        let leaf = graph.leaf(&filter, Order::Hashes, after.as_ref(), 97);
        read.extend(leaf.tuples.into_iter().map(|one| one.tuple.key));
        if !leaf.more {
            break;
        }
        after = read.last().cloned();
        // What is gone includes the very tuple after which the reading goes on.
        let gone = (0..10)
            .map(|n| format!("doc:{}", round * 10 + n))
            .map(|object| TupleKey::new(&object, "viewer", "user:a"));
        let come = (0..30).map(|n| written(&format!("doc:new-{round}-{n}"), "viewer", "user:a", None));
        let all: Vec<Change> = gone.chain(after.clone()).map(Change::Delete).chain(come).collect();
        (graph, round) = (graph.apply(u64::from(round) + 2, &all), round + 1);
    }
    let distinct: BTreeSet<&TupleKey> = read.iter().collect();
    assert_eq!(distinct.len(), read.len());
    let standing =
        (0..5_000).filter(|n| n % 2 == 1).map(|n| TupleKey::new(&format!("doc:{n}"), "owner", "user:a"));
    let read_on: BTreeSet<TupleKey> = read.iter().cloned().collect();
    assert!(standing.into_iter().all(|key| read_on.contains(&key)));
}

#[test]
fn a_page_costs_what_it_holds_whether_a_thousand_match_or_two_hundred_thousand() {
    let filters = [of(None, None, Some("user:a")), of(Some("one"), Some("viewer"), None)];
    let cost = |count: u32| {
        let graph = Graph::default().apply(1, &wide(count));
        filters.clone().map(|filter| {
            let order = graph.order(&filter).unwrap();
            let first = graph.leaf(&filter, order, None, 50);
            let last = first.tuples.last().map(|one| one.tuple.key.clone());
            let second = graph.leaf(&filter, order, last.as_ref(), 50);
            assert_eq!((first.tuples.len(), second.tuples.len(), second.more), (50, 50, true));
            first.looked.max(second.looked)
        })
    };
    let (few, many) = (cost(1_000), cost(200_000));
    for (few, many) in few.into_iter().zip(many) {
        assert!(many <= few && many < 1_000, "{few} places of a thousand matches, {many} of 200,000");
    }
}

#[test]
fn one_user_of_an_object_that_many_see_is_found_at_once() {
    let graph = Graph::default().apply(1, &wide(5_000));
    let (filter, other) = (of(Some("one"), None, Some("user:7")), of(Some("one"), Some("owner"), None));
    for (filter, expected) in [(filter, 1), (other, 0)] {
        let leaf = graph.leaf(&filter, graph.order(&filter).unwrap(), None, 50);
        assert_eq!((leaf.tuples.len(), leaf.looked, leaf.more), (expected, expected, false));
    }
}

#[test]
fn a_page_without_a_bound_holds_all_there_is() {
    let graph = Graph::default().apply(1, &wide(100));
    for (order, filter) in
        [(Order::Names, of(None, None, Some("user:a"))), (Order::Hashes, of(Some("one"), None, None))]
    {
        let (all, none) = (graph.leaf(&filter, order, None, 1_000), graph.leaf(&filter, order, None, 0));
        let leaf = graph.leaf(&filter, order, None, usize::MAX);
        assert!(!leaf.more && none.more && none.tuples.is_empty(), "{filter:?}");
        assert_eq!((leaf.tuples.len() >= 100, leaf.tuples), (true, all.tuples), "{filter:?}");
    }
}

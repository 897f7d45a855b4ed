//! The fast engine held to the judge: worlds by chance, changed step by step under one compiled model, so that whatever the
//! engine remembers from one version is there to mislead it in the next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chancery_rebac::engine::{Change, Compiled, Graph, Question};
use chancery_rebac::fault::Unanswered;
use chancery_rebac::judge::Judge;
use chancery_rebac::tuple::{Context, Tuple, TupleKey};
use proptest::prelude::*;

use crate::random::{self, Choices, OBJECTS, World};

const STEPS: usize = 4;
const ALL: usize = usize::MAX;

/// A version of a world: what the judge sees, and what the engine sees.
struct Scene<'a> {
    world: &'a World,
    tuples: Vec<Tuple>,
    graph: Graph,
    compiled: &'a Compiled,
}

impl Scene<'_> {
    fn judge(&self) -> Judge<'_> {
        let World { model, contextual, context, .. } = self.world;
        Judge { model, tuples: &self.tuples, contextual, context }
    }

    fn question<'b>(&'b self, over: &'b dyn Fn() -> bool) -> Question<'b> {
        let (contextual, context) = (&self.world.contextual[..], &self.world.context);
        Question { model: self.compiled, graph: &self.graph, contextual, context, over }
    }

    fn check(&self, key: &TupleKey) {
        let (judged, found) = (self.judge().check(key), self.question(&|| false).check(key));
        match (&judged, &found) {
            // Nested groups are found without counting steps: where the judge gives up the engine may know.
            (Err(Unanswered::TooComplex), _) => {}
            (Err(_), Err(_)) => {}
            _ => assert_eq!(found, judged, "{key}\n{}", self.picture()),
        }
        let explained = self.question(&|| false).explain(key).expect("the names are known");
        assert_eq!(explained.allowed, found.ok(), "{key} {explained:?}\n{}", self.picture());
    }

    fn list_objects(&self, type_name: &str, relation: &str, user: &str) {
        let found = self.question(&|| false).list_objects(type_name, relation, user, ALL);
        let judge = self.judge();
        let each = random::objects(type_name).map(|object| {
            let answer = judge.check(&TupleKey::new(&object, relation, user));
            (object, answer)
        });
        let each: BTreeMap<String, Result<bool, Unanswered>> = each.collect();
        let what = format!("{type_name} {relation} {user}\n{}", self.picture());
        if each.values().any(|one| *one == Err(Unanswered::TooComplex)) {
            return;
        }
        // A list is every check at once: it names who passes, and has no answer where one of them has none.
        let unanswered = each.values().any(Result::is_err);
        match found {
            Ok(found) => {
                assert!(found.complete && !unanswered, "{each:?}: {what}");
                let found: BTreeSet<String> = found.objects.into_iter().collect();
                let allowed =
                    each.iter().filter(|(_, answer)| **answer == Ok(true)).map(|(object, _)| object);
                assert_eq!(found, allowed.cloned().collect::<BTreeSet<_>>(), "{what}");
            }
            Err(fault) => assert!(unanswered, "{fault}: {what}"),
        }
    }

    fn list_users(&self, object: &str, relation: &str, filter: &chancery_rebac::judge::UserFilter) {
        let found = self.question(&|| false).list_users(object, relation, filter, ALL);
        let judged = self.judge().list_users(object, relation, filter);
        let what = format!("{object} {relation} {filter:?}\n{}", self.picture());
        match (judged, found) {
            (Err(Unanswered::TooComplex), _) | (Err(_), Err(_)) => {}
            (Ok(judged), Ok(found)) => {
                assert!(found.complete, "{what}");
                self.users_are_checks(object, relation, filter, &found.users);
                // Where rewrites go round in a circle through "but not", whoever is named on any way and may is listed.
                let extra = |user: &&String| !judged.contains(*user);
                for user in found.users.iter().filter(extra) {
                    let key = TupleKey::new(object, relation, user);
                    assert_eq!(self.judge().check(&key), Ok(true), "{user}: {what}");
                }
                assert!(
                    judged.iter().all(|user| found.users.contains(user)),
                    "{:?}, not {judged:?}: {what}",
                    found.users
                );
            }
            (judged, found) => panic!("the judge says {judged:?}, the engine {found:?}: {what}"),
        }
    }

    /// Whoever is listed passes a check, whoever passes is listed or covered by the wildcard, and each has an answer.
    fn users_are_checks(
        &self,
        object: &str,
        relation: &str,
        filter: &chancery_rebac::judge::UserFilter,
        found: &[String],
    ) {
        let suffix = filter.relation.as_ref().map(|relation| format!("#{relation}")).unwrap_or_default();
        let everybody = format!("{}:*", filter.type_name);
        let named = random::objects(&filter.type_name).map(|user| user + &suffix);
        for user in named.chain(filter.relation.is_none().then(|| everybody.clone())) {
            let key = TupleKey::new(object, relation, &user);
            let listed = found.contains(&user);
            match self.question(&|| false).check(&key) {
                Ok(allowed) => {
                    let covered = suffix.is_empty() && found.contains(&everybody);
                    let agree = allowed == listed || (allowed && covered);
                    assert!(agree, "{key}: listed {listed}, allowed {allowed}\n{}", self.picture());
                }
                Err(Unanswered::TooComplex) => {}
                Err(why) => panic!("{key} is listed {listed}: {why}\n{}", self.picture()),
            }
        }
    }

    fn expand(&self, object: &str, relation: &str) {
        let found = self.question(&|| false).expand(object, relation);
        assert_eq!(found, self.judge().expand(object, relation), "{object} {relation}\n{}", self.picture());
    }

    fn filter(&self, relation: &str, type_name: &str, users: &[&str]) {
        let objects: Vec<String> = (0..OBJECTS + 1).rev().map(|at| format!("{type_name}:{at}")).collect();
        let over = || false;
        let question = self.question(&over);
        for most in [1, ALL] {
            let found = question.filter(users, relation, &objects, most).expect("the names are known");
            let (mut expected, mut unanswered) = (Vec::new(), Vec::new());
            for (at, object) in objects.iter().enumerate() {
                if expected.len() == most {
                    break;
                }
                let mut checks =
                    users.iter().map(|user| question.check(&TupleKey::new(object, relation, user)));
                // The first that does not pass decides.
                match checks.find(|answer| *answer != Ok(true)) {
                    None => expected.push(at),
                    Some(Ok(_)) => {}
                    Some(Err(fault)) => unanswered.push((at, fault)),
                }
            }
            let stopped = found.allowed.len() == most && found.examined < objects.len();
            assert_eq!((found.allowed, found.exhausted), (expected, !stopped), "{users:?} {relation}");
            let told: Vec<_> = found.unanswered.into_iter().filter(|(at, _)| *at < found.examined).collect();
            assert_eq!(told, unanswered, "{users:?} {relation}\n{}", self.picture());
        }
    }

    fn picture(&self) -> String {
        let list = |tuples: &[Tuple]| {
            tuples.iter().map(|one| format!("{} {:?}\n", one.key, one.condition)).collect::<String>()
        };
        let model = chancery_rebac::dsl::print(&self.world.model).unwrap_or_default();
        let World { contextual, context, .. } = self.world;
        format!("{model}\n{}contextual:\n{}{context:?}", list(&self.tuples), list(contextual))
    }
}

/// Asks everything there is to ask of one version.
fn ask(scene: &Scene<'_>, choices: &mut Choices<'_>) {
    let world = scene.world;
    let checks = world.checks(choices, 30);
    checks.iter().for_each(|key| scene.check(key));
    for (type_name, relation, user) in world.object_lists(choices, 10) {
        scene.list_objects(&type_name, &relation, &user);
    }
    for (object, relation, filter) in world.user_lists(choices, 10) {
        scene.list_users(&object, &relation, &filter);
    }
    for key in checks.iter().take(5) {
        scene.expand(&key.object, &key.relation);
        let type_name = key.object.split_once(':').expect("an object").0;
        scene.filter(&key.relation, type_name, &[&key.user, "user:1"]);
    }
}

/// Each relation of each object, and one of an object that nobody knows.
fn expand_all(scene: &Scene<'_>) {
    for one in &scene.world.model.types {
        for relation in one.relations.keys() {
            let unknown = format!("{}:unknown", one.name);
            random::objects(&one.name).chain([unknown]).for_each(|object| scene.expand(&object, relation));
        }
    }
}

fn play(world: &World, numbers: &[u16]) {
    let compiled = Compiled::new(Arc::new(world.model.clone())).expect("the model is a good one");
    let reversed: Vec<u16> = numbers.iter().rev().copied().collect();
    let mut choices = Choices::new(&reversed);
    let mut graph = Graph::default();
    let mut standing: BTreeMap<TupleKey, Tuple> = BTreeMap::new();
    let mut earlier = Vec::new();
    for step in 0..STEPS {
        let mut changes = Vec::new();
        for tuple in &world.tuples {
            match choices.below(4) {
                0 | 1 if step > 0 => {}
                3 => changes.push(Change::Delete(tuple.key.clone())),
                _ => changes.push(Change::Write(tuple.clone(), step as i64)),
            }
        }
        // What another model took.
        changes
            .push(Change::Write(Tuple { key: TupleKey::new("doc:0", "ra", "robot:1"), condition: None }, 1));
        for change in &changes {
            match change {
                Change::Write(tuple, _) => drop(standing.insert(tuple.key.clone(), tuple.clone())),
                Change::Delete(key) => drop(standing.remove(key)),
            }
        }
        let next = graph.apply(step as u64 + 1, &changes);
        earlier.push(std::mem::replace(&mut graph, next));
        let tuples = standing.values().cloned().collect();
        let scene = Scene { world, tuples, graph: graph.clone(), compiled: &compiled };
        ask(&scene, &mut choices);
        expand_all(&scene);
    }
    // An older version is asked with what was remembered from the newer ones.
    let (tuples, graph) = (Vec::new(), earlier.swap_remove(0));
    ask(&Scene { world, tuples, graph, compiled: &compiled }, &mut choices);
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_answer_is_the_judges(numbers in random::choices()) {
        play(&World::grow(&numbers), &numbers);
    }

    #[test]
    fn every_answer_is_the_judges_where_everybody_is_named(numbers in random::choices()) {
        play(&World::of_everybody(&numbers), &numbers);
    }
}

/// A user in many groups, a folder below many grants, types beyond the first eight: what is kept of them has no place in a
/// line, and is found all the same, again after each change.
#[test]
fn what_is_too_long_to_be_kept_side_by_side_is_answered_all_the_same() {
    let others: String = (0..9).map(|n| format!("type other{n}\n")).collect();
    let model = format!(
        "model\n  schema 1.1\n{others}type user\ntype group\n  relations\n    define member: [user]\ntype folder\n  relations\n    \
         define parent: [folder]\n    define viewer: [user, group#member] or viewer from parent\ntype doc\n  relations\n    \
         define parent: [folder]\n    define blocked: [user]\n    define viewer: viewer from parent\n    \
         define can_read: viewer but not blocked\n"
    );
    for model in [model.clone(), model.replace(&others, "")] {
        let model = Arc::new(chancery_rebac::dsl::parse(&model).expect("the model is well formed"));
        let compiled = Compiled::new(model).expect("and can be asked");
        let write = |object: String, relation: &str, user: String| {
            Change::Write(Tuple { key: TupleKey::new(&object, relation, &user), condition: None }, 1)
        };
        let mut changes = Vec::new();
        // Folder n is open to groups 0 to n, user n is in groups n and above.
        for n in 0..80 {
            changes.push(write(format!("doc:{n}"), "parent", format!("folder:{n}")));
            changes
                .extend((0..=n).map(|g| write(format!("folder:{n}"), "viewer", format!("group:{g}#member"))));
            changes.extend((n..80).map(|g| write(format!("group:{g}"), "member", format!("user:{n}"))));
        }
        let mut graph = Graph::default();
        let docs: Vec<String> = (0..80).map(|n| format!("doc:{n}")).collect();
        let (context, over) = (Context::new(), || false);
        for (version, lowest) in [(1, 0), (2, 40)] {
            // The first user leaves the lower groups.
            let left = |g: usize| Change::Delete(TupleKey::new(&format!("group:{g}"), "member", "user:0"));
            changes.extend((0..lowest).map(left));
            graph = graph.apply(version, &changes);
            let question =
                Question { model: &compiled, graph: &graph, contextual: &[], context: &context, over: &over };
            for user in (0..80).step_by(7) {
                let name = format!("user:{user}");
                let least = if user == 0 { lowest } else { user };
                let right: Vec<usize> = (least..80).collect();
                for _ in 0..2 {
                    let found =
                        question.filter(&[&name], "can_read", &docs, ALL).expect("the names are known");
                    assert_eq!(found.allowed, right, "{name}");
                    for (n, doc) in docs.iter().enumerate() {
                        let allowed = question.check(&TupleKey::new(doc, "can_read", &name));
                        assert_eq!(allowed, Ok(least <= n), "{name} {doc}");
                    }
                }
            }
            changes.clear();
        }
    }
}

/// Groups within groups, that many deep.
#[test]
fn deep_nesting_is_answered_and_ends() {
    let model =
        "model\n  schema 1.1\ntype user\ntype group\n  relations\n    define member: [user, group#member]\n";
    let model = Arc::new(chancery_rebac::dsl::parse(model).expect("the model is well formed"));
    let compiled = Compiled::new(model).expect("and can be asked");
    let write = |object: String, user: String| {
        Change::Write(Tuple { key: TupleKey::new(&object, "member", &user), condition: None }, 1)
    };
    let mut changes: Vec<Change> =
        (0..2_000).map(|at| write(format!("group:{at}"), format!("group:{}#member", at + 1))).collect();
    changes.push(write("group:2000".to_owned(), "user:anne".to_owned()));
    let (graph, context, over) = (Graph::default().apply(1, &changes), Context::new(), || false);
    let question =
        Question { model: &compiled, graph: &graph, contextual: &[], context: &context, over: &over };
    assert_eq!(question.check(&TupleKey::new("group:0", "member", "user:anne")), Ok(true));
    assert_eq!(question.check(&TupleKey::new("group:0", "member", "user:bob")), Ok(false));
    let listed = question.list_objects("group", "member", "user:anne", ALL).expect("an answer");
    assert_eq!((listed.objects.len(), listed.complete), (2_001, true));
}

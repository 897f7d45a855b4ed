use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::{Change, Compiled, Graph, Question};
use crate::fault::Unanswered;
use crate::model::{
    AuthorizationModel, ReferenceKind, Relation, Schema, TypeDefinition, TypeReference, Userset,
};
use crate::tuple::{Context, Tuple, TupleKey};

/// `user`, `user:*` or `group#member`.
fn reference(text: &str) -> TypeReference {
    let (type_name, kind) = match text.split_once('#') {
        Some((type_name, relation)) => (type_name, ReferenceKind::Userset(relation.to_owned())),
        None => match text.strip_suffix(":*") {
            Some(type_name) => (type_name, ReferenceKind::Wildcard),
            None => (text, ReferenceKind::Object),
        },
    };
    TypeReference { type_name: type_name.to_owned(), kind, condition: None }
}

fn relation(rewrite: Userset, assignable: &[&str]) -> Relation {
    Relation { rewrite, assignable: assignable.iter().map(|one| reference(one)).collect(), source: None }
}

fn from(tupleset: &str, computed: &str) -> Userset {
    Userset::TupleToUserset { tupleset: tupleset.to_owned(), computed: computed.to_owned() }
}

fn computed(name: &str) -> Userset {
    Userset::Computed(name.to_owned())
}

fn drive() -> AuthorizationModel {
    let one = |name: &str, relations: Vec<(&str, Relation)>| TypeDefinition {
        name: name.to_owned(),
        relations: relations.into_iter().map(|(name, one)| (name.to_owned(), one)).collect(),
        source: None,
    };
    let viewer = || Userset::Union(vec![Userset::This, computed("owner"), from("parent", "viewer")]);
    let except =
        Userset::Difference { base: Box::new(computed("viewer")), subtract: Box::new(computed("blocked")) };
    let both = Userset::Intersection(vec![computed("viewer"), computed("owner")]);
    let types = vec![
        one("user", vec![]),
        one("group", vec![("member", relation(Userset::This, &["user", "group#member"]))]),
        one(
            "folder",
            vec![
                ("parent", relation(Userset::This, &["folder"])),
                ("owner", relation(Userset::This, &["user"])),
                ("viewer", relation(viewer(), &["user", "user:*", "group#member"])),
            ],
        ),
        one(
            "document",
            vec![
                ("parent", relation(Userset::This, &["folder"])),
                ("owner", relation(Userset::This, &["user"])),
                ("viewer", relation(viewer(), &["user", "user:*", "group#member"])),
                ("blocked", relation(Userset::This, &["user", "group#member"])),
                ("can_read", relation(except, &[])),
                ("both", relation(both, &[])),
            ],
        ),
    ];
    AuthorizationModel { schema: Schema::V1_1, types, conditions: BTreeMap::new() }
}

fn tuple(text: &str) -> Tuple {
    let (object, rest) = text.split_once('#').unwrap();
    let (relation, user) = rest.split_once('@').unwrap();
    Tuple { key: TupleKey::new(object, relation, user), condition: None }
}

struct World {
    model: Compiled,
    graph: Graph,
}

impl World {
    fn of(model: AuthorizationModel, tuples: &[&str]) -> Self {
        let changes: Vec<Change> = tuples.iter().map(|text| Change::Write(tuple(text), 1)).collect();
        Self { model: Compiled::new(Arc::new(model)).unwrap(), graph: Graph::default().apply(1, &changes) }
    }

    fn ask(&self, question: &str, contextual: &[&str]) -> Result<bool, Unanswered> {
        let contextual: Vec<Tuple> = contextual.iter().map(|text| tuple(text)).collect();
        let (context, over) = (Context::new(), || false);
        Question {
            model: &self.model,
            graph: &self.graph,
            contextual: &contextual,
            context: &context,
            over: &over,
        }
        .check(&tuple(question).key)
    }

    fn check(&self, question: &str) -> bool {
        self.ask(question, &[]).unwrap()
    }
}

#[test]
fn allowed_directly_by_group_by_folder_and_by_everybody_and_not_otherwise() {
    let world = World::of(
        drive(),
        &[
            "group:a#member@user:ann",
            "group:b#member@group:a#member",
            "folder:root#viewer@group:b#member",
            "folder:sub#parent@folder:root",
            "document:plan#parent@folder:sub",
            "document:plan#owner@user:bob",
            "document:news#viewer@user:*",
            "document:plan#blocked@user:bob",
        ],
    );
    for (question, expected) in [
        ("document:plan#viewer@user:ann", true),
        ("document:plan#can_read@user:ann", true),
        ("document:plan#viewer@user:bob", true),
        ("document:plan#can_read@user:bob", false),
        ("document:plan#both@user:bob", true),
        ("document:plan#both@user:ann", false),
        ("document:plan#viewer@user:cy", false),
        ("document:news#viewer@user:cy", true),
        ("document:news#viewer@user:*", true),
        ("document:plan#viewer@user:*", false),
        ("document:plan#viewer@group:b#member", true),
        ("document:plan#viewer@group:a#member", true),
        ("document:plan#viewer@group:c#member", false),
        ("document:plan#viewer@folder:root#viewer", true),
        ("document:other#viewer@document:other#owner", true),
        ("document:other#viewer@document:plan#owner", false),
    ] {
        assert_eq!(world.check(question), expected, "{question}");
    }
}

#[test]
fn the_tuples_of_one_question_are_not_there_for_the_next() {
    let world =
        World::of(drive(), &["folder:root#viewer@group:b#member", "document:plan#parent@folder:root"]);
    let brought = ["group:b#member@group:new#member", "group:new#member@user:zoe"];
    for _ in 0..2 {
        assert_eq!(world.ask("document:plan#viewer@user:zoe", &brought), Ok(true));
        assert_eq!(world.ask("document:plan#viewer@user:zoe", &brought[..1]), Ok(false));
        assert_eq!(world.ask("document:plan#viewer@user:zoe", &[]), Ok(false));
        assert_eq!(
            world.ask("document:draft#can_read@user:zoe", &["document:draft#owner@user:zoe"]),
            Ok(true)
        );
    }
}

#[test]
fn circles_of_groups_and_folders_end() {
    let world = World::of(
        drive(),
        &[
            "group:a#member@group:b#member",
            "group:b#member@group:a#member",
            "group:b#member@user:ann",
            "folder:x#parent@folder:y",
            "folder:y#parent@folder:x",
            "folder:y#viewer@group:a#member",
        ],
    );
    assert!(world.check("folder:x#viewer@user:ann"));
    assert!(!world.check("folder:x#viewer@user:bob"));
}

#[test]
fn a_tuple_that_fits_the_model_no_longer_is_passed_over() {
    let mut narrow = drive();
    let viewer = narrow.types[3].relations.get_mut("viewer").unwrap();
    viewer.assignable.retain(|one| one.kind != ReferenceKind::Wildcard);
    let world = World::of(narrow, &["document:news#viewer@user:*", "document:news#viewer@user:ann"]);
    assert!(!world.check("document:news#viewer@user:bob"));
    assert!(world.check("document:news#viewer@user:ann"));
}

#[test]
fn what_the_model_does_not_name_is_refused_with_a_reason() {
    let world = World::of(drive(), &[]);
    let unknown = |type_name: &str, relation: &str| {
        Err(Unanswered::RelationNotFound { type_name: type_name.to_owned(), relation: relation.to_owned() })
    };
    assert_eq!(world.ask("page:1#viewer@user:ann", &[]), Err(Unanswered::TypeNotFound("page".to_owned())));
    assert_eq!(
        world.ask("document:1#viewer@robot:1", &[]),
        Err(Unanswered::TypeNotFound("robot".to_owned()))
    );
    assert_eq!(world.ask("document:1#reader@user:ann", &[]), unknown("document", "reader"));
    assert_eq!(world.ask("document:1#viewer@group:1#boss", &[]), unknown("group", "boss"));
}

#[test]
fn a_question_ends_when_its_time_is_over() {
    let tuples: Vec<String> = (0..600).map(|n| format!("document:d#parent@folder:{n}")).collect();
    let world = World::of(drive(), &tuples.iter().map(String::as_str).collect::<Vec<_>>());
    let (context, over) = (Context::new(), || true);
    let question = Question {
        model: &world.model,
        graph: &world.graph,
        contextual: &[],
        context: &context,
        over: &over,
    };
    assert_eq!(question.check(&tuple("document:d#viewer@user:ann").key), Err(Unanswered::Deadline));
}

#[test]
fn lists_what_a_check_would_allow_and_says_when_it_is_not_all() {
    let world = World::of(
        drive(),
        &[
            "group:a#member@user:ann",
            "folder:root#viewer@group:a#member",
            "folder:sub#parent@folder:root",
            "document:plan#parent@folder:sub",
            "document:plan#blocked@user:ann",
            "document:memo#parent@folder:sub",
            "document:news#viewer@user:*",
            "document:own#owner@user:ann",
            "document:other#owner@user:bob",
        ],
    );
    let list = |relation: &str, user: &str, most: usize| {
        let (context, over) = (Context::new(), || false);
        let brought = [tuple("document:new#parent@folder:sub")];
        let question = Question {
            model: &world.model,
            graph: &world.graph,
            contextual: &brought,
            context: &context,
            over: &over,
        };
        let mut listed = question.list_objects("document", relation, user, most).unwrap();
        listed.objects.sort_unstable();
        (listed.objects.join(" "), listed.complete)
    };
    let all = "document:memo document:new document:news document:own document:plan";
    assert_eq!(list("viewer", "user:ann", 10), (all.to_owned(), true));
    assert_eq!(list("viewer", "user:ann", 5), (all.to_owned(), true));
    assert!(!list("viewer", "user:ann", 4).1);
    assert_eq!(list("can_read", "user:ann", 10).0, "document:memo document:new document:news document:own");
    assert_eq!(list("both", "user:ann", 10).0, "document:own");
    assert_eq!(list("viewer", "user:cy", 10), ("document:news".to_owned(), true));
    assert_eq!(list("viewer", "group:a#member", 10).0, "document:memo document:new document:plan");
    assert_eq!(list("viewer", "document:other#owner", 10).0, "document:other");
}

#[test]
fn explains_the_path_that_allowed_and_what_was_tried_where_none_did() {
    use crate::engine::{Because, Cited, Explained};

    let world = World::of(
        drive(),
        &[
            "group:a#member@user:ann",
            "folder:root#viewer@group:a#member",
            "document:plan#parent@folder:root",
            "document:plan#blocked@user:bob",
            "document:plan#owner@user:bob",
        ],
    );
    let (context, over) = (Context::new(), || false);
    let question = Question {
        model: &world.model,
        graph: &world.graph,
        contextual: &[],
        context: &context,
        over: &over,
    };
    let explain = |text: &str| question.explain(&tuple(text).key).unwrap();
    let place = |object: &str, relation: &str, because| {
        let (object, relation) = (object.to_owned(), relation.to_owned());
        Box::new(Explained { object, relation, allowed: Some(true), because })
    };
    let key = |text: &str| Cited { tuple: tuple(text), contextual: false };
    let member = place("group:a", "member", Because::Named(key("group:a#member@user:ann")));
    let above =
        place("folder:root", "viewer", Because::Through(key("folder:root#viewer@group:a#member"), member));
    let viewer = Because::Through(key("document:plan#parent@folder:root"), above);
    assert_eq!(explain("document:plan#viewer@user:ann"), *place("document:plan", "viewer", viewer));

    let refused = explain("document:plan#can_read@user:bob");
    assert_eq!(refused.allowed, Some(false));
    let Because::ButNot(_, blocked) = refused.because else { panic!("{refused:?}") };
    let Because::Computed(blocked) = *blocked else { panic!("{blocked:?}") };
    assert_eq!(blocked.because, Because::Named(key("document:plan#blocked@user:bob")));

    let nothing = explain("document:plan#viewer@user:cy");
    assert_eq!(nothing.allowed, Some(false));
    let Because::Nothing(tried) = nothing.because else { panic!("{nothing:?}") };
    let missing = |one: &Because| matches!(one, Because::Missing { object, .. } if object == "document:plan");
    assert!(tried.len() == 3 && tried.iter().any(missing), "{tried:?}");
}

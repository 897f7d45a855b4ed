//! What a hostile or unlucky store may hold: whatever is asked of it is answered rightly, or it is said why not, and in time.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chancery_rebac::dsl;
use chancery_rebac::engine::{Change, Compiled, Graph, ListedUsers, Question};
use chancery_rebac::fault::Unanswered;
use chancery_rebac::judge::UserFilter;
use chancery_rebac::tuple::{Context, Tuple, TupleCondition, TupleKey};

const ALL: usize = usize::MAX;

fn compiled(relations: &str) -> Compiled {
    let text = format!("model\n  schema 1.1\n{relations}");
    Compiled::new(Arc::new(dsl::parse(&text).expect("the model is well formed"))).expect("it can be asked")
}

fn write(object: &str, relation: &str, user: &str) -> Change {
    Change::Write(Tuple { key: TupleKey::new(object, relation, user), condition: None }, 1)
}

fn users() -> UserFilter {
    UserFilter { type_name: "user".to_owned(), relation: None }
}

/// A world to ask, with a clock that stands.
struct Scene {
    model: Compiled,
    graph: Graph,
}

impl Scene {
    fn new(relations: &str, changes: &[Change]) -> Self {
        Self { model: compiled(relations), graph: Graph::default().apply(1, changes) }
    }

    fn ask<T>(&self, over: &dyn Fn() -> bool, ask: impl FnOnce(&Question<'_>) -> T) -> T {
        let context = Context::new();
        ask(&Question { model: &self.model, graph: &self.graph, contextual: &[], context: &context, over })
    }

    fn check(&self, object: &str, relation: &str, user: &str) -> Result<bool, Unanswered> {
        self.ask(&|| false, |question| question.check(&TupleKey::new(object, relation, user)))
    }

    fn users(&self, object: &str, relation: &str) -> Result<ListedUsers, Unanswered> {
        self.ask(&|| false, |question| question.list_users(object, relation, &users(), ALL))
    }

    fn objects(&self, type_name: &str, relation: &str, user: &str) -> Vec<String> {
        let listed = self.ask(&|| false, |question| {
            question.list_objects(type_name, relation, user, ALL).expect("a list")
        });
        assert!(listed.complete);
        listed.objects
    }
}

const FOLDERS: &str = "type user\ntype folder\n  relations\n    define parent: [folder]\n    \
    define viewer: [user] or viewer from parent\n    define blocked: [user] or blocked from parent\n    \
    define reader: viewer but not blocked\n    define kept: [user] or (kept from parent but not barred)\n    \
    define barred: [user]\n";

/// Folders in folders, the last one shared with anne.
fn folders(depth: usize, relation: &str) -> Scene {
    let parents =
        (0..depth).map(|at| write(&format!("folder:{at}"), "parent", &format!("folder:{}", at + 1)));
    let changes: Vec<Change> =
        parents.chain([write(&format!("folder:{depth}"), relation, "user:anne")]).collect();
    Scene::new(FOLDERS, &changes)
}

#[test]
fn folders_are_followed_up_to_the_top_however_deep_they_are() {
    for depth in [24, 25, 26, 400] {
        let scene = folders(depth, "viewer");
        for relation in ["viewer", "reader"] {
            assert_eq!(scene.check("folder:0", relation, "user:anne"), Ok(true), "{depth} {relation}");
            assert_eq!(scene.check("folder:0", relation, "user:bob"), Ok(false), "{depth} {relation}");
            assert_eq!(scene.objects("folder", relation, "user:anne").len(), depth + 1);
            let listed = scene.users("folder:0", relation).expect("a list");
            assert_eq!((listed.users, listed.complete), (vec!["user:anne".to_owned()], true));
        }
    }
}

/// Each folder's `kept` is an operation on that of its parent: a call within a call.
#[test]
fn operations_within_operations_are_followed_to_a_depth_and_then_refused() {
    for (depth, answer) in
        [(20, Ok(true)), (400, Err(Unanswered::TooComplex)), (100_000, Err(Unanswered::TooComplex))]
    {
        let scene = folders(depth, "kept");
        assert_eq!(scene.check("folder:0", "kept", "user:anne"), answer, "{depth}");
        assert_eq!(scene.users("folder:0", "kept").map(|listed| listed.users.len() == 1), answer, "{depth}");
    }
}

#[test]
fn circles_of_a_thousand_end() {
    let mut changes: Vec<Change> = (0..1_000)
        .map(|at| write(&format!("folder:{at}"), "parent", &format!("folder:{}", (at + 1) % 1_000)))
        .collect();
    changes.push(write("folder:7", "viewer", "user:anne"));
    let scene = Scene::new(FOLDERS, &changes);
    assert_eq!(scene.check("folder:8", "viewer", "user:anne"), Ok(true));
    assert_eq!(scene.check("folder:8", "viewer", "user:bob"), Ok(false));
    assert_eq!(scene.objects("folder", "viewer", "user:anne").len(), 1_000);
    // That she is not blocked cannot be told from tuples that lead round in a circle: so she is not let in.
    assert_eq!(scene.check("folder:8", "reader", "user:anne"), Ok(false));
    assert_eq!(scene.objects("folder", "reader", "user:anne"), Vec::<String>::new());
    assert_eq!(scene.users("folder:8", "reader").expect("a list").users, Vec::<String>::new());
}

/// Every relation is a union of two ways to the next: a thousand million ways in all.
#[test]
fn unions_that_double_thirty_times_are_answered_at_once() {
    let mut relations =
        "type user\ntype doc\n  relations\n    define parent: [doc]\n    define r0: [user]\n".to_owned();
    for at in 1..=30 {
        let before = at - 1;
        relations += &format!("    define r{at}: r{before} or r{before} from parent\n");
    }
    let mut changes: Vec<Change> = (0..30)
        .flat_map(|at| {
            [1, 2].map(|next| write(&format!("doc:{at}"), "parent", &format!("doc:{}", at + next)))
        })
        .collect();
    changes.push(write("doc:20", "r0", "user:anne"));
    let scene = Scene::new(&relations, &changes);
    let began = Instant::now();
    assert_eq!(scene.check("doc:0", "r30", "user:anne"), Ok(true));
    assert_eq!(scene.check("doc:0", "r30", "user:bob"), Ok(false));
    assert_eq!(scene.users("doc:0", "r30").expect("a list").users, ["user:anne"]);
    assert_eq!(scene.objects("doc", "r30", "user:anne").len(), 21);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

/// Every relation is `and` or `but not` of two sides that each hold the one before: a thousand million sides, were they told apart.
#[test]
fn operations_whose_sides_double_thirty_times_are_answered_at_once() {
    let twins = |operation: &str, at: usize| {
        let side = format!("([user] or r{})", at - 1);
        match operation {
            "and" => format!("{side} and (r{} or r{})", at - 1, at - 1),
            _ => format!("{side} but not (gone and (r{} or gone))", at - 1),
        }
    };
    for operation in ["and", "but not"] {
        let mut relations =
            "type user\ntype doc\n  relations\n    define gone: [user]\n    define r0: [user]\n".to_owned();
        for at in 1..=30 {
            relations += &format!("    define r{at}: {}\n", twins(operation, at));
        }
        let began = Instant::now();
        let scene =
            Scene::new(&relations, &[write("doc:0", "r0", "user:anne"), write("doc:0", "gone", "user:eve")]);
        assert_eq!(scene.check("doc:0", "r30", "user:anne"), Ok(true), "{operation}");
        assert_eq!(scene.check("doc:0", "r30", "user:bob"), Ok(false), "{operation}");
        assert_eq!(scene.objects("doc", "r30", "user:anne"), ["doc:0"], "{operation}");
        // A list of users remembers nothing on its way, and says that it did not come to an end.
        let over = ticks(400);
        let listed =
            scene.ask(&over, |question| question.list_users("doc:0", "r30", &users(), ALL)).expect("a list");
        assert!(!listed.complete || listed.users == ["user:anne"], "{operation}: {listed:?}");
        let over = ticks(400);
        let explained =
            scene.ask(&over, |question| question.explain(&TupleKey::new("doc:0", "r30", "user:anne")));
        assert_eq!(explained.map(|told| told.allowed), Ok(Some(true)), "{operation}");
        assert!(began.elapsed() < Duration::from_secs(10), "{operation}: {:?}", began.elapsed());
    }
}

/// Few levels, and many sides on each: no short way may go through all of them.
#[test]
fn forty_sides_on_each_of_seven_levels_are_answered_at_once() {
    let mut relations =
        "type user\ntype doc\n  relations\n    define x: [user]\n    define r0: [user]\n".to_owned();
    for at in 1..=7 {
        let side = format!("(r{} or x)", at - 1);
        relations += &format!("    define r{at}: {}\n", vec![side; 40].join(" and "));
    }
    let scene = Scene::new(&relations, &[write("doc:0", "r0", "user:anne"), write("doc:0", "x", "user:eve")]);
    let began = Instant::now();
    for user in ["user:anne", "user:eve"] {
        assert_eq!(scene.check("doc:0", "r7", user), Ok(true), "{user}");
        assert_eq!(scene.objects("doc", "r7", user), ["doc:0"], "{user}");
    }
    assert_eq!(scene.check("doc:0", "r7", "user:bob"), Ok(false));
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn a_group_of_ten_thousand_and_ten_thousand_groups_are_answered() {
    let model = "type user\ntype group\n  relations\n    define member: [user, group#member]\n\
        type doc\n  relations\n    define viewer: [user, group#member]\n";
    let mut changes: Vec<Change> =
        (0..10_000).map(|at| write("group:wide", "member", &format!("user:{at}"))).collect();
    changes.push(write("doc:1", "viewer", "group:wide#member"));
    changes.extend((0..10_000).map(|at| write("doc:2", "viewer", &format!("group:{at}#member"))));
    changes.push(write("group:9999", "member", "user:anne"));
    changes.extend((0..1_000).map(|at| write(&format!("group:{at}"), "member", "user:busy")));
    let scene = Scene::new(model, &changes);
    for (object, user, allowed) in [
        ("doc:1", "user:9999", true),
        ("doc:1", "user:10000", false),
        ("doc:2", "user:anne", true),
        ("doc:2", "user:busy", true),
        ("doc:2", "user:5", false),
    ] {
        assert_eq!(scene.check(object, "viewer", user), Ok(allowed), "{object} {user}");
    }
    assert_eq!(scene.users("doc:1", "viewer").expect("a list").users.len(), 10_000);
    assert_eq!(scene.users("doc:2", "viewer").expect("a list").users, ["user:anne", "user:busy"]);
    assert_eq!(scene.objects("group", "member", "user:busy").len(), 1_000);
}

#[test]
fn ids_of_every_script_and_of_hundreds_of_bytes_are_told_apart() {
    let scripts = [
        "Ελένη",
        "Öztürk",
        "李雷",
        "محمد",
        "दीपा",
        "👩‍🚀",
        "a\u{301}",
        "á",
        "A",
        "a",
        "ａ",
        "%2e%2e",
        "x'; --",
    ];
    let long = |last: char| format!("{}{last}", "ß".repeat(120));
    let ids: Vec<String> = scripts.iter().map(|id| (*id).to_owned()).chain([long('1'), long('2')]).collect();
    let model = "type user\ntype doc\n  relations\n    define viewer: [user]\n";
    let changes: Vec<Change> =
        ids.iter().map(|id| write(&format!("doc:{id}"), "viewer", &format!("user:{id}"))).collect();
    let scene = Scene::new(model, &changes);
    for (at, id) in ids.iter().enumerate() {
        for (other, user) in ids.iter().enumerate() {
            let answer = scene.check(&format!("doc:{id}"), "viewer", &format!("user:{user}"));
            assert_eq!(answer, Ok(at == other), "{id} {user}");
        }
        assert_eq!(scene.objects("doc", "viewer", &format!("user:{id}")), [format!("doc:{id}")]);
        assert_eq!(
            scene.users(&format!("doc:{id}"), "viewer").expect("a list").users,
            [format!("user:{id}")]
        );
    }
}

/// A clock whose time is over after so many looks.
fn ticks(most: u32) -> impl Fn() -> bool {
    let left = Cell::new(most);
    move || {
        left.set(left.get().saturating_sub(1));
        left.get() == 0
    }
}

/// Everybody in every group, each of which is in the next hundred; folders in a web of `and` and `but not`.
fn web() -> Scene {
    let model = "type user\ntype folder\n  relations\n    define parent: [folder]\n    define owner: [user]\n    \
        define a: (owner or a from parent) but not b\n    define b: (owner or b from parent) and (c or b from parent)\n    \
        define c: (c from parent but not a) or owner\n";
    let mut changes = Vec::new();
    for at in 0..400 {
        for next in 1..20 {
            changes.push(write(
                &format!("folder:{at}"),
                "parent",
                &format!("folder:{}", (at + next * 7) % 400),
            ));
        }
        changes.push(write(&format!("folder:{at}"), "owner", &format!("user:{}", at % 5)));
    }
    Scene::new(model, &changes)
}

#[test]
fn a_question_that_cannot_be_answered_in_its_time_ends_when_it_is_over() {
    let scene = web();
    let began = Instant::now();
    let over = ticks(40);
    let check = scene.ask(&over, |question| question.check(&TupleKey::new("folder:0", "a", "user:9")));
    assert_eq!(check, Err(Unanswered::Deadline));
    for relation in ["a", "c"] {
        let over = ticks(40);
        let listed = scene.ask(&over, |question| question.list_objects("folder", relation, "user:1", ALL));
        let ended =
            listed.as_ref().map_or_else(|why| *why == Unanswered::TooComplex, |listed| !listed.complete);
        assert!(ended, "{listed:?}");
        let over = ticks(40);
        let listed = scene.ask(&over, |question| question.list_users("folder:0", relation, &users(), ALL));
        let ended =
            listed.as_ref().map_or_else(|why| *why == Unanswered::TooComplex, |listed| !listed.complete);
        assert!(ended, "{listed:?}");
    }
    let objects: Vec<String> = (0..400).map(|at| format!("folder:{at}")).collect();
    let over = ticks(40);
    let filtered =
        scene.ask(&over, |question| question.filter(&["user:9"], "a", &objects, ALL)).expect("a part");
    assert!(!filtered.exhausted);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}

#[test]
fn a_long_list_that_is_cut_short_says_so() {
    let model = "type user\ntype folder\n  relations\n    define parent: [folder]\n    \
        define viewer: [user] or viewer from parent\n";
    let below = (1..20_000).map(|at| write(&format!("folder:{at}"), "parent", &format!("folder:{}", at / 2)));
    let changes: Vec<Change> = below.chain([write("folder:0", "viewer", "user:anne")]).collect();
    let scene = Scene::new(model, &changes);
    assert_eq!(scene.objects("folder", "viewer", "user:anne").len(), 20_000);
    let listed = |over: &dyn Fn() -> bool, most| {
        scene.ask(over, |question| {
            question.list_objects("folder", "viewer", "user:anne", most).expect("a list")
        })
    };
    assert_eq!((listed(&|| true, ALL).complete, listed(&|| false, 100).complete), (false, false));
    assert_eq!(listed(&|| false, 100).objects.len(), 100);
}

#[test]
fn a_list_of_many_users_of_one_object_is_cut_at_the_time_or_the_maximum_and_says_so() {
    let model = "type user\ntype doc\n  relations\n    define viewer: [user]\n";
    let name = |at: usize| format!("user:{at:05}");
    let changes: Vec<Change> = (0..20_000).map(|at| write("doc:0", "viewer", &name(at))).collect();
    let scene = Scene::new(model, &changes);
    let listed = |over: &dyn Fn() -> bool, most| {
        scene.ask(over, |question| question.list_users("doc:0", "viewer", &users(), most).expect("a list"))
    };
    let looks = Cell::new(0);
    let never = || {
        looks.set(looks.get() + 1);
        false
    };
    assert!(listed(&never, ALL) == ListedUsers { users: (0..20_000).map(name).collect(), complete: true });
    let all = looks.get();
    assert_eq!(listed(&never, 100), ListedUsers { users: (0..100).map(name).collect(), complete: false });
    // Wherever the time is over: while they are found, or while they are named.
    for ticks in [ticks(1), ticks(all)] {
        let cut = listed(&ticks, ALL);
        assert!(cut == ListedUsers::default(), "{} users, complete: {}", cut.users.len(), cut.complete);
    }
}

/// Groups in pairs, each pair in both of the pair above: more ways than could be walked one by one, and none of the
/// conditions on them can be evaluated.
#[test]
fn conditions_that_cannot_be_evaluated_cost_one_walk_however_many_ways_they_are_on() {
    const LEVELS: usize = 60;
    let conditional = |object: String, user: String| {
        let named = TupleCondition { name: "big".to_owned(), context: Context::new() };
        let key = TupleKey::new(&object, "member", &user);
        Change::Write(Tuple { key, condition: Some(named) }, 1)
    };
    let mut changes = Vec::new();
    for level in 0..LEVELS {
        for (above, below) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            changes.push(conditional(
                format!("group:{level}-{above}"),
                format!("group:{}-{below}#member", level + 1),
            ));
        }
    }
    changes.push(write(&format!("group:{LEVELS}-1"), "member", "user:anne"));
    let groups = "type user\ntype group\n  relations\n    define member: [user, group#member with big]\n    \
                  define kept: [user]\n    define free: kept but not member\ncondition big(x: int) {\n  x > 3\n}\n";
    changes.extend(["user:anne", "user:bob"].map(|user| write("group:0-0", "kept", user)));
    let scene = Scene::new(groups, &changes);
    let open = |answer| matches!(answer, Err(Unanswered::Condition { .. }));
    for (user, leads) in [("user:anne", true), ("user:bob", false)] {
        let looks = Cell::new(0);
        let over = || looks.replace(looks.get() + 1) > 1_000;
        let ask = |relation: &str| scene.ask(&over, |q| q.check(&TupleKey::new("group:0-0", relation, user)));
        let (member, free) = (ask("member"), ask("free"));
        if leads {
            assert!(open(member) && open(free), "what leads to anne is open");
        } else {
            assert_eq!((member, free), (Ok(false), Ok(true)), "and nothing leads to bob");
            assert_eq!(scene.objects("group", "free", user), ["group:0-0"]);
        }
        assert!(looks.get() < 100, "{} looks at the clock", looks.get());
    }
}

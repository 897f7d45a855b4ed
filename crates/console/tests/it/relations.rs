//! Stores of relationships: from the first model to a tuple that goes again, with nobody changed unseen.

use chancery_authz::wire::{TupleWire, Write, Writes};
use chancery_authz::{Asker, Authz};
use chancery_console::links;
use chancery_kernel::{Id, ulid};
use chancery_watch::events::{Filter, timeline};

use crate::browser::{Answer, Browser};
use crate::world::{Org, World};

const MODEL: &str = "model\n  schema 1.1\ntype user\ntype group\n  relations\n    define member: [user]\n\
     type document\n  relations\n    define blocked: [user]\n    define viewer: [user, user:*, group#member] but not blocked\n    \
     define can_read: viewer\n";

fn asker(org: &Org) -> Asker {
    Asker::Token(Box::new(org.cx.clone()))
}

/// A store with the model; its id.
async fn store(world: &World, org: &Org) -> String {
    let authz = Authz::new(world.platform.clone());
    let store = authz.create_store(&asker(org), "drive".into()).await.unwrap();
    let id = ulid::encode(store.id.uuid());
    let model = authz.check_text(&asker(org), &id, MODEL).await.unwrap().unwrap();
    authz.write_model(&asker(org), &id, model.to_json()).await.unwrap();
    id
}

async fn write(world: &World, org: &Org, store: &str, tuples: &[(&str, &str, &str)]) {
    let one = |(object, relation, user): &(&str, &str, &str)| TupleWire {
        object: (*object).into(),
        relation: (*relation).into(),
        user: (*user).into(),
        condition: None,
    };
    let writes = Writes { tuple_keys: tuples.iter().map(one).collect(), ..Writes::default() };
    let order = Write { writes: Some(writes), ..Write::default() };
    Authz::new(world.platform.clone()).write_tuples(&asker(org), store, order).await.unwrap();
}

async fn kinds(org: &Org) -> Vec<String> {
    let page = timeline(&org.cx, &Filter::default(), &chancery_kernel::PageRequest::most()).await.unwrap();
    page.items.iter().map(|seen| seen.entry.kind_name().to_owned()).collect()
}

fn change(store: &str, act: &str, (object, relation, user): (&str, &str, &str)) -> String {
    let query = [("act", act), ("object", object), ("relation", relation), ("user", user)];
    links::with(links::store_change(store), &query)
}

/// Whether somebody gains or loses by what is previewed.
fn told(page: &Answer, who: &str) -> bool {
    page.says(&format!("<th role=\"rowheader\" scope=\"row\"><span class=\"part\">{who}</span></th>"))
}

/// Presses the button under a preview.
async fn confirm(browser: &mut Browser, store: &str, page: &Answer) -> Answer {
    let names =
        ["csrf", "act", "object", "relation", "user", "more", "condition", "context", "given", "seen"];
    let form = page.text.rsplit_once("<form").unwrap().1.to_owned();
    let form = Answer { status: page.status, headers: page.headers.clone(), text: form };
    let fields: Vec<(&str, String)> = names.iter().map(|name| (*name, form.field(name))).collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post(&links::store_tuples(store), &fields).await
}

#[tokio::test]
async fn a_model_is_checked_before_it_is_written_and_its_mistakes_have_a_place_and_a_mend() {
    let world = World::new().await;
    let mut admin = world.admin().await;
    let made = admin.submit("/console/stores", "/console/stores", &[("name", "drive")]).await;
    assert_eq!(made.status, 303, "{}", made.text);
    let page = admin.get(made.location()).await;
    assert!(page.says("No model yet.") && page.says("drive"));
    let models = format!("{}/models", made.location());
    let wrong = MODEL.replace("but not blocked", "but not gone");
    for (text, place) in [(wrong.as_str(), "Line 10, column"), ("typ user", "Line 1, column 1")] {
        for act in ["check", "write"] {
            let refused = admin.submit(&models, &models, &[("text", text), ("act", act)]).await;
            assert_eq!(refused.status, 400);
            assert!(refused.says(place), "{}", refused.text);
            let kept = text.lines().last().unwrap().trim();
            assert!(refused.says(kept), "what was typed is kept");
        }
    }
    let named = admin.submit(&models, &models, &[("text", &wrong), ("act", "check")]).await;
    assert!(named.says("Define this relation in its type, or correct the name"), "{}", named.text);
    let fine = admin.submit(&models, &models, &[("text", MODEL), ("act", "check")]).await;
    assert!(fine.status == 200 && fine.says("this model can be written"));
    assert!(!kinds(&world.corp).await.contains(&"model_written".to_owned()), "looking writes nothing");
    let written = admin.submit(&models, &models, &[("text", MODEL), ("act", "write")]).await;
    assert_eq!(written.status, 303);
    let page = admin.get(written.location()).await;
    assert!(page.says("The model was written.") && page.says("newest"));
    let href = page.text.split_once("/models/").unwrap().1.split('"').next().unwrap();
    let page = admin.get(&format!("{models}/{href}")).await;
    assert!(
        page.says("<svg class=\"diagram\"")
            && page.says("define viewer: [user, user:*, group#member] but not blocked")
    );
    assert_eq!(kinds(&world.corp).await.first().unwrap(), "model_written");
}

#[tokio::test]
async fn the_model_for_documents_is_a_press_away_and_can_be_written_as_it_is() {
    let world = World::new().await;
    let id = store(&world, &world.corp).await;
    let mut admin = world.admin().await;
    let address = links::with(links::store_models(&id), &[("from", "documents")]);
    let blank = admin.get(&links::store_models(&id)).await;
    assert!(blank.says(&format!("href=\"{address}\"")) && !blank.says("type chunk"), "{}", blank.text);
    let page = admin.get(&address).await;
    assert!(
        page.says("type chunk") && page.says("define can_quote: viewer but not unquotable"),
        "{}",
        page.text
    );
    let fields = [("text", chancery_rebac::retrieval::DOCUMENTS), ("act", "write")];
    assert_eq!(admin.submit(&address, &links::store_models(&id), &fields).await.status, 303);
}

#[tokio::test]
async fn a_model_as_long_as_the_api_takes_is_written_in_the_page_and_a_longer_one_is_told_so() {
    let world = World::new().await;
    let id = store(&world, &world.corp).await;
    let mut admin = world.admin().await;
    let models = links::store_models(&id);
    let long = |types: usize| {
        let types: String = (0..types)
            .map(|n| format!("type document_of_the_department_{n}\n  relations\n    define viewer: [user]\n"))
            .collect();
        format!("model\n  schema 1.1\ntype user\n{types}")
    };
    let text = long(95);
    let padded = format!("{text}{}", format!("# {}\n", "a remark, with signs: %&=+ ".repeat(20)).repeat(400));
    assert!(padded.len() > 200_000, "{}", padded.len());
    let written = admin.submit(&models, &models, &[("text", &padded), ("act", "write")]).await;
    assert_eq!(written.status, 303, "{}", written.text.chars().take(3_000).collect::<String>());
    let shown = admin.get(&models).await;
    assert!(shown.says("document_of_the_department_94") && shown.text.contains("maxlength=\"262144\""));
    let longer = padded.repeat(5);
    let refused = admin.submit(&models, &models, &[("text", &longer), ("act", "write")]).await;
    assert_eq!(refused.status, 413, "{}", refused.text.chars().take(3_000).collect::<String>());
}

#[tokio::test]
async fn a_tuple_comes_and_goes_after_it_was_seen_who_gains_and_who_loses() {
    let world = World::new().await;
    let id = store(&world, &world.corp).await;
    write(&world, &world.corp, &id, &[("document:plan", "viewer", "group:eng#member")]).await;
    let mut admin = world.admin().await;
    let wish = ("group:eng", "member", "user:anne");
    let seen = admin.get(&change(&id, "add", wish)).await;
    assert!(seen.status == 200 && seen.says("Gains") && seen.says("That is everything."), "{}", seen.text);
    assert_eq!(seen.text.matches("role=\"rowheader\"").count(), 3, "member, viewer and can_read");
    let count = kinds(&world.corp).await.len();
    let done = confirm(&mut admin, &id, &seen).await;
    assert_eq!(done.status, 303, "{}", done.text);
    assert!(admin.get(done.location()).await.says("The tuple was added."));
    assert_eq!(
        (kinds(&world.corp).await.len(), kinds(&world.corp).await.remove(0)),
        (count + 1, "tuples_written".to_owned())
    );
    let twice = admin.get(&change(&id, "add", wish)).await;
    assert!(twice.status == 400 && twice.says("Group:eng#member@user:anne stands already"), "{}", twice.text);
    let check = [("user", "user:anne"), ("relation", "can_read"), ("object", "document:plan")];
    let check = links::with(links::store_check(&id), &check);
    let page = admin.get(&check).await;
    assert!(page.says("Allowed") && page.says("group:eng#member@user:anne names the user"), "{}", page.text);
    // Adding everybody to those who are kept out takes it from those who had it by name.
    write(&world, &world.corp, &id, &[("document:plan", "viewer", "user:bob")]).await;
    let removal = admin.get(&change(&id, "remove", wish)).await;
    assert!(
        removal.says("Loses") && !removal.says(">Gains<") && !removal.says("user:bob"),
        "{}",
        removal.text
    );
    assert_eq!(confirm(&mut admin, &id, &removal).await.status, 303);
    let page = admin.get(&check).await;
    assert!(page.says("Denied") && page.says("no tuple of group:eng#member names user:anne or leads on"));
}

#[tokio::test]
async fn several_tuples_are_seen_and_made_as_one_change_or_not_at_all() {
    let world = World::new().await;
    let id = store(&world, &world.corp).await;
    let mut admin = world.admin().await;
    let several =
        "group:eng member user:anne\ngroup:eng  member user:bob\n\ndocument:plan viewer group:eng#member";
    let pasted =
        |act: &str, more: &str| links::with(links::store_change(&id), &[("act", act), ("more", more)]);
    let seen = admin.get(&pasted("add", several)).await;
    assert!(seen.status == 200 && seen.says("Add these 3 tuples"), "{}", seen.text);
    assert!(seen.says("That is everything.") && told(&seen, "user:anne") && told(&seen, "user:bob"));
    assert_eq!(
        seen.text.matches("role=\"rowheader\"").count(),
        8,
        "the group itself: viewer and can_read; both by the group that comes with them: member, viewer and can_read: {}",
        seen.text
    );
    let line = admin.get(&pasted("add", "group:eng member user:anne\ngroup:eng member")).await;
    assert!(line.status == 400 && line.says("Line 2 is no tuple"), "{}", line.text);
    let twice = admin.get(&pasted("add", "group:eng member user:anne\ngroup:eng member user:anne")).await;
    assert!(twice.status == 400 && twice.says("is named twice"), "{}", twice.text);
    let many: String = (0..101).map(|n| format!("group:eng member user:u{n}\n")).collect();
    assert!(admin.get(&pasted("add", &many)).await.says("Name 1 to 100 tuples"));
    // One of them comes in another way meanwhile: none of the others does.
    write(&world, &world.corp, &id, &[("group:eng", "member", "user:bob")]).await;
    let before = kinds(&world.corp).await.len();
    let refused = confirm(&mut admin, &id, &seen).await;
    assert!(refused.status == 400 && refused.says("user:bob stands already"), "{}", refused.text);
    assert_eq!(kinds(&world.corp).await.len(), before, "all of it or nothing");
    let rest = "group:eng member user:anne\ndocument:plan viewer group:eng#member";
    let seen = admin.get(&pasted("add", rest)).await;
    let count = kinds(&world.corp).await.len();
    let done = confirm(&mut admin, &id, &seen).await;
    assert_eq!((done.status.as_u16(), kinds(&world.corp).await.len()), (303, count + 1), "one write");
    assert!(admin.get(done.location()).await.says("The tuples were added."));
    // What was confirmed is what was seen: another line under the same seal is refused.
    let seen = admin.get(&pasted("remove", rest)).await;
    assert!(seen.says("Remove these 2 tuples") && seen.says("Loses"), "{}", seen.text);
    let more = format!("{rest}\ngroup:eng member user:bob");
    let forged = [("act", "remove"), ("more", more.as_str()), ("seen", &seen.field("seen"))];
    let page = links::store_tuples(&id);
    assert_eq!(admin.submit(&links::store_change(&id), &page, &forged).await.status, 409);
    assert_eq!(confirm(&mut admin, &id, &seen).await.status, 303);
    let left = admin.get(&page).await;
    assert!(left.says("user:bob") && !left.says("user:anne"), "{}", left.text);
}

#[tokio::test]
async fn what_was_not_seen_is_not_done() {
    let world = World::new().await;
    let id = store(&world, &world.corp).await;
    let mut admin = world.admin().await;
    let wish = ("document:plan", "viewer", "group:eng#member");
    let seen = admin.get(&change(&id, "add", wish)).await;
    assert!(told(&seen, "group:eng#member") && !told(&seen, "user:anne"), "the empty group: {}", seen.text);
    // Meanwhile somebody joins the group.
    write(&world, &world.corp, &id, &[("group:eng", "member", "user:anne")]).await;
    let before = kinds(&world.corp).await.len();
    let asked_again = confirm(&mut admin, &id, &seen).await;
    assert_eq!(asked_again.status, 409);
    assert!(asked_again.says("the store has moved since you looked") && told(&asked_again, "user:anne"));
    assert_eq!(kinds(&world.corp).await.len(), before, "nothing was written");
    // What does not change what was seen does not ask again.
    write(&world, &world.corp, &id, &[("document:other", "viewer", "user:bob")]).await;
    assert_eq!(confirm(&mut admin, &id, &asked_again).await.status, 303);
    let forged = [
        ("act", "remove"),
        ("object", "document:plan"),
        ("relation", "viewer"),
        ("user", "group:eng#member"),
        ("seen", "00"),
    ];
    let page = links::store_tuples(&id);
    let refused = admin.submit(&links::store_change(&id), &page, &forged).await;
    assert_eq!(refused.status, 409, "a change nobody looked at");
    assert!(admin.get(&page).await.says("group:eng#member"));
}

#[tokio::test]
async fn a_store_of_another_organization_looks_like_none_on_every_page() {
    let world = World::new().await;
    let theirs = store(&world, &world.other).await;
    write(&world, &world.other, &theirs, &[("document:plan", "viewer", "user:anne")]).await;
    let model = {
        let hot = world.platform.db.hot();
        let store = hot.stores.of(world.other.cx.org).next().cloned().unwrap();
        ulid::encode(store.latest.unwrap().uuid())
    };
    let ours = store(&world, &world.corp).await;
    let nobody = "00000000000000000000000000";
    let mut admin = world.admin().await;
    assert!(!admin.get("/console/stores").await.says(&theirs));
    let pages = |id: &str| {
        vec![
            links::store(id),
            links::store_models(id),
            links::store_model(id, &model),
            links::store_tuples(id),
            change(id, "add", ("document:plan", "viewer", "user:bob")),
            change(id, "remove", ("document:plan", "viewer", "user:anne")),
            links::with(
                links::store_check(id),
                &[("user", "user:anne"), ("relation", "viewer"), ("object", "document:plan")],
            ),
            links::with(
                links::store_reach(id),
                &[("ask", "who"), ("object", "document:plan"), ("relation", "viewer"), ("kind", "user")],
            ),
        ]
    };
    for (foreign, unknown) in pages(&theirs).iter().zip(pages(nobody)) {
        let (foreign, unknown) = (admin.get(foreign).await, admin.get(&unknown).await);
        assert_eq!((foreign.status.as_u16(), unknown.status.as_u16()), (404, 404));
        assert_eq!(foreign.alike().replace(&theirs, nobody), unknown.alike());
    }
    // Their model is none of our store's either.
    assert_ne!(admin.get(&links::store_model(&ours, &model)).await.status, 200);
    let csrf = admin.get("/console").await.field("csrf");
    let tuple = [
        ("csrf", csrf.as_str()),
        ("act", "remove"),
        ("object", "document:plan"),
        ("relation", "viewer"),
        ("user", "user:anne"),
        ("seen", "00"),
    ];
    assert_eq!(admin.post(&links::store_tuples(&theirs), &tuple).await.status, 404);
    let text = [("csrf", csrf.as_str()), ("text", MODEL), ("act", "write")];
    assert_eq!(admin.post(&links::store_models(&theirs), &text).await.status, 404);
}

#[tokio::test]
async fn questions_say_what_is_wrong_with_them_and_lists_say_whether_they_are_all() {
    let world = World::new().await;
    let id = store(&world, &world.corp).await;
    write(
        &world,
        &world.corp,
        &id,
        &[("document:plan", "viewer", "user:anne"), ("document:plan", "blocked", "user:bob")],
    )
    .await;
    let mut admin = world.admin().await;
    let asked = |query: &[(&str, &str)]| links::with(links::store_check(&id), query);
    let question = [("user", "user:anne"), ("relation", "flies"), ("object", "document:plan")];
    let unknown = admin.get(&asked(&question)).await;
    assert!(
        unknown.status == 400 && unknown.says("There is no answer to this.") && unknown.says("flies"),
        "{}",
        unknown.text
    );
    let line = [
        ("user", "user:cy"),
        ("relation", "viewer"),
        ("object", "document:plan"),
        ("contextual", "document:plan viewer"),
    ];
    let line = admin.get(&asked(&line)).await;
    assert!(line.status == 400 && line.says("Line 1 is no tuple"), "{}", line.text);
    let context =
        [("user", "user:cy"), ("relation", "viewer"), ("object", "document:plan"), ("context", "now")];
    assert!(admin.get(&asked(&context)).await.says("Write a JSON object"));
    let brought = [
        ("user", "user:cy"),
        ("relation", "viewer"),
        ("object", "document:plan"),
        ("contextual", "document:plan viewer user:cy"),
    ];
    assert!(admin.get(&asked(&brought)).await.says("Allowed"));
    let who = [("ask", "who"), ("object", "document:plan"), ("relation", "viewer"), ("kind", "user")];
    let who = admin.get(&links::with(links::store_reach(&id), &who)).await;
    assert!(who.says("user:anne") && who.says("1 found, and that is all"), "{}", who.text);
    let what = [("ask", "what"), ("user", "user:anne"), ("relation", "viewer"), ("kind", "document")];
    assert!(admin.get(&links::with(links::store_reach(&id), &what)).await.says("document:plan"));
    let found = admin.get(&links::with(links::store_tuples(&id), &[("user", "user:bob")])).await;
    assert!(found.says("blocked") && !found.says("user:anne"));
}

#[tokio::test]
async fn a_search_by_type_alone_has_full_pages_up_to_the_last_one() {
    let world = World::new().await;
    let id = store(&world, &world.corp).await;
    let document = |n: usize| format!("document:{n}");
    let group = |n: usize| format!("group:{n}");
    // Far more of another type, and much that is gone again, lie between the documents.
    for lot in 0..12 {
        let names: Vec<(String, &str)> = (0..90).map(|n| (group(lot * 100 + n), "member")).collect();
        let tuples: Vec<(&str, &str, &str)> =
            names.iter().map(|(object, relation)| (object.as_str(), *relation, "user:a")).collect();
        write(&world, &world.corp, &id, &tuples).await;
        let names: Vec<String> = (0..10).map(|n| document(lot * 10 + n)).collect();
        let tuples: Vec<(&str, &str, &str)> =
            names.iter().map(|name| (name.as_str(), "viewer", "user:a")).collect();
        write(&world, &world.corp, &id, &tuples).await;
    }
    let mut admin = world.admin().await;
    let mut address = links::with(links::store_tuples(&id), &[("object", "document")]);
    let (mut sizes, mut seen) = (Vec::new(), std::collections::BTreeSet::new());
    loop {
        let page = admin.get(&address).await;
        let named =
            page.text.split("<code class=\"part\">document:").skip(1).filter_map(|rest| rest.split_once('<'));
        let rows: Vec<String> = named.map(|(n, _)| n.to_owned()).collect();
        assert!(!page.says(">group:"), "{}", page.text);
        sizes.push(rows.len());
        seen.extend(rows);
        let Some((before, _)) = page.text.split_once(">Next page") else { break };
        address = before.rsplit_once("href=\"").unwrap().1.split('"').next().unwrap().replace("&amp;", "&");
    }
    assert_eq!((sizes, seen.len()), (vec![50, 50, 20], 120));
}

#[tokio::test]
async fn a_name_that_would_turn_text_around_is_shown_with_what_turns_it_and_can_be_taken_out() {
    let world = World::new().await;
    let store = store(&world, &world.corp).await;
    let tuple = ("document:\u{202e}gnp.exe", "viewer", "user:\u{200b}anne");
    write(&world, &world.corp, &store, &[tuple]).await;
    let mut browser = world.admin().await;
    let shown = ["document:‹U+202E›gnp.exe", "user:‹U+200B›anne"];
    for path in [links::store_tuples(&store), change(&store, "remove", tuple)] {
        let page = browser.get(&path).await;
        let seen = shown.iter().all(|name| page.says(name));
        assert!(seen && !page.says(&format!(">{}<", tuple.0)), "{path}");
    }
    let page = browser.get(&change(&store, "remove", tuple)).await;
    assert_eq!(confirm(&mut browser, &store, &page).await.status, 303);
    assert!(browser.get(&links::store_tuples(&store)).await.says("No tuple here."));
}

use chancery_audit::{Event, Verdict};
use chancery_context::{Caller, Cx};
use chancery_kernel::PageRequest;
use chancery_watch::events::{self, Filter};
use chancery_watch::outcomes::{OutcomeReport, Received, report};

use crate::world::World;

fn of(jti: &str, pos: i64) -> OutcomeReport {
    OutcomeReport {
        id: None,
        jti: jti.into(),
        pos,
        method: "GET".into(),
        path: "/contacts/7?name=brandon".into(),
        status: 200,
        allowed: true,
        reason: None,
    }
}

#[tokio::test]
async fn a_report_becomes_a_line_with_the_evidence_of_its_decision() {
    let world = World::new().await;
    let pos = world.decide("t1", Verdict::Allow).await;
    let received = report(&world.guard(world.crm), vec![of("t1", pos)]).await.unwrap();
    assert_eq!(received, Received { recorded: 1, refused: vec![] });
    let filter = Filter { kinds: vec!["token_used".into()], ..Filter::default() };
    let page = events::timeline(&world.system(), &filter, &PageRequest::most()).await.unwrap();
    let Some(Event::TokenUsed { jti, evidence, method, path, status, .. }) = page.items[0].entry.event()
    else {
        panic!("{:?}", page.items)
    };
    assert_eq!((jti.as_str(), method.as_str(), path.as_str(), *status), ("t1", "GET", "/contacts/7", 200));
    assert_eq!(evidence.agent.agent, world.agent);
    assert_eq!(evidence.outcome.as_str(), "let through, answered 200");
}

#[tokio::test]
async fn a_report_that_is_sent_again_is_recorded_once() {
    let world = World::new().await;
    let pos = world.decide("t1", Verdict::Allow).await;
    let (guard, at) = (world.guard(world.crm), world.system().now());
    let named = |id: &str| OutcomeReport { id: Some((id.to_owned(), at)), ..of("t1", pos) };
    let received = |recorded| Received { recorded, refused: vec![] };
    assert_eq!(report(&guard, vec![named("a"), named("b")]).await.unwrap(), received(2));
    assert_eq!(
        report(&guard, vec![named("a"), named("b")]).await.unwrap(),
        received(0),
        "its answer was lost"
    );
    assert_eq!(report(&guard, vec![named("b"), named("c"), named("c")]).await.unwrap(), received(1));
    // Without a name nothing tells them apart.
    assert_eq!(report(&guard, vec![of("t1", pos), of("t1", pos)]).await.unwrap(), received(2));
    // Another client's names are its own.
    let caller = Caller::Token {
        client: world.platform.db.env().id(),
        application: Some(world.crm),
        agent: None,
        user: None,
        session: None,
        scopes: chancery_model::scopes("outcomes.manage"),
    };
    let other = Cx { caller, ..world.system() };
    assert_eq!(report(&other, vec![named("a")]).await.unwrap(), received(1));
    let wrong = report(&guard, vec![named(""), named(&"x".repeat(65))]).await.unwrap();
    assert_eq!(wrong, Received { recorded: 0, refused: vec![0, 1] });
    let filter = Filter { kinds: vec!["token_used".into()], ..Filter::default() };
    let page = events::timeline(&world.system(), &filter, &PageRequest::most()).await.unwrap();
    assert_eq!(page.items.len(), 6);
}

#[tokio::test]
async fn what_is_foreign_unknown_or_wrong_is_refused_one_by_one_and_without_a_reason() {
    let world = World::new().await;
    let pos = world.decide("t1", Verdict::Allow).await;
    let denied = world.decide("t2", Verdict::Deny).await;
    // The guard of another application: the token is none of its business.
    let foreign = report(&world.guard(world.pricing), vec![of("t1", pos)]).await.unwrap();
    assert_eq!(foreign, Received { recorded: 0, refused: vec![0] });
    let mut no_path = of("t1", pos);
    no_path.path = "contacts".into();
    let reports =
        vec![of("t9", pos), of("t1", pos), of("t1", pos + 40), of("t2", denied), of("t1", 1), no_path];
    let mixed = report(&world.guard(world.crm), reports).await.unwrap();
    assert_eq!(mixed, Received { recorded: 1, refused: vec![0, 2, 3, 4, 5] });
}

#[tokio::test]
async fn only_an_applications_own_client_may_report_and_not_too_much_at_once() {
    let world = World::new().await;
    let nobody = world.caller(None, "outcomes.manage");
    assert_eq!(report(&nobody, Vec::new()).await.unwrap_err().code, "no_application");
    let unscoped = world.caller(Some(world.crm), "marks.read");
    assert_eq!(report(&unscoped, Vec::new()).await.unwrap_err().code, "insufficient_scope");
    let flood = vec![of("t1", 1); 201];
    assert_eq!(report(&world.guard(world.crm), flood).await.unwrap_err().code, "too_many_outcomes");
}

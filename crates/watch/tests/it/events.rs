use chancery_audit::merkle::verify_inclusion;
use chancery_audit::{Checkpoint, Subject, Verdict, leaf_hash};
use chancery_kernel::{Id, Kind, OrgId, PageRequest, Seconds};
use chancery_watch::checkpoints;
use chancery_watch::events::{self, Filter};

use crate::world::World;

#[tokio::test]
async fn the_timeline_is_filtered_and_paged_latest_first() {
    let world = World::new().await;
    let cx = world.system();
    for n in 0..5 {
        world.decide(&format!("t{n}"), if n % 2 == 0 { Verdict::Allow } else { Verdict::Deny }).await;
        world.clock.advance(Seconds(1));
    }
    let filter = Filter {
        subjects: vec![Subject::of(world.agent), Subject::of(world.user)],
        kinds: vec!["token_decided".into()],
        verdict: Some(Verdict::Allow),
        ..Filter::default()
    };
    let first = events::timeline(&cx, &filter, &PageRequest::new(None, Some(2))).await.unwrap();
    assert_eq!(first.items.len(), 2);
    assert!(first.items[0].entry.seq() > first.items[1].entry.seq());
    let next = PageRequest::new(first.next.map(|cursor| cursor.0), Some(2));
    let second = events::timeline(&cx, &filter, &next).await.unwrap();
    assert_eq!((second.items.len(), second.next), (1, None));
    let recent = Filter { from: Some(world.now().minus(Seconds(2))), ..filter.clone() };
    assert_eq!(events::timeline(&cx, &recent, &PageRequest::most()).await.unwrap().items.len(), 1);
    let unknown = Filter { kinds: vec!["nonsense".into()], ..Filter::default() };
    assert_eq!(events::timeline(&cx, &unknown, &PageRequest::most()).await.unwrap_err().code, "unknown_kind");
}

#[tokio::test]
async fn another_organizations_events_do_not_exist() {
    let world = World::new().await;
    world.decide("t1", Verdict::Allow).await;
    let page = events::timeline(&world.system(), &Filter::default(), &PageRequest::most()).await.unwrap();
    let event = page.items[0].entry.envelope.id;
    assert!(events::get(&world.system(), event).await.is_ok());
    let mut foreign = world.system();
    foreign.org = OrgId::from_uuid(chancery_kernel::id::Uuid::from_u128(9));
    assert_eq!(events::get(&foreign, event).await.unwrap_err().kind, Kind::NotFound);
    assert!(
        events::timeline(&foreign, &Filter::default(), &PageRequest::most()).await.unwrap().items.is_empty()
    );
}

#[tokio::test]
async fn an_event_is_explained_with_a_proof_that_it_is_in_the_log() {
    let world = World::new().await;
    let cx = world.system();
    for n in 0..9 {
        world.decide(&format!("t{n}"), Verdict::Allow).await;
    }
    let page = events::timeline(&cx, &Filter::default(), &PageRequest::new(None, Some(5))).await.unwrap();
    let event = page.items[4].entry.envelope.id;
    let unproven = events::explain(&cx, event).await.unwrap();
    assert!(unproven.proof.is_none(), "no checkpoint covers it yet");
    checkpoints::tick(&world.platform, [world.org]).await.unwrap();
    let told = events::explain(&cx, event).await.unwrap();
    assert!(told.sentences.iter().any(|line| line.contains("alice")), "{:?}", told.sentences);
    assert!(told.evidence.unwrap()[1].contains("sales"));
    let proof = told.proof.unwrap();
    let checkpoint = Checkpoint::read_unverified(&proof.checkpoint).unwrap();
    let leaf = leaf_hash(&told.seen.line);
    assert_eq!((proof.leaf, proof.size), (leaf, checkpoint.size));
    assert!(verify_inclusion(&leaf, proof.index, proof.size, &proof.path, &checkpoint.root));
}

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chancery_audit::fields::Text;
use chancery_audit::{Event, Party};
use chancery_jose::{Alg, Expect, RevocationFeed, decode_unverified, verify};
use chancery_kernel::{Fault, Kind, Seconds};
use chancery_model::{Assignment, Client, MarkKey};
use chancery_store::Who;
use chancery_vault::{MasterKey, Vault};
use chancery_watch::feed::{Feed, Subscription};
use serde::Deserialize;

use crate::world::{ISSUER, World};

#[derive(Debug, Deserialize)]
struct Heard {
    iat: i64,
    exp: i64,
    org_id: String,
    kind: String,
    seq: u64,
    prev: Option<u64>,
    keys: Vec<String>,
    marks: Vec<Mark>,
}

#[derive(Debug, Deserialize)]
struct Mark {
    key: String,
    pos: i64,
    until: i64,
}

/// A guard's view: verifies what it hears.
struct Ear<'a> {
    world: &'a World,
    subscription: Subscription,
}

impl<'a> Ear<'a> {
    async fn new(world: &'a World, feed: &Feed) -> Self {
        Self { world, subscription: feed.subscribe(&world.guard(world.crm)).await.unwrap() }
    }

    async fn hear(&mut self) -> Option<Heard> {
        let wait = tokio::time::timeout(Duration::from_secs(20), self.subscription.next());
        let frame = wait.await.expect("the feed fell silent")?;
        let (name, data) = frame.strip_suffix("\n\n").unwrap().split_once('\n').unwrap();
        let expect =
            Expect { issuer: Some(ISSUER), audiences: &[], now: self.world.now().seconds(), leeway: 0 };
        let ring = self.world.platform.vault.ring();
        let jws = data.strip_prefix("data: ").unwrap();
        let heard = verify::<RevocationFeed, Heard>(jws, ring.keys(), &expect).unwrap().into_claims();
        assert_eq!(name, format!("event: {}", heard.kind));
        assert_eq!(heard.org_id, self.world.org.to_string());
        assert!(heard.exp > heard.iat);
        assert!(
            heard.keys.iter().eq(ring.list().map(|(kid, ..)| kid)),
            "every frame names the keys that verify"
        );
        Some(heard)
    }

    /// The next frame that is no heartbeat.
    async fn hear_marks(&mut self) -> Heard {
        loop {
            let heard = self.hear().await.expect("the feed ended");
            if heard.kind != "beat" {
                return heard;
            }
        }
    }
}

async fn mark(world: &World, jti: String) -> i64 {
    let client = world.client;
    let write = world.platform.db.write(world.org, Who::SYSTEM, move |tx| {
        let event = Event::TokenRevoked {
            client,
            agent: None,
            user: None,
            application: None,
            jti: Text::new(&jti),
            by: Text::new("test"),
            decided: None,
            reason: None,
        };
        let recorded = tx.record(event);
        tx.mark(MarkKey::Token(jti), recorded.pos)?;
        Ok::<_, Fault>(recorded.with(recorded.pos))
    });
    write.await.unwrap()
}

fn start(world: &World) -> Feed {
    let feed = Feed::new(world.platform.clone());
    let task = feed.clone();
    tokio::spawn(async move { task.run().await });
    feed
}

#[tokio::test]
async fn a_snapshot_comes_first_then_marks_as_they_are_set() {
    let world = World::new().await;
    let feed = start(&world);
    let before = mark(&world, "old".into()).await;
    let mut ear = Ear::new(&world, &feed).await;
    let snapshot = ear.hear().await.unwrap();
    assert_eq!((snapshot.kind.as_str(), snapshot.prev), ("snapshot", None));
    assert_eq!((snapshot.marks[0].key.as_str(), snapshot.marks[0].pos), ("tok:old", before));
    assert!(snapshot.marks[0].until > world.now().plus(Seconds(900)).seconds());
    let pos = mark(&world, "new".into()).await;
    // The news of the old mark may still have been on its way when the channel opened; it is then told twice.
    let mut heard = ear.hear_marks().await;
    let mut seq = snapshot.seq;
    while heard.marks[0].key == "tok:old" {
        assert_eq!(heard.prev, Some(seq));
        seq = heard.seq;
        heard = ear.hear_marks().await;
    }
    assert_eq!((heard.prev, heard.seq), (Some(seq), seq + 1));
    assert_eq!((heard.marks[0].key.as_str(), heard.marks[0].pos), ("tok:new", pos));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_mark_is_lost_however_writes_and_subscriptions_interleave() {
    const MARKS: usize = 1_000;
    let world = World::new().await;
    let feed = start(&world);
    let world = &world;
    let writers = async {
        for n in 0..MARKS / 10 {
            let ten = (0..10).map(|k| mark(world, format!("{n}-{k}")));
            futures(ten.collect()).await;
        }
    };
    let guards = async {
        let mut ears = Vec::new();
        for _ in 0..20 {
            ears.push(Ear::new(world, &feed).await);
            tokio::time::sleep(Duration::from_millis(7)).await;
        }
        ears
    };
    let ((), ears) = tokio::join!(writers, guards);
    let wanted: BTreeSet<String> =
        (0..MARKS / 10).flat_map(|n| (0..10).map(move |k| format!("tok:{n}-{k}"))).collect();
    for mut ear in ears {
        let first = ear.hear().await.unwrap();
        assert_eq!(first.kind, "snapshot");
        let mut seq = first.seq;
        let mut keys: BTreeSet<String> = first.marks.into_iter().map(|mark| mark.key).collect();
        while keys.len() < MARKS {
            let heard = ear.hear().await.expect("dropped although it kept up");
            assert_eq!(heard.prev, Some(seq), "a gap");
            assert_eq!(heard.seq, seq + heard.marks.len() as u64);
            seq = heard.seq;
            keys.extend(heard.marks.into_iter().map(|mark| mark.key));
        }
        assert_eq!(keys, wanted);
    }
}

/// Polls all to their ends, one after the other being enough: they are queued when first polled.
async fn futures(all: Vec<impl Future<Output = i64>>) {
    let mut all: Vec<_> = all.into_iter().map(Box::pin).collect();
    std::future::poll_fn(|cx| {
        all.retain_mut(|one| one.as_mut().poll(cx).is_pending());
        if all.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

#[tokio::test]
async fn the_heart_beats_without_moving_the_sequence() {
    let world = World::new().await;
    let feed = start(&world);
    let mut ear = Ear::new(&world, &feed).await;
    let snapshot = ear.hear().await.unwrap();
    for _ in 0..2 {
        let beat = ear.hear().await.unwrap();
        assert_eq!((beat.kind.as_str(), beat.prev, beat.seq), ("beat", Some(snapshot.seq), snapshot.seq));
        assert!(beat.marks.is_empty());
    }
    assert_eq!(feed.figures().subscribers, 1);
}

#[tokio::test]
async fn a_subscriber_that_falls_behind_is_dropped_and_one_whose_client_is_disabled_too() {
    let world = World::new().await;
    let feed = start(&world);
    let mut slow = Ear::new(&world, &feed).await;
    for n in 0..1_100 {
        mark(&world, n.to_string()).await;
    }
    assert_eq!(slow.hear().await.unwrap().kind, "snapshot");
    while feed.figures().marks < 1_100 {
        tokio::task::yield_now().await;
    }
    assert!(slow.hear().await.is_none(), "it has to start again from a snapshot");
    let mut guard = Ear::new(&world, &feed).await;
    assert_eq!(guard.hear().await.unwrap().kind, "snapshot");
    let client = world.client;
    let write = world.platform.db.write(world.org, Who::SYSTEM, move |tx| {
        let present = tx.get::<Client>(client)?;
        tx.update(Client { enabled: false, ..Client::clone(&present) })?;
        Ok::<_, Fault>(tx.record(Event::ClientDisabled { client, reason: None }).with(()))
    });
    write.await.unwrap();
    assert!(guard.hear().await.is_none());
}

#[tokio::test]
async fn closing_ends_everybody_and_a_scope_is_needed_to_begin() {
    let world = World::new().await;
    let feed = start(&world);
    let stranger = world.caller(Some(world.crm), "outcomes.manage");
    assert_eq!(feed.subscribe(&stranger).await.err().unwrap().code, "insufficient_scope");
    let mut ear = Ear::new(&world, &feed).await;
    assert!(ear.hear().await.is_some());
    feed.close();
    assert!(ear.hear().await.is_none());
    assert_eq!(feed.subscribe(&world.guard(world.crm)).await.err().unwrap().code, "shutting_down");
}

#[tokio::test]
async fn a_withdrawn_key_is_left_out_of_every_frame_from_then_on() {
    let world = World::new().await;
    let feed = start(&world);
    let vault = &world.platform.vault;
    let mut ear = Ear::new(&world, &feed).await;
    assert!(ear.hear().await.is_some());
    for alg in [Alg::Es256, Alg::EdDsa] {
        let withdrawn = vault.ring().active(alg).unwrap().kid().to_owned();
        let count = vault.ring().list().count();
        vault.withdraw(&withdrawn).await.unwrap();
        assert_eq!(vault.ring().list().count(), count, "another one took its place");
        assert_ne!(vault.ring().active(alg).unwrap().kid(), withdrawn);
        assert_eq!(vault.withdraw(&withdrawn).await.unwrap_err().kind, Kind::NotFound);
        // The first frame after it, past those that were on their way, names the keys there are now.
        loop {
            let frame = ear.subscription.next().await.expect("the feed ended");
            let jws = frame.trim_end().rsplit_once("data: ").unwrap().1;
            let (_, claims) = decode_unverified::<Heard>(jws).unwrap();
            if !claims.keys.contains(&withdrawn) {
                break;
            }
        }
        assert!(ear.hear().await.is_some());
    }
}

#[tokio::test]
async fn a_key_that_another_node_withdrew_counts_no_more_once_this_one_has_looked() {
    let world = World::new().await;
    let here = &world.platform.vault;
    let there =
        Vault::open(world.platform.db.clone(), MasterKey::from_bytes(&[7; 32]).unwrap(), "id.example")
            .await
            .unwrap();
    let withdrawn = here.ring().active(Alg::Es256).unwrap().kid().to_owned();
    there.withdraw(&withdrawn).await.unwrap();
    assert!(here.ring().keys().has(&withdrawn));
    here.refresh().await.unwrap();
    assert!(!here.ring().keys().has(&withdrawn));
    assert_eq!(here.ring().jwks(), there.ring().jwks());
    let ring = here.ring();
    here.refresh().await.unwrap();
    assert!(Arc::ptr_eq(&ring, &here.ring()), "nothing changed, so nothing was read");
}

#[tokio::test]
async fn a_guard_that_loses_its_right_is_told_nothing_more() {
    let world = World::new().await;
    let feed = start(&world);
    let mut guard = Ear::new(&world, &feed).await;
    assert_eq!(guard.hear().await.unwrap().kind, "snapshot");
    assert_eq!(guard.hear().await.unwrap().kind, "beat");
    let (assignment, client) = (world.guarded, world.client);
    let write = world.platform.db.write(world.org, Who::SYSTEM, move |tx| {
        let present = tx.get::<Assignment>(assignment)?;
        let principal = Party::Client(client);
        let scopes = Some(chancery_model::scopes("outcomes.manage"));
        let lessened = tx.update(Assignment { scopes, ..Assignment::clone(&present) })?;
        let (application, scopes) = (lessened.application, lessened.scopes.clone());
        let event = Event::AssignmentUpdated {
            assignment,
            principal,
            application,
            scopes,
            changed: Vec::new(),
            values: None,
        };
        Ok::<_, Fault>(tx.record(event).with(()))
    });
    write.await.unwrap();
    assert!(guard.hear().await.is_none());
}

#[tokio::test]
async fn a_node_that_cannot_know_of_other_nodes_marks_gives_no_sign_of_life() {
    let world = World::cut_off().await;
    let feed = start(&world);
    let mut guard = Ear::new(&world, &feed).await;
    assert_eq!(guard.hear().await.unwrap().kind, "snapshot");
    // Opening the database was the last look at the others; nobody looks again.
    let mut beats = 0;
    while let Some(heard) = guard.hear().await {
        assert_eq!(heard.kind, "beat");
        beats += 1;
    }
    assert!(beats <= 4, "{beats} signs of life");
    let refused = feed.subscribe(&world.guard(world.crm)).await.err().unwrap();
    assert_eq!((refused.kind, refused.code), (Kind::Unavailable, "cut_off"));
    assert!(chancery_watch::health::writable(&world.platform).await.is_err());
    // Nor does a write of its own tell it what others did meanwhile.
    mark(&world, "mine".into()).await;
    assert!(feed.subscribe(&world.guard(world.crm)).await.is_err());
}

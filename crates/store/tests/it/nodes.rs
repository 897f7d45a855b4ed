//! Several nodes on one PostgreSQL, and a PostgreSQL that goes away.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use chancery_audit::Event;
use chancery_kernel::{AppId, Fault, Kind, OrgId, UserId};
use chancery_model::{Agent, Application, MarkKey, User};
use chancery_store::tables::settings;
use chancery_store::tables::throttles::{self, Throttle};
use chancery_store::{Db, DbFault, Location, Who};

use crate::cluster::Cluster;
use crate::fixture::{Bench, START, append, event, note, register, run, verified};

/// Waits for what comes within a second or two, and fails after ten.
pub async fn soon(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..200 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never came true: {what}");
}

#[test]
fn two_nodes_never_fork_a_log() {
    let Some(cluster) = Cluster::shared() else { return };
    run(async {
        let bench = Bench::postgres(cluster);
        let nodes = [bench.open(), bench.open()];
        let orgs: Vec<OrgId> = (0..3).map(|_| nodes[0].env().id()).collect();
        let writes = (0..300).map(|n| {
            let (db, org) = (nodes[n % 2].clone(), orgs[n % 3]);
            tokio::spawn(async move { append(&db, org).await })
        });
        for write in writes.collect::<Vec<_>>() {
            write.await.unwrap().unwrap();
        }
        for org in orgs {
            assert_eq!(verified(&nodes[0], org).await.len(), 100);
        }
    });
}

#[test]
fn a_closure_sees_what_another_node_committed_before_it() {
    let Some(cluster) = Cluster::shared() else { return };
    run(async {
        let bench = Bench::postgres(cluster);
        let nodes = [bench.open(), bench.open()];
        let org: OrgId = nodes[0].env().id();
        let id = register(&nodes[0], org, "counter").await.unwrap();
        // Each raises the version it finds in memory; a stale one would be refused.
        let raises = (0..40).map(|n| {
            let db = nodes[n % 2].clone();
            tokio::spawn(async move {
                db.write(org, Who::SYSTEM, move |tx| {
                    let agent = tx.get::<Agent>(id)?;
                    tx.update((*agent).clone())?;
                    note(tx)
                })
                .await
            })
        });
        for raise in raises.collect::<Vec<_>>() {
            raise.await.unwrap().unwrap();
        }
        for db in &nodes {
            let version = || db.hot().agents.find(org, id).map(|a| a.meta.version);
            soon("both nodes know the last version", || version() == Some(41)).await;
        }
    });
}

#[test]
fn news_of_a_mark_reaches_the_other_node() {
    let Some(cluster) = Cluster::shared() else { return };
    run(async {
        let bench = Bench::postgres(cluster);
        let (here, there) = (bench.open(), bench.open());
        let org: OrgId = here.env().id();
        let id = register(&here, org, "contained").await.unwrap();
        soon("the agent is known", || there.hot().agents.find(org, id).is_some()).await;
        let mut news = there.subscribe();
        here.write(org, Who::SYSTEM, move |tx| {
            let recorded = tx.record(event(tx.id()));
            tx.mark(MarkKey::Agent(id), recorded.pos)?;
            Ok::<_, DbFault>(recorded.with(()))
        })
        .await
        .unwrap();
        let told = tokio::time::timeout(Duration::from_secs(5), news.recv()).await.unwrap().unwrap();
        assert_eq!((told.org, told.size), (org, 2));
        assert_eq!((told.marks[0].pos, told.marks[0].key.clone()), (2, id.to_string()));
        assert!(there.hot().killed_by(&[MarkKey::Agent(id)], 1).is_some());
    });
}

/// Writes until told to stop, and returns what was acknowledged: position and the user named there.
pub async fn load(db: Db, org: OrgId, stop: Arc<AtomicBool>) -> (BTreeMap<i64, UserId>, usize) {
    let (mut acknowledged, mut refused) = (BTreeMap::new(), 0);
    while !stop.load(Ordering::SeqCst) {
        let user: UserId = db.env().id();
        let write = db.write(org, Who::SYSTEM, move |tx| {
            let recorded = tx.record(event(user));
            Ok::<_, Fault>(recorded.with(recorded.pos))
        });
        match write.await {
            Ok(pos) => drop(acknowledged.insert(pos, user)),
            Err(fault) => {
                assert_eq!(fault.kind, Kind::Unavailable, "{fault:?}");
                refused += 1;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
    (acknowledged, refused)
}

pub async fn service_again(db: &Db, org: OrgId) {
    let mut tries = 0;
    while append(db, org).await.is_err() {
        tries += 1;
        assert!(tries < 500, "no service after the restart");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn a_restart_of_postgres_under_load_loses_and_doubles_nothing() {
    let Some(cluster) = Cluster::start() else { return };
    run(async {
        let bench = Bench::postgres(&cluster);
        let nodes = [bench.open(), bench.open()];
        let org: OrgId = nodes[0].env().id();
        let stop = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> =
            (0..8).map(|n| tokio::spawn(load(nodes[n % 2].clone(), org, stop.clone()))).collect();
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_millis(300)).await;
            tokio::task::block_in_place(|| cluster.stop());
            tokio::time::sleep(Duration::from_millis(200)).await;
            tokio::task::block_in_place(|| cluster.restart());
            for db in &nodes {
                service_again(db, org).await;
            }
        }
        stop.store(true, Ordering::SeqCst);
        let (mut acknowledged, mut refused) = (BTreeMap::new(), 0);
        for writer in writers {
            let (some, errors) = writer.await.unwrap();
            acknowledged.extend(some);
            refused += errors;
        }
        assert!(refused > 0, "the restarts were noticed");
        assert!(acknowledged.len() > 50, "there was a load: {}", acknowledged.len());
        let mut named = BTreeMap::new();
        for line in verified(&nodes[0], org).await {
            let Some(Event::UserEnabled { user }) = line.decode().unwrap().event().cloned() else { panic!() };
            assert_eq!(named.insert(user, line.seq), None, "recorded twice");
        }
        for (pos, user) in acknowledged {
            assert_eq!(named.get(&user), Some(&pos), "acknowledged, and not there");
        }
    });
}

#[test]
fn reading_survives_a_restart_of_postgres() {
    let Some(cluster) = Cluster::start() else { return };
    run(async {
        let db = Bench::postgres(&cluster).open();
        let org: OrgId = db.env().id();
        append(&db, org).await.unwrap();
        tokio::task::block_in_place(|| {
            cluster.stop();
            cluster.restart();
        });
        assert_eq!(
            verified(&db, org).await.len(),
            1,
            "an idle connection that was lost is replaced unnoticed"
        );
        assert_eq!(append(&db, org).await.unwrap(), 2, "and so is the writer's");
        tokio::task::block_in_place(|| cluster.stop());
        let read = db.read(|sql| sql.rows("select 1", &[])).await;
        assert!(read.is_err_and(|fault| fault.is_unavailable()));
    });
}

#[test]
fn a_node_that_was_away_too_long_reads_everything_anew() {
    let Some(cluster) = Cluster::shared() else { return };
    run(async {
        let bench = Bench::postgres(cluster);
        let Location::Postgres(url) = &bench.config.location else { return };
        let (here, there) = (bench.open(), bench.open());
        let org: OrgId = here.env().id();
        register(&here, org, "first").await.unwrap();
        soon("the first is known", || there.hot().agents.of(org).count() == 1).await;
        // Changes are forgotten before the other node has seen them.
        let forget = "create function forget() returns trigger language plpgsql as 'begin return null; end'; \
             create trigger forget before insert on hot_changes for each row execute function forget()";
        tokio::task::block_in_place(|| cluster.ask(url, forget));
        register(&here, org, "second").await.unwrap();
        soon("the second is known all the same", || there.hot().agents.of(org).count() == 2).await;
        assert_eq!(append(&there, org).await.unwrap(), 3);
    });
}

#[test]
fn plain_entries_of_another_node_are_news_within_its_poll() {
    let Some(cluster) = Cluster::shared() else { return };
    run(async {
        let bench = Bench::postgres(cluster);
        let (here, there) = (bench.open(), bench.open());
        let org: OrgId = here.env().id();
        let mut news = there.subscribe();
        append(&here, org).await.unwrap();
        let told = tokio::time::timeout(Duration::from_secs(5), news.recv()).await.unwrap().unwrap();
        assert_eq!((told.org, told.size), (org, 1));
    });
}

#[test]
fn nodes_that_share_rows_of_no_organization_do_not_wait_for_each_other_in_a_circle() {
    let Some(cluster) = Cluster::shared() else { return };
    run(async {
        let bench = Bench::postgres(cluster);
        let nodes = [bench.open(), bench.open()];
        let orgs: [OrgId; 2] = [nodes[0].env().id(), nodes[0].env().id()];
        // Failed sign-ins in two organizations, from the same two addresses in either order. Each has taken one before
        // it wants the other, as far as they let each other.
        let (to_second, from_first) = mpsc::channel();
        let (to_first, from_second) = mpsc::channel();
        let ends = [(to_second, from_second), (to_first, from_first)];
        let writes = ends.into_iter().enumerate().map(|(n, (tell, told))| {
            let (db, org) = (nodes[n].clone(), orgs[n]);
            let mut addresses = ["address:192.0.2.1", "address:192.0.2.2"];
            addresses.rotate_left(n);
            tokio::spawn(async move {
                db.write(org, Who::SYSTEM, move |tx| {
                    let counted = Throttle { failures: 1, until: START, updated: START };
                    throttles::set(tx.sql(), addresses[0], counted)?;
                    let _ = tell.send(());
                    let _ = told.recv_timeout(Duration::from_millis(300));
                    throttles::set(tx.sql(), addresses[1], counted)?;
                    note(tx)
                })
                .await
            })
        });
        for write in writes.collect::<Vec<_>>() {
            write.await.unwrap().unwrap();
        }
    });
}

#[test]
fn of_nodes_that_make_the_same_setting_one_wins_and_the_others_learn_it() {
    let Some(cluster) = Cluster::shared() else { return };
    run(async {
        let bench = Bench::postgres(cluster);
        let nodes = [bench.open(), bench.open(), bench.open()];
        for round in 0..20 {
            let made = nodes.iter().zip(0u8..).map(|(db, n)| {
                let (db, name) = (db.clone(), format!("pepper-{round}"));
                tokio::spawn(
                    async move { db.maintain(move |sql| settings::find_or_set(sql, &name, &[n])).await },
                )
            });
            let mut known = Vec::new();
            for one in made.collect::<Vec<_>>() {
                known.push(one.await.unwrap().unwrap());
            }
            assert!(known.iter().all(|value| *value == known[0]), "{known:?}");
        }
    });
}

#[test]
fn nodes_that_start_together_migrate_once() {
    let Some(cluster) = Cluster::shared() else { return };
    let bench = Bench::postgres(cluster);
    std::thread::scope(|scope| {
        let nodes: Vec<_> = (0..4).map(|_| scope.spawn(|| drop(bench.open()))).collect();
        nodes.into_iter().for_each(|node| node.join().unwrap());
    });
}

fn application(org: OrgId, id: AppId, resource: &str) -> Application {
    let plain = serde_json::json!({"id": id, "org": org, "name": id.to_string(), "resource": resource,
        "scopes": [], "token_lifetime": 300, "enabled": true, "version": 1, "created": START, "updated": START});
    serde_json::from_value(plain).unwrap()
}

fn person(org: OrgId, id: UserId, email: &str) -> User {
    let plain = serde_json::json!({"id": id, "org": org, "login": id.to_string(), "email": email,
        "display_name": "", "status": "active", "version": 1, "created": START, "updated": START});
    serde_json::from_value(plain).unwrap()
}

#[test]
fn of_nodes_that_give_the_same_address_or_audience_away_at_once_one_wins() {
    let Some(cluster) = Cluster::shared() else { return };
    run(async {
        let bench = Bench::postgres(cluster);
        let nodes = [bench.open(), bench.open()];
        let orgs: [OrgId; 2] = [nodes[0].env().id(), nodes[0].env().id()];
        for round in 0..20 {
            let writes = (0..4).map(|n| {
                let (db, org) = (nodes[n % 2].clone(), orgs[n % 2]);
                // With and without the last slash it is the same audience.
                let resource = format!("https://api-{round}.example{}", if n < 2 { "" } else { "/" });
                tokio::spawn(async move {
                    db.write(org, Who::SYSTEM, move |tx| {
                        tx.insert(application(tx.org(), tx.id(), &resource))?;
                        note(tx)
                    })
                    .await
                })
            });
            let people = (0..4).map(|n| {
                let (db, org) = (nodes[n % 2].clone(), orgs[0]);
                let email = format!("bob-{round}@corp.example");
                tokio::spawn(async move {
                    db.write(org, Who::SYSTEM, move |tx| {
                        tx.insert(person(tx.org(), tx.id(), &email))?;
                        note(tx)
                    })
                    .await
                })
            });
            for (writes, code) in
                [(writes.collect::<Vec<_>>(), "resource_taken"), (people.collect::<Vec<_>>(), "email_taken")]
            {
                let mut won = 0;
                for write in writes {
                    match write.await.unwrap() {
                        Ok(_) => won += 1,
                        Err(fault) => assert_eq!(fault.code, code, "{fault:?}"),
                    }
                }
                assert_eq!(won, 1, "round {round}: {code}");
            }
        }
    });
}

#[test]
fn what_belonged_to_a_record_is_free_when_it_has_another_or_is_gone() {
    let Some(cluster) = Cluster::shared() else { return };
    for bench in [Bench::sqlite(), Bench::postgres(cluster)] {
        run(async {
            let db = bench.open();
            let org: OrgId = db.env().id();
            let write = db.write(org, Who::SYSTEM, |tx| {
                let (one, two): (UserId, UserId) = (tx.id(), tx.id());
                tx.insert(person(tx.org(), one, "a@corp.example"))?;
                Ok::<_, Fault>(tx.record(event(one)).with((one, two)))
            });
            let (one, two) = write.await.unwrap();
            let give = async |id: UserId, email: &'static str| {
                db.write(org, Who::SYSTEM, move |tx| {
                    match tx.find::<User>(id) {
                        Some(present) => {
                            drop(tx.update(User { email: email.to_owned(), ..(*present).clone() })?)
                        }
                        None => drop(tx.insert(person(tx.org(), id, email))?),
                    }
                    note(tx)
                })
                .await
            };
            assert_eq!(give(two, "a@corp.example").await.unwrap_err().code, "email_taken");
            give(one, "b@corp.example").await.unwrap();
            give(two, "a@corp.example").await.unwrap();
            assert_eq!(give(two, "b@corp.example").await.unwrap_err().code, "email_taken");
            let gone = db.write(org, Who::SYSTEM, move |tx| {
                let present = tx.get::<User>(one)?;
                tx.delete(&present)?;
                note(tx)
            });
            gone.await.unwrap();
            give(two, "b@corp.example").await.unwrap();
        });
    }
}

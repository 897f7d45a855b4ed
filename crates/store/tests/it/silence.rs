//! A line to PostgreSQL that neither breaks nor answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chancery_audit::Event;
use chancery_kernel::{Kind, OrgId};
use chancery_store::{Config, Db, Location};

use crate::cluster::Cluster;
use crate::fixture::{Bench, append, register, run, verified};
use crate::nodes::{load, soon};
use crate::proxy::Proxy;

const PATIENCE: Duration = Duration::from_millis(1_500);

/// A node on the line, and another that reaches the same database directly.
fn nodes(cluster: &Cluster) -> (Proxy, Db, Db) {
    let bench = Bench::postgres(cluster);
    let Location::Postgres(url) = &bench.config.location else { panic!("not PostgreSQL") };
    let proxy = Proxy::to(url);
    let config = Config {
        postgres_patience: PATIENCE,
        ..Config::new(Location::Postgres(format!("{} connect_timeout=1", proxy.url())))
    };
    (proxy, Db::open(&config, bench.env()).unwrap(), bench.open())
}

#[test]
fn a_silent_line_holds_nobody_and_loses_and_doubles_nothing() {
    let Some(cluster) = Cluster::shared() else { return };
    run(async {
        let (proxy, here, there) = nodes(cluster);
        let org: OrgId = here.env().id();
        let stop = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..4).map(|_| tokio::spawn(load(here.clone(), org, stop.clone()))).collect();
        for _ in 0..2 {
            soon("the node knows what there is", || here.is_current()).await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            proxy.fall_silent();
            soon("the node says that it is cut off", || !here.is_current()).await;
            let asked = Instant::now();
            let refused = append(&here, org).await.unwrap_err();
            assert_eq!(refused.kind, Kind::Unavailable, "{refused:?}");
            let read = here.read(|sql| sql.rows("select 1", &[])).await.unwrap_err();
            assert!(read.is_unavailable(), "{read:?}");
            assert!(asked.elapsed() < PATIENCE * 4, "answered after {:?}", asked.elapsed());
            // The log goes on without the silent node, whose transaction ends where its connection does.
            register(&there, org, &format!("meanwhile-{}", asked.elapsed().as_nanos())).await.unwrap();
            proxy.speak();
        }
        soon("the node is back by itself", || here.is_current()).await;
        // Its lane may be about to give up an attempt that met silence.
        let back = Instant::now();
        while append(&here, org).await.is_err() {
            assert!(back.elapsed() < PATIENCE * 2, "it reads, and does not write");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let known = || here.hot().agents.of(org).count() == 2;
        soon("it has learned what the other one did", known).await;
        stop.store(true, Ordering::SeqCst);
        let (mut acknowledged, mut refused) = (BTreeMap::new(), 0);
        for writer in writers {
            let (some, errors) = writer.await.unwrap();
            acknowledged.extend(some);
            refused += errors;
        }
        assert!(refused > 0 && acknowledged.len() > 50, "{refused} refused, {} done", acknowledged.len());
        let mut named = BTreeMap::new();
        for line in verified(&there, org).await {
            if let Some(Event::UserEnabled { user }) = line.decode().unwrap().event().cloned() {
                assert_eq!(named.insert(user, line.seq), None, "recorded twice");
            }
        }
        for (pos, user) in acknowledged {
            assert_eq!(named.get(&user), Some(&pos), "acknowledged, and not there");
        }
    });
}

#[test]
fn nobody_waits_for_a_server_that_takes_the_connection_and_says_nothing() {
    let Some(cluster) = Cluster::shared() else { return };
    let bench = Bench::postgres(cluster);
    let Location::Postgres(url) = &bench.config.location else { return };
    let proxy = Proxy::to(url);
    proxy.fall_silent();
    let begun = Instant::now();
    let location = Location::Postgres(format!("{} connect_timeout=1", proxy.url()));
    let refused = Db::open(&Config::new(location), bench.env()).err().map(|fault| fault.to_string());
    assert!(refused.as_ref().is_some_and(|text| text.contains("does not answer")), "{refused:?}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

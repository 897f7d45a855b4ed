use std::time::{Duration, Instant};
use chancery_audit::Subject;
use chancery_kernel::{AgentId, Fault, OrgId, UserId, Seconds};
use chancery_store::log::{self};
use chancery_store::Who;
use crate::fixture::{Bench, run, append, START};

#[test]
#[ignore = "measures"]
#[expect(clippy::disallowed_methods, reason = "x")]
fn measure() {
    let count: usize = std::env::var("COUNT").unwrap().parse().unwrap();
    let pg = std::env::var("PG").is_ok();
    run(async move {
        let bench = if pg { Bench::postgres(crate::cluster::Cluster::shared().unwrap()) } else { Bench::sqlite() };
        let db = bench.open();
        let org: OrgId = db.env().id();
        let t = Instant::now();
        for _ in 0..500 { append(&db, org).await.unwrap(); }
        eprintln!("lone: {:?} each", t.elapsed() / 500);
        let agents: Vec<AgentId> = (0..1000).map(|_| db.env().id()).collect();
        let users: Vec<UserId> = (0..10_000).map(|_| db.env().id()).collect();
        let (agents, users) = (std::sync::Arc::new(agents), std::sync::Arc::new(users));
        let t = Instant::now();
        let writers = 512;
        let tasks: Vec<_> = (0..writers).map(|w| {
            let (db, agents, users) = (db.clone(), agents.clone(), users.clone());
            tokio::spawn(async move {
                for n in 0..count / writers {
                    let k = n * writers + w;
                    let (agent, user) = (agents[(k * 7919) % 1000], users[(k * 104729) % 10_000]);
                    db.write(org, Who::SYSTEM, move |tx| {
                        let e = if k % 100 == 0 { crate::fixture::event(user) } else { crate::log::use_of(tx.org(), agent, user, chancery_audit::Verdict::Allow) };
                        Ok::<_, Fault>(tx.record(e).with(()))
                    }).await.unwrap();
                }
            })
        }).collect();
        let clock = bench.clock.clone();
        let ticker = tokio::spawn(async move { loop { tokio::time::sleep(Duration::from_millis(20)).await; clock.advance(Seconds(1)); } });
        for t in tasks { t.await.unwrap(); }
        ticker.abort();
        let el = t.elapsed();
        eprintln!("crowd: {:.0}/s", count as f64 / el.as_secs_f64());
        let q = |name: &'static str| {
            let (db, agents) = (db.clone(), agents.clone());
            async move {
                let mut worst = Duration::ZERO; let mut sum = Duration::ZERO;
                for i in 0..200 {
                    let s = Subject::of(agents[i * 5]);
                    let t = Instant::now();
                    let f = db.read(move |sql| log::last_of_subject(sql, org, s, None, 50)).await.unwrap();
                    let e = t.elapsed(); sum += e; worst = worst.max(e);
                    assert_eq!(f.items.len(), 50);
                }
                let mut sum2 = Duration::ZERO;
                for i in 0..200i64 {
                    let t = Instant::now();
                    db.read(move |sql| log::by_kind(sql, org, &[101], (Some(START.plus(Seconds(i))), Some(START.plus(Seconds(i + 2000)))), None, 100)).await.unwrap();
                    sum2 += t.elapsed();
                }
                let end = db.read(move |sql| log::end(sql, org)).await.unwrap().unwrap();
                let t = Instant::now();
                for i in 0..200i64 { db.read(move |sql| log::get(sql, org, i * 37 + 1)).await.unwrap().unwrap(); }
                eprintln!("{name}: last50 {:?} worst {:?}; page by type {:?}; get {:?}; indexed {}/{}", sum / 200, worst, sum2 / 200, t.elapsed() / 200, end.indexed, end.size);
            }
        };
        q("before").await;
        let t = Instant::now();
        loop {
            let end = db.read(move |sql| log::end(sql, org)).await.unwrap().unwrap();
            if end.indexed == end.size { break; }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        eprintln!("index caught up after {:?}", t.elapsed());
        q("after").await;
        let t = Instant::now();
        let n = crate::fixture::verified(&db, org).await.len();
        eprintln!("verified {n} in {:?}", t.elapsed());
    });
}

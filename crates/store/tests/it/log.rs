//! Reading the log gives the same answers with the index, without it, and half-way.

use std::time::Duration;

use chancery_audit::{AgentFacts, Decision, Event, Evidence, Person, Subject, Target, Task, Text, Verdict};
use chancery_kernel::{AgentId, Fault, OrgId, ScopeSet, Seconds, UserId};
use chancery_store::log::{self, Filter};
use chancery_store::{Db, Sql, Who};

use crate::fixture::{Bench, START, append, event, on_both, verified};

on_both! {
    searches_agree_with_a_plain_look_at_every_entry
    entries_are_found_by_position_id_and_time
    checkpoints_are_kept_once_for_a_size
}

/// A day of a small organization: five agents, two kinds of events, allowed and denied.
async fn fill(bench: &Bench, db: &Db, org: OrgId, agents: &[AgentId], count: usize) {
    for n in 0..count {
        let agent = agents[n * n % agents.len()];
        let verdict = if n % 4 == 0 { Verdict::Deny } else { Verdict::Allow };
        db.write(org, Who::SYSTEM, move |tx| {
            let named = if n % 3 == 0 { event(tx.id()) } else { use_of(tx.org(), agent, tx.id(), verdict) };
            Ok::<_, Fault>(tx.record(named).with(()))
        })
        .await
        .unwrap();
        if n % 2 == 0 {
            bench.clock.advance(Seconds(1));
        }
    }
}

fn use_of(org: OrgId, agent: AgentId, user: UserId, verdict: Verdict) -> Event {
    let text = |text| Text::new(text);
    let target = Target { organization: org, application: None, name: text("crm") };
    let evidence = Evidence {
        user: Person::Acting { user, login: text("alice"), asked_by: None },
        agent: AgentFacts {
            agent,
            name: text("scout"),
            client: chancery_kernel::Id::from_uuid(Default::default()),
            chain: Vec::new(),
        },
        target,
        resource: text("contacts"),
        task: Task { run: None, scopes: ScopeSet::default() },
        decision: Decision { verdict, by: text("rule") },
        outcome: text("200"),
    };
    Event::TokenUsed {
        jti: text("t"),
        evidence,
        method: text("GET"),
        path: text("/"),
        status: 200,
        reason: None,
    }
}

/// All pages of a search, by position.
async fn pages(db: &Db, org: OrgId, filter: &Filter, size: usize) -> Vec<i64> {
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let filter = filter.clone();
        let page = db.read(move |sql| log::timeline(sql, org, &filter, before, size)).await.unwrap();
        assert!(page.items.len() <= size);
        found.extend(page.items.iter().map(|line| line.seq));
        match page.next {
            Some(next) => before = Some(next),
            None => return found,
        }
    }
}

/// The judge: reads everything and asks each entry.
fn plainly(lines: &[log::Stored], filter: &Filter) -> Vec<i64> {
    let passes = |line: &&log::Stored| {
        let entry = line.decode().unwrap();
        let event = entry.event().unwrap();
        filter
            .subject
            .is_none_or(|s| event.subjects().contains(&s) || entry.envelope.actor.subject() == Some(s))
            && (filter.kinds.is_empty() || filter.kinds.contains(&event.code()))
            && filter.verdict.is_none_or(|v| event.evidence().is_some_and(|e| e.decision.verdict == v))
            && filter.from.is_none_or(|t| line.at >= t)
            && filter.until.is_none_or(|t| line.at < t)
    };
    lines.iter().rev().filter(passes).map(|line| line.seq).collect()
}

fn filters(agents: &[AgentId]) -> Vec<Filter> {
    let (used, enabled) = (101, 313);
    let mut all = vec![Filter::default()];
    for subject in [None, Some(Subject::of(agents[0])), Some(Subject::of(agents[3]))] {
        for kinds in [vec![], vec![used], vec![enabled, used], vec![999]] {
            for verdict in [None, Some(Verdict::Deny)] {
                for (from, until) in [(None, None), (Some(30), None), (None, Some(50)), (Some(20), Some(70))]
                {
                    let time = |t: Option<i64>| t.map(|t| START.plus(Seconds(t)));
                    let kinds = kinds.clone();
                    all.push(Filter { subject, kinds, verdict, from: time(from), until: time(until) });
                }
            }
        }
    }
    all
}

async fn indexed(db: &Db, org: OrgId) -> (i64, i64) {
    db.read(move |sql| log::end(sql, org)).await.unwrap().map_or((0, 0), |end| (end.indexed, end.size))
}

async fn searches_agree_with_a_plain_look_at_every_entry(bench: Bench) {
    let db = bench.open();
    let (org, other): (OrgId, OrgId) = (db.env().id(), db.env().id());
    let agents: Vec<AgentId> = (0..5).map(|_| db.env().id()).collect();
    // A part of the index each time, once it was quiet for a moment; four of them become one.
    for n in 1..=9 {
        fill(&bench, &db, org, &agents, 10).await;
        fill(&bench, &db, other, &agents, 1).await;
        for _ in 0..100 {
            if indexed(&db, org).await == (n * 10, n * 10) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(indexed(&db, org).await, (n * 10, n * 10));
    }
    fill(&bench, &db, org, &agents, 60).await;
    let parts = |sql: &mut Sql<'_>| sql.rows("select count(*) from audit_parts", &[])?[0].int(0);
    assert!(db.read(parts).await.unwrap() < 14, "18 were made, and some were merged");
    let lines = verified(&db, org).await;
    for filter in filters(&agents) {
        let judged = plainly(&lines, &filter);
        for size in [7, 500] {
            assert_eq!(pages(&db, org, &filter, size).await, judged, "{filter:?}");
        }
    }
    // Another process has no tail in memory.
    drop(db);
    let db = bench.open();
    for filter in filters(&agents) {
        assert_eq!(pages(&db, org, &filter, 11).await, plainly(&lines, &filter), "{filter:?}");
    }
}

async fn entries_are_found_by_position_id_and_time(bench: Bench) {
    let db = bench.open();
    let org: OrgId = db.env().id();
    for n in 0..300 {
        append(&db, org).await.unwrap();
        if n % 100 == 50 {
            bench.clock.advance(Seconds(1));
        }
    }
    let lines = verified(&db, org).await;
    for line in lines.iter().step_by(37) {
        let (seq, id) = (line.seq, line.decode().unwrap().envelope.id);
        assert_eq!(db.read(move |sql| log::get(sql, org, seq)).await.unwrap().as_ref(), Some(line));
        assert_eq!(
            db.read(move |sql| log::find_by_event_id(sql, org, id)).await.unwrap().as_ref(),
            Some(line)
        );
    }
    let unknown = db.env().id();
    assert_eq!(db.read(move |sql| log::find_by_event_id(sql, org, unknown)).await.unwrap(), None);
    assert_eq!(db.read(move |sql| log::get(sql, org, 301)).await.unwrap(), None);
    for (time, first) in [(-1, 1), (0, 1), (1, 52), (2, 152), (3, 252), (4, 301)] {
        let at = START.plus(Seconds(time));
        let since = db.read(move |sql| {
            let end = log::end(sql, org)?.unwrap();
            log::first_since(sql, &end, at)
        });
        assert_eq!(since.await.unwrap(), first);
    }
    let some = db.read(move |sql| log::entries(sql, org, 290, 5)).await.unwrap();
    assert!(some.iter().map(|line| line.seq).eq(290..295));
    let nobody = db.env().id();
    assert!(db.read(move |sql| log::entries(sql, nobody, 1, 5)).await.unwrap().is_empty());
    assert_eq!(db.read(log::logs).await.unwrap(), [org]);
}

async fn checkpoints_are_kept_once_for_a_size(bench: Bench) {
    let db = bench.open();
    let org: OrgId = db.env().id();
    for (size, note) in [(5, "five"), (9, "nine"), (9, "nine again")] {
        let kept = log::Checkpoint { size, note: note.to_owned(), at: START };
        db.maintain(move |sql| log::keep_checkpoint(sql, org, &kept)).await.unwrap();
    }
    let notes = db.read(move |sql| log::checkpoints(sql, org, None, 10)).await.unwrap();
    assert!(notes.iter().map(|c| c.note.as_str()).eq(["nine", "five"]));
    let older = db.read(move |sql| log::checkpoints(sql, org, Some(9), 10)).await.unwrap();
    assert_eq!(older.len(), 1);
}

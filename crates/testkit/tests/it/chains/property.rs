//! Whatever the agents do, in whatever order: what is derived is never more than what it came from.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::chains::Chain;
use crate::world::claims;
use chancery_testkit::Browser;

const AGENTS: usize = 6;

/// One try: which of the tokens so far, by which agent, for which system, with which of its scopes, after which time.
#[derive(Clone, Debug)]
struct Step {
    token: prop::sample::Index,
    /// Whom the token is for, most of the time; else anybody.
    right: bool,
    by: usize,
    to: usize,
    scopes: Option<u8>,
    wait: i64,
}

fn step() -> impl Strategy<Value = Step> {
    let scopes = prop::option::of(1u8..8);
    (any::<prop::sample::Index>(), prop::bool::weighted(0.8), 0..AGENTS, 0..=AGENTS, scopes, 0i64..40)
        .prop_map(|(token, right, by, to, scopes, wait)| Step { token, right, by, to, scopes, wait })
}

/// A token, and the agents that may do something with it.
struct Held {
    text: String,
    claims: Value,
    issued_to: usize,
    is_for: Option<usize>,
}

/// A company in which not every agent, and not the person, may everything everywhere.
async fn company() -> Chain {
    let mut c = Chain::of(AGENTS).await;
    for (agent, app, scopes) in [(1, 3, "api3.read"), (2, 4, "api4.read api4.write"), (0, 5, "api5.write")] {
        let (agent, app) = (c.links[agent].agent.id.clone(), c.links[app].api.id.clone());
        let path = format!("/api/v1/assignments?principal={agent}&application={app}");
        let found = c.w.read(&path).await["items"][0]["id"].as_str().unwrap().to_owned();
        let api = c.w.api().await;
        api.patch(&format!("/api/v1/assignments/{found}"), json!({"scopes": scopes}))
            .await
            .unwrap()
            .ok()
            .unwrap();
    }
    c
}

fn words(scope: &Value) -> BTreeSet<String> {
    scope.as_str().unwrap_or_default().split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// What the assignments of an agent, or of the person, allow at a system.
fn assigned(c: &Chain, principal: &str, app: &str) -> BTreeSet<String> {
    let hot = c.w.kit.running.platform.db.hot();
    let found = hot
        .assignments
        .all()
        .find(|a| a.principal.to_string() == principal && a.application.to_string() == app);
    let all = || hot.applications.find_anywhere(app.parse().unwrap()).unwrap().all_scopes();
    found
        .map(|a| a.scopes.clone().unwrap_or_else(all))
        .unwrap_or_default()
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// That a token is not more than the one it came from.
fn judge(c: &Chain, by: usize, app: &str, source: &Held, derived: &Value) -> Result<(), TestCaseError> {
    let before = &source.claims;
    for same in ["iss", "sub", "org_id", "run_id", "auth_time", "acr", "amr"] {
        prop_assert_eq!(&derived[same], &before[same], "{}", same);
    }
    prop_assert!(derived["exp"].as_i64() <= before["exp"].as_i64(), "it lives longer");
    let chain = |claims: &Value| {
        let (mut act, mut all) = (claims["act"].clone(), Vec::new());
        while let Some(agent) = act["sub"].as_str() {
            all.push(agent.to_owned());
            act = act["act"].clone();
        }
        all
    };
    let (now, then, own) = (chain(derived), chain(before), c.links[by].agent.id.clone());
    let wanted = if then.first() == Some(&own) { then } else { [vec![own], then].concat() };
    prop_assert_eq!(&now, &wanted, "the chain was shortened or bent");
    prop_assert!(now.len() <= 5 && now.iter().collect::<BTreeSet<_>>().len() == now.len());
    let scopes = words(&derived["scope"]);
    if derived["aud"] == before["aud"] {
        prop_assert!(scopes.is_subset(&words(&before["scope"])), "the scope grew: {:?}", scopes);
    }
    for principal in now.iter().chain([&c.alice.id]) {
        prop_assert!(scopes.is_subset(&assigned(c, principal, app)), "{} never had {:?}", principal, scopes);
    }
    prop_assert!(
        scopes.iter().all(|scope| scope.ends_with(".read") || scope.ends_with(".write")),
        "{:?}",
        scopes
    );
    // Each system has its own end; everything else that ends the source ends this too.
    for key in
        before["keys"].as_array().unwrap().iter().filter(|key| !key.as_str().unwrap().starts_with("app_"))
    {
        prop_assert!(derived["keys"].as_array().unwrap().contains(key), "{} would no longer end it", key);
    }
    Ok(())
}

async fn play(c: &Chain, browser: &mut Browser, steps: &[Step]) -> Result<usize, TestCaseError> {
    let first =
        c.w.sign_in_with(browser, &c.alice, &c.links[0].agent.client, &[("scope", "openid")]).await.access;
    let mut held = vec![Held { claims: claims(&first), text: first, issued_to: 0, is_for: None }];
    let mut issued = 0;
    for step in steps {
        c.w.advance(step.wait);
        let source = step.token.get(&held);
        let by = if step.right { source.is_for.unwrap_or(source.issued_to) } else { step.by };
        let (app, name) = match c.links.get(step.to) {
            Some(link) => (&link.api, format!("api{}", step.to)),
            None => (&c.crm, "crm".to_owned()),
        };
        let asked: Vec<String> = ["read", "write", "pay"]
            .iter()
            .enumerate()
            .filter(|(at, _)| step.scopes.is_some_and(|bits| bits >> at & 1 == 1))
            .map(|(_, word)| format!("{name}.{word}"))
            .collect();
        let (asked, mut fields) = (asked.join(" "), vec![("resource", app.resource.as_str())]);
        if !asked.is_empty() {
            fields.push(("scope", &asked));
        }
        let reply = c.w.exchange(&c.links[by].agent.client, &source.text, &fields).await;
        prop_assert!(reply.status == 200 || reply.status == 400, "{}", reply.text);
        if reply.status == 400 {
            continue;
        }
        prop_assert!(
            by == source.issued_to || Some(by) == source.is_for,
            "agent {} took it from the wire",
            by
        );
        let text = reply.access();
        let derived = claims(&text);
        judge(c, by, &app.id, source, &derived)?;
        issued += 1;
        let is_for = (step.to < AGENTS).then_some(step.to);
        held.push(Held { text, claims: derived, issued_to: by, is_for });
    }
    Ok(issued)
}

#[tokio::test(flavor = "multi_thread")]
async fn derived_is_never_more_than_its_source() {
    let c = company().await;
    let mut browser = c.w.kit.browser().unwrap();
    browser.sign_in(&c.alice.login, chancery_testkit::PASSWORD).await.unwrap();
    let browser = std::sync::Mutex::new(browser);
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let issued = std::sync::atomic::AtomicUsize::new(0);
    let (handle, sequences) = (Handle::current(), prop::collection::vec(step(), 1..24));
    let done = tokio::task::block_in_place(|| {
        runner.run(&sequences, |steps| {
            let mut browser = browser.lock().unwrap();
            let some = handle.block_on(play(&c, &mut browser, &steps))?;
            issued.fetch_add(some, std::sync::atomic::Ordering::SeqCst);
            Ok(())
        })
    });
    done.unwrap_or_else(|told| panic!("{told}"));
    let issued = issued.into_inner();
    assert!(issued > 60, "only {issued} tokens were derived: the sequences try too little");
}

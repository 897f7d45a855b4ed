//! Whatever is exchanged in whatever order: nothing grows, and nobody is forgotten.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::world::{Agent, App, World, claims};

/// One exchange: of which token so far, to which system, with which scopes.
type Step = (prop::sample::Index, usize, u8, i64);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((any::<prop::sample::Index>(), 0..3usize, 0..8u8, 0..40i64), 1..12)
}

struct Stage {
    w: World,
    agent: Agent,
    apps: Vec<App>,
    starts: Vec<String>,
}

async fn stage() -> Stage {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let mut apps = vec![crm];
    for name in ["mail", "desk"] {
        let app = w.app(name, json!({})).await;
        w.assign(&alice.id, &app, None).await;
        w.assign(&agent.id, &app, Some(&format!("{name}.read {name}.write"))).await;
        apps.push(app);
    }
    let narrow = [("scope", "openid crm.read"), ("resource", apps[0].resource.as_str())];
    let starts = vec![
        w.sign_in(&alice, &agent.client, &[("scope", "openid")]).await.access,
        w.sign_in(&alice, &agent.client, &narrow).await.access,
    ];
    Stage { w, agent, apps, starts }
}

fn scopes(token: &Value) -> BTreeSet<&str> {
    token["scope"].as_str().unwrap().split(' ').collect()
}

impl Stage {
    async fn play(&self, steps: &[Step]) {
        let mut tokens: Vec<String> = self.starts.clone();
        for (which, app, mask, wait) in steps {
            let source = which.get(&tokens).clone();
            let app = &self.apps[*app];
            let name = app.resource.trim_start_matches("https://").split('.').next().unwrap();
            let asked: Vec<String> =
                ["read", "write", "pay"].iter().enumerate().filter(|(i, _)| mask & (1 << i) != 0).map(|(_, s)| format!("{name}.{s}")).collect();
            let asked = asked.join(" ");
            let slash = format!("{}/", app.resource);
            let to = if mask % 2 == 0 { &app.resource } else { &slash };
            let reply = self.w.exchange(&self.agent.client, &source, &[("resource", to), ("scope", &asked)]).await;
            self.w.advance(*wait);
            if reply.status != 200 {
                assert!([400].contains(&reply.status), "{}", reply.text);
                continue;
            }
            let (old, new) = (claims(&source), claims(&reply.access()));
            assert_eq!(new["aud"], app.resource);
            if old["aud"] == new["aud"] {
                assert!(scopes(&new).is_subset(&scopes(&old)), "{old} became {new}");
            }
            assert!(!new["scope"].as_str().unwrap().contains("pay"), "nobody approved");
            assert!(new["exp"].as_i64() <= old["exp"].as_i64(), "{old} became {new}");
            assert_eq!((&new["sub"], &new["act"]), (&old["sub"], &old["act"]), "{old} became {new}");
            for lasting in ["auth_time", "run_id", "org_id"] {
                assert_eq!(new[lasting], old[lasting]);
            }
            let keys = |token: &Value| -> BTreeSet<String> {
                let all = token["keys"].as_array().unwrap().iter().map(|k| k.as_str().unwrap().to_owned());
                all.filter(|key| !key.starts_with("app_")).collect()
            };
            assert!(keys(&old).is_subset(&keys(&new)), "what could end it still can: {old} became {new}");
            tokens.push(reply.access());
        }
    }
}

#[test]
fn no_sequence_of_exchanges_widens_lengthens_or_forgets() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut stage = runtime.block_on(stage());
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, proptest::test_runner::TestRng::deterministic_rng(Default::default()));
    runner
        .run(&steps(), |steps| {
            runtime.block_on(stage.play(&steps));
            Ok(())
        })
        .unwrap();
    // The clock has run: the tokens of the beginning are dead, and so is all that came of them.
    stage.w.advance(300);
    let all = runtime.block_on(async { stage.w.alive(&stage.agent.client, &stage.starts[1]).await });
    assert!(!all);
    stage.starts.clear();
}

//! The same before a real API with a guard, on the machine's clock.

use chancery_guard::Require;
use chancery_testkit::Kit;
use serde_json::json;

use crate::chains::Chain;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_sees_the_whole_chain_and_drops_it_when_any_of_it_ends() {
    let kit = Kit::start_in_real_time().await.unwrap();
    let mut c = Chain::on(World::on(kit).await, 3).await;
    let api = c.w.guarded(&c.crm, Require::scope("crm.read").delegated_only()).await;
    for end in ["agent 1", "agent 0", "person"] {
        let tokens = c.walk().await;
        let token = tokens.last().unwrap();
        let said = c.w.get_at(&api, token).await;
        let ids = [2, 1, 0].map(|at: usize| c.links[at].agent.id.as_str()).join(" ");
        assert_eq!((said.status, said.text), (200, format!("{} {ids}", c.alice.id)), "{end}");
        // What is for another API of the chain opens nothing here.
        assert_eq!(c.w.get_at(&api, &tokens[2]).await.status, 401);
        match end.strip_prefix("agent ") {
            Some(at) => {
                let agent = c.links[at.parse::<usize>().unwrap()].agent.id.clone();
                c.w.contain(&agent).await;
                c.w.until_refused(&api, token).await;
                c.w.make(&format!("/api/v1/agents/{agent}/release"), json!({"reason": "a test"})).await;
            }
            None => {
                c.w.make(&format!("/api/v1/users/{}/disable", c.alice.id), json!({"reason": "a test"})).await;
                c.w.until_refused(&api, token).await;
            }
        }
        assert_eq!(c.w.get_at(&api, token).await.status, 401, "{end}: released or not, it stays dead");
    }
}

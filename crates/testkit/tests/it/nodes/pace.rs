use crate::approvals::{Asked, CIBA, Desk};
use crate::nodes::Nodes;
use crate::world::Reply;
use chancery_server::Running;

/// Asks the other node for the answer.
async fn poll_there(d: &Desk, there: &Running, asked: &Asked) -> Reply {
    let form = [("grant_type", CIBA), ("auth_req_id", asked.id.as_str())];
    let url = format!("http://{}/oauth2/token", there.address);
    d.w.send(d.w.http.post(url).form(&d.asks.with(&form))).await
}

fn told(reply: &Reply) -> (&str, i64) {
    (reply.outcome().1, reply.body["interval"].as_i64().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_slowed_down_at_one_node_is_slow_at_the_other_and_who_keeps_the_pace_costs_no_write() {
    let Some(Nodes { w, second }) = Nodes::start().await else { return };
    let mut d = Desk::open_on(w).await;
    let asked = d.ask().await;
    second.platform.db.look().await.unwrap();
    let before = d.w.events("poll_slowed").await.len();
    let lines = async |d: &mut Desk| d.w.read("/api/v1/events?limit=1").await["items"][0]["id"].clone();
    let written = lines(&mut d).await;
    for _ in 0..5 {
        assert_eq!(told(&d.poll(&asked).await), ("authorization_pending", 5));
        assert_eq!(told(&poll_there(&d, &second, &asked).await), ("authorization_pending", 5));
        d.w.advance(5);
    }
    assert!(written.is_string() && lines(&mut d).await == written, "in pace nothing is written");
    d.poll(&asked).await;
    assert_eq!(told(&d.poll(&asked).await), ("slow_down", 10));
    second.platform.db.look().await.unwrap();
    let there = poll_there(&d, &second, &asked).await;
    assert_eq!(told(&there), ("slow_down", 15), "five seconds were enough there before");
    d.w.kit.running.platform.db.look().await.unwrap();
    d.w.advance(15);
    assert_eq!(told(&d.poll(&asked).await), ("authorization_pending", 15), "and the other way round");
    assert_eq!(d.w.events("poll_slowed").await.len(), before + 2);
    d.approves(&asked).await;
    second.platform.db.look().await.unwrap();
    assert_eq!(poll_there(&d, &second, &asked).await.status, 200, "the answer waits for no pace");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_from_node_to_node_polls_once_at_each_in_an_interval_and_no_more() {
    let Some(Nodes { w, second }) = Nodes::start().await else { return };
    let mut d = Desk::open_on(w).await;
    for order in [[true, false, false], [false, true, true], [true, false, true], [false, true, false]] {
        let asked = d.ask_with(&[("binding_message", &format!("{order:?}"))]).await;
        second.platform.db.look().await.unwrap();
        let mut told_so = Vec::new();
        for here in order {
            d.w.advance(1);
            let reply = if here { d.poll(&asked).await } else { poll_there(&d, &second, &asked).await };
            told_so.push(told(&reply).0.to_owned());
        }
        assert_eq!(told_so, ["authorization_pending", "authorization_pending", "slow_down"], "{order:?}");
        // One early poll, and the longer interval holds on both: what was in time before is too early.
        d.w.kit.running.platform.db.look().await.unwrap();
        second.platform.db.look().await.unwrap();
        d.w.advance(5);
        // Asked of the one that has not heard an early poll itself.
        let other = if order[2] { poll_there(&d, &second, &asked).await } else { d.poll(&asked).await };
        assert_eq!(told(&other).0, "slow_down", "{order:?}");
        d.answers(&asked, "deny").await;
        d.w.advance(61);
    }
}

//! Everything at once: one winner, and never a token after a no.

use super::{Desk, answers};
use crate::races::engines;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_polls_after_a_yes_get_one_token() {
    for (engine, w) in engines().await {
        eprintln!("{engine}");
        let mut d = Desk::open_on(w).await;
        let asked = d.ask().await;
        d.approves(&asked).await;
        let polls: Vec<_> = (0..100).map(|_| d.polling(&asked, "0")).collect();
        let mut tokens = 0;
        for poll in polls {
            let reply = poll.await.unwrap();
            match reply.outcome() {
                (200, _) => tokens += 1,
                (400, "invalid_grant") => {}
                other => panic!("{other:?} {}", reply.text),
            }
        }
        assert_eq!(tokens, 1);
        assert_eq!(d.w.events("approval_redeemed").await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_and_a_no_at_once_leave_one_answer() {
    for (engine, w) in engines().await {
        eprintln!("{engine}");
        let mut d = Desk::open_on(w).await;
        for round in 0..5 {
            let asked = d.ask_with(&[("binding_message", &format!("round {round}"))]).await;
            let seen = d.w.read(&format!("/api/v1/approvals/{}", asked.approval)).await["seen"].clone();
            let page = d.browser.get(&format!("/inbox/{}", asked.approval)).await.unwrap();
            let hidden = |name: &str| {
                let (_, rest) = page.body.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
                rest.split('"').next().unwrap().to_owned()
            };
            assert_eq!(hidden("seen"), seen.as_str().unwrap());
            let cookies: Vec<String> = d.browser.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
            let send = |word: &str| {
                let form = [("csrf", hidden("csrf")), ("seen", hidden("seen")), ("answer", word.to_owned())];
                let request =
                    d.w.http.post(d.w.kit.url(&format!("/inbox/{}/answer", asked.approval))).form(&form);
                let request = request.header("cookie", cookies.join("; ")).header("origin", d.w.issuer());
                tokio::spawn(async move { request.send().await.unwrap().status().as_u16() })
            };
            let both: Vec<_> = ["approve", "deny", "approve", "deny"].map(send).into_iter().collect();
            let mut taken = 0;
            for answer in both {
                taken += usize::from(answer.await.unwrap() == 303);
            }
            assert_eq!(taken, 1, "one answer counts");
            let denied = d.state(&asked).await == "denied";
            let wanted = if denied { (400, "access_denied") } else { (200, "") };
            assert_eq!(d.poll(&asked).await.outcome(), wanted);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_while_the_agent_is_contained_gives_nothing_that_works() {
    for (engine, w) in engines().await {
        eprintln!("{engine}");
        let mut d = Desk::open_on(w).await;
        for round in 0..6 {
            let asked = d.ask_with(&[("binding_message", &format!("round {round}"))]).await;
            let waiting: Vec<_> = (0..4).map(|_| d.polling(&asked, "30")).collect();
            let api = d.w.api().await;
            let agent = d.agent.id.clone();
            let contain = tokio::spawn(async move {
                let body = serde_json::json!({"reason": "a race"});
                api.post(&format!("/api/v1/agents/{agent}/contain"), body).await.unwrap().ok().unwrap()
            });
            answers(&mut d.browser, &asked.approval, "approve").await;
            contain.await.unwrap();
            for poll in waiting {
                let reply = poll.await.unwrap();
                match reply.outcome() {
                    // Fetched before the containment: dead with it.
                    (200, _) => assert!(!d.w.alive(&d.crm.guard, &reply.access()).await),
                    (400, "transaction_failed" | "invalid_grant" | "slow_down" | "access_denied") => {}
                    other => panic!("{other:?} {}", reply.text),
                }
            }
            let after = d.poll(&asked).await;
            assert_ne!(after.status, 200, "nothing after the containment: {}", after.text);
            let body = serde_json::json!({"reason": "next round"});
            d.w.make(&format!("/api/v1/agents/{}/release", d.agent.id), body).await;
            assert_ne!(d.poll(&asked).await.status, 200, "a release brings nothing back");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_while_the_time_runs_out_gives_nothing_afterwards() {
    for (engine, w) in engines().await {
        eprintln!("{engine}");
        let mut d = Desk::open_on(w).await;
        for round in 0..6 {
            let message = format!("round {round}");
            let asked = d.ask_with(&[("binding_message", &message), ("requested_expiry", "10")]).await;
            let page = d.browser.get(&format!("/inbox/{}", asked.approval)).await.unwrap();
            d.w.advance(9);
            let clock = d.w.kit.clock.clone();
            let tick = tokio::spawn(async move { clock.advance(chancery_kernel::Seconds(1)) });
            let path = format!("/inbox/{}/answer", asked.approval);
            let done = d.browser.submit(&page, &path, &[("answer", "approve")]).await.unwrap();
            tick.await.unwrap();
            assert!(matches!(done.status, 303 | 409), "{}", done.body);
            let reply = d.poll(&asked).await;
            assert_eq!(reply.outcome(), (400, "expired_token"), "{}", reply.text);
            assert_eq!(d.state(&asked).await, "expired");
        }
    }
}

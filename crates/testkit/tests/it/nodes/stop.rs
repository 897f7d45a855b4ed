use serde_json::json;

use crate::nodes::Nodes;
use crate::world::claims;

#[tokio::test(flavor = "multi_thread")]
async fn a_containment_on_one_node_holds_on_the_other_everywhere() {
    let Some(mut n) = Nodes::start().await else { return };
    let (alice, crm, agent) = n.w.trio().await;
    let to = ("resource", crm.resource.as_str());
    let subject = n.w.sign_in(&alice, &agent.client, &[("scope", "openid")]).await.access;
    let exchange = [
        ("grant_type", crate::world::EXCHANGE),
        ("subject_token", subject.as_str()),
        ("subject_token_type", crate::world::ACCESS_TOKEN),
        to,
    ];
    let there = n.form_there("/oauth2/token", &agent.client, &exchange).await;
    let token = there.access();
    assert!(
        n.w.alive(&crm.guard, &token).await && n.alive_there(&crm.guard, &token).await,
        "issued there, known here"
    );
    assert_eq!(n.w.get_at(&n.there("/oauth2/userinfo"), &subject).await.status, 200);
    let resource = n.w.kit.api_resource();
    let service =
        n.w.token(&crm.guard, &[("grant_type", "client_credentials"), ("resource", &resource)])
            .await
            .access();
    let mut feed = n.w.http.get(n.there("/revocations")).bearer_auth(service).send().await.unwrap();
    feed.chunk().await.unwrap();
    n.w.contain(&agent.id).await;
    n.soon("introspection", async || !n.alive_there(&crm.guard, &token).await).await;
    let refused = n.form_there("/oauth2/token", &agent.client, &exchange).await;
    assert_eq!(refused.outcome(), (400, "invalid_request"), "{}", refused.text);
    assert_eq!(n.w.get_at(&n.there("/oauth2/userinfo"), &subject).await.status, 401);
    // The feed of the other node tells its guards.
    let told = tokio::time::timeout(super::BOUND, async {
        loop {
            let chunk = feed.chunk().await.unwrap().expect("the feed goes on");
            let text = String::from_utf8(chunk.to_vec()).unwrap();
            let marks = text
                .lines()
                .filter_map(|line| line.strip_prefix("data: "))
                .map(|data| claims(data)["marks"].clone());
            if marks
                .flat_map(|marks| marks.as_array().cloned().unwrap_or_default())
                .any(|mark| mark.to_string().contains(&agent.id))
            {
                return;
            }
        }
    });
    told.await.expect("the feed of the other node tells of the mark");
    // Released here, the agent gets new tokens there, and the old ones stay dead.
    n.w.make(&format!("/api/v1/agents/{}/release", agent.id), json!({"reason": "a test"})).await;
    let fresh = n.w.sign_in(&alice, &agent.client, &[("scope", "openid")]).await.access;
    let exchange = [exchange[0], ("subject_token", fresh.as_str()), exchange[2], exchange[3]];
    n.soon("an exchange", async || {
        n.form_there("/oauth2/token", &agent.client, &exchange).await.status == 200
    })
    .await;
    assert!(!n.alive_there(&crm.guard, &token).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_away_here_is_gone_there() {
    let Some(mut n) = Nodes::start().await else { return };
    let (alice, crm, agent) = n.w.trio().await;
    let guard = crm.guard.clone();
    let asked = [("scope", "openid crm.read"), ("resource", crm.resource.as_str())];
    let assigned = format!("/api/v1/assignments?principal={}", alice.id);
    let assigned = n.w.read(&assigned).await["items"][0]["id"].as_str().unwrap().to_owned();
    for end in ["token", "session", "consent", "agent's stage", "assignment", "person"] {
        let mut browser = n.w.kit.browser().unwrap();
        let token = n.w.sign_in_with(&mut browser, &alice, &agent.client, &asked).await.access;
        n.soon("the token is known", async || n.alive_there(&guard, &token).await).await;
        match end {
            "token" => drop(n.w.as_client("/oauth2/revoke", &agent.client, &[("token", &token)]).await),
            "session" => {
                let page = browser.get("/log-out").await.unwrap();
                browser.submit(&page, "/log-out", &[]).await.unwrap();
            }
            "consent" => {
                let all = n.w.read("/api/v1/grants").await["items"].as_array().unwrap().clone();
                let there = all
                    .iter()
                    .find(|grant| grant["application"].is_string() && grant["ended"].is_null())
                    .unwrap();
                n.w.delete(&format!("/api/v1/grants/{}", there["id"].as_str().unwrap())).await;
            }
            "agent's stage" => n.w.stage(&agent.id, "suspended").await,
            "assignment" => n.w.delete(&format!("/api/v1/assignments/{assigned}")).await,
            _ => drop(
                n.w.make(&format!("/api/v1/users/{}/disable", alice.id), json!({"reason": "a test"})).await,
            ),
        }
        n.soon(end, async || !n.alive_there(&guard, &token).await).await;
        match end {
            "agent's stage" => n.w.stage(&agent.id, "active").await,
            "assignment" => drop(n.w.assign(&alice.id, &crm, None).await),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_disabled_here_is_not_believed_there() {
    let Some(mut n) = Nodes::start().await else { return };
    let agent = n.w.agent("sales").await;
    let ask = [("token", "x")];
    n.soon("the client is known", async || {
        n.form_there("/oauth2/introspect", &agent.client, &ask).await.status == 200
    })
    .await;
    let path = format!("/api/v1/clients/{}", agent.client.id);
    n.w.make(&format!("{path}/disable"), json!({"reason": "a test"})).await;
    n.soon("the client", async || {
        n.form_there("/oauth2/introspect", &agent.client, &ask).await.status == 401
    })
    .await;
    n.w.make(&format!("{path}/enable"), json!({})).await;
    n.soon("the client again", async || {
        n.form_there("/oauth2/introspect", &agent.client, &ask).await.status == 200
    })
    .await;
    // A session of one node is one of the other.
    let cookie = format!("chancery={}", n.w.desk.cookies["chancery"]);
    let there = n.w.http.get(n.there("/console/agents")).header("cookie", cookie);
    let page = n.w.send(there).await;
    assert!(page.status == 200 && page.text.contains("sales"), "{}", page.status);
}

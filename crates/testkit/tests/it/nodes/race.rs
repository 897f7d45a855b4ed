use chancery_jose::{Alg, ClientAssertion, SigningKey, sign};
use serde_json::json;
use tokio::task::JoinSet;

use crate::nodes::Nodes;
use crate::world::{BEARER_ASSERTION, CALLBACK, Client, Reply, Tokens, VERIFIER};

impl Nodes {
    /// The same form to both nodes, many times at once; every answer.
    async fn both_at_once(&self, client: &Client, fields: &[(&str, &str)], times: usize) -> Vec<Reply> {
        let mut all = JoinSet::new();
        for at in 0..times {
            let url = if at % 2 == 0 { self.w.kit.url("/oauth2/token") } else { self.there("/oauth2/token") };
            let request = self.w.http.post(url).form(&client.with(fields));
            all.spawn(async move { Reply::read(request.send().await.unwrap()).await });
        }
        all.join_all().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_comes_to_both_nodes_at_once_is_redeemed_once() {
    let Some(mut n) = Nodes::start().await else { return };
    let (alice, crm, agent) = n.w.trio().await;
    let mut browser = n.w.kit.browser().unwrap();
    let asked = [("scope", "openid crm.read"), ("resource", crm.resource.as_str())];
    for round in 0..8 {
        let code = n.w.code(&mut browser, &alice, &agent.client, &asked).await;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let replies = n.both_at_once(&agent.client, &fields, 2 + round).await;
        let won: Vec<&Reply> = replies.iter().filter(|reply| reply.status == 200).collect();
        assert_eq!(won.len(), 1, "round {round}");
        assert!(replies.iter().all(|reply| reply.status == 200 || reply.outcome() == (400, "invalid_grant")));
        let token = won[0].access();
        n.soon("a replay ends what came of the code, on both", async || {
            !n.w.alive(&crm.guard, &token).await && !n.alive_there(&crm.guard, &token).await
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_that_comes_to_both_nodes_at_once_is_believed_once() {
    let Some(mut n) = Nodes::start().await else { return };
    let app = n.w.app("crm", json!({"dual_subject": "agent_only"})).await;
    let agent = n.w.agent("sales").await;
    n.w.assign(&agent.id, &app, None).await;
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let keyed = json!({"name": "keyed", "agent": agent.id, "auth": "private_key_jwt", "jwks": [key.public().jwk()],
        "grants": ["client_credentials"]});
    let keyed = n.w.client(keyed).await;
    let now = n.w.now();
    for round in 0..8 {
        let claims = json!({"iss": keyed.id, "sub": keyed.id, "aud": n.w.issuer(), "jti": format!("{round}"), "iat": now, "exp": now + 60});
        let assertion = sign::<ClientAssertion, _>(&key, &claims).unwrap();
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", BEARER_ASSERTION),
            ("client_assertion", &assertion),
        ];
        let replies = n.both_at_once(&keyed, &fields, 4).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1, "round {round}");
        assert!(
            replies.iter().all(|reply| reply.status == 200 || reply.outcome() == (401, "invalid_client"))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_refresh_token_that_comes_to_both_nodes_at_once_one_successor_lives() {
    let Some(mut n) = Nodes::start().await else { return };
    let (alice, crm, agent) = n.w.trio().await;
    let asked = [("scope", "openid crm.read"), ("resource", crm.resource.as_str())];
    let first = n.w.sign_in(&alice, &agent.client, &asked).await;
    let fields = [("grant_type", "refresh_token"), ("refresh_token", first.refresh.as_str())];
    let mut live = 0;
    for reply in n.both_at_once(&agent.client, &fields, 8).await {
        if reply.status == 200 && n.w.alive(&agent.client, &Tokens::of(&reply).refresh).await {
            live += 1;
        }
    }
    assert_eq!(live, 1);
    // The log of the organization is one, whoever wrote into it, and proves itself.
    let api = n.w.api().await;
    let export =
        n.w.http.get(n.there("/api/v1/events/export")).bearer_auth(api.token.unwrap()).send().await.unwrap();
    let (status, bytes) = (export.status(), export.bytes().await.unwrap());
    assert_eq!(status, 200);
    let options = chancery_audit::VerifyOptions { trusted_key: None, older_checkpoint: None, helpers: 1 };
    let report = chancery_audit::verify(bytes.as_ref(), options).unwrap();
    assert!(report.entries > 20, "{}", report.entries);
}

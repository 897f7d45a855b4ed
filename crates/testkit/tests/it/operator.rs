//! What belongs to the deployment: founding organizations, orders beside a running server, the issuer's name, and who may
//! read the counters.

use std::net::TcpListener;

use chancery_server::control::Order;
use chancery_testkit::{ADMINISTRATOR, Kit, PASSWORD};
use serde_json::json;

use crate::world::{World, claims};

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_found_at_once_one_founds() {
    let kit = Kit::start().await.unwrap();
    let first = kit.running.setup_link.clone().unwrap();
    for (round, link) in [first, kit_link(&kit).await].into_iter().enumerate() {
        let slugs = [format!("one{round}"), format!("two{round}")];
        let (one, two) = tokio::join!(kit.found_by(&link, &slugs[0]), kit.found_by(&link, &slugs[1]));
        // Who opens the link when it is used up does not even get the form.
        let won =
            [&one, &two].iter().filter(|end| end.as_ref().is_ok_and(|(_, page)| page.status == 303)).count();
        assert_eq!(won, 1, "round {round}");
        let listed = kit.order(Order::OrganizationList).await.unwrap();
        assert_eq!(listed.len(), round + 1, "{listed:?}");
        assert!(kit.found_by(&link, "three").await.is_err(), "the link is used up");
        if round == 0 {
            let refused = kit.order(Order::SetupLink).await.unwrap_err().to_string();
            assert!(refused.contains("there is an administrator already"), "{refused}");
        }
    }
}

/// A link for one more organization; before the first one is founded it works as well.
async fn kit_link(kit: &Kit) -> String {
    kit.order(Order::OrganizationLink).await.unwrap().remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_running_server_carries_out_what_its_operator_orders() {
    let mut w = World::start().await;
    let of = |lines: &[String], state: &str| {
        let line = lines.iter().find(|line| line.starts_with(state) && line.contains("ES256")).unwrap();
        line.split_whitespace().last().unwrap().to_owned()
    };
    let before = w.kit.order(Order::KeyList).await.unwrap();
    let young = w.kit.order(Order::KeyRotate { alg: "ES256".into() }).await.unwrap_err().to_string();
    assert!(young.contains("less than an hour ago") && young.contains("withdraw"), "{young}");
    w.advance(3_600);
    let rotated = w.kit.order(Order::KeyRotate { alg: "ES256".into() }).await.unwrap();
    assert_eq!(of(&rotated, "active"), of(&before, "next"));
    assert_eq!(of(&rotated, "old"), of(&before, "active"));
    let kid = of(&rotated, "active");
    let withdrawn = w.kit.order(Order::KeyWithdraw { kid: kid.clone() }).await.unwrap();
    assert_eq!(of(&withdrawn, "active"), of(&rotated, "next"));
    assert!(!withdrawn.iter().any(|line| line.contains(&kid)), "{withdrawn:?}");
    for (order, why) in [
        (Order::KeyRotate { alg: "HS256".into() }, "is not ES256"),
        (Order::KeyRotate { alg: "RS256".into() }, "signing key of this algorithm"),
        (Order::KeyWithdraw { kid }, "signing key"),
    ] {
        let refused = w.kit.order(order).await.unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
    }
    // The tokens of the server are signed with what the operator left.
    let token = w.api().await.token.unwrap();
    assert_eq!(crate::world::header(&token)["kid"], of(&withdrawn, "active"));
    let other = kit_link(&w.kit).await;
    let (_, done) = w.kit.found_by(&other, "subsidiary").await.unwrap();
    assert_eq!(done.status, 303, "{}", done.body);
    let listed = w.kit.order(Order::OrganizationList).await.unwrap();
    assert!(listed.iter().any(|line| line.contains("subsidiary")), "{listed:?}");
    // What one organization's administrator sees is not more for that.
    assert_eq!(w.read("/api/v1/organizations").await["items"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn under_another_name_the_server_is_another_issuer_and_its_api_moves_along() {
    let mut w = World::start().await;
    let old = w.kit.management_token(&mut w.desk, None).await.unwrap();
    let World { kit, .. } = w;
    let port = free_port();
    let kit = kit
        .again_with(|config| {
            config.listen.address = ([127, 0, 0, 1], port).into();
            config.issuer.url = Some(format!("http://localhost:{port}"));
        })
        .await
        .unwrap();
    let mut browser = kit.browser().unwrap();
    assert_eq!(browser.sign_in(ADMINISTRATOR, PASSWORD).await.unwrap().status, 303);
    let token = kit.management_token(&mut browser, None).await.unwrap();
    let said = claims(&token);
    assert_eq!((&said["iss"], &said["aud"]), (&json!(kit.running.issuer), &json!(kit.api_resource())));
    let get = async |token: &str| {
        let api = chancery_testkit::Api::new(kit.base(), Some(token.to_owned())).unwrap();
        api.get("/api/v1/users").await.unwrap().status
    };
    assert_eq!((get(&token).await, get(&old).await), (200, 401), "a token of the old issuer is not ours");
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_with_a_slash_keeps_it_and_its_addresses_have_one() {
    let port = free_port();
    let kit = Kit::start_with(|config| {
        config.listen.address = ([127, 0, 0, 1], port).into();
        config.issuer.url = Some(format!("http://127.0.0.1:{port}/"));
    });
    let mut w = World::on(kit.await.unwrap()).await;
    let said = w.send(w.http.get(w.kit.url("/.well-known/openid-configuration"))).await.body;
    assert_eq!(said["issuer"], format!("http://127.0.0.1:{port}/"));
    for (name, value) in said.as_object().unwrap() {
        if let Some(address) = value.as_str().and_then(|value| value.strip_prefix("http://")) {
            assert!(!address.contains("//"), "{name}: {address}");
        }
    }
    let (alice, crm, agent) = w.trio().await;
    let tokens = w.sign_in(&alice, &agent.client, &[("scope", "openid")]).await;
    let said = claims(&tokens.access);
    assert_eq!(said["iss"], format!("http://127.0.0.1:{port}/"));
    let exchanged = w.exchange(&agent.client, &tokens.access, &[("resource", &crm.resource)]).await;
    assert!(w.alive(&crm.guard, &exchanged.access()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_address_of_the_token_endpoint_is_the_same_endpoint() {
    let mut w = World::start().await;
    let app = w.app("crm", json!({"dual_subject": "agent_only"})).await;
    let agent = w.agent("sales").await;
    w.assign(&agent.id, &app, None).await;
    let fields = [("grant_type", "client_credentials")];
    let issued = w.as_client("/oauth/token", &agent.client, &fields).await;
    assert_eq!((issued.status, issued.header("cache-control")), (200, "no-store"), "{}", issued.text);
    assert!(w.alive(&app.guard, &issued.access()).await);
    let wrong = crate::world::Client { secret: "chs_wrong".into(), ..agent.client.clone() };
    let (here, there) = (
        w.as_client("/oauth/token", &wrong, &fields).await,
        w.as_client("/oauth2/token", &wrong, &fields).await,
    );
    assert_eq!((here.outcome(), here.text.clone()), (there.outcome(), there.text.clone()));
    assert_eq!(w.events("client_authentication_failed").await.len(), 2, "both are in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_counters_are_for_those_whom_the_operator_names() {
    let read = async |kit: &Kit, forwarded: Option<&str>| {
        let mut request = reqwest::Client::new().get(kit.url("/metrics"));
        if let Some(address) = forwarded {
            request =
                request.header("x-forwarded-for", address).header("forwarded", format!("for={address}"));
        }
        request.send().await.unwrap().status().as_u16()
    };
    let kit = Kit::start().await.unwrap();
    assert_eq!(read(&kit, None).await, 200, "this machine may, unless somebody else is named");
    let named = Kit::start_with(|config| config.listen.metrics = vec!["192.0.2.0/24".parse().unwrap()]);
    let named = named.await.unwrap();
    assert_eq!(read(&named, None).await, 404);
    assert_eq!(read(&named, Some("192.0.2.7")).await, 404, "anybody can write that");
    let behind = Kit::start_with(|config| {
        config.listen.metrics = vec!["192.0.2.0/24".parse().unwrap()];
        config.proxy.trusted = vec!["127.0.0.1/32".parse().unwrap()];
    });
    let behind = behind.await.unwrap();
    assert_eq!((read(&behind, Some("192.0.2.7")).await, read(&behind, Some("192.0.3.7")).await), (200, 404));
    assert_eq!(read(&behind, Some("192.0.2.7, 198.51.100.9")).await, 404, "the nearest one counts");
}

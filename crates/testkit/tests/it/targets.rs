//! What a request names: the resource (RFC 8707), the scope, and what is not served (RFC 9396).

use serde_json::json;

use crate::world::{World, claims, parameters};
use chancery_testkit::PASSWORD;

const OTHER: (&str, &str) = ("audience", "https://elsewhere.example/api");

#[tokio::test(flavor = "multi_thread")]
async fn resource_and_audience_that_differ_are_no_target() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let desk = w.app("desk", json!({"dual_subject": "agent_only"})).await;
    w.assign(&agent.id, &desk, None).await;
    let (to_crm, to_desk) = (("resource", crm.resource.as_str()), ("resource", desk.resource.as_str()));
    let subject = w.sign_in(&alice, &agent.client, &[("scope", "openid")]).await.access;
    let own = |more: &[(&'static str, &'static str)]| {
        let mut fields = vec![("grant_type", "client_credentials"), to_desk];
        fields.extend_from_slice(more);
        fields
    };
    assert_eq!(w.token(&agent.client, &own(&[OTHER])).await.outcome(), (400, "invalid_target"));
    assert_eq!(w.token(&agent.client, &own(&[("audience", "https://desk.example/api/")])).await.status, 200);
    let reply = w.exchange(&agent.client, &subject, &[to_crm, OTHER]).await;
    assert_eq!(reply.outcome(), (400, "invalid_target"), "{}", reply.text);
    let same = w.exchange(&agent.client, &subject, &[to_crm, ("audience", "https://crm.example/api")]).await;
    assert_eq!(same.status, 200, "{}", same.text);
    let path = w.request(&agent.client, &[("scope", "crm.read"), to_crm, OTHER]);
    let page = w.walk(&mut w.kit.browser().unwrap(), &alice, &path).await;
    assert_eq!(parameters(&page)["error"], "invalid_target");
}

#[tokio::test(flavor = "multi_thread")]
async fn scheme_and_host_of_a_resource_are_read_in_any_case_and_the_path_is_not() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let subject = w.sign_in(&alice, &agent.client, &[("scope", "openid")]).await.access;
    for spelled in ["HTTPS://crm.example/api", "https://CRM.Example/api", "Https://CRM.EXAMPLE/api/"] {
        let reply = w.exchange(&agent.client, &subject, &[("resource", spelled)]).await;
        assert_eq!(claims(&reply.access())["aud"], json!(crm.resource), "as it is registered: {spelled}");
    }
    for other in ["https://crm.example/API", "https://crm.example:443/api", "https://x@crm.example/api"] {
        let reply = w.exchange(&agent.client, &subject, &[("resource", other)]).await;
        assert_eq!(reply.outcome(), (400, "invalid_target"), "{other}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_the_application_lacks_is_an_invalid_scope_at_the_authorization_endpoint_too() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let mut browser = w.kit.browser().unwrap();
    browser.sign_in(&alice.login, PASSWORD).await.unwrap();
    for (scope, wanted) in [
        ("crm.dance", "invalid_scope"),
        ("crm.read users.read", "invalid_scope"),
        ("openid crm.read hr.read", "invalid_scope"),
        ("crm.wipe", "access_denied"),
    ] {
        let path = w.request(&agent.client, &[("scope", scope), ("resource", &crm.resource)]);
        let page = browser.get(&path).await.unwrap();
        assert_eq!(parameters(&page)["error"], wanted, "{scope}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn authorization_details_are_refused_and_never_passed_over() {
    let mut w = World::start().await;
    let (alice, crm, agent) = w.trio().await;
    let subject = w.sign_in(&alice, &agent.client, &[("scope", "openid")]).await.access;
    let details = ("authorization_details", r#"[{"type":"payment","amount":"1"}]"#);
    let to = ("resource", crm.resource.as_str());
    let reply = w.exchange(&agent.client, &subject, &[to, details]).await;
    assert_eq!(reply.outcome(), (400, "invalid_authorization_details"), "{}", reply.text);
    let path = w.request(&agent.client, &[("scope", "crm.read"), to, details]);
    let page = w.walk(&mut w.kit.browser().unwrap(), &alice, &path).await;
    assert_eq!(parameters(&page)["error"], "invalid_authorization_details");
}

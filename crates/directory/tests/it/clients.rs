use chancery_directory::clients::{self, ClientPatch, Issued, NewClient, secret_name};
use chancery_kernel::{Seconds, SecretKind, secret};
use chancery_model::{AuthMethod, GrantType, Principal};

use crate::world::{code, jwk, keys, nobody, none, one, set, tool};

fn secretive(name: &str) -> NewClient {
    NewClient { auth: AuthMethod::ClientSecretBasic, ..tool(name) }
}

#[tokio::test]
async fn a_secret_is_shown_once_and_kept_as_a_keyed_hash() {
    let (world, org) = one().await;
    let made = clients::create(&org.cx, secretive("importer")).await.unwrap();
    let shown = made.secret.unwrap();
    assert!(secret::well_formed(shown.expose(), SecretKind::ClientSecret));
    let kept = clients::get(&org.cx, made.client.id).await.unwrap();
    let body = serde_json::to_string(kept.as_ref()).unwrap();
    assert!(!body.contains(shown.expose()));
    let hash = world.platform.vault.keyed_hash(&shown);
    let hex: String = hash.iter().map(|b| format!("{b:02x}")).collect();
    assert!(body.contains(&hex));
    assert_eq!(kept.secrets.iter().map(|s| s.hash).collect::<Vec<_>>(), [hash]);
    let without = clients::create(&org.cx, tool("other")).await.unwrap();
    assert!(without.secret.is_none() && !without.client.has_credential());
}

#[tokio::test]
async fn secrets_are_added_and_removed_by_name() {
    let (_world, org) = one().await;
    let id = clients::create(&org.cx, secretive("importer")).await.unwrap().client.id;
    let ends = org.cx.now().plus(Seconds::days(1));
    let added = clients::add_secret(&org.cx, id, Some(1), Some(ends)).await.unwrap();
    assert_eq!(added.client.secrets.len(), 2);
    assert_eq!(added.client.secrets.last().map(secret_name).unwrap(), added.name);
    assert_eq!(code(clients::add_secret(&org.cx, id, Some(1), None).await), "stale");
    let past = Some(org.cx.now());
    assert_eq!(code(clients::add_secret(&org.cx, id, None, past).await), "in_the_past");
    let left = clients::remove_secret(&org.cx, id, None, &added.name, Issued::Keep).await.unwrap();
    assert_eq!(left.secrets.len(), 1);
    assert_eq!(code(clients::remove_secret(&org.cx, id, None, &added.name, Issued::Keep).await), "not_found");
    for _ in 0..4 {
        clients::add_secret(&org.cx, id, None, Some(ends)).await.unwrap();
    }
    assert_eq!(code(clients::add_secret(&org.cx, id, None, None).await), "too_many_secrets");
    org.clock.advance(Seconds::days(2));
    let later = clients::add_secret(&org.cx, id, None, None).await.unwrap();
    assert_eq!(later.client.secrets.len(), 2, "expired ones are forgotten");
}

#[tokio::test]
async fn keys_are_public_ones_we_can_verify_with() {
    let (_world, org) = one().await;
    let id = clients::create(&org.cx, tool("importer")).await.unwrap().client.id;
    let mut private = jwk();
    private["d"] = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A".into();
    let refused = clients::set_keys(&org.cx, id, None, &[private], Issued::Keep).await.unwrap_err();
    assert_eq!(refused.code, "bad_key");
    assert!(refused.public.contains("private member"), "{}", refused.public);
    assert!(!refused.log_line().contains("nWGxne"));
    let symmetric = serde_json::json!({"kty": "oct", "k": "AAAA"});
    for bad in
        [symmetric, serde_json::json!("key"), serde_json::json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"})]
    {
        assert_eq!(code(clients::set_keys(&org.cx, id, None, &[bad], Issued::Keep).await), "bad_key");
    }
    assert_eq!(code(clients::set_keys(&org.cx, id, None, &[jwk(), jwk()], Issued::Keep).await), "key_twice");
    assert!(clients::set_keys(&org.cx, id, None, &[jwk()], Issued::Keep).await.unwrap().has_credential());
    assert!(!clients::set_keys(&org.cx, id, None, &[], Issued::Keep).await.unwrap().has_credential());
    assert_eq!(code(clients::add_secret(&org.cx, id, None, None).await), "other_method");
    let other = clients::create(&org.cx, secretive("other")).await.unwrap().client;
    assert_eq!(
        code(clients::set_keys(&org.cx, other.id, None, &[jwk()], Issued::Keep).await),
        "other_method"
    );
}

#[tokio::test]
async fn a_client_has_to_be_whole() {
    let (_world, org) = one().await;
    let crm = org.app("crm").await;
    let web = || NewClient {
        auth: AuthMethod::None,
        grants: vec![GrantType::AuthorizationCode],
        redirect_uris: vec!["https://app.example/callback".into()],
        ..tool("web")
    };
    let bad = [
        ("no_grants", NewClient { grants: Vec::new(), ..tool("x") }),
        ("no_redirect_uri", NewClient { redirect_uris: Vec::new(), ..web() }),
        ("redirect_unused", NewClient { redirect_uris: web().redirect_uris, ..tool("x") }),
        ("bad_redirect_uri", NewClient { redirect_uris: vec!["https://*.example/".into()], ..web() }),
        ("bad_redirect_uri", NewClient { post_logout_redirect_uris: vec!["/home".into()], ..web() }),
        ("public_client", NewClient { auth: AuthMethod::None, ..tool("x") }),
        ("public_client", NewClient { application: Some(crm.id), ..web() }),
        ("keys_unused", NewClient { jwks: vec![jwk()], ..secretive("x") }),
        ("unknown_reference", NewClient { agent: Some(nobody()), ..tool("x") }),
        ("builtin", NewClient { application: Some(org.founded.management.id), ..tool("x") }),
        ("empty", tool(" ")),
    ];
    for (why, new) in bad {
        assert_eq!(code(clients::create(&org.cx, new.clone()).await), why, "{new:?}");
    }
    clients::create(&org.cx, web()).await.unwrap();
    assert_eq!(code(clients::create(&org.cx, web()).await), "name_taken");
}

#[tokio::test]
async fn the_face_of_an_agent_may_be_its_api_too_and_gets_no_right_by_that() {
    let (_world, org) = one().await;
    let (api, agent) = (org.app("helper-api").await, org.agent("helper").await);
    let both = NewClient { agent: Some(agent.id), application: Some(api.id), ..secretive("called") };
    let made = clients::create(&org.cx, both.clone()).await.unwrap().client;
    assert_eq!((made.agent, made.application), (Some(agent.id), Some(api.id)));
    let management = org.founded.management.id;
    for holder in [Principal::Client(made.id), Principal::Agent(agent.id)] {
        assert!(org.cx.db().hot().assignment(holder, management).is_none(), "{holder:?}");
    }
    let public = NewClient { auth: AuthMethod::None, grants: Vec::new(), ..both };
    assert_eq!(code(clients::create(&org.cx, public).await), "public_client");
}

#[tokio::test]
async fn the_client_of_a_resource_server_may_follow_the_feed_and_report_and_no_more() {
    let (_world, org) = one().await;
    let crm = org.app("crm").await;
    let cx = org.with_scopes("clients.read clients.manage");
    let made = clients::create(&cx, NewClient { application: Some(crm.id), ..secretive("crm server") })
        .await
        .unwrap();
    let api = org.founded.management.id;
    let held = org.cx.db().hot().assignment(Principal::Client(made.client.id), api).cloned().unwrap();
    assert_eq!(held.scopes, Some(set("marks.read outcomes.manage")));
    clients::add_secret(&cx, made.client.id, None, None).await.unwrap();
}

#[tokio::test]
async fn whoever_may_not_administer_gets_no_credential_of_a_client_that_may() {
    let (_world, org) = one().await;
    let made = clients::create(&org.cx, secretive("terraform")).await.unwrap().client;
    org.assign(Principal::Client(made.id), org.founded.management.id, None).await;
    let cx = org.with_scopes("clients.read clients.manage");
    assert_eq!(code(clients::add_secret(&cx, made.id, None, None).await), "beyond_own_rights");
    let agent = org.agent("admin-agent").await;
    org.assign(Principal::Agent(agent.id), org.founded.management.id, Some("users.manage")).await;
    let face = NewClient { agent: Some(agent.id), ..tool("second face") };
    assert_eq!(code(clients::create(&cx, face).await), "beyond_own_rights");
}

#[tokio::test]
async fn to_disable_or_delete_a_client_marks_it_alone() {
    let (_world, org) = one().await;
    let (alice, crm) = (org.user("alice").await, org.app("crm").await);
    let client = clients::create(&org.cx, tool("importer")).await.unwrap().client;
    let other = clients::create(&org.cx, tool("other")).await.unwrap().client;
    org.assign(Principal::Client(client.id), crm.id, None).await;
    let grant = org.consent(alice.id, &client, Some(crm.id)).await;
    let kept = org.consent(alice.id, &other, Some(crm.id)).await;
    let marks = org.marked_by(clients::disable(&org.cx, client.id, Some(1), Some("leaked".into()))).await;
    assert_eq!(marks, keys(&[&client.id]));
    assert_eq!(code(clients::disable(&org.cx, client.id, None, None).await), "already_disabled");
    assert_eq!(org.marked_by(clients::enable(&org.cx, client.id, None)).await, none());
    clients::delete(&org.cx, client.id, None).await.unwrap();
    assert_eq!(org.marks(), keys(&[&client.id, &grant.id]));
    let hot = org.cx.db().hot();
    assert!(hot.assignment(Principal::Client(client.id), crm.id).is_none());
    assert_eq!(hot.grants_of(alice.id).iter().map(|g| g.id).collect::<Vec<_>>(), [kept.id]);
}

#[tokio::test]
async fn a_credential_that_is_removed_takes_the_tokens_of_its_client_along_unless_it_is_told_not_to() {
    let (_world, org) = one().await;
    let client = clients::create(&org.cx, secretive("importer")).await.unwrap().client;
    let second = clients::add_secret(&org.cx, client.id, None, None).await.unwrap().name;
    let first = clients::secret_name(&client.secrets[0]);
    let (one, cx) = (client.id, &org.cx);
    let remove =
        |name: String, issued| async move { clients::remove_secret(cx, one, None, &name, issued).await };
    assert_eq!(org.marked_by(remove(first, Issued::Keep)).await, none());
    assert_eq!(org.marked_by(remove(second, Issued::End)).await, keys(&[&client.id]));
    let signer = clients::create(&org.cx, tool("signer")).await.unwrap().client;
    let other = signer.id;
    let set = |jwks: Vec<serde_json::Value>, issued| async move {
        clients::set_keys(cx, other, None, &jwks, issued).await
    };
    assert_eq!(org.marked_by(set(vec![jwk()], Issued::End)).await, none(), "a key that comes ends nothing");
    assert_eq!(org.marked_by(set(vec![jwk()], Issued::End)).await, none(), "and neither does one that stays");
    assert_eq!(org.marked_by(set(vec![], Issued::End)).await, keys(&[&signer.id]));
    set(vec![jwk()], Issued::End).await.unwrap();
    assert_eq!(org.marked_by(set(vec![], Issued::Keep)).await, none());
}

#[tokio::test]
async fn the_command_line_stays_as_it_is_but_can_be_switched_off() {
    let (_world, org) = one().await;
    let id = org.founded.command_line.id;
    let patch = ClientPatch { name: Some("mine".into()), ..ClientPatch::default() };
    assert_eq!(code(clients::update(&org.cx, id, None, patch).await), "builtin");
    assert_eq!(code(clients::delete(&org.cx, id, None).await), "builtin");
    assert_eq!(org.marked_by(clients::disable(&org.cx, id, None, None)).await, keys(&[&id]));
}

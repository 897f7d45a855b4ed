//! Tokens in three profiles from the same facts, and what can be read back from each.

use std::collections::BTreeMap;

use chancery_kernel::{
    AgentId, AppId, ClientId, GrantId, Id, OrgId, RunId, ScopeSet, SessionId, Timestamp, UserId,
};
use chancery_model::{Meta, Profile, TokenKeys, User, UserStatus};
use chancery_oauth::{
    Actor, IdTokenClaims, IntrospectionAnswer, Person, PersonClaims, TokenClaims, TokenFacts, UserinfoClaims,
};
use serde_json::{Value, json};

fn id<I: Id + std::str::FromStr>(n: u32) -> I {
    format!("{}_{n:0>26}", I::PREFIX).parse().ok().unwrap()
}

fn agent(n: u32, name: &str) -> Actor<'_> {
    Actor { id: id(n), name }
}

const ALICE: &str = "alice@corp.example";

fn alice() -> Person<'static> {
    Person {
        id: id(7),
        login: ALICE,
        email: "alice@mail.example",
        auth_time: Some(Timestamp::from_seconds(900)),
        acr: Some("urn:chancery:loa:1"),
        amr: &["pwd"],
    }
}

/// The claims of a token with these subjects.
fn written(profile: Profile, actors: &[Actor<'_>], person: Option<Person<'_>>) -> Value {
    let scope = ScopeSet::parse("system.access").unwrap();
    let keys = TokenKeys {
        org: Some(id(1)),
        agents: actors.iter().map(|a| a.id).collect(),
        user: person.map(|p| p.id),
        applications: vec![id(3)],
        clients: vec![id(2)],
        grants: vec![id::<GrantId>(5), id::<GrantId>(6)],
        run: Some(id(4)),
        session: Some(id(8)),
        family: None,
        jti: None,
        sources: Vec::new(),
    };
    let ceilings = BTreeMap::new();
    let facts = TokenFacts {
        profile,
        issuer: "https://id.example",
        audience: "https://finance.example",
        jti: "tok_1",
        issued: Timestamp::from_seconds(1_000),
        expires: Timestamp::from_seconds(1_300),
        org: id(1),
        client: id(2),
        scope: &scope,
        actors,
        person,
        run: Some(id(4)),
        keys: &keys,
        ceilings: &ceilings,
        pos: 42,
        approval: None,
        details: &[],
    };
    serde_json::to_value(facts.claims()).unwrap()
}

fn check(claims: &Value, expected: Value) {
    for (member, value) in expected.as_object().unwrap() {
        assert_eq!(claims.get(member).unwrap_or(&Value::Null), value, "{member} of {claims}");
    }
}

const NULL: Value = Value::Null;

fn text<I: Id + std::str::FromStr>(n: u32) -> String {
    id::<I>(n).to_string()
}

#[test]
fn story_one_has_exactly_its_shape() {
    let claims = written(Profile::Agbac, &[agent(1, "finance-agent-app")], Some(alice()));
    check(
        &claims,
        json!({
            "sub": "agent:finance-agent-app",
            "act": {"sub": "user:alice@corp.example"},
            "scope": "system.access",
            "delegation": {"method": "explicit", "profile": "AGBAC-Min"},
            "agbac_ver": "1.0",
            "act_as": NULL,
        }),
    );
}

#[test]
fn every_profile_has_the_common_claims() {
    for profile in [Profile::Rfc8693, Profile::Agbac, Profile::ActAs] {
        check(
            &written(profile, &[agent(1, "a")], Some(alice())),
            json!({
                "iss": "https://id.example", "aud": "https://finance.example", "jti": "tok_1",
                "iat": 1_000, "exp": 1_300, "client_id": text::<ClientId>(2), "org_id": text::<OrgId>(1),
                "auth_time": 900, "acr": "urn:chancery:loa:1", "amr": ["pwd"],
                "grant_id": text::<GrantId>(5), "run_id": text::<RunId>(4), "pos": 42,
                "keys": [text::<AgentId>(1), text::<UserId>(7), text::<AppId>(3), text::<ClientId>(2),
                    text::<GrantId>(5), text::<GrantId>(6), text::<RunId>(4), text::<SessionId>(8)],
            }),
        );
    }
}

#[test]
fn rfc_8693_has_the_user_as_subject_and_the_chain_nested() {
    let act =
        |n: u32| json!({"sub": text::<AgentId>(n), "iss": "https://id.example", "sub_profile": "ai_agent"});
    let chain = [agent(1, "present"), agent(2, "middle"), agent(3, "oldest")];
    let mut nested = act(1);
    nested["act"] = act(2);
    nested["act"]["act"] = act(3);
    let claims = written(Profile::Rfc8693, &chain, Some(alice()));
    check(
        &claims,
        json!({"sub": text::<UserId>(7), "act": nested, "agbac_ver": NULL, "delegation": NULL, "act_as": NULL}),
    );
}

#[test]
fn act_as_has_the_agent_as_subject_and_names_the_person() {
    let claims = written(Profile::ActAs, &[agent(1, "a")], Some(alice()));
    check(&claims, json!({"sub": text::<AgentId>(1), "act_as": "alice@mail.example", "act": NULL}));
}

#[test]
fn tokens_without_a_person_or_without_an_agent_say_so() {
    let a = [agent(1, "a")];
    let none = json!({"act": NULL, "act_as": NULL, "delegation": NULL});
    for (profile, actors, person, sub) in [
        (Profile::Rfc8693, &a[..], None, text::<AgentId>(1)),
        (Profile::Agbac, &a[..], None, "agent:a".to_owned()),
        (Profile::ActAs, &a[..], None, text::<AgentId>(1)),
        (Profile::Rfc8693, &[][..], Some(alice()), text::<UserId>(7)),
        (Profile::Agbac, &[][..], Some(alice()), format!("user:{ALICE}")),
        (Profile::ActAs, &[][..], Some(alice()), text::<UserId>(7)),
        (Profile::Rfc8693, &[][..], None, text::<ClientId>(2)),
        (Profile::Agbac, &[][..], None, text::<ClientId>(2)),
        (Profile::ActAs, &[][..], None, text::<ClientId>(2)),
    ] {
        let claims = written(profile, actors, person);
        check(&claims, json!({"sub": sub}));
        check(&claims, none.clone());
        assert_eq!(claims.get("auth_time").is_some(), person.is_some());
    }
}

#[test]
fn agents_alone_hand_on_the_authority_of_the_oldest() {
    let claims = written(Profile::Rfc8693, &[agent(1, "present"), agent(2, "oldest")], None);
    check(
        &claims,
        json!({"sub": text::<AgentId>(2), "act": {"sub": text::<AgentId>(1), "iss": "https://id.example", "sub_profile": "ai_agent"}}),
    );
}

#[test]
fn every_profile_reads_back_with_its_whole_chain() {
    for profile in [Profile::Rfc8693, Profile::Agbac, Profile::ActAs] {
        let chain = [agent(1, "present"), agent(2, "oldest")];
        let value = written(profile, &chain, Some(alice()));
        let claims: TokenClaims = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(claims.agents(), [id(1), id(2)]);
        assert_eq!(
            (claims.user(), claims.application(), claims.client()),
            (Some(id(7)), Some(id(3)), Some(id(2)))
        );
        assert_eq!(
            (claims.grants(), claims.session(), claims.run_id),
            (vec![id(5), id(6)], Some(id(8)), Some(id(4)))
        );
        assert!(claims.aud.as_ref().unwrap().contains("https://finance.example"));
        assert!(!claims.aud.as_ref().unwrap().contains("https://finance.example/"));
        assert_eq!(serde_json::to_value(&claims).unwrap(), value, "nothing is lost");
    }
}

#[test]
fn introspection_says_all_or_nothing() {
    let json = |answer: &IntrospectionAnswer| serde_json::to_string(answer).unwrap();
    assert_eq!(json(&IntrospectionAnswer::inactive()), r#"{"active":false}"#);
    let value = written(Profile::Rfc8693, &[agent(1, "a")], Some(alice()));
    let claims: TokenClaims = serde_json::from_value(value.clone()).unwrap();
    let active = serde_json::to_value(IntrospectionAnswer::active(claims.clone())).unwrap();
    check(&active, json!({"active": true, "token_type": "Bearer"}));
    check(&active, value);
    let refresh = serde_json::to_value(IntrospectionAnswer::active_refresh(claims)).unwrap();
    check(&refresh, json!({"active": true, "token_type": NULL}));
}

fn user() -> User {
    User {
        id: id(7),
        org: id(1),
        login: ALICE.into(),
        email: "alice@mail.example".into(),
        display_name: "Alice".into(),
        status: UserStatus::Active,
        manager: None,
        away: None,
        factors_reset: None,
        meta: Meta::new(Timestamp::from_seconds(5)),
    }
}

#[test]
fn userinfo_says_what_the_scopes_allow() {
    let user = user();
    let told = |scope: &str| {
        let person = PersonClaims::of(&user, &ScopeSet::parse(scope).unwrap()).to_json();
        let mut members: Vec<String> = person.as_object().unwrap().keys().cloned().collect();
        members.sort();
        members.join(" ")
    };
    assert_eq!(told("openid"), "");
    assert_eq!(told("openid profile"), "name preferred_username updated_at");
    assert_eq!(told("openid email"), "email email_verified");
    let answer = UserinfoClaims { sub: id(7), person: PersonClaims::default() };
    assert_eq!(serde_json::to_value(answer).unwrap(), json!({"sub": text::<UserId>(7)}));
}

trait ToJson {
    fn to_json(&self) -> Value;
}
impl<T: serde::Serialize> ToJson for T {
    fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap()
    }
}

#[test]
fn an_id_token_reads_back_as_a_subject() {
    let claims = IdTokenClaims {
        iss: "https://id.example",
        sub: id(7),
        aud: id(2),
        exp: 1_300,
        iat: 1_000,
        org_id: id(1),
        auth_time: Some(900),
        nonce: Some("n"),
        acr: None,
        amr: &[],
        azp: None,
        at_hash: Some("77Qm"),
        sid: Some(id(8)),
        auth_req_id: None,
        person: PersonClaims::default(),
    };
    let value = claims.to_json();
    check(
        &value,
        json!({"nonce": "n", "at_hash": "77Qm", "aud": text::<ClientId>(2), "acr": NULL, "name": NULL}),
    );
    let read: TokenClaims = serde_json::from_value(value).unwrap();
    assert_eq!((read.user(), read.client(), read.session()), (Some(id(7)), Some(id(2)), Some(id(8))));
    assert!(read.agents().is_empty());
}

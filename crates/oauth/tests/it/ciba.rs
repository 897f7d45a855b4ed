//! Backchannel requests (CIBA §7.1, §13), and what they ask for in detail (RFC 9396).

use chancery_kernel::Seconds;
use chancery_model::Action;
use chancery_oauth::{CibaRequest, Details, Hint, Params, REPEATABLE, SignedRequest, TokenRequest};
use proptest::prelude::*;

const TASK: &str = r#"{"type":"agent_task","task":"Set Acme to won","system":"CRM","data":"the record of Acme","access":"change","impact":"The forecast changes","duration":300"#;

fn query(pairs: &[(&str, &str)]) -> String {
    let encoded = |text: &str| text.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
    pairs.iter().map(|(n, v)| format!("{n}={}", encoded(v))).collect::<Vec<_>>().join("&")
}

/// The usual request, changed: an empty value leaves a parameter out.
fn read(changes: &[(&str, &str)]) -> Result<CibaRequest, &'static str> {
    let mut all = vec![("scope", "openid crm.write"), ("login_hint", "brandon@acme.example")];
    all.retain(|(name, _)| changes.iter().all(|(other, _)| other != name));
    all.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    let body = query(&all);
    let params = Params::parse_form(body.as_bytes(), REPEATABLE).unwrap();
    CibaRequest::read(&params).map_err(|e| e.code.as_str())
}

fn refused(changes: &[(&str, &str)], code: &str) {
    assert_eq!(read(changes).unwrap_err(), code, "{changes:?}");
}

fn details(text: &str) -> Result<Details, String> {
    Details::parse(text).map_err(|e| {
        assert_eq!(e.code.as_str(), "invalid_authorization_details");
        e.description().to_owned()
    })
}

#[test]
fn exactly_one_hint_says_who_is_meant() {
    assert!(matches!(read(&[]).unwrap().hint, Hint::Login(login) if login == "brandon@acme.example"));
    let json = r#"{"format":"iss_sub","iss":"https://id.example/","sub":"usr_1"}"#;
    let hint = read(&[("login_hint", json)]).unwrap().hint;
    assert!(matches!(hint, Hint::IssSub { iss, sub } if iss == "https://id.example/" && sub == "usr_1"));
    let email = r#"{"format":"email","email":"b@acme.example"}"#;
    assert!(matches!(read(&[("login_hint", email)]).unwrap().hint, Hint::Login(l) if l == "b@acme.example"));
    assert!(matches!(read(&[("login_hint", ""), ("id_token_hint", "t")]).unwrap().hint, Hint::IdToken(_)));
    refused(&[("login_hint", "")], "invalid_request");
    refused(&[("id_token_hint", "t")], "invalid_request");
    refused(&[("login_hint_token", "t")], "invalid_request");
    assert!(matches!(read(&[("login_hint", ""), ("login_hint_token", "t")]).unwrap().hint, Hint::Token(_)));
    refused(&[("login_hint", r#"{"format":"iss_sub","sub":"usr_1"}"#)], "invalid_request");
    refused(&[("login_hint", r#"{"format":"opaque","id":"1"}"#)], "invalid_request");
}

#[test]
fn what_would_change_the_meaning_is_not_passed_over() {
    refused(&[("scope", "crm.write")], "invalid_scope");
    refused(&[("scope", "")], "invalid_scope");
    refused(&[("resource", "no uri")], "invalid_target");
    assert!(read(&[("unknown", "x")]).is_ok());
    assert_eq!(
        read(&[("audience", "https://crm.example")]).unwrap().resource.unwrap(),
        "https://crm.example"
    );
}

#[test]
fn a_message_has_four_hundred_characters_of_any_script() {
    assert!(read(&[("binding_message", &"é".repeat(400))]).is_ok());
    refused(&[("binding_message", &"é".repeat(401))], "invalid_binding_message");
}

#[test]
fn an_expiry_is_a_positive_number() {
    assert_eq!(read(&[("requested_expiry", "180")]).unwrap().requested_expiry, Some(Seconds(180)));
    assert!(
        read(&[("requested_expiry", &"9".repeat(60))]).unwrap().requested_expiry.unwrap()
            > Seconds(1_000_000)
    );
    for bad in ["0", "-1", "1.5", "abc", "00"] {
        refused(&[("requested_expiry", bad)], "invalid_request");
    }
}

#[test]
fn a_poll_waits_no_longer_than_half_a_minute() {
    let poll = |wait: &str| {
        let body = format!("grant_type=urn:openid:params:grant-type:ciba&auth_req_id=a{wait}");
        let params = Params::parse_form(body.as_bytes(), REPEATABLE).unwrap();
        TokenRequest::read(&params).map_err(|e| e.code.as_str())
    };
    let waits = |wait| match poll(wait).unwrap() {
        TokenRequest::Ciba { wait, .. } => wait,
        other => panic!("{other:?}"),
    };
    assert_eq!((waits(""), waits("&wait=7"), waits("&wait=900")), (Seconds(0), Seconds(7), Seconds(30)));
    assert_eq!(poll("&wait=x").unwrap_err(), "invalid_request");
}

#[test]
fn a_task_has_six_facts_and_none_may_be_missing() {
    let whole = details(&format!("[{TASK}}}]")).unwrap();
    assert_eq!((whole.tasks[0].access, whole.tasks[0].duration), (Action::Change, Seconds(300)));
    assert_eq!(whole.values[0]["task"], "Set Acme to won");
    for fact in ["task", "system", "data", "access", "impact", "duration"] {
        let mut without: serde_json::Value = serde_json::from_str(&format!("{TASK}}}")).unwrap();
        without.as_object_mut().unwrap().remove(fact);
        let why = details(&format!("[{without}]")).unwrap_err();
        assert!(why.contains(fact), "{fact}: {why}");
    }
}

#[test]
fn nothing_of_the_details_is_dropped_silently() {
    for (more, names) in [
        (r#","colour":"red"}"#, "colour"),
        (r#","task":"another"}"#, "duplicate"),
        (r#","amount":{"currency":"EUR","value":"1","rate":"2"}}"#, "rate"),
    ] {
        let why = details(&format!("[{TASK}{more}]")).unwrap_err();
        assert!(why.contains(names), "{why}");
    }
    assert!(details(r#"[{"type":"payment"}]"#).unwrap_err().contains("agent_task"));
    for bad in ["[]", "{}", "x", r#"[{"task":"t"}]"#, r#"["agent_task"]"#] {
        details(bad).unwrap_err();
    }
    details(&format!("[{}]", vec![format!("{TASK}}}"); 6].join(","))).unwrap_err();
    // Standards, part J 12: neither depth nor length.
    let deep = format!("[{TASK},\"amount\":{}1{}}}]", "[".repeat(4_000), "]".repeat(4_000));
    for heavy in ["[".repeat(8_000), "[".repeat(100_000), deep, format!("[{TASK}}}{}]", " ".repeat(9_000))] {
        details(&heavy).unwrap_err();
    }
}

#[test]
fn an_amount_has_one_spelling() {
    let amount = |currency: &str, value: &str| {
        details(&format!(r#"[{TASK},"amount":{{"currency":"{currency}","value":"{value}"}}}}]"#))
    };
    assert_eq!(
        amount("EUR", "120000.00").unwrap().tasks[0].amount.as_ref().unwrap().words(),
        "EUR 120,000.00"
    );
    for (currency, value) in [
        ("eur", "1"),
        ("EURO", "1"),
        ("EUR", ""),
        ("EUR", "1,000"),
        ("EUR", "01"),
        ("EUR", "-1"),
        ("EUR", "1."),
        ("EUR", ".5"),
        ("EUR", "1e9"),
        ("EUR", "١"),
    ] {
        amount(currency, value).unwrap_err();
    }
    details(&format!(r#"[{TASK},"amount":{{"currency":"EUR","value":120000.00}}}}]"#)).unwrap_err();
}

#[test]
fn bounds_keep_the_page_readable() {
    let with = |name: &str, value: serde_json::Value| {
        let mut task: serde_json::Value = serde_json::from_str(&format!("{TASK}}}")).unwrap();
        task[name] = value;
        details(&format!("[{task}]"))
    };
    assert!(with("task", "é".repeat(400).into()).is_ok());
    with("task", "é".repeat(401).into()).unwrap_err();
    with("task", "  ".into()).unwrap_err();
    with("duration", 0.into()).unwrap_err();
    with("duration", 86_401.into()).unwrap_err();
    with("access", "write".into()).unwrap_err();
    with("recipients", vec!["x"; 11].into()).unwrap_err();
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_fail_otherwise_than_by_refusing(text in "\\PC{0,200}") {
        drop(Details::parse(&text));
        drop(read(&[("login_hint", &text), ("binding_message", &text), ("requested_expiry", &text)]));
    }

    #[test]
    fn what_is_read_is_what_was_written(task in "[a-zA-Z ]{1,40}x", seconds in 1..86_400i64) {
        let value = serde_json::json!([{"type": "agent_task", "task": task, "system": "s", "data": "d",
            "access": "read", "impact": "i", "duration": seconds}]);
        let read = Details::parse(&value.to_string()).unwrap();
        prop_assert_eq!(serde_json::Value::from(read.values.clone()), value);
        prop_assert_eq!(&read.tasks[0].task, &task);
    }
}

#[test]
fn our_calls_are_known_by_a_token_that_cannot_be_guessed() {
    for good in [
        "x".repeat(22),
        "x".repeat(1_024),
        "8d67dc78-7faa-4d41-aabd-67707b374255".into(),
        format!("{}==", "y".repeat(22)),
    ] {
        assert!(
            read(&[("client_notification_token", &good)]).unwrap().notification_token.is_some(),
            "{good}"
        );
    }
    for bad in [
        "x".repeat(21),
        "x".repeat(1_025),
        format!("{} x", "x".repeat(30)),
        format!("{}\r\nx: y", "x".repeat(30)),
        format!("=={}", "x".repeat(30)),
    ] {
        refused(&[("client_notification_token", &bad)], "invalid_request");
    }
}

fn signed(changes: &[(&str, serde_json::Value)]) -> Result<CibaRequest, &'static str> {
    let mut claims = serde_json::json!({"iss": "cli_1", "aud": "https://id.example", "nbf": 100, "iat": 100, "exp": 400, "jti": "1",
        "scope": "openid crm.write", "login_hint": "b@acme.example", "requested_expiry": 120});
    for (name, value) in changes {
        claims[*name] = value.clone();
    }
    let claims = claims.as_object().unwrap().clone();
    let read = SignedRequest::read(claims, "cli_1");
    read.and_then(|read| CibaRequest::read(&read.params()?)).map_err(|e| e.code.as_str())
}

#[test]
fn claims_of_a_signed_request_are_its_parameters() {
    use serde_json::json;
    assert_eq!(signed(&[]).unwrap().requested_expiry, Some(Seconds(120)));
    assert_eq!(signed(&[("requested_expiry", json!("60"))]).unwrap().requested_expiry, Some(Seconds(60)));
    let details: serde_json::Value = serde_json::from_str(&format!("[{TASK}}}]")).unwrap();
    assert_eq!(signed(&[("authorization_details", details)]).unwrap().details.tasks.len(), 1);
    for (name, wrong) in [
        ("iss", json!("cli_2")),
        ("sub", json!("cli_1")),
        ("jti", json!("")),
        ("jti", json!(7)),
        ("nbf", json!(null)),
        ("exp", json!(100 + 3_601)),
        ("iat", json!("x")),
    ] {
        assert_eq!(signed(&[(name, wrong.clone())]).unwrap_err(), "invalid_request_object", "{name} {wrong}");
    }
}

#[test]
fn nothing_of_the_request_stands_beside_a_signed_one() {
    use chancery_oauth::signed_request::signed;
    let of = |pairs: &[(&str, &str)]| {
        let body = query(pairs);
        let params = Params::parse_form(body.as_bytes(), REPEATABLE).unwrap();
        signed(&params).map(|found| found.is_some()).map_err(|e| e.code.as_str())
    };
    assert_eq!(of(&[("request", "x"), ("client_id", "y"), ("client_assertion", "z")]), Ok(true));
    assert_eq!(of(&[("scope", "openid")]), Ok(false));
    for beside in
        ["scope", "login_hint", "binding_message", "client_notification_token", "authorization_details"]
    {
        assert_eq!(of(&[("request", "x"), (beside, "y")]), Err("invalid_request"), "{beside}");
    }
    assert_eq!(of(&[("request_uri", "https://x.example")]), Err("request_uri_not_supported"));
}

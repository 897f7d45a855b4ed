use chancery_kernel::{Env, ScopeSet, SecretKind, Timestamp, env, secret};
use proptest::prelude::*;

use crate::entry::{Actor, BadEntry, Entry, encode, encode_acting};
use crate::fields::Text;
use crate::samples::{NOON, decided, envelope, evidence, id};
use crate::{Event, explain};

fn line() -> String {
    String::from_utf8(encode(&envelope(7), &decided())).unwrap()
}

/// The spelling is for ever: whoever changes it makes every old log unverifiable.
#[test]
fn a_decision_is_written_as_it_was_on_the_first_day() {
    assert_eq!(
        line(),
        concat!(
            r#"{"actor":"cli_00000000000000000000000002","at":1790000000007000,"data":{"#,
            r#""audience":"https://crm.example/api","#,
            r#""evidence":{"agent":{"agent":"agt_00000000000000000000000004","chain":[],"#,
            r#""client":"cli_00000000000000000000000002","name":"sales-assistant"},"#,
            r#""decision":{"by":"connection con_1, tier auto","verdict":"allow"},"outcome":"issued","#,
            r#""resource":"https://crm.example/api","target":{"application":"app_00000000000000000000000005","#,
            r#""name":"crm","organization":"org_00000000000000000000000001"},"#,
            r#""task":{"run":"run_00000000000000000000000006","scopes":"contacts.read"},"#,
            r#""user":{"login":"alice@corp.example","user":"usr_00000000000000000000000003"}},"#,
            r#""expires":1790000300000000,"grant_type":"urn:ietf:params:oauth:grant-type:token-exchange","#,
            r#""jti":"0191d5c0e4b07d3c9f1a2b3c4d5e6f70","profile":"rfc8693","#,
            r#""reasons":["user and agent may both use contacts.read"],"#,
            r#""source_jti":"0191d5c0e4b07d3c9f1a2b3c4d5e6f71"},"id":"evt_00000000000000000000000007","#,
            r#""kind":"token_decided","log":"org_00000000000000000000000001","#,
            r#""request":"rqt_00000000000000000000000007","seq":7}"#
        )
    );
}

#[test]
fn a_line_is_read_back_as_it_was_written() {
    let entry = Entry::decode(line().as_bytes()).unwrap();
    assert_eq!(entry, Entry::new(envelope(7), decided()));
    assert_eq!(entry.event(), Some(&decided()));
    assert_eq!(entry.evidence(), Some(&evidence()));
    let fields = entry.fields();
    assert_eq!(fields[0], ("jti".into(), "0191d5c0e4b07d3c9f1a2b3c4d5e6f70".into()));
    assert!(fields.iter().all(|(name, _)| name != "evidence" && name != "mend"));
    assert!(fields.contains(&("expires".into(), Timestamp::from_micros(NOON + 300_000_000).to_string())));
}

#[test]
fn other_spellings_of_the_same_content_are_refused() {
    let line = line();
    let refused = [
        (line.replacen(':', ": ", 1), BadEntry::NotCanonical),
        (line.replacen("crm", "\\u0063rm", 1), BadEntry::NotCanonical),
        (line.replacen("\"seq\":7", "\"seq\":7.0", 1), BadEntry::NotJson),
        (line.replacen("\"seq\":7", "\"seq\":7,\"seq\":7", 1), BadEntry::NotJson),
        (line.replacen("\"seq\":7", "\"seq\":0", 1), BadEntry::Envelope("seq")),
        (line.replacen("\"seq\":7", "\"seq\":7,\"z\":1", 1), BadEntry::NotCanonical),
        (line.replacen("\"actor\"", "\"zactor\"", 1), BadEntry::NotJson),
        (line.replacen("1790000000007000", "9007199254740993", 1), BadEntry::NotJson),
        (line.replacen("\"cli_", "\"con_", 1), BadEntry::Envelope("actor")),
        (format!("{line}\n"), BadEntry::NotCanonical),
        (String::new(), BadEntry::NotJson),
        ("[]".into(), BadEntry::NotJson),
    ];
    for (text, why) in refused {
        assert_eq!(Entry::decode(text.as_bytes()), Err(why), "{text}");
    }
}

#[test]
fn kinds_and_fields_of_a_newer_version_are_kept() {
    let newer = line().replacen("\"jti\"", "\"invented\":{\"a\":[1,null,true]},\"jti\"", 1);
    let unknown = line().replacen("\"token_decided\"", "\"token_dreamt\"", 1);
    for text in [newer, unknown] {
        let entry = Entry::decode(text.as_bytes()).unwrap();
        assert!(entry.event().is_none() && entry.evidence().is_none());
        assert_eq!(entry.encode(), text.as_bytes());
        assert!(entry.fields().iter().any(|(name, value)| name == "profile" && value == "rfc8693"));
        assert!(!explain(&entry).is_empty());
    }
}

#[test]
fn a_credential_becomes_a_digest_wherever_it_stands() {
    let env = Env::new(env::ManualClock::at(Timestamp::from_seconds(0)), env::SeededEntropy::new(3));
    for kind in SecretKind::ALL {
        let secret = secret::generate(&env, kind);
        for around in ["", "password=", &"x".repeat(480)] {
            let text = Text::new(&format!("{around}{}", secret.expose()));
            assert!(text.as_str().starts_with("[withheld sha256:"), "{text}");
        }
        let scopes = ScopeSet::parse(&format!("contacts.read {}", secret.expose())).unwrap();
        let event = Event::ClientTokenDecided {
            client: id(1),
            application: None,
            jti: None,
            scopes,
            allow: false,
            expires: None,
            reasons: vec![],
        };
        let line = String::from_utf8(encode(&envelope(1), &event)).unwrap();
        assert!(!line.contains(secret.expose()) && line.contains("contacts.read"), "{line}");
        assert!(Entry::decode(line.as_bytes()).unwrap().event().is_some());
    }
}

#[test]
fn an_old_line_with_a_credential_is_still_read() {
    let jwt = "eyJhbGciOiJFUzI1NiJ9x.eyJzdWIiOiJ4IiwiYSI6MX0.sig";
    let line = line().replacen("rfc8693", jwt, 1);
    let entry = Entry::decode(line.as_bytes()).unwrap();
    assert!(entry.event().is_none(), "no event of ours can hold it");
    assert_eq!(entry.encode(), line.as_bytes());
}

#[test]
fn text_is_cut_at_a_character_and_stays_what_it_is() {
    let long = Text::new(&"ä".repeat(1_000));
    assert!(long.as_str().len() <= Text::LONGEST && long.as_str().ends_with("ä…"));
    assert_eq!(Text::new(long.as_str()), long);
    assert_eq!(Text::new("x".repeat(512).as_str()).as_str().len(), 512);
}

#[test]
fn an_account_names_all_seven_facts() {
    let account = explain(&Entry::new(envelope(7), decided())).join("\n");
    for part in [
        "alice@corp.example",
        "sales-assistant",
        "crm",
        "https://crm.example/api",
        "contacts.read",
        "Allowed by connection con_1, tier auto.",
        "issued",
        "Because: user and agent may both use contacts.read",
    ] {
        assert!(account.contains(part), "{part} is missing in:\n{account}");
    }
}

proptest! {
    #[test]
    fn any_text_round_trips(why in any::<String>(), seq in 1i64..1 << 53, actor in 0u8..5) {
        let actors = [Actor::System, Actor::Anonymous, Actor::User(id(1)), Actor::Agent(id(1)), Actor::Client(id(1))];
        let around = crate::Envelope { seq, actor: actors[usize::from(actor)], request: None, ..envelope(1) };
        let event = Event::AgentContained { agent: id(1), incident: id(2), reason: Text::new(&why) };
        let line = encode(&around, &event);
        let entry = Entry::decode(&line).unwrap();
        prop_assert_eq!(&entry, &Entry::new(around, event));
        prop_assert_eq!(entry.encode(), line);
    }

    #[test]
    fn whatever_is_accepted_is_written_back_byte_for_byte(at in 0usize..900, byte in any::<u8>()) {
        let mut bytes = line().into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(entry) = Entry::decode(&bytes) {
            prop_assert_eq!(entry.encode(), bytes);
        }
    }

    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        let kept = Text::new(&text);
        prop_assert!(kept.as_str().len() <= Text::LONGEST);
        prop_assert_eq!(Text::new(kept.as_str()), kept);
        let _ = Entry::decode(text.as_bytes());
    }
}

#[test]
fn what_an_agent_did_is_written_with_the_seven_facts_and_read_back() {
    let event = Event::UserEnabled { user: id(9) };
    let line = encode_acting(&envelope(7), Some(&evidence()), &event);
    let text = String::from_utf8(line.clone()).unwrap();
    assert!(text.contains(r#"},"evidence":{"agent":{"agent":"agt_"#), "{text}");
    let entry = Entry::decode(&line).unwrap();
    assert_eq!((entry.event(), entry.evidence()), (Some(&event), Some(&evidence())));
    assert_eq!(entry.encode(), line);
    assert!(explain(&entry).iter().any(|said| said.contains("sales-assistant")));
    let unknown = text.replacen("\"user_enabled\"", "\"user_dreamt\"", 1);
    let kept = Entry::decode(unknown.as_bytes()).unwrap();
    assert!(kept.event().is_none() && kept.evidence().is_some());
    let odd = text.replacen("\"verdict\":\"allow\"", "\"verdict\":\"perhaps\"", 1);
    assert_eq!(Entry::decode(odd.as_bytes()), Err(BadEntry::Envelope("evidence")));
}

//! Parsers meet strangers: whatever comes, they answer, and within bounds.

use chancery_kernel::Secret;
use chancery_oauth::error::sanitized;
use chancery_oauth::{
    AuthorizeRequest, Challenge, LogoutRequest, Opening, Params, Presented, REPEATABLE, TokenQuery,
    TokenRequest, callback_url, redirect_matches, redirect_registerable, safe_return_path,
};
use proptest::prelude::*;

/// Everything that reads parameters.
fn read_all(params: &Params<'_>, header: Option<&str>, query: &str) {
    let _ = TokenRequest::read(params);
    let _ = Opening::read(params);
    let _ = AuthorizeRequest::read(params);
    let _ = LogoutRequest::read(params);
    let _ = TokenQuery::read(params);
    if let Err(error) = Presented::read(header, query, params) {
        assert!(error.description().is_ascii());
    }
}

/// Text that looks enough like a request to get past the first lines.
fn requestish() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "grant_type",
        "code",
        "scope",
        "resource",
        "subject_token",
        "subject_token_type",
        "client_id",
        "prompt",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
        "response_type",
        "state",
        "max_age",
        "claims",
        "code_challenge",
        "code_challenge_method",
        "redirect_uri",
        "token",
        "audience",
        "x",
    ]);
    let value = prop_oneof![
        Just("code".to_owned()),
        Just("S256".to_owned()),
        Just("urn:ietf:params:oauth:grant-type:token-exchange".to_owned()),
        Just("authorization_code".to_owned()),
        "[ -~]{0,20}",
        "(%[0-9a-f]{2}){0,6}",
        ".{0,8}",
    ];
    prop::collection::vec((name, value), 0..12)
        .prop_map(|pairs| pairs.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("&"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_break_a_parser(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(params) = Params::parse_form(&bytes, REPEATABLE) {
            read_all(&params, None, "");
        }
        if let Ok(params) = Params::parse_json(&bytes, REPEATABLE) {
            read_all(&params, None, "");
        }
    }

    #[test]
    fn no_request_breaks_a_reader(body in requestish(), query in requestish(), header in prop::option::of(".{0,30}")) {
        if let Ok(params) = Params::parse_query(&body, REPEATABLE) {
            read_all(&params, header.as_deref(), &query);
        }
    }

    #[test]
    fn what_a_browser_encodes_is_read_back(pairs in prop::collection::btree_map("[a-z]{1,8}", "[^\0]{1,30}", 0..8)) {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        let params = Params::parse_form(body.as_bytes(), REPEATABLE).unwrap();
        for (name, value) in &pairs {
            let read = params.get(name).map(str::to_owned).or_else(|| params.secret(name).map(|s| s.expose().to_owned()));
            prop_assert_eq!(read.as_ref(), Some(value));
        }
    }

    #[test]
    fn what_json_encodes_is_read_back(pairs in prop::collection::btree_map("[a-z]{1,8}", "[^\0]{1,30}", 0..8)) {
        let body = serde_json::to_vec(&pairs).unwrap();
        let params = Params::parse_json(&body, REPEATABLE).unwrap();
        for (name, value) in &pairs {
            let read = params.get(name).map(str::to_owned).or_else(|| params.secret(name).map(|s| s.expose().to_owned()));
            prop_assert_eq!(read.as_ref(), Some(value));
        }
    }

    #[test]
    fn descriptions_are_always_clean(text in ".{0,600}") {
        let clean = sanitized(text.into());
        prop_assert!(clean.len() <= 512);
        prop_assert!(clean.bytes().all(|b| (0x20..=0x7e).contains(&b) && b != b'"' && b != b'\\'));
    }

    #[test]
    fn what_matches_a_registered_redirect_leads_to_the_same_host(
        registered in "(https?|com\\.app)://(127\\.0\\.0\\.1|\\[::1\\]|a\\.example)(:[0-9]{1,5})?(/[a-z]{0,3})?",
        requested in "(https?|com\\.app)://(127\\.0\\.0\\.1|\\[::1\\]|a\\.example)(:[0-9]{1,5}|@b)?(/[a-z]{0,3})?",
    ) {
        if redirect_matches(&registered, &requested) && registered != requested {
            let parse = |uri: &str| url::Url::parse(uri).unwrap();
            let (a, b) = (parse(&registered), parse(&requested));
            prop_assert_eq!(a.host_str(), b.host_str());
            prop_assert_eq!((a.scheme(), a.path(), a.username()), ("http", b.path(), b.username()));
        }
    }

    #[test]
    fn redirects_and_paths_are_judged_without_trouble(text in ".{0,80}") {
        let _ = redirect_registerable(&text);
        let _ = redirect_matches(&text, &text);
        if let Some(path) = safe_return_path(&text) {
            let base = url::Url::parse("https://id.example").unwrap();
            let there = base.join(path).unwrap();
            prop_assert_eq!(there.host_str(), Some("id.example"));
        }
        let _ = callback_url(&text, &[("code", &text)]);
    }

    #[test]
    fn a_verifier_fits_its_own_challenge_only(a in "[A-Za-z0-9._~-]{43,128}", b in "[A-Za-z0-9._~-]{43,128}") {
        let challenge = Challenge::of(&Secret::new(a.clone()));
        prop_assert!(challenge.verify(&Secret::new(a.clone())));
        prop_assert_eq!(challenge.verify(&Secret::new(b.clone())), a == b);
        prop_assert_eq!(Challenge::parse(challenge.as_str()), Some(challenge));
    }
}

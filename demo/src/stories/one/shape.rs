//! The shape of the allowed token: exactly what the story says, and standard claims beside it.

use serde_json::{Map, Value, json};

use super::truth::Decided;
use crate::setup::Play;

/// RFC 9068 §2.2, RFC 7519 §4.1, OpenID Connect Core §2, and what points to this server's own records.
const STANDARD: [&str; 14] = [
    "iss",
    "aud",
    "exp",
    "iat",
    "jti",
    "client_id",
    "auth_time",
    "acr",
    "amr",
    "org_id",
    "run_id",
    "grant_id",
    "pos",
    "keys",
];

pub(super) async fn play(play: &mut Play, decided: &Decided) -> anyhow::Result<()> {
    play.stage.scene("1.5  The allowed token");
    let pass = &decided.pass;
    let exact = wanted("finance-agent-app", &play.people.alice.login);
    play.stage.exhibit(&lines(&pass.claims, &exact));
    let off = differences(&pass.claims, &exact);
    play.stage.check(off.is_empty(), &format!("its shape is exactly AGBAC 1.0{}", listed(&off)));
    let others = foreign(&pass.claims, &exact);
    play.stage.check(others.is_empty(), &format!("everything else in it is standard{}", listed(&others)));
    let bound = pass.text("iss") == play.issuer && pass.text("aud") == play.systems.finance.resource;
    play.stage.check(
        bound && pass.typ == "at+jwt",
        "it is an access token (at+jwt) of this issuer, for FinanceApp only",
    );
    Ok(())
}

fn wanted(agent: &str, login: &str) -> Map<String, Value> {
    let shape = json!({
        "sub": format!("agent:{agent}"),
        "act": {"sub": format!("user:{login}")},
        "scope": "system.access",
        "delegation": {"method": "explicit", "profile": "AGBAC-Min"},
        "agbac_ver": "1.0",
    });
    if let Value::Object(shape) = shape { shape } else { Map::new() }
}

/// Claims that are missing or say something else.
fn differences(claims: &Map<String, Value>, exact: &Map<String, Value>) -> Vec<String> {
    exact
        .iter()
        .filter(|(name, value)| claims.get(*name) != Some(value))
        .map(|(name, _)| name.clone())
        .collect()
}

/// Claims that nobody asked for.
fn foreign(claims: &Map<String, Value>, exact: &Map<String, Value>) -> Vec<String> {
    let known = |name: &&String| exact.contains_key(*name) || STANDARD.contains(&name.as_str());
    claims.keys().filter(|name| !known(name)).cloned().collect()
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!(", but for {}", names.join(", ")) }
}

/// The claims of the story first, one a line, then the names of the others.
fn lines(claims: &Map<String, Value>, exact: &Map<String, Value>) -> Vec<String> {
    let order = ["sub", "act", "scope", "delegation", "agbac_ver"];
    let shown = order.iter().filter_map(|name| claims.get(*name).map(|value| format!("\"{name}\": {value}")));
    let others: Vec<&str> =
        claims.keys().filter(|name| !exact.contains_key(*name)).map(String::as_str).collect();
    shown.chain([format!("and {}", others.join(", "))]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Map<String, Value> {
        let mut claims = wanted("a", "b");
        claims.insert("iss".into(), json!("https://id.example"));
        claims
    }

    #[test]
    fn the_right_token_differs_in_nothing() {
        let exact = wanted("a", "b");
        assert!(differences(&token(), &exact).is_empty() && foreign(&token(), &exact).is_empty());
    }

    #[test]
    fn a_wrong_a_missing_and_a_foreign_claim_are_named() {
        let exact = wanted("a", "b");
        let mut claims = token();
        claims.insert("act".into(), json!({"sub": "user:b", "iss": "x"}));
        claims.remove("agbac_ver");
        claims.insert("email".into(), json!("b"));
        assert_eq!(differences(&claims, &exact), ["act", "agbac_ver"]);
        assert_eq!(foreign(&claims, &exact), ["email"]);
    }
}

//! What people type into forms, read into what use cases take.

use std::str::FromStr;

use chancery_context::Cx;
use chancery_directory::{agents, applications, clients, groups, users};
use chancery_kernel::{
    AgentId, AppId, ClientId, Fault, GroupId, Outcome, PageRequest, ScopeSet, Seconds, Timestamp, UserId,
};
use serde_json::Value;

use crate::web::fields::Fields;

/// A form that was refused, and the field to mend; an empty one speaks of the whole form.
pub(super) struct Refused {
    pub field: &'static str,
    pub fault: Fault,
}

pub(super) type Read<T> = Result<T, Refused>;

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self { field: "", fault }
    }
}

impl Refused {
    pub fn at(field: &'static str, code: &'static str, sentence: &'static str) -> Self {
        Self { field, fault: Fault::invalid(code, sentence) }
    }
}

/// Which field a use case means, by the code of its fault: the first of these that the form has.
const PLACES: &[(&str, &[&str])] = &[
    ("backchannel_endpoint_missing", &["endpoint"]),
    ("backchannel_endpoint_unused", &["endpoint"]),
    ("backchannel_unsigned", &["request_alg"]),
    ("bad_backchannel_endpoint", &["endpoint"]),
    ("fapi_ciba", &["fapi_ciba"]),
    ("bad_address", &["address"]),
    ("bad_agent_name", &["name"]),
    ("bad_email", &["email"]),
    ("bad_key", &["jwk"]),
    ("key_twice", &["jwk"]),
    ("bad_lifetime", &["token_lifetime", "longest_lifetime"]),
    ("bad_login", &["login"]),
    ("bad_redirect_uri", &["redirect_uris"]),
    ("bad_resource", &["resource"]),
    ("in_the_past", &["expires", "ends"]),
    ("name_taken", &["login", "name"]),
    ("keys_unused", &["jwk"]),
    ("bad_name", &["name"]),
    ("no_events", &["told.asked"]),
    ("no_redirect_uri", &["redirect_uris"]),
    ("own_manager", &["manager"]),
    ("public_client", &["auth"]),
    ("reason_missing", &["reason", "why", "note"]),
    ("reason_not_plain", &["reason"]),
    ("reason_too_long", &["reason"]),
    ("redirect_unused", &["redirect_uris"]),
    ("resource_taken", &["resource"]),
    ("scope_reserved", &["name"]),
    ("unknown_scope", &["scopes"]),
];

pub(super) fn place(code: &str, fields: &Fields) -> &'static str {
    let known = PLACES.iter().find(|(known, _)| *known == code).map_or(&[][..], |(_, places)| places);
    known.iter().copied().find(|place| fields.open().any(|(name, _)| name == *place)).unwrap_or_default()
}

/// An id in an address. What is no id at all is as unknown as one that leads nowhere.
pub(super) fn id<I: FromStr>(text: &str, noun: &'static str) -> Outcome<I> {
    text.parse().map_err(|_| Fault::not_found(noun))
}

/// A person, by login or id.
pub(super) async fn person(cx: &Cx, field: &'static str, text: &str) -> Read<UserId> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    if text.is_empty() {
        return Err(Refused::at(field, "person_missing", "name a person by their login"));
    }
    let filter = users::UserFilter { login: Some(text.to_owned()), ..Default::default() };
    let found = users::list(cx, &PageRequest::new(None, Some(1)), &filter).await?;
    let none = || Refused::at(field, "unknown_login", "there is nobody with this login: type it in full");
    found.items.first().map(|user| user.id).ok_or_else(none)
}

/// The same, where nobody is an answer.
pub(super) async fn maybe_person(cx: &Cx, field: &'static str, text: &str) -> Read<Option<UserId>> {
    if text.is_empty() { Ok(None) } else { person(cx, field, text).await.map(Some) }
}

/// A group, by name or id.
pub(super) async fn group(cx: &Cx, field: &'static str, text: &str) -> Read<GroupId> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let filter = groups::GroupFilter { name: Some(text.to_owned()), ..Default::default() };
    let found = groups::list(cx, &PageRequest::new(None, Some(1)), &filter).await?;
    let none = || Refused::at(field, "unknown_group", "there is no group of this name: type it in full");
    found.items.first().map(|group| group.id).ok_or_else(none)
}

/// An application, by name or id.
pub(super) async fn application(cx: &Cx, field: &'static str, text: &str) -> Read<AppId> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let filter = applications::ApplicationFilter { name: Some(text.to_owned()), ..Default::default() };
    let found = applications::list(cx, &PageRequest::new(None, Some(1)), &filter).await?;
    let none = || Refused::at(field, "unknown_application", "there is no application of this name");
    found.items.first().map(|app| app.id).ok_or_else(none)
}

/// An agent, by name or id.
pub(super) async fn agent(cx: &Cx, field: &'static str, text: &str) -> Read<AgentId> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let filter = agents::AgentFilter { name: Some(text.to_owned()), ..Default::default() };
    let found = agents::list(cx, &PageRequest::new(None, Some(1)), &filter).await?;
    let none = || Refused::at(field, "unknown_agent", "there is no agent of this name: type it in full");
    found.items.first().map(|agent| agent.id).ok_or_else(none)
}

/// A client, by name or id.
pub(super) async fn client(cx: &Cx, field: &'static str, text: &str) -> Read<ClientId> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let filter = clients::ClientFilter { name: Some(text.to_owned()), ..Default::default() };
    let found = clients::list(cx, &PageRequest::new(None, Some(1)), &filter).await?;
    let none = || Refused::at(field, "unknown_client", "there is no client of this name: type it in full");
    found.items.first().map(|client| client.id).ok_or_else(none)
}

/// One public key, or the keys of a set (RFC 7517 §5).
pub(super) fn keys(field: &'static str, text: &str) -> Read<Vec<Value>> {
    let typed: Value = serde_json::from_str(text)
        .map_err(|_| Refused::at(field, "bad_key", "this is no JSON: paste the key as {\"kty\": …}"))?;
    match typed.get("keys").and_then(Value::as_array) {
        Some(set) => Ok(set.clone()),
        None => Ok(vec![typed]),
    }
}

/// The beginning of a day in UTC, as date inputs send it.
pub(super) fn day(field: &'static str, text: &str) -> Read<Option<Timestamp>> {
    if text.is_empty() {
        return Ok(None);
    }
    let bad = |_| Refused::at(field, "bad_day", "write the day as 2027-01-31");
    format!("{text}T00:00:00Z").parse().map(Some).map_err(bad)
}

pub(super) fn seconds(field: &'static str, text: &str) -> Read<Option<Seconds>> {
    if text.is_empty() {
        return Ok(None);
    }
    let bad = |_| Refused::at(field, "bad_number", "write a whole number of seconds");
    text.parse().map(|n| Some(Seconds(n))).map_err(bad)
}

/// Scopes apart by spaces; none for all.
pub(super) fn scopes(field: &'static str, text: &str) -> Read<Option<ScopeSet>> {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() {
        return Ok(None);
    }
    let bad = |_| Refused::at(field, "bad_scope", "write scopes apart by spaces, such as invoices.read");
    ScopeSet::parse(&words).map(Some).map_err(bad)
}

/// One of a few words of a list. Our own pages send no others.
pub(super) fn one_of<T: Copy>(field: &'static str, text: &str, all: &[(&str, T)]) -> Read<T> {
    let found = all.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    found.ok_or_else(|| Refused::at(field, "not_listed", "choose one of the list"))
}

/// Parts of a text, without the empty ones.
pub(super) fn parts(text: &str, between: char) -> Vec<String> {
    text.split(between).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_fields_mean_none_and_odd_ones_are_refused() {
        assert!(matches!(day("ends", ""), Ok(None)));
        assert!(day("ends", "2027-01-31").is_ok_and(|d| d.is_some()));
        assert_eq!(day("ends", "tomorrow").err().unwrap().field, "ends");
        assert!(matches!(scopes("scopes", " \n"), Ok(None)));
        assert_eq!(scopes("scopes", "b  a").ok().flatten().unwrap().to_string(), "a b");
        assert_eq!(parts(" a, ,b ", ','), ["a", "b"]);
    }
}

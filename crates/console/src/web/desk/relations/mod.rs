//! Stores of relationships: the same use cases as the API's, asked by the person who is signed in.

pub(super) mod asking;
pub(super) mod change;
pub(super) mod models;
pub(super) mod stores;
pub(super) mod tuples;

use std::sync::Arc;

use chancery_authz::wire::TupleWire;
use chancery_authz::{Asker, Authz};
use chancery_kernel::{Fault, Id, Outcome, ulid};
use chancery_model::Store;
use chancery_rebac::model::AuthorizationModel;
use chancery_rebac::tuple::Context;
use http::StatusCode;

use super::read::{Read, Refused};
use super::seat::Seat;
use crate::parts::{Draft, Named};
use crate::web::answer::status;

fn authz(seat: &Seat) -> &Authz {
    &seat.console().authz
}

/// Their rights are looked at by the use cases, as those of a token are.
fn asker(seat: &Seat) -> Asker {
    Asker::Token(Box::new(seat.cx()))
}

fn named(store: &Store) -> Named {
    Named::new(ulid::encode(store.id.uuid()), &*store.name)
}

async fn store(seat: &Seat, id: &str) -> Outcome<Arc<Store>> {
    authz(seat).get_store(&asker(seat), id).await
}

/// A store with the names that its newest model has.
async fn opened(seat: &Seat, id: &str) -> Outcome<(Named, Vec<(String, Vec<String>)>)> {
    let store = store(seat, id).await?;
    let model = authz(seat).look_at_model(&asker(seat), id, "").await?;
    Ok((named(&store), model.map(|model| vocabulary(&model.source)).unwrap_or_default()))
}

fn vocabulary(model: &AuthorizationModel) -> Vec<(String, Vec<String>)> {
    model.types.iter().map(|one| (one.name.clone(), one.relations.keys().cloned().collect())).collect()
}

/// A JSON object, or nothing.
fn context(field: &'static str, text: &str) -> Read<Option<Context>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let bad = |why: &dyn std::fmt::Display| Refused {
        field,
        fault: Fault::invalid(
            "bad_context",
            format!("write a JSON object, such as {{\"now\": \"…\"}}: {why}"),
        ),
    };
    serde_json::from_str(text).map(Some).map_err(|why| bad(&why))
}

/// Tuples, one to a line: object, relation and user, and the name of a condition if there is one.
fn lines(field: &'static str, text: &str) -> Read<Vec<TupleWire>> {
    let filled = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    filled.map(|(at, line)| tuple(field, at + 1, line)).collect()
}

fn tuple(field: &'static str, at: usize, line: &str) -> Read<TupleWire> {
    let mut words = line.split_whitespace().map(str::to_owned);
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some(object), Some(relation), Some(user), None) => {
            Ok(TupleWire { object, relation, user, condition: None })
        }
        _ => {
            let text = format!(
                "line {at} is no tuple: write object, relation and user, such as document:plan viewer user:anne"
            );
            Err(Refused { field, fault: Fault::invalid("bad_tuple", text) })
        }
    }
}

/// A question that was refused: its form again, with what to mend.
fn refused(form: &str, refused: &Refused, typed: &[(&str, &str)]) -> Draft {
    let draft = typed.iter().fold(Draft::of(form), |draft, (name, text)| draft.value(name, text));
    draft.problem(refused.field, &refused.fault.public)
}

/// Whether typing something else mends it.
fn can_be_mended(fault: &Fault) -> bool {
    matches!(status(fault.kind), StatusCode::BAD_REQUEST | StatusCode::CONFLICT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_tuples_or_say_which_is_none() {
        let read =
            lines("contextual", "doc:1 viewer user:anne\n\n  doc:2   viewer user:bob \n").ok().unwrap();
        assert_eq!(read.len(), 2);
        let bad = lines("contextual", "doc:1 viewer user:anne\ndoc:2 viewer").err().unwrap();
        assert!(bad.field == "contextual" && bad.fault.public.starts_with("line 2 "));
        assert_eq!(context("context", "[1]").err().unwrap().field, "context");
        assert!(context("context", " ").ok().unwrap().is_none());
    }
}

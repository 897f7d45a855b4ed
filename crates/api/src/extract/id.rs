//! Typed ids in paths. A text that is no such id names nothing, which looks the same as naming somebody else's.

use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use chancery_kernel::{Fault, Id};
use http::request::Parts;

use crate::Problem;

/// The one id of a path.
pub struct Path<I>(pub I);

/// The two ids of a path, in their order.
pub struct Path2<A, B>(pub A, pub B);

impl<S: Send + Sync, I: Id + FromStr> FromRequestParts<S> for Path<I> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        read(&params(parts, state).await?, 0).map(Self)
    }
}

impl<S: Send + Sync, A: Id + FromStr, B: Id + FromStr> FromRequestParts<S> for Path2<A, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = params(parts, state).await?;
        Ok(Self(read(&params, 0)?, read(&params, 1)?))
    }
}

pub(super) async fn params<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Vec<String>, Problem> {
    let raw = RawPathParams::from_request_parts(parts, state).await;
    Ok(raw.map_err(|_| Problem::no_such_path())?.iter().map(|(_, value)| value.to_owned()).collect())
}

fn read<I: Id + FromStr>(params: &[String], at: usize) -> Result<I, Problem> {
    let id = params.get(at).and_then(|text| text.parse().ok());
    id.ok_or_else(|| Fault::not_found(noun(I::PREFIX)).into())
}

/// What an id of this prefix names, as [`chancery_model::Noun::NOUN`] says it: the refusal must be the same to the
/// byte.
fn noun(prefix: &str) -> &'static str {
    match prefix {
        "org" => "organization",
        "usr" => "user",
        "grp" => "group",
        "app" => "application",
        "agt" => "agent",
        "cli" => "client",
        "asg" => "assignment",
        "con" => "connection",
        "grt" => "grant",
        "apr" => "approval",
        "run" => "run",
        "fol" => "folder",
        "sec" => "secret",
        "rch" => "secret connection",
        "lse" => "lease",
        "ses" => "session",
        "evt" => "event",
        "end" => "endpoint",
        _ => "record",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_kernel::*;
    use chancery_model::Noun;

    #[test]
    fn a_bad_id_is_refused_in_the_words_of_a_foreign_one() {
        fn check<N: Noun>() {
            assert_eq!(noun(<N::Id as Id>::PREFIX), N::NOUN);
        }
        check::<chancery_model::Organization>();
        check::<chancery_model::User>();
        check::<chancery_model::Group>();
        check::<chancery_model::Application>();
        check::<chancery_model::Agent>();
        check::<chancery_model::Client>();
        check::<chancery_model::Assignment>();
        check::<chancery_model::Connection>();
        check::<chancery_model::Grant>();
        check::<chancery_model::Approval>();
        check::<chancery_model::Folder>();
        check::<chancery_model::Vaulted>();
        check::<chancery_model::Reach>();
        check::<chancery_model::Endpoint>();
        let bad = read::<AgentId>(&["usr_1".to_owned()], 0).unwrap_err();
        assert_eq!(bad.fault().public, Fault::not_found("agent").public);
    }
}

//! Who asks the relationship API, about which store, and with what: OpenFGA's clients send a key of the store or a token,
//! and bodies in which nothing is refused for being unknown.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use chancery_authz::ask::Terms;
use chancery_authz::version::Exactness;
use chancery_authz::wire::Question;
use chancery_authz::{Asker, access};
use chancery_kernel::{Fault, Kind};
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use serde::de::DeserializeOwned;

use super::body::{Unread, cut, whole};
use super::caller::{bearer_token, proven};
use crate::edge::Requested;
use crate::extract::Call;
use crate::{Api, Problem};

/// First among a handler's arguments: nothing is looked at before it.
pub struct Asking(pub Asker);

impl FromRequestParts<Api> for Asking {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let bearer = bearer_token(&parts.headers)?.ok_or_else(Problem::token_missing)?;
        if !access::is_key(bearer) {
            let Call(cx) = Call::from_request_parts(parts, api).await?;
            return Ok(Self(Asker::Token(Box::new(cx))));
        }
        let request = parts.extensions.get::<Requested>().map(|r| r.0);
        let request = request.unwrap_or_else(|| api.platform.db.env().id());
        Ok(Self(Asker::with_key(&api.platform, bearer, request)))
    }
}

/// The store of a path, and what else it names, in their order.
pub struct Names<const N: usize>(pub [String; N]);

impl<S: Send + Sync, const N: usize> FromRequestParts<S> for Names<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let raw = RawPathParams::from_request_parts(parts, state).await;
        let raw = raw.map_err(|_| Problem::no_such_path())?;
        let mut values = raw.iter().map(|(_, value)| value.to_owned());
        Ok(Self(std::array::from_fn(|_| values.next().unwrap_or_default())))
    }
}

/// The version that an answer must have seen at least.
pub struct AtLeast(pub Option<u64>);

/// Names it, in questions; in answers `Chancery-Version` says which it was.
const AT_LEAST: HeaderName = HeaderName::from_static("chancery-at-least");

impl<S: Send + Sync> FromRequestParts<S> for AtLeast {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read_version(&parts.headers).map(Self)
    }
}

fn read_version(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get(AT_LEAST) else { return Ok(None) };
    let version = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    let text = "the header Chancery-At-Least holds a version: the number that Chancery-Version gave you";
    version.map(Some).ok_or_else(|| Fault::invalid("validation_error", text).into())
}

/// Longest body that is read: OpenFGA's own bound.
pub const MOST_RELATED: usize = 616_448;

/// A body by the rules of protobuf's JSON mapping.
pub struct Related<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Related<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let bytes = related(request, MOST_RELATED).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| unread(&error))
    }
}

/// Longest body with candidates, and longest line of them: ten thousand of four hundred bytes.
pub const MOST_CANDIDATES: usize = 4 * 1024 * 1024;

/// The same of a question that is asked often, or is long.
pub struct Asked<T, const MOST: usize = MOST_RELATED>(pub T);

impl<S: Send + Sync, T: Question, const MOST: usize> FromRequest<S> for Asked<T, MOST> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let bytes = related(request, MOST).await?;
        T::read(&bytes).map(Self).map_err(|error| unread(&error))
    }
}

async fn related(request: Request, most: usize) -> Result<Bytes, Problem> {
    let bytes = whole(request.into_body(), most).await.map_err(|unread| match unread {
        Unread::TooLong => {
            let text = format!("the message is longer than {most} bytes");
            Fault::new(Kind::TooLarge, "resource_exhausted", text)
        }
        Unread::Cut(error) => cut("validation_error", error),
    })?;
    match bytes.iter().position(|byte| !byte.is_ascii_whitespace()) {
        // An empty body is an empty message.
        None => Ok(Bytes::from_static(b"{}")),
        Some(at) if bytes.get(at) == Some(&b'{') => Ok(bytes),
        Some(at) => {
            let blank = bytes.iter().take(at);
            let place = blank.fold((1, 1), |(line, column), byte| match byte {
                b'\n' => (line + 1, 1),
                _ => (line, column + 1),
            });
            Err(misread(place, "the body is no object: send `{…}`"))
        }
    }
}

fn unread(error: &serde_json::Error) -> Problem {
    let place = (error.line(), error.column());
    // The same place stands at the end of the text.
    let text = error.to_string();
    let why = text.strip_suffix(&format!(" at line {} column {}", place.0, place.1)).unwrap_or(&text);
    misread(place, why)
}

/// The line, and how many bytes of it were read, in the form of OpenFGA's messages.
fn misread((line, column): (usize, usize), why: &str) -> Problem {
    Fault::invalid("validation_error", format!("(line {line}:{column}): {why}")).into()
}

/// A query in which nothing is refused for being unknown.
pub struct Loose<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Loose<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let read = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        let bad = |error: axum::extract::rejection::QueryRejection| {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            let why = source.unwrap_or_else(|| error.to_string());
            Fault::invalid("validation_error", format!("the query cannot be read: {why}")).into()
        };
        read.map(|query| Self(query.0)).map_err(bad)
    }
}

/// What AuthZEN's questions carry in headers: the model they are held to, and how new the answer has to be.
pub struct Pinned(pub Terms);

impl<S: Send + Sync> FromRequestParts<S> for Pinned {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let at_least = read_version(&parts.headers)?;
        let model = parts.headers.get("openfga-authorization-model-id").and_then(|value| value.to_str().ok());
        let exactness = Exactness { at_least, higher: false };
        Ok(Self(Terms { model: model.unwrap_or_default().to_owned(), exactness, ..Terms::default() }))
    }
}

/// Who began something that takes its time. A token may be revoked meanwhile.
pub struct Lasting {
    api: Api,
    bearer: Option<String>,
    path: String,
}

impl FromRequestParts<Api> for Lasting {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let bearer = bearer_token(&parts.headers)?.map(str::to_owned);
        Ok(Self { api: api.clone(), bearer, path: parts.uri.path().to_owned() })
    }
}

impl Lasting {
    /// Whether the token still counts. Of a key, each look finds out for itself.
    pub fn check(&self) -> Result<(), Problem> {
        match self.bearer.as_deref() {
            Some(key) if access::is_key(key) => Ok(()),
            Some(token) => Ok(proven(&self.api, token, &self.path).map(drop)?),
            None => Err(Problem::token_missing()),
        }
    }
}

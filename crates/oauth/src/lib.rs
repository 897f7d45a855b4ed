//! Wire types and rules of the authorization server: requests, answers, metadata, error codes.
//!
//! Pure: bytes and text come in, typed requests and typed errors come out; nobody is looked up and no clock is
//! read. Each module that implements a specification opens with its number and sections.

pub mod authorization_details;
pub mod authorize;
pub mod ciba;
pub mod claims;
pub mod client_auth;
pub mod error;
pub mod id_token;
pub mod introspection;
mod json;
pub mod logout;
pub mod metadata;
pub mod params;
pub mod pkce;
pub mod redirect;
pub mod resource;
pub mod revocation;
pub mod scopes;
pub mod signed_request;
pub mod token;
pub mod token_answer;

pub use authorization_details::Details;
pub use authorize::{ASKED, AuthorizeRequest, Opening, Prompt, ResponseMode, without_asked};
pub use ciba::{CibaAnswer, CibaRequest, Hint};
pub use claims::{AccessTokenClaims, Actor, ApprovalClaim, Person, TokenFacts};
pub use client_auth::Presented;
pub use error::{ErrorCode, OAuthError};
pub use id_token::{ACR, ID_TOKEN_ALG, IdTokenClaims, PersonClaims, UserinfoClaims};
pub use introspection::{IntrospectionAnswer, SignedIntrospection, TokenClaims};
pub use logout::LogoutRequest;
pub use metadata::{Features, Metadata};
pub use params::{ParamError, Params, REPEATABLE};
pub use pkce::Challenge;
pub use redirect::{Callback, callback_url, redirect_matches, redirect_registerable, safe_return_path};
pub use revocation::TokenQuery;
pub use signed_request::SignedRequest;
pub use token::{Exchange, TokenRequest};
pub use token_answer::{TokenAnswer, TokenKind, TokenType};

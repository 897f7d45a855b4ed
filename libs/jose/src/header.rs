//! The JOSE header (RFC 7515 §4). `jwk`, `jku`, `x5u` and `x5c` are read past: a token does not bring its own key.

use serde::Serialize;

use crate::{Alg, Reject, b64, scan};

/// What a header says; nothing of it is proven before the signature is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderView {
    /// Signature algorithm, one of the allow-list.
    pub alg: Alg,
    /// Name of the key.
    pub kid: Option<String>,
    /// Type of the token.
    pub typ: Option<String>,
}

impl HeaderView {
    pub(crate) fn parse(json: &[u8]) -> Result<Self, Reject> {
        let members = scan::header(json)?;
        if members.crit {
            return Err(Reject::UnknownCrit);
        }
        let alg = members.alg.ok_or(Reject::Malformed)?.parse()?;
        Ok(Self { alg, kid: members.kid, typ: members.typ })
    }
}

/// A header as it is written, base64url.
pub(crate) fn encode(alg: Alg, typ: Option<&str>, kid: &str) -> String {
    #[derive(Serialize)]
    struct Written<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        typ: Option<&'a str>,
        alg: Alg,
        kid: &'a str,
    }
    // Strings and a unit enum: this serialization has no way to fail.
    b64(&serde_json::to_vec(&Written { typ, alg, kid }).unwrap_or_default())
}

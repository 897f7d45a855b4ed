//! What an agent gets when it asks for a token.

use std::time::Duration;

use anyhow::Context;
use chancery_client::{ClientError, Secret, Tokens};
use chancery_jose::decode_unverified;
use serde_json::{Map, Value};

/// A token, or the reason why not.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Allowed(Pass),
    Refused(Refusal),
}

/// An access token and what it says. The agent reads it for the audience's sake; whether it is genuine is for the
/// guard to find out.
#[derive(Clone, Debug)]
pub(crate) struct Pass {
    pub token: Secret,
    pub typ: String,
    pub claims: Map<String, Value>,
}

/// A refusal in the words of the server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refusal {
    /// The OAuth error code.
    pub error: String,
    /// The stable word for programs.
    pub reason: String,
    /// The sentence for people: it names the mend.
    pub text: String,
    /// Where the decision stands in the log.
    pub event: Option<String>,
}

impl Answer {
    /// Sorts refusals from failures: a server that cannot be reached is no part of any story.
    pub fn read(outcome: Result<Tokens, ClientError>) -> anyhow::Result<Self> {
        match outcome {
            Ok(tokens) => Pass::read(tokens.access_token).map(Self::Allowed),
            Err(ClientError::Refused { error, description, details, .. }) => {
                let text = |name: &str| details.get(name).and_then(Value::as_str).map(str::to_owned);
                Ok(Self::Refused(Refusal {
                    reason: text("reason").unwrap_or_default(),
                    event: text("event"),
                    text: description.unwrap_or_default(),
                    error,
                }))
            }
            Err(other) => Err(other).context("the token endpoint gave no answer"),
        }
    }

    pub fn pass(&self) -> Option<&Pass> {
        match self {
            Self::Allowed(pass) => Some(pass),
            Self::Refused(_) => None,
        }
    }
}

impl Pass {
    pub fn read(token: Secret) -> anyhow::Result<Self> {
        let (header, claims) =
            decode_unverified::<Map<String, Value>>(token.expose()).context("an access token is no JWT")?;
        Ok(Self { token, typ: header.typ.unwrap_or_default(), claims })
    }

    pub fn text(&self, claim: &str) -> &str {
        self.claims.get(claim).and_then(Value::as_str).unwrap_or_default()
    }

    /// How long it is from issue to end, in whole seconds and one more.
    pub fn life(&self) -> Duration {
        let at = |claim: &str| self.claims.get(claim).and_then(Value::as_u64).unwrap_or_default();
        Duration::from_secs(at("exp").saturating_sub(at("iat")) + 1)
    }

    /// Where the decision behind this token stands in the log.
    pub fn pos(&self) -> Option<i64> {
        self.claims.get("pos").and_then(Value::as_i64)
    }
}

impl Refusal {
    /// The most telling word there is.
    pub fn word(&self) -> &str {
        if self.reason.is_empty() { &self.error } else { &self.reason }
    }

    /// Word and sentence.
    pub fn told(&self) -> String {
        if self.text.is_empty() {
            self.word().to_owned()
        } else {
            format!("{} · {}", self.word(), self.text)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(details: Value) -> ClientError {
        let Value::Object(details) = details else { panic!("no object") };
        ClientError::Refused {
            status: 400,
            error: "access_denied".into(),
            description: Some("ask an administrator".into()),
            uri: None,
            details: Box::new(details),
        }
    }

    #[test]
    fn a_refusal_brings_its_reason_and_its_evidence() {
        let Answer::Refused(refusal) =
            Answer::read(Err(refused(json!({"reason": "agent_contained", "event": "evt_1"})))).unwrap()
        else {
            panic!("allowed")
        };
        assert_eq!(refusal.told(), "agent_contained · ask an administrator");
        assert_eq!(refusal.event.as_deref(), Some("evt_1"));
    }

    #[test]
    fn without_a_reason_the_error_code_has_to_do() {
        let Answer::Refused(refusal) = Answer::read(Err(refused(json!({})))).unwrap() else {
            panic!("allowed")
        };
        assert_eq!((refusal.word(), refusal.event.as_deref()), ("access_denied", None));
    }

    #[test]
    fn what_is_no_refusal_ends_the_story() {
        assert!(Answer::read(Err(ClientError::Random)).is_err());
        assert!(Pass::read(Secret::from("no token")).is_err());
    }
}

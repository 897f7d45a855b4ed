//! How a client is told what became of its backchannel requests (OpenID CIBA Core 1.0 §4), in the words of its metadata.

use serde::{Deserialize, Serialize};

use crate::SigningAlg;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// It asks.
    #[default]
    Poll,
    /// It is told that there is something to fetch.
    Ping,
    /// It is sent the tokens.
    Push,
}

impl Delivery {
    pub const ALL: [Self; 3] = [Self::Poll, Self::Ping, Self::Push];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Poll => "poll",
            Self::Ping => "ping",
            Self::Push => "push",
        }
    }
}

/// Absent in a client that polls and signs nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backchannel {
    #[serde(rename = "backchannel_token_delivery_mode", default)]
    pub delivery: Delivery,
    /// Where pings and tokens go.
    #[serde(
        rename = "backchannel_client_notification_endpoint",
        skip_serializing_if = "Option::is_none",
        default
    )]
    pub endpoint: Option<String>,
    /// The client signs its requests with this; unsigned ones are refused.
    #[serde(
        rename = "backchannel_authentication_request_signing_alg",
        skip_serializing_if = "Option::is_none",
        default
    )]
    pub request_alg: Option<SigningAlg>,
    /// The rules of FAPI-CIBA §5.2.2 hold for it.
    #[serde(default)]
    pub fapi_ciba: bool,
}

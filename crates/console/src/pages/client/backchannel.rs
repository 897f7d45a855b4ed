//! How a client that asks people elsewhere is told what came of it (CIBA): as words, and as fields.

use chancery_model::{Backchannel, Delivery, SigningAlg};
use maud::{Markup, html};

use crate::parts::{Form, name};

/// Each delivery mode by its field value.
pub const MODES: [(&str, Delivery); 3] =
    [("poll", Delivery::Poll), ("ping", Delivery::Ping), ("push", Delivery::Push)];

const fn mode(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Poll => "It asks until there is an answer: poll",
        Delivery::Ping => "It is told that there is an answer to fetch: ping",
        Delivery::Push => "It is sent the tokens: push",
    }
}

/// As it stands.
pub fn words(b: &Backchannel) -> Markup {
    html! {
        ul.plain {
            li { (mode(b.delivery)) }
            @if let Some(endpoint) = &b.endpoint { li { (name::code(endpoint)) } }
            @if let Some(alg) = b.request_alg { li { "requests signed with " (alg.as_str()) } }
            @if b.fapi_ciba { li { "by the rules of FAPI-CIBA" } }
        }
    }
}

/// They count for clients that may ask people elsewhere, and for no others.
pub fn fields(f: &Form<'_>, present: &Backchannel) -> Markup {
    let modes = MODES.map(|(value, delivery)| (value.to_owned(), mode(delivery).to_owned())).to_vec();
    let none = std::iter::once((String::new(), "none: requests need not be signed".to_owned()));
    let algs = SigningAlg::ALL.into_iter().map(|alg| (alg.as_str().to_owned(), alg.as_str().to_owned()));
    html! {
        fieldset {
            legend { "Where it asks people elsewhere" }
            (f.choice("delivery", "How it is told", modes).required().value(present.delivery.as_str()))
            (f.typed("url", "endpoint", "Notification endpoint").value(present.endpoint.as_deref().unwrap_or_default())
                .hint("Where ping and push go. Empty for poll."))
            (f.choice("request_alg", "Signs its requests with", none.chain(algs).collect())
                .value(present.request_alg.map(SigningAlg::as_str).unwrap_or_default()))
            (f.check("fapi_ciba", "Hold it to FAPI-CIBA").value(if present.fapi_ciba { "yes" } else { "" })
                .hint("Needs private_key_jwt, requests signed with ES256 or PS256, and no push."))
        }
    }
}

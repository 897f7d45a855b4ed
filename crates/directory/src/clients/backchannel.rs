//! How a client makes backchannel requests, and how it is told what came of them (OpenID CIBA Core 1.0 §4).

use chancery_kernel::{Fault, Outcome};
use chancery_model::{AuthMethod, Backchannel, Client, Delivery, GrantType, SigningAlg};
use chancery_outbound::Outbound;

/// Plain polling is what a client does of whom nothing is kept.
pub(super) fn unusual(wanted: Option<Backchannel>) -> Option<Box<Backchannel>> {
    wanted.filter(|wanted| *wanted != Backchannel::default()).map(Box::new)
}

/// As events tell it, without the path of the endpoint, which may be a secret.
pub(super) fn words(backchannel: &Option<Box<Backchannel>>) -> Vec<String> {
    let Some(b) = backchannel else { return vec![Delivery::Poll.as_str().to_owned()] };
    let host = b.endpoint.as_deref().and_then(|url| url.split('/').nth(2)).map(|host| format!("to {host}"));
    let signs = b.request_alg.map(|alg| format!("signed with {}", alg.as_str()));
    let fapi = b.fapi_ciba.then(|| "FAPI-CIBA".to_owned());
    [Some(b.delivery.as_str().to_owned()), host, signs, fapi].into_iter().flatten().collect()
}

pub(super) fn sound_with(outbound: &Outbound, client: &Client) -> Outcome<()> {
    let Some(b) = client.backchannel.as_deref() else { return Ok(()) };
    if !client.may(GrantType::Ciba) {
        let text = "backchannel settings are for clients that ask people: add the grant type of CIBA, or leave them out";
        return Err(Fault::invalid("backchannel_unused", text));
    }
    endpoint(outbound, b)?;
    if b.request_alg.is_some() && client.auth != AuthMethod::PrivateKeyJwt {
        let text = "signed requests need keys, which clients of private_key_jwt have: choose it, or leave the algorithm out";
        return Err(Fault::invalid("backchannel_unsigned", text));
    }
    if b.fapi_ciba { fapi(client, b) } else { Ok(()) }
}

fn endpoint(outbound: &Outbound, b: &Backchannel) -> Outcome<()> {
    match (b.delivery, b.endpoint.as_deref()) {
        (Delivery::Poll, None) => Ok(()),
        (Delivery::Poll, Some(_)) => Err(Fault::invalid(
            "backchannel_endpoint_unused",
            "a client that polls is not called: choose ping or push, or leave the endpoint out",
        )),
        (Delivery::Ping | Delivery::Push, None) => Err(Fault::invalid(
            "backchannel_endpoint_missing",
            "ping and push need backchannel_client_notification_endpoint: where to call",
        )),
        (Delivery::Ping | Delivery::Push, Some(url)) => outbound.check(url).map(drop).map_err(|why| {
            Fault::invalid("bad_backchannel_endpoint", format!("the notification endpoint is refused: {why}"))
        }),
    }
}

/// FAPI-CIBA §5.2.2: confidential clients by key, no push, signed requests with PS256 or ES256.
fn fapi(client: &Client, b: &Backchannel) -> Outcome<()> {
    let refused = |text: &'static str| Err(Fault::invalid("fapi_ciba", text));
    if b.delivery == Delivery::Push {
        return refused("FAPI-CIBA forbids push: choose poll or ping");
    }
    if client.auth != AuthMethod::PrivateKeyJwt {
        return refused("FAPI-CIBA wants private_key_jwt");
    }
    match b.request_alg {
        Some(SigningAlg::Es256 | SigningAlg::Ps256) => Ok(()),
        _ => refused(
            "FAPI-CIBA wants signed requests: name ES256 or PS256 as backchannel_authentication_request_signing_alg",
        ),
    }
}

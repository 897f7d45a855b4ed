//! What makes a client whole: who it speaks for, what it may ask for, and where people are sent back to.

use chancery_kernel::{Fault, Outcome};
use chancery_model::{AuthMethod, Client, GrantType};
use chancery_oauth::redirect_registerable;

/// Most redirect URIs of one kind.
const MOST: usize = 20;

pub(super) fn unique(grants: Vec<GrantType>) -> Vec<GrantType> {
    GrantType::ALL.into_iter().filter(|grant| grants.contains(grant)).collect()
}

pub(super) fn sound(client: &Client) -> Outcome<()> {
    if client.grants.is_empty() && client.application.is_none() {
        return Err(Fault::invalid(
            "no_grants",
            "the client may ask for nothing: name at least one grant type",
        ));
    }
    if client.is_public() {
        public(client)?;
    }
    let code = client.may(GrantType::AuthorizationCode);
    if code && client.redirect_uris.is_empty() {
        return Err(Fault::invalid(
            "no_redirect_uri",
            "authorization_code needs a redirect URI: register one",
        ));
    }
    if !code && !client.redirect_uris.is_empty() {
        return Err(Fault::invalid(
            "redirect_unused",
            "redirect URIs are for authorization_code: add that grant type, or leave them out",
        ));
    }
    redirects(&client.redirect_uris)?;
    redirects(&client.post_logout_redirect_uris)
}

/// A public client cannot prove itself, so it gets nothing that rests on its own proof (RFC 6749 §4.4).
fn public(client: &Client) -> Outcome<()> {
    let proven = [GrantType::ClientCredentials, GrantType::TokenExchange];
    let method = || AuthMethod::PrivateKeyJwt.as_str();
    if let Some(grant) = proven.into_iter().find(|grant| client.may(*grant)) {
        return Err(Fault::invalid(
            "public_client",
            format!("{} needs a client that proves itself: use {}", grant.as_str(), method()),
        ));
    }
    if client.application.is_some() {
        return Err(Fault::invalid(
            "public_client",
            format!("the client of a resource server proves itself: use {}", method()),
        ));
    }
    Ok(())
}

fn redirects(uris: &[String]) -> Outcome<()> {
    if uris.len() > MOST {
        return Err(Fault::invalid("too_many", format!("at most {MOST} redirect URIs can be registered")));
    }
    uris.iter().try_for_each(|uri| {
        redirect_registerable(uri)
            .map_err(|why| Fault::invalid("bad_redirect_uri", format!("the redirect URI is refused: {why}")))
    })
}

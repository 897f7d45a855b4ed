//! Another face for an agent; all else about clients stands on their own pages.

use axum::extract::Path;
use axum::response::Response;
use chancery_directory::clients::{self, CreatedClient, NewClient};
use chancery_kernel::AgentId;
use chancery_model::{AuthMethod, GrantType};

use super::super::client;
use super::super::clients::METHODS;
use super::super::read::{self, Read};
use super::super::seat::Posted;
use super::changes::again;

pub(in super::super) async fn create(Path(id): Path<String>, posted: Posted) -> Response {
    match created(&posted, &id).await {
        Ok(made) => client::made(&posted, &made).await,
        Err(refused) => again(&posted, &id, "client", refused).await,
    }
}

async fn created(posted: &Posted, id: &str) -> Read<CreatedClient> {
    let agent = read::id::<AgentId>(id, "agent")?;
    let auth = read::one_of("auth", posted.text("auth"), METHODS)?;
    let redirect_uris = read::parts(posted.text("redirect_uris"), '\n');
    let new = NewClient {
        name: posted.text("name").to_owned(),
        agent: Some(agent),
        application: None,
        auth,
        jwks: Vec::new(),
        strict_audience: false,
        grants: grants(auth, &redirect_uris),
        redirect_uris,
        post_logout_redirect_uris: Vec::new(),
        backchannel: None,
    };
    Ok(clients::create(&posted.cx(), new).await?)
}

/// A face of an agent asks for what its proof and its addresses allow.
fn grants(auth: AuthMethod, redirect_uris: &[String]) -> Vec<GrantType> {
    let proven = [GrantType::ClientCredentials, GrantType::TokenExchange];
    let signed_in = [GrantType::AuthorizationCode, GrantType::RefreshToken];
    let proven = proven.into_iter().filter(|_| auth != AuthMethod::None);
    let people = !redirect_uris.is_empty() || auth == AuthMethod::None;
    proven.chain(signed_in.into_iter().filter(|_| people)).collect()
}

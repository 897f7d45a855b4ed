//! Signing in with the browser: authorization code and PKCE, answered on a loopback port (RFC 8252 §7.3).

use anyhow::Context;
use chancery_client::{AuthorizeRequest, Client, ClientAuth, Loopback};
use clap::Args;

use super::rest::{self, Rest};
use super::session::{Kept, Session};
use super::{Access, Environment};
use crate::{out, system};

#[derive(Debug, Args)]
pub struct Login {
    /// The client to sign in with; by default the one every organization has for this
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// Short name of the organization, where the server has several
    #[arg(long, value_name = "NAME")]
    organization: Option<String>,
    /// Scopes to ask for; by default all that are assigned to the person
    #[arg(long)]
    scope: Option<String>,
}

impl Login {
    pub async fn run(self, access: &Access, environment: &Environment) -> anyhow::Result<()> {
        let server = access.server.as_deref().context("which server? give --server https://…")?;
        let client_id = match self.client {
            Some(id) => id,
            None => rest::command_line_client(server, self.organization.as_deref(), access).await?,
        };
        let auth = ClientAuth::None { client_id: client_id.clone() };
        let client = Client::discover(server, auth, rest::options(access)?).await?;
        let loopback = Loopback::bind().await?;
        let (url, pending) = client.authorize_url(AuthorizeRequest {
            redirect_uri: loopback.redirect_uri(),
            scope: self.scope.unwrap_or_else(|| "openid offline_access".to_owned()),
            resource: Some(rest::resource(server)),
            ..AuthorizeRequest::default()
        })?;
        out::note(format_args!("Sign in with your browser:\n\n  {url}\n"))?;
        let tokens = client.redeem(pending, &loopback.wait().await?).await?;
        let session = Session::new(server, &client_id, &tokens, system::env().now());
        Kept::open(environment)?.write(Some(&session))?;
        Ok(out::note(format_args!("Signed in to {server}."))?)
    }
}

/// Ends the sign-in at the server too, so that a copy of the file is worth nothing.
pub async fn log_out(access: &Access, environment: &Environment) -> anyhow::Result<()> {
    let mut kept = Kept::open(environment)?;
    let Some(session) = kept.read()? else { return Ok(out::note("Nobody is signed in.")?) };
    let revoked = Rest::revoke(access, &session).await;
    kept.write(None)?;
    revoked.context("forgotten here, but the server could not be told")?;
    Ok(out::note(format_args!("Signed out of {}.", session.server))?)
}

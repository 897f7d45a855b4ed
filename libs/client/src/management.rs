//! Calls of the management API, by a token that was given or one of the client's own.

use reqwest::{Method, RequestBuilder};

use crate::{Client, ClientError, Secret};

impl Client {
    /// Addresses of the issuer alone: what an answer says of where to go, credentials do not follow.
    pub(crate) fn management(&self) -> String {
        format!("{}/api/v1", self.0.metadata.issuer.trim_end_matches('/'))
    }

    pub(crate) async fn managing(
        &self,
        token: Option<&Secret>,
        scope: &str,
        method: Method,
        address: &str,
    ) -> Result<RequestBuilder, ClientError> {
        let token = match token {
            Some(token) => token.clone(),
            // A question may stand longer than a token lives.
            None => self.client_credentials(self.management().as_str(), scope).await?.access_token,
        };
        Ok(self.0.http.request(method, address).bearer_auth(token.expose()))
    }
}

/// One part of a path, whatever stands in it.
pub(crate) fn part(text: &str) -> String {
    match text {
        // Two dots would climb; nothing of that name is there.
        "." | ".." => "-".to_owned(),
        text => url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20"),
    }
}

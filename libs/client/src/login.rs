//! A person signs in: authorization code with PKCE (RFC 7636), the issuer named in the answer (RFC 9207).

use aws_lc_rs::rand;
use chancery_jose::{b64, sha256};
use subtle::ConstantTimeEq;
use url::Url;

use crate::{Client, ClientError, Secret, Tokens, client::endpoint};

/// What to ask a person for.
#[derive(Clone, Debug, Default)]
pub struct AuthorizeRequest {
    /// Where the answer goes; registered for the client.
    pub redirect_uri: String,
    /// Scopes, separated by spaces; with `openid` the sign-in is proven by an ID token.
    pub scope: String,
    /// The API the access token is for (RFC 8707).
    pub resource: Option<String>,
    /// `none`, `login`, `consent` (OpenID Connect Core §3.1.2.1).
    pub prompt: Option<String>,
    /// Who will sign in, as far as is known.
    pub login_hint: Option<String>,
    /// Further parameters.
    pub extra: Vec<(String, String)>,
}

/// A sign-in that has begun. Keep it where only the person who began can bring it back, and redeem it once.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Ties the answer to this sign-in.
    pub state: Secret,
    /// Ties the ID token to this sign-in.
    pub nonce: Secret,
    /// Ties the code to this client (RFC 7636 §4.1).
    pub verifier: Secret,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// The API the access token is for.
    pub resource: Option<String>,
    /// Whether an ID token was asked for.
    pub openid: bool,
}

/// 256 random bits as 43 letters.
pub(crate) fn random() -> Result<String, ClientError> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| ClientError::Random)?;
    Ok(b64(&bytes))
}

impl Client {
    /// The address to send the person's browser to, and what to keep until the answer comes.
    pub fn authorize_url(&self, request: AuthorizeRequest) -> Result<(Url, Pending), ClientError> {
        let name = "authorization endpoint";
        let address = endpoint(&self.0.metadata.authorization_endpoint, name)?;
        let mut url = Url::parse(address).map_err(|_| ClientError::NoEndpoint(name))?;
        let (state, nonce, verifier) = (random()?, random()?, random()?);
        let openid = request.scope.split_ascii_whitespace().any(|scope| scope == "openid");
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("response_type", "code")
                .append_pair("client_id", self.client_id())
                .append_pair("redirect_uri", &request.redirect_uri)
                .append_pair("scope", &request.scope)
                .append_pair("state", &state)
                .append_pair("code_challenge", &b64(&sha256(verifier.as_bytes())))
                .append_pair("code_challenge_method", "S256");
            if openid {
                query.append_pair("nonce", &nonce);
            }
            let optional = [
                ("resource", &request.resource),
                ("prompt", &request.prompt),
                ("login_hint", &request.login_hint),
            ];
            for (name, value) in optional {
                if let Some(value) = value {
                    query.append_pair(name, value);
                }
            }
            query.extend_pairs(&request.extra);
        }
        let pending = Pending {
            state: state.into(),
            nonce: nonce.into(),
            verifier: verifier.into(),
            redirect_uri: request.redirect_uri,
            resource: request.resource,
            openid,
        };
        Ok((url, pending))
    }

    /// Turns the answer of the sign-in into tokens. The answer must belong to this sign-in and come from this
    /// issuer; an ID token must prove it.
    pub async fn redeem(&self, pending: Pending, callback_url: &str) -> Result<Tokens, ClientError> {
        let code = self.code(&pending, callback_url)?;
        let form = vec![
            ("code", code),
            ("redirect_uri", pending.redirect_uri.clone()),
            ("code_verifier", pending.verifier.expose().to_owned()),
        ];
        let mut tokens = self.token("authorization_code", form, pending.resource.as_deref(), None).await?;
        tokens.id_claims = match &tokens.id_token {
            Some(id_token) => {
                let nonce = pending.openid.then(|| pending.nonce.expose());
                Some(self.check_id_token(id_token, nonce, tokens.access_token.expose()).await?)
            }
            None if pending.openid => {
                return Err(ClientError::IdToken("there is none, though openid was asked for"));
            }
            None => None,
        };
        Ok(tokens)
    }

    fn code(&self, pending: &Pending, callback_url: &str) -> Result<String, ClientError> {
        let url = Url::parse(callback_url).map_err(|_| ClientError::Callback("it is no URL"))?;
        let one = |name: &str| {
            let mut values =
                url.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.into_owned());
            match (values.next(), values.next()) {
                (value, None) => Ok(value),
                _ => Err(ClientError::Callback("a parameter stands there twice")),
            }
        };
        let state = one("state")?.unwrap_or_default();
        if !bool::from(state.as_bytes().ct_eq(pending.state.expose().as_bytes())) {
            return Err(ClientError::Callback("it answers another sign-in"));
        }
        // RFC 9207 §2.4: else an honest client can be made to bring one issuer's code to another.
        match one("iss")? {
            Some(issuer) if issuer != self.0.metadata.issuer => {
                return Err(ClientError::Callback("it comes from another issuer"));
            }
            None if self.0.metadata.authorization_response_iss_parameter_supported => {
                return Err(ClientError::Callback("it does not name its issuer"));
            }
            _ => {}
        }
        if let Some(error) = one("error")? {
            let (description, uri) = (one("error_description")?, one("error_uri")?);
            return Err(ClientError::Refused { status: 0, error, description, uri, details: Box::default() });
        }
        one("code")?.ok_or(ClientError::Callback("it has no code"))
    }
}

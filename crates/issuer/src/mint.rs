//! Turns a recorded decision into a signed token (RFC 9068), in the view its application reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use chancery_jose::{AccessToken, Alg, IdToken, SignError, SigningKey, at_hash, b64, sign};
use chancery_kernel::{AppId, GrantId, OrgId, RunId, ScopeSet, Seconds, Secret, SessionId, Timestamp};
use chancery_model::{Application, Approval, Client, Profile, SigningAlg, TokenKeys};
use chancery_oauth::{
    ACR, Actor, ErrorCode, ID_TOKEN_ALG, IdTokenClaims, OAuthError, Person, PersonClaims, TokenFacts,
};
use chancery_store::Tx;

use crate::Issuer;
use crate::approved;
use crate::decide::Parties;
use crate::grants::settle::Wanted;

/// How and when the person proved themselves.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Authn {
    pub at: Timestamp,
    pub amr: Vec<String>,
}

impl Authn {
    /// As `acr` says it: what the methods come to (OpenID Connect Core §2).
    fn acr(&self) -> &'static str {
        class(&self.amr)
    }
}

pub(crate) fn class(amr: &[String]) -> &'static str {
    let [one, two] = ACR;
    if amr.iter().any(|method| method == "mfa") { two } else { one }
}

/// A decision to issue, with everything its token says.
#[derive(Clone)]
pub(crate) struct Issue {
    pub org: OrgId,
    pub jti: String,
    pub issued: Timestamp,
    pub expires: Timestamp,
    /// Position of the decision in the log; known once it is recorded.
    pub pos: i64,
    pub audience: String,
    pub scopes: ScopeSet,
    pub parties: Parties,
    pub application: Option<Arc<Application>>,
    pub keys: TokenKeys,
    /// What tokens made of it may have at most at the applications it passed through.
    pub ceilings: BTreeMap<AppId, ScopeSet>,
    pub run: Option<RunId>,
    pub session: Option<SessionId>,
    pub authn: Option<Authn>,
    /// The yes it rests on.
    pub approval: Option<Arc<Approval>>,
}

impl Issue {
    pub fn new(
        tx: &Tx<'_>,
        wanted: &Wanted,
        parties: Parties,
        application: Option<Arc<Application>>,
        scopes: ScopeSet,
        lifetime: Seconds,
        grants: Vec<GrantId>,
    ) -> Self {
        let now = tx.now();
        let jti = b64(&tx.env().bytes::<16>());
        let source = wanted.ask.source.as_deref();
        let mut keys = TokenKeys {
            org: Some(wanted.ask.org),
            agents: parties.agents.iter().map(|a| a.id).collect(),
            user: parties.user.as_ref().map(|u| u.id),
            applications: application.iter().map(|a| a.id).collect(),
            clients: vec![parties.client.id],
            grants,
            run: wanted.run,
            session: wanted.session,
            family: wanted.family,
            jti: Some(jti.clone()),
            sources: Vec::new(),
        };
        if let Some(source) = source {
            keys.inherit(&source.keys);
        }
        let app = application.as_ref().map(|a| a.id);
        Self {
            org: wanted.ask.org,
            jti,
            issued: now,
            expires: now.plus(lifetime),
            pos: 0,
            audience: application.as_ref().map_or_else(|| wanted.issuer.to_string(), |a| a.resource.clone()),
            scopes: scopes.union(&wanted.identity),
            parties,
            application,
            keys,
            ceilings: source.map(|source| source.ceilings_for(app)).unwrap_or_default(),
            run: wanted.run,
            session: wanted.session,
            authn: wanted.authn.clone(),
            approval: wanted.ask.approved.clone(),
        }
    }

    pub fn lifetime(&self) -> Seconds {
        self.expires.since(self.issued)
    }

    fn amr(&self) -> Vec<&str> {
        self.authn.as_ref().map(|a| a.amr.iter().map(String::as_str).collect()).unwrap_or_default()
    }

    /// The view the application reads. The others are views of a delegation: without one, nothing is turned around.
    fn profile(&self) -> Profile {
        let delegated = self.parties.user.is_some() && !self.parties.agents.is_empty();
        self.application.as_ref().filter(|_| delegated).map_or(Profile::Rfc8693, |a| a.profile)
    }
}

pub(crate) const fn alg(wanted: SigningAlg) -> Alg {
    match wanted {
        SigningAlg::Es256 => Alg::Es256,
        SigningAlg::EdDsa => Alg::EdDsa,
        SigningAlg::Ps256 => Alg::Ps256,
        SigningAlg::Rs256 => Alg::Rs256,
    }
}

/// RSA signatures take hundreds of microseconds.
const fn is_quick(alg: Alg) -> bool {
    matches!(alg, Alg::Es256 | Alg::EdDsa)
}

fn failed(_: impl std::fmt::Display) -> OAuthError {
    OAuthError::new(
        ErrorCode::ServerError,
        "the token could not be signed: quote the request id to your administrator",
    )
}

impl Issuer {
    /// Signs the access token of a recorded decision. RSA keys are made when first needed, and RSA signatures, which
    /// take hundreds of microseconds, leave the serving threads.
    pub(crate) async fn mint(&self, issue: &Issue) -> Result<Secret, OAuthError> {
        let alg = issue.application.as_ref().map_or(Alg::Es256, |a| alg(a.alg));
        self.have_key(alg).await?;
        if is_quick(alg) {
            return self.sign_access(issue, alg);
        }
        let (this, issue) = (self.clone(), issue.clone());
        tokio::task::spawn_blocking(move || this.sign_access(&issue, alg)).await.map_err(failed)?
    }

    async fn have_key(&self, alg: Alg) -> Result<(), OAuthError> {
        match self.vault().ring().active(alg) {
            Some(_) => Ok(()),
            None => self.vault().ensure(&[alg]).await.map_err(crate::grants::unavailable),
        }
    }

    fn sign_access(&self, issue: &Issue, alg: Alg) -> Result<Secret, OAuthError> {
        let ring = self.vault().ring();
        let key = ring.active(alg).ok_or_else(|| failed("no key"))?;
        let amr = issue.amr();
        let actors: Vec<Actor<'_>> =
            issue.parties.agents.iter().map(|a| Actor { id: a.id, name: &a.name }).collect();
        let approval = issue.approval.as_deref().map(approved::claim);
        let facts = TokenFacts {
            profile: issue.profile(),
            issuer: self.issuer(),
            audience: &issue.audience,
            jti: &issue.jti,
            issued: issue.issued,
            expires: issue.expires,
            org: issue.org,
            client: issue.parties.client.id,
            scope: &issue.scopes,
            actors: &actors,
            person: issue.parties.user.as_deref().map(|user| Person {
                id: user.id,
                login: &user.login,
                email: &user.email,
                auth_time: issue.authn.as_ref().map(|a| a.at),
                acr: issue.authn.as_ref().map(Authn::acr),
                amr: &amr,
            }),
            run: issue.run,
            pos: issue.pos,
            keys: &issue.keys,
            ceilings: &issue.ceilings,
            approval: approval.as_ref(),
            details: issue.approval.as_deref().map_or(&[], |approval| &approval.details),
        };
        sign::<AccessToken, _>(key, &facts.claims()).map(Secret::new).map_err(failed)
    }

    /// What the application reads whose face the client is.
    pub(crate) fn alg_of(&self, client: &Client) -> Alg {
        let hot = self.db().hot();
        let wanted = client.application.and_then(|id| hot.applications.find(client.org, id));
        alg(wanted.map_or(ID_TOKEN_ALG, |application| application.alg))
    }

    /// Signs on this thread where that is quick, else on one that may take its time.
    pub(crate) async fn sign_by(
        &self,
        alg: Alg,
        sign: impl FnOnce(&SigningKey) -> Result<String, SignError> + Send + 'static,
    ) -> Result<Secret, OAuthError> {
        self.have_key(alg).await?;
        let ring = self.vault().ring();
        let signed = move || {
            let key = ring.active(alg).ok_or_else(|| failed("no key"))?;
            sign(key).map(Secret::new).map_err(failed)
        };
        if is_quick(alg) {
            return signed();
        }
        tokio::task::spawn_blocking(signed).await.map_err(failed)?
    }

    /// The ID token of a sign-in (OpenID Connect Core §2), in the algorithm of the application whose face the client is.
    pub(crate) async fn id_token(
        &self,
        issue: &Issue,
        nonce: Option<&str>,
        auth_req_id: Option<&str>,
        access_token: &Secret,
    ) -> Result<Secret, OAuthError> {
        let own_alg = self.alg_of(&issue.parties.client);
        self.have_key(own_alg).await?;
        if is_quick(own_alg) {
            return self.sign_id(issue, own_alg, nonce, auth_req_id, access_token);
        }
        let (this, issue, access_token) = (self.clone(), issue.clone(), access_token.clone());
        let (nonce, request) = (nonce.map(str::to_owned), auth_req_id.map(str::to_owned));
        let sign = move || this.sign_id(&issue, own_alg, nonce.as_deref(), request.as_deref(), &access_token);
        tokio::task::spawn_blocking(sign).await.map_err(failed)?
    }

    fn sign_id(
        &self,
        issue: &Issue,
        own_alg: Alg,
        nonce: Option<&str>,
        auth_req_id: Option<&str>,
        access_token: &Secret,
    ) -> Result<Secret, OAuthError> {
        let ring = self.vault().ring();
        let key = ring.active(own_alg).ok_or_else(|| failed("no key"))?;
        let user = issue.parties.user.as_ref().ok_or_else(|| failed("no person"))?;
        let hash = at_hash(own_alg, access_token.expose());
        let amr = issue.amr();
        let claims = IdTokenClaims {
            iss: self.issuer(),
            sub: user.id,
            aud: issue.parties.client.id,
            exp: issue.issued.plus(Application::DEFAULT_LIFETIME).seconds(),
            iat: issue.issued.seconds(),
            org_id: issue.org,
            auth_time: issue.authn.as_ref().map(|a| a.at.seconds()),
            nonce,
            // Where somebody else said yes in their stead, nothing is said of how they proved themselves.
            acr: issue.authn.as_ref().map(Authn::acr),
            amr: &amr,
            azp: Some(issue.parties.client.id),
            at_hash: Some(&hash),
            sid: issue.session,
            auth_req_id,
            person: PersonClaims::of(user, &issue.scopes),
        };
        sign::<IdToken, _>(key, &claims).map(Secret::new).map_err(failed)
    }
}

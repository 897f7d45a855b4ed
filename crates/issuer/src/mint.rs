//! Turns a recorded decision into a signed token (RFC 9068), in the view its application reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use chancery_jose::{AccessToken, Alg, IdToken, at_hash, b64, sign};
use chancery_kernel::{AppId, GrantId, OrgId, RunId, ScopeSet, Seconds, Secret, SessionId, Timestamp};
use chancery_model::{Application, Approval, Profile, SigningAlg, TokenKeys};
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
        let [one, two] = ACR;
        if self.amr.iter().any(|method| method == "mfa") { two } else { one }
    }
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
        if self.vault().ring().active(alg).is_none() {
            self.vault().ensure(&[alg]).await.map_err(crate::grants::unavailable)?;
        }
        if matches!(alg, Alg::Es256 | Alg::EdDsa) {
            return self.sign_access(issue, alg);
        }
        let (this, issue) = (self.clone(), issue.clone());
        tokio::task::spawn_blocking(move || this.sign_access(&issue, alg)).await.map_err(failed)?
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

    /// Signs the ID token of a sign-in (OpenID Connect Core §2).
    pub(crate) fn id_token(
        &self,
        issue: &Issue,
        nonce: Option<&str>,
        access_token: &Secret,
    ) -> Result<Secret, OAuthError> {
        let ring = self.vault().ring();
        let own_alg = alg(ID_TOKEN_ALG);
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
            acr: Some(issue.authn.as_ref().map_or(ACR[0], Authn::acr)),
            amr: &amr,
            azp: Some(issue.parties.client.id),
            at_hash: Some(&hash),
            sid: issue.session,
            person: PersonClaims::of(user, &issue.scopes),
        };
        sign::<IdToken, _>(key, &claims).map(Secret::new).map_err(failed)
    }
}

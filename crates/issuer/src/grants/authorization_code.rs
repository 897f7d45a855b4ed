//! Redeeming an authorization code (RFC 6749 §4.1.3, RFC 7636 §4.5): once, by the client it was issued to, with the
//! verifier of its challenge. A second use ends everything the first one led to (RFC 9700 §4.5.2).

use chancery_audit::Event;
use chancery_kernel::{FamilyId, Fault, Secret, SecretKind, Timestamp, secret};
use chancery_model::{GrantType, MarkKey};
use chancery_oauth::{Challenge, ErrorCode, OAuthError, TokenAnswer};
use chancery_policy::Proof;
use chancery_store::tables::{codes, families, runs};
use chancery_store::{Audited, Tx, Who};

use crate::Issuer;
use crate::clients::AuthedClient;
use crate::decide::Ask;
use crate::grants::code::Authorization;
use crate::grants::refusal::{self, Known};
use crate::grants::settle::{Settled, Wanted, settle, spend};
use crate::grants::{invalid_grant, unavailable};

/// What redemption needs inside its write.
struct Redeem {
    authed: AuthedClient,
    hash: [u8; 32],
    redirect_uri: Option<String>,
    verifier: Option<Secret>,
    resource: Option<String>,
    issuer: std::sync::Arc<str>,
    /// The first refresh token of the family, by keyed hash, where the client may have one.
    refresh: Option<([u8; 32], Timestamp, Timestamp)>,
}

impl Issuer {
    pub(super) async fn redeem_code(
        &self,
        authed: AuthedClient,
        who: Who,
        code: Secret,
        redirect_uri: Option<String>,
        verifier: Option<Secret>,
        resource: Option<String>,
    ) -> Result<TokenAnswer, OAuthError> {
        let refresh = authed.client.may(GrantType::RefreshToken).then(|| self.fresh_refresh());
        let org = authed.client.org;
        let redeem = Redeem {
            hash: self.vault().keyed_hash(&code),
            authed,
            redirect_uri,
            verifier,
            resource,
            issuer: self.issuer().into(),
            refresh: refresh.as_ref().map(|(_, row)| *row),
        };
        let written =
            self.db().write(org, who, move |tx| redeem.run(tx)).await.map_err(|f: Fault| unavailable(f))?;
        let (settled, authorization) = written;
        match settled {
            Settled::Refused(error) => Err(error),
            Settled::Issued(issue) => {
                let token = self.mint(&issue).await?;
                let nonce = authorization.as_ref().and_then(|a| a.nonce.as_deref());
                let id_token = match issue.scopes.contains("openid") {
                    true => Some(self.id_token(&issue, nonce, None, &token).await?),
                    false => None,
                };
                let mut answer = TokenAnswer::bearer(token, issue.lifetime(), issue.scopes);
                answer.id_token = id_token;
                answer.refresh_token = refresh.map(|(secret, _)| secret);
                Ok(answer)
            }
        }
    }

    /// A refresh token, its keyed hash, its idle end and the family's absolute end.
    pub(crate) fn fresh_refresh(&self) -> (Secret, ([u8; 32], Timestamp, Timestamp)) {
        let secret = secret::generate(self.env(), SecretKind::RefreshToken);
        let settings = &self.platform().settings;
        let now = self.now();
        let row = (
            self.vault().keyed_hash(&secret),
            now.plus(settings.refresh_idle),
            now.plus(settings.refresh_absolute),
        );
        (secret, row)
    }
}

type Written = (Settled, Option<Authorization>);

impl Redeem {
    fn run(&self, tx: &mut Tx<'_>) -> Result<Audited<Written>, Fault> {
        if let Some(replayed) = spend(tx, &self.authed)? {
            return Ok(replayed.map(|s| (s, None)));
        }
        let Some(code) = codes::find(tx.sql(), &self.hash)? else {
            return Ok(self.refused(tx, None, "unknown authorization code"));
        };
        let authorization: Authorization =
            serde_json::from_str(&code.body).map_err(|e| Fault::internal(e.to_string()))?;
        if authorization.client != self.authed.client.id {
            // Another client's code: nothing of the rightful client's is touched.
            return Ok(self.refused(tx, None, "the code was issued to another client"));
        }
        if code.redeemed.is_some() {
            return self.replayed(tx, code.family, &authorization);
        }
        if let Some(why) = self.mismatch(tx.now(), &code, &authorization) {
            return Ok(self.refused(tx, Some(&authorization), why));
        }
        if !authorization.is_for(self.resource.as_deref(), &self.issuer) {
            let error =
                OAuthError::new(ErrorCode::InvalidTarget, "resource is not the one that was authorized");
            let why = "resource is not the one that was authorized";
            return Ok(self.refused_as(tx, Some(&authorization), why, error));
        }
        let now = tx.now();
        if authorization.signed_out(tx.sql(), now)? {
            return Ok(self.refused(tx, Some(&authorization), "the person signed out"));
        }
        if !authorization.consented(tx.hot(), now, &self.authed.client) {
            return Ok(self.refused(tx, Some(&authorization), "the consent was withdrawn"));
        }
        let family: FamilyId = tx.id();
        if !codes::redeem(tx.sql(), &self.hash, now, family)? {
            let first = codes::find(tx.sql(), &self.hash)?.and_then(|code| code.family);
            return self.replayed(tx, first, &authorization);
        }
        let authorization = self.begin(tx, family, authorization)?;
        let settled = settle(tx, &self.wanted(family, &authorization))?;
        Ok(settled.map(|s| (s, Some(authorization))))
    }

    /// Why the code is not for this redemption, if so.
    fn mismatch(
        &self,
        now: Timestamp,
        code: &codes::Code,
        authorization: &Authorization,
    ) -> Option<&'static str> {
        if now >= code.expires {
            return Some("the code has expired");
        }
        let sent = self.redirect_uri.as_deref();
        if sent.map_or(authorization.redirect_uri_sent, |uri| uri != authorization.redirect_uri) {
            return Some("redirect_uri is not the one of the authorization request");
        }
        let challenge = Challenge::parse(&authorization.challenge);
        if !challenge.zip(self.verifier.as_ref()).is_some_and(|(c, verifier)| c.verify(verifier)) {
            return Some("code_verifier does not fit the code_challenge");
        }
        None
    }

    /// Starts the run of an agent, and the family of refresh tokens.
    fn begin(
        &self,
        tx: &mut Tx<'_>,
        family: FamilyId,
        mut authorization: Authorization,
    ) -> Result<Authorization, Fault> {
        let now = tx.now();
        if let Some(agent) = self.authed.client.agent {
            let run = runs::Run {
                id: tx.id(),
                org: authorization.org,
                agent,
                user: authorization.user,
                about: String::new(),
                began: now,
                session: Some(authorization.session),
                stopped: None,
            };
            runs::insert(tx.sql(), &run)?;
            authorization.run = Some(run.id);
        }
        if let Some((hash, idle, absolute)) = self.refresh {
            let body = serde_json::to_string(&authorization).map_err(|e| Fault::internal(e.to_string()))?;
            let row = families::Family {
                id: family,
                org: authorization.org,
                client: authorization.client,
                user: authorization.user,
                run: authorization.run,
                ended: None,
                expires: absolute,
                body,
            };
            families::insert(tx.sql(), &row)?;
            let first = families::RefreshToken { family, generation: 0, used: None, expires: idle };
            families::insert_token(tx.sql(), &hash, &first)?;
        }
        Ok(authorization)
    }

    fn wanted(&self, family: FamilyId, a: &Authorization) -> Wanted {
        Wanted {
            ask: Ask {
                org: a.org,
                client: a.client,
                chain: Vec::new(),
                user: Some((a.user, Proof::Grant)),
                requested: a.scopes.clone(),
                source: None,
                lifetime: None,
                approved: None,
            },
            resource: if a.scopes.is_empty() { None } else { a.resource.clone() },
            identity: a.identity.clone(),
            grant_type: "authorization_code",
            run: a.run,
            session: Some(a.session),
            family: Some(family),
            authn: Some(a.authn.clone()),
            lease: None,
            issuer: self.issuer.clone(),
        }
    }

    fn refused(&self, tx: &mut Tx<'_>, a: Option<&Authorization>, why: &'static str) -> Audited<Written> {
        let text = "the authorization code is invalid, expired, or not for this request: start again at the authorization endpoint";
        self.refused_as(tx, a, why, invalid_grant(text))
    }

    fn refused_as(
        &self,
        tx: &mut Tx<'_>,
        a: Option<&Authorization>,
        why: &'static str,
        error: OAuthError,
    ) -> Audited<Written> {
        let known =
            Known { grant_type: "authorization_code", ..a.map(Authorization::known).unwrap_or_default() };
        refusal::refuse(tx, &self.authed.client, &known, why, error).map(|e| (Settled::Refused(e), None))
    }

    fn replayed(
        &self,
        tx: &mut Tx<'_>,
        family: Option<FamilyId>,
        a: &Authorization,
    ) -> Result<Audited<Written>, Fault> {
        let event = Event::CodeReplayed {
            client: a.client,
            agent: self.authed.client.agent,
            user: Some(a.user),
            family,
        };
        let recorded = tx.record(event);
        if let Some(family) = family {
            let now = tx.now();
            families::end(tx.sql(), family, now)?;
            tx.mark(MarkKey::Family(family), recorded.pos)?;
        }
        let text = "the authorization code has been used before: everything issued from it was revoked";
        Ok(recorded.with((Settled::Refused(invalid_grant(text)), None)))
    }
}

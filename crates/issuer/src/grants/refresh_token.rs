//! Refreshing (RFC 6749 §6, RFC 9700 §4.14.2): every use rotates; a token that comes back after its successor was used
//! was copied, and ends the family. A lost answer is forgiven for a few seconds, while the successor is unused.

use chancery_audit::{Event, Text};
use chancery_kernel::{FamilyId, Fault, ScopeSet, Seconds, Secret, Timestamp};
use chancery_model::MarkKey;
use chancery_oauth::{ErrorCode, OAuthError, TokenAnswer};
use chancery_policy::Proof;
use chancery_store::tables::families::{self, Family, RefreshToken};
use chancery_store::{Audited, Tx, Who};

use crate::Issuer;
use crate::clients::AuthedClient;
use crate::decide::Ask;
use crate::grants::code::Authorization;
use crate::grants::refusal::{self, Known};
use crate::grants::settle::{Settled, Wanted, settle, spend};
use crate::grants::{invalid_grant, unavailable};

/// How long a client may repeat a refresh whose answer it never saw.
const GRACE: Seconds = Seconds(10);

struct Refresh {
    authed: AuthedClient,
    hash: [u8; 32],
    successor: [u8; 32],
    idle: Timestamp,
    scope: Option<ScopeSet>,
    resource: Option<String>,
    issuer: std::sync::Arc<str>,
}

impl Issuer {
    pub(super) async fn refresh(
        &self,
        authed: AuthedClient,
        who: Who,
        token: Secret,
        scope: Option<ScopeSet>,
        resource: Option<String>,
    ) -> Result<TokenAnswer, OAuthError> {
        let (secret, (successor, idle, _)) = self.fresh_refresh();
        let org = authed.client.org;
        let refresh = Refresh {
            hash: self.vault().keyed_hash(&token),
            authed,
            successor,
            idle,
            scope,
            resource,
            issuer: self.issuer().into(),
        };
        let (settled, openid) =
            self.db().write(org, who, move |tx| refresh.run(tx)).await.map_err(|f: Fault| unavailable(f))?;
        match settled {
            Settled::Refused(error) => Err(error),
            Settled::Issued(issue) => {
                let token = self.mint(&issue).await?;
                // OpenID Connect Core §12.2: same subject and auth_time, no new nonce.
                let id_token = match openid {
                    true => Some(self.id_token(&issue, None, None, &token).await?),
                    false => None,
                };
                let mut answer = TokenAnswer::bearer(token, issue.lifetime(), issue.scopes);
                answer.id_token = id_token;
                answer.refresh_token = Some(secret);
                Ok(answer)
            }
        }
    }
}

type Written = (Settled, bool);

impl Refresh {
    fn run(&self, tx: &mut Tx<'_>) -> Result<Audited<Written>, Fault> {
        if let Some(replayed) = spend(tx, &self.authed)? {
            return Ok(replayed.map(|s| (s, false)));
        }
        let Some(token) = families::find_token(tx.sql(), &self.hash)? else {
            return Ok(self.refused(tx, None, "unknown refresh token"));
        };
        let Some(family) = families::find(tx.sql(), token.family)? else {
            return Ok(self.refused(tx, None, "unknown family"));
        };
        if family.client != self.authed.client.id {
            return Ok(self.refused(tx, None, "the refresh token was issued to another client"));
        }
        let now = tx.now();
        let authorization: Authorization =
            serde_json::from_str(&family.body).map_err(|e| Fault::internal(e.to_string()))?;
        if family.ended.is_some() || now >= family.expires || now >= token.expires {
            let why = "the refresh token has expired or was revoked";
            return Ok(self.refused(tx, Some(&authorization), why));
        }
        if !self.usable(tx, &token, now)? {
            return self.reused(tx, &family, now);
        }
        if let Some(why) = self.lapsed(tx, &authorization)? {
            return self.lapse(tx, &family, why);
        }
        let wanted = match self.wanted(&family, &authorization) {
            Ok(wanted) => wanted,
            Err(error) => {
                return Ok(self.refused_as(tx, Some(&authorization), "more than was authorized", error));
            }
        };
        let openid = wanted.identity.contains("openid");
        let mut issued = false;
        let settled = settle(tx, &wanted)?.map(|settled| {
            issued = matches!(settled, Settled::Issued(_));
            (settled, openid)
        });
        // A refusal leaves the client its token: what stands in the way may pass.
        if issued {
            self.rotate(tx, &token, family.id, now)?;
        }
        Ok(settled)
    }

    /// Whether the token is unused, or used a moment ago by a client that never saw the answer: then its successor,
    /// which nobody has seen, is still there.
    fn usable(&self, tx: &mut Tx<'_>, token: &RefreshToken, now: Timestamp) -> Result<bool, Fault> {
        match token.used {
            None => Ok(true),
            Some(used) => Ok(now.since(used) <= GRACE && families::has_unused_successor(tx.sql(), token)?),
        }
    }

    /// Uses the token up, or the successor that was lost, and puts its successor in place.
    fn rotate(
        &self,
        tx: &mut Tx<'_>,
        token: &RefreshToken,
        family: FamilyId,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let fresh = match token.used {
            None => families::use_token(tx.sql(), &self.hash, now)?,
            Some(_) => families::supersede(tx.sql(), token, now)? > 0,
        };
        if !fresh {
            return Err(Fault::conflict("refreshed", "somebody else has just used this token"));
        }
        let generation = token.generation + 1;
        let successor = RefreshToken { family, generation, used: None, expires: self.idle };
        Ok(families::insert_token(tx.sql(), &self.successor, &successor)?)
    }

    /// Why the authorization no longer holds, if so: the sign-in ended, or the consent was withdrawn.
    fn lapsed(&self, tx: &mut Tx<'_>, a: &Authorization) -> Result<Option<&'static str>, Fault> {
        let now = tx.now();
        if a.signed_out(tx.sql(), now)? {
            return Ok(Some("the person signed out"));
        }
        let held = a.consented(tx.hot(), now, &self.authed.client);
        Ok((!held).then_some("the consent was withdrawn"))
    }

    fn wanted(&self, family: &Family, a: &Authorization) -> Result<Wanted, OAuthError> {
        let all = a.identity.union(&a.scopes);
        let asked = self.scope.clone().unwrap_or_else(|| all.clone());
        if !asked.is_subset(&all) {
            return Err(OAuthError::new(
                ErrorCode::InvalidScope,
                "a refresh never widens the scope: ask for what was authorized, or less",
            ));
        }
        if !a.is_for(self.resource.as_deref(), &self.issuer) {
            return Err(OAuthError::new(
                ErrorCode::InvalidTarget,
                "resource is not the one that was authorized",
            ));
        }
        let scopes = asked.intersection(&a.scopes);
        Ok(Wanted {
            ask: Ask {
                org: a.org,
                client: a.client,
                chain: Vec::new(),
                user: Some((a.user, Proof::Grant)),
                requested: scopes.clone(),
                source: None,
                lifetime: None,
                approved: None,
            },
            resource: if scopes.is_empty() { None } else { a.resource.clone() },
            identity: asked.intersection(&a.identity),
            grant_type: "refresh_token",
            run: a.run,
            session: Some(a.session),
            family: Some(family.id),
            authn: Some(a.authn.clone()),
            lease: None,
            issuer: self.issuer.clone(),
        })
    }

    fn refused(&self, tx: &mut Tx<'_>, a: Option<&Authorization>, why: &'static str) -> Audited<Written> {
        let text = "the refresh token is invalid, expired or revoked: let the person sign in again";
        self.refused_as(tx, a, why, invalid_grant(text))
    }

    fn refused_as(
        &self,
        tx: &mut Tx<'_>,
        a: Option<&Authorization>,
        why: &'static str,
        error: OAuthError,
    ) -> Audited<Written> {
        let known = Known { grant_type: "refresh_token", ..a.map(Authorization::known).unwrap_or_default() };
        refusal::refuse(tx, &self.authed.client, &known, why, error).map(|e| (Settled::Refused(e), false))
    }

    /// The token was copied: the family ends, and with it every access token of it.
    fn reused(&self, tx: &mut Tx<'_>, family: &Family, now: Timestamp) -> Result<Audited<Written>, Fault> {
        let event = Event::RefreshReuseDetected {
            family: family.id,
            client: family.client,
            agent: self.authed.client.agent,
            user: family.user,
        };
        let recorded = tx.record(event);
        families::end(tx.sql(), family.id, now)?;
        tx.mark(MarkKey::Family(family.id), recorded.pos)?;
        let text = "the refresh token had been exchanged before: all tokens of this sign-in were revoked";
        Ok(recorded.with((Settled::Refused(invalid_grant(text)), false)))
    }

    fn lapse(&self, tx: &mut Tx<'_>, family: &Family, why: &'static str) -> Result<Audited<Written>, Fault> {
        let event = Event::FamilyRevoked {
            family: family.id,
            user: Some(family.user),
            client: Some(family.client),
            agent: self.authed.client.agent,
            reason: Text::new(why),
        };
        let recorded = tx.record(event);
        let now = tx.now();
        families::end(tx.sql(), family.id, now)?;
        let text = "the authorization behind this refresh token has ended: let the person sign in again";
        Ok(recorded.with((Settled::Refused(invalid_grant(text)), false)))
    }
}

//! Access tokens of our own, read back: as subject tokens, at introspection, at userinfo, at the management API.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chancery_jose::{AccessToken, Expect, Reject, sha256, verify};
use chancery_kernel::{AgentId, AppId, ClientId, OrgId, ScopeSet, Timestamp, UserId};
use chancery_model::{MarkKey, TokenKeys};
use chancery_oauth::{IntrospectionAnswer, OAuthError, TokenClaims};

use crate::Issuer;
use crate::introspect::json;

/// A token of ours whose signature, issuer and time were verified. Whether a mark kills it is asked at each use.
#[derive(Debug)]
pub struct OwnToken {
    pub org: OrgId,
    pub client: ClientId,
    /// The chain of agents, present actor first; empty for a person's or a tool's own token.
    pub agents: Vec<AgentId>,
    pub user: Option<UserId>,
    /// The application it is for; absent where it is for this server's own userinfo.
    pub application: Option<AppId>,
    pub scopes: ScopeSet,
    pub issued: Timestamp,
    pub expires: Timestamp,
    pub pos: i64,
    pub jti: String,
    pub keys: TokenKeys,
    /// Every mark that would kill it.
    pub marks: Vec<MarkKey>,
    pub claims: Arc<TokenClaims>,
    /// What introspection says of it as long as it lives, once somebody has asked.
    told: OnceLock<Box<[u8]>>,
}

impl OwnToken {
    /// Byte-exact.
    pub fn is_for(&self, audience: &str) -> bool {
        self.claims.aud.as_ref().is_some_and(|aud| aud.contains(audience))
    }

    /// What introspection says of it while it lives: the same each time.
    pub(crate) fn told(&self) -> Result<Vec<u8>, OAuthError> {
        if let Some(told) = self.told.get() {
            return Ok(told.to_vec());
        }
        let told = json(&IntrospectionAnswer::active(self.claims.clone()))?;
        // Who asked at the same time has written the same.
        Ok(self.told.get_or_init(|| told.into()).to_vec())
    }

    /// The most that a token made of it may have there: what it has itself where it is for that application, else what
    /// it had when it passed through. Absent for an application it has not been for.
    pub(crate) fn ceiling(&self, application: AppId) -> Option<&ScopeSet> {
        match self.application == Some(application) {
            true => Some(&self.scopes),
            false => self.claims.ceilings.get(&application),
        }
    }

    /// The ceilings of a token made of it for that application; there its own scopes say it.
    pub(crate) fn ceilings_for(&self, application: Option<AppId>) -> BTreeMap<AppId, ScopeSet> {
        let mut all = self.claims.ceilings.clone();
        all.extend(self.application.map(|own| (own, self.scopes.clone())));
        if let Some(target) = application {
            all.remove(&target);
        }
        all
    }

    fn read(claims: TokenClaims) -> Option<Self> {
        let org: OrgId = claims.org_id?;
        let jti = claims.jti.clone()?;
        let keys = TokenKeys::read(Some(org), claims.keys.iter().map(String::as_str), Some(&jti));
        Some(Self {
            org,
            client: claims.client_id?,
            agents: keys.agents.clone(),
            user: keys.user,
            application: keys.applications.first().copied(),
            scopes: claims.scope.clone().unwrap_or_default(),
            issued: Timestamp::from_seconds(claims.iat?),
            expires: Timestamp::from_seconds(claims.exp?),
            pos: claims.pos?,
            jti,
            marks: keys.marks(),
            keys,
            claims: Arc::new(claims),
            told: OnceLock::new(),
        })
    }
}

/// Two generations of verified tokens: when the younger is full it becomes the older, which is forgotten.
#[derive(Default)]
pub(crate) struct Cache(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: HashMap<[u8; 32], Arc<OwnToken>>,
    old: HashMap<[u8; 32], Arc<OwnToken>>,
}

/// Tokens of one generation: about 1.5 KB each, with the marks that could kill them.
const GENERATION: usize = 32_768;

impl Cache {
    fn get(&self, digest: &[u8; 32]) -> Option<Arc<OwnToken>> {
        let mut both = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = both.young.get(digest) {
            return Some(found.clone());
        }
        let found = both.old.remove(digest)?;
        both.young.insert(*digest, found.clone());
        Some(found)
    }

    fn put(&self, digest: [u8; 32], token: Arc<OwnToken>) {
        let mut both = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if both.young.len() >= GENERATION {
            both.old = std::mem::take(&mut both.young);
        }
        both.young.insert(digest, token);
    }
}

impl Issuer {
    /// Verifies an access token that this server issued: form, type, signature, issuer, time. Its audience and the
    /// marks are the caller's to check.
    pub(crate) fn read_own(&self, token: &str) -> Result<Arc<OwnToken>, Reject> {
        let now = self.now();
        let digest = sha256(token.as_bytes());
        if let Some(found) = self.0.verified.get(&digest) {
            return if now < found.expires { Ok(found) } else { Err(Reject::Expired) };
        }
        let expect = Expect { issuer: Some(self.issuer()), audiences: &[], now: now.seconds(), leeway: 0 };
        let ring = self.vault().ring();
        let verified = verify::<AccessToken, TokenClaims>(token, ring.keys(), &expect)?;
        let own = Arc::new(OwnToken::read(verified.into_claims()).ok_or(Reject::Malformed)?);
        self.0.verified.put(digest, own.clone());
        Ok(own)
    }

    /// Whether a mark kills the token, by the facts of this moment.
    pub(crate) fn is_dead(&self, token: &OwnToken) -> bool {
        self.db().hot().killed_by(&token.marks, token.pos).is_some()
    }

    /// Whether everybody the token names may still act: a live chain, enabled clients, an active person. Marks say
    /// the same sooner; this holds where marks have been forgotten.
    pub(crate) fn stands(&self, token: &OwnToken) -> bool {
        let hot = self.db().hot();
        let now = self.now();
        let clients =
            token.keys.clients.iter().all(|id| hot.clients.find(token.org, *id).is_some_and(|c| c.enabled));
        let agents =
            token.agents.iter().all(|id| hot.agents.find(token.org, *id).is_some_and(|a| a.is_live(now)));
        let user = token.user.is_none_or(|id| hot.users.find(token.org, id).is_some_and(|u| u.is_active()));
        clients && agents && user
    }
}

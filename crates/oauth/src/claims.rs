//! Claims of access tokens (RFC 9068 §2.2, RFC 8693 §4.1, AGBAC 1.0 §5), written in the profile an application
//! reads. All profiles are views of the same [`TokenFacts`].

use std::collections::BTreeMap;

use chancery_kernel::{
    AgentId, AppId, ApprovalId, ClientId, GrantId, OrgId, RunId, ScopeSet, Timestamp, UserId,
};
use chancery_model::{Profile, TokenKeys};
use serde::{Deserialize, Serialize};

/// What a decision put into a token, before any application's view of it.
#[derive(Clone, Debug)]
pub struct TokenFacts<'a> {
    pub profile: Profile,
    pub issuer: &'a str,
    pub audience: &'a str,
    pub jti: &'a str,
    pub issued: Timestamp,
    pub expires: Timestamp,
    pub org: OrgId,
    pub client: ClientId,
    pub scope: &'a ScopeSet,
    /// The chain of agents, present actor first.
    pub actors: &'a [Actor<'a>],
    pub person: Option<Person<'a>>,
    pub run: Option<RunId>,
    /// All that can kill it; the first of its grants is `grant_id`.
    pub keys: &'a TokenKeys,
    /// The scopes it had at each application it passed through on its way here.
    pub ceilings: &'a BTreeMap<AppId, ScopeSet>,
    /// Where the decision stands in the organization's log.
    pub pos: i64,
    /// The yes of a person that it rests on, if it does.
    pub approval: Option<&'a ApprovalClaim>,
    /// What was granted in detail (RFC 9396 §9.1).
    pub details: &'a [serde_json::Value],
}

/// Who said yes to what: the digest is that of the sentences they read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalClaim {
    pub id: ApprovalId,
    pub by: Vec<UserId>,
    /// SHA-256, in hexadecimal.
    pub seen: String,
    /// When the last of them said so.
    pub at: i64,
}

#[derive(Clone, Copy, Debug)]
pub struct Actor<'a> {
    pub id: AgentId,
    pub name: &'a str,
}

#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    pub id: UserId,
    pub login: &'a str,
    pub email: &'a str,
    pub auth_time: Option<Timestamp>,
    pub acr: Option<&'a str>,
    pub amr: &'a [&'a str],
}

/// The claims as they are signed.
#[derive(Clone, Debug, Serialize)]
pub struct AccessTokenClaims<'a> {
    pub iss: &'a str,
    pub sub: String,
    pub aud: &'a str,
    pub exp: i64,
    pub iat: i64,
    pub jti: &'a str,
    pub client_id: ClientId,
    pub scope: &'a ScopeSet,
    pub org_id: OrgId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Act<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act_as: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delegation: Option<Delegation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agbac_ver: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub amr: &'a [&'a str],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<GrantId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<RunId>,
    pub pos: i64,
    /// The ids whose revocation marks kill this token. Agents come first, the present actor leading: in every
    /// profile this is the whole chain, in order.
    pub keys: Vec<String>,
    /// By application: what a token made of this one may have there at most, since a source of it had no more.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ceilings: &'a BTreeMap<AppId, ScopeSet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<&'a ApprovalClaim>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub authorization_details: &'a [serde_json::Value],
}

/// What every actor here is (OAuth Actor Profile, OAuth Entity Profiles).
pub const AI_AGENT: &str = "ai_agent";

/// Who acts (RFC 8693 §4.1).
#[derive(Clone, Debug, Serialize)]
pub struct Act<'a> {
    pub sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_profile: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Box<Self>>,
}

/// How the human handed over (AGBAC 1.0 §5.2).
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Delegation {
    pub method: &'static str,
    pub profile: &'static str,
}

impl<'a> TokenFacts<'a> {
    /// The view that the application's profile asks for.
    pub fn claims(&self) -> AccessTokenClaims<'a> {
        let mut claims = self.common();
        match self.profile {
            Profile::Rfc8693 => self.view_rfc8693(&mut claims),
            Profile::Agbac => self.view_agbac(&mut claims),
            Profile::ActAs => self.view_act_as(&mut claims),
        }
        claims
    }

    fn common(&self) -> AccessTokenClaims<'a> {
        AccessTokenClaims {
            iss: self.issuer,
            sub: self.client.to_string(),
            aud: self.audience,
            exp: self.expires.seconds(),
            iat: self.issued.seconds(),
            jti: self.jti,
            client_id: self.client,
            scope: self.scope,
            org_id: self.org,
            act: None,
            act_as: None,
            delegation: None,
            agbac_ver: None,
            auth_time: self.person.and_then(|p| p.auth_time).map(Timestamp::seconds),
            acr: self.person.and_then(|p| p.acr),
            amr: self.person.map_or(&[], |p| p.amr),
            grant_id: self.keys.grants.first().copied(),
            run_id: self.run,
            pos: self.pos,
            keys: self.keys.claim(),
            ceilings: self.ceilings,
            approval: self.approval,
            authorization_details: self.details,
        }
    }

    /// The user is the subject and the agents act, nested, the present one outermost. Without a user the oldest
    /// agent is the subject: it is its authority that was handed on.
    fn view_rfc8693(&self, claims: &mut AccessTokenClaims<'a>) {
        let acting = match (self.person, self.actors.split_last()) {
            (Some(person), _) => {
                claims.sub = person.id.to_string();
                self.actors
            }
            (None, Some((oldest, later))) => {
                claims.sub = oldest.id.to_string();
                later
            }
            (None, None) => return,
        };
        claims.act = acting.iter().rev().fold(None, |inner: Option<Act<'a>>, actor| {
            Some(Act {
                sub: actor.id.to_string(),
                iss: Some(self.issuer),
                sub_profile: Some(AI_AGENT),
                act: inner.map(Box::new),
            })
        });
    }

    /// The agent is the subject and acts with the human in `act`: the reverse of RFC 8693, marked by `agbac_ver`.
    fn view_agbac(&self, claims: &mut AccessTokenClaims<'a>) {
        let human = self.person.map(|p| format!("user:{}", p.login));
        match (self.actors.first(), human) {
            (Some(agent), human) => {
                claims.sub = format!("agent:{}", agent.name);
                claims.delegation =
                    human.is_some().then_some(Delegation { method: "explicit", profile: "AGBAC-Min" });
                claims.act = human.map(|sub| Act { sub, iss: None, sub_profile: None, act: None });
            }
            (None, Some(human)) => claims.sub = human,
            (None, None) => {}
        }
        claims.agbac_ver = Some("1.0");
    }

    /// The agent is the subject, and the person it acts for is named by e-mail.
    fn view_act_as(&self, claims: &mut AccessTokenClaims<'a>) {
        match (self.actors.first(), self.person) {
            (Some(agent), person) => {
                claims.sub = agent.id.to_string();
                claims.act_as = person.map(|p| p.email);
            }
            (None, Some(person)) => claims.sub = person.id.to_string(),
            (None, None) => {}
        }
    }
}

//! Token exchange (RFC 8693): an agent takes a person's token, or another agent's, and gets one of its own that names
//! them both. Never wider than its source: every agent of the chain must itself be allowed what is asked.

use std::sync::Arc;

use chancery_jose::Reject;
use chancery_kernel::{AgentId, Fault, Secret};
use chancery_model::Client;
use chancery_oauth::introspection::ActClaim;
use chancery_oauth::{ErrorCode, Exchange, OAuthError, TokenAnswer, TokenType};
use chancery_policy::Proof;
use chancery_store::Who;

use crate::clients::AuthedClient;
use crate::decide::Ask;
use crate::grants::refusal::Known;
use crate::grants::settle::{Settled, Wanted, settle, spend};
use crate::grants::unavailable;
use crate::mint::Authn;
use crate::{Issuer, OwnToken};

impl Issuer {
    pub(super) async fn exchange(
        &self,
        authed: AuthedClient,
        who: Who,
        request: Exchange,
    ) -> Result<TokenAnswer, OAuthError> {
        let (agent, subject) = match self.admissible(&authed, &request) {
            Ok(admitted) => admitted,
            Err(error) => {
                let known = self.as_known(&authed, &request);
                return Err(self.refused(authed, who, known, error).await);
            }
        };
        let ask_for_it = request.request_approval;
        let wanted = self.wanted(&authed, agent, &subject, request);
        let org = authed.client.org;
        let settled = self
            .db()
            .write(org, who, move |tx| {
                let settled = match spend(tx, &authed)? {
                    Some(replayed) => replayed,
                    None => settle(tx, &wanted)?,
                };
                Ok(settled.map(|settled| (settled, wanted)))
            })
            .await
            .map_err(|f: Fault| unavailable(f))?;
        match settled {
            (Settled::Refused(error), wanted) => {
                Err(self.with_request(who, (wanted, ask_for_it), error).await?)
            }
            (Settled::Issued(issue), _) => {
                let token = self.mint(&issue).await?;
                let mut answer = TokenAnswer::bearer(token, issue.lifetime(), issue.scopes);
                answer.issued_token_type = Some(TokenType::AccessToken);
                Ok(answer)
            }
        }
    }

    /// The agent that may exchange here, and the token it may exchange.
    fn admissible(
        &self,
        authed: &AuthedClient,
        request: &Exchange,
    ) -> Result<(AgentId, Arc<OwnToken>), OAuthError> {
        let Some(agent) = authed.client.agent else {
            let text = "only the client of an agent can exchange tokens: link this client to an agent";
            return Err(OAuthError::new(ErrorCode::UnauthorizedClient, text));
        };
        check_types(request)?;
        let subject = self.subject(authed, &request.subject_token)?;
        if let Some((actor, _)) = &request.actor {
            self.check_actor(authed, actor)?;
        }
        Ok((agent, subject))
    }

    /// What a refusal of the request tells. A token of another organization stays unknown here.
    fn as_known(&self, authed: &AuthedClient, request: &Exchange) -> Known {
        let known = Known {
            grant_type: "token_exchange",
            resource: request.resource.clone().or_else(|| request.audience.first().cloned()),
            scopes: request.scope.clone().unwrap_or_default(),
            ..Known::default()
        };
        match self.read_own(request.subject_token.expose()) {
            Ok(subject) if subject.org == authed.client.org => known.with_source(&subject),
            _ => known,
        }
    }

    /// The subject token: ours, for this caller. A stolen one is no use to another client (standards: §15 OURS).
    fn subject(&self, authed: &AuthedClient, token: &Secret) -> Result<Arc<OwnToken>, OAuthError> {
        let subject = self.read_own(token.expose()).map_err(|reject| {
            OAuthError::invalid_request(match reject {
                Reject::Expired => "the subject token has expired: get a new one",
                Reject::WrongType => {
                    "the subject token is no access token: send the access token, not the ID token"
                }
                _ => "the subject token is not an access token of this server",
            })
        })?;
        let client = &authed.client;
        let issued_to_caller = subject.client == client.id
            || (client.agent.is_some() && subject.agents.first().copied() == client.agent);
        let meant_for_caller = client.application.is_some() && subject.application == client.application;
        if subject.org != client.org || !(issued_to_caller || meant_for_caller) {
            return Err(OAuthError::invalid_request(
                "the subject token was neither issued to this client nor is it for this client's application",
            ));
        }
        if subject.claims.may_act.as_ref().is_some_and(|named| !self.is_named(client, named)) {
            return Err(OAuthError::invalid_request(
                "the subject token names another actor in may_act, and this agent may not act with it",
            ));
        }
        Ok(subject)
    }

    /// Whether a token's `may_act` means this agent, or this client of it (RFC 8693 §4.4).
    fn is_named(&self, client: &Client, named: &ActClaim) -> bool {
        let ours = named.iss.as_deref().is_none_or(|iss| iss == self.issuer());
        let agent = client.agent.is_some_and(|agent| agent.to_string() == named.sub);
        ours && (agent || client.id.to_string() == named.sub)
    }

    /// An actor token may be sent; it has to be the caller's own (RFC 8693 §2.1).
    fn check_actor(&self, authed: &AuthedClient, token: &Secret) -> Result<(), OAuthError> {
        let refused =
            || OAuthError::invalid_request("the actor token is not a live access token of this client");
        let actor = self.read_own(token.expose()).map_err(|_| refused())?;
        if actor.client != authed.client.id || self.is_dead(&actor) {
            return Err(refused());
        }
        Ok(())
    }

    fn wanted(
        &self,
        authed: &AuthedClient,
        agent: AgentId,
        subject: &Arc<OwnToken>,
        request: Exchange,
    ) -> Wanted {
        let resource = request.resource.or_else(|| request.audience.first().cloned());
        let mut chain = subject.agents.clone();
        if chain.first() == Some(&agent) {
            chain.remove(0);
        }
        let authn = subject.claims.auth_time.map(|at| Authn {
            at: chancery_kernel::Timestamp::from_seconds(at),
            amr: subject.claims.amr.clone(),
        });
        Wanted {
            ask: Ask {
                org: authed.client.org,
                client: authed.client.id,
                chain,
                user: subject.user.map(|id| (id, Proof::SubjectToken)),
                requested: request.scope.unwrap_or_default(),
                source: Some(subject.clone()),
                lifetime: None,
                approved: None,
            },
            resource,
            identity: chancery_kernel::ScopeSet::empty(),
            grant_type: "token_exchange",
            run: subject.keys.run,
            session: subject.keys.session,
            family: subject.keys.family,
            authn,
            lease: None,
            issuer: self.issuer().into(),
        }
    }
}

fn check_types(request: &Exchange) -> Result<(), OAuthError> {
    let ours = |t: &TokenType| matches!(t, TokenType::AccessToken | TokenType::Jwt);
    if request.audience.len() > 1 {
        return Err(OAuthError::new(
            ErrorCode::InvalidTarget,
            "a token is for one audience: send a request for each",
        ));
    }
    if !ours(&request.subject_token_type) {
        return Err(OAuthError::invalid_request(
            "only access tokens of this server can be exchanged: use subject_token_type urn:ietf:params:oauth:token-type:access_token",
        ));
    }
    if request.actor.as_ref().is_some_and(|(_, t)| !ours(t)) {
        return Err(OAuthError::invalid_request(
            "actor_token_type has to be urn:ietf:params:oauth:token-type:access_token",
        ));
    }
    if request.requested_token_type.as_ref().is_some_and(|t| !ours(t)) {
        return Err(OAuthError::invalid_request(
            "only access tokens are issued here: leave requested_token_type out",
        ));
    }
    Ok(())
}

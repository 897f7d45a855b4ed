//! Refusals that fall before there is anything to decide: the client is proven, and what it asks cannot be looked at.
//! They are recorded like decisions (domain: "Denials are recorded like grants"), and what the client proved itself
//! with is spent with them.

use std::sync::Arc;

use chancery_audit::Text;
use chancery_audit::evidence::Verdict as Said;
use chancery_kernel::{RunId, ScopeSet, SessionId, UserId};
use chancery_model::{Client, GrantType};
use chancery_oauth::{ErrorCode, OAuthError, Params};
use chancery_store::{Audited, Tx, Who};

use crate::clients::AuthedClient;
use crate::decide::{Parties, application_named};
use crate::evidence::Account;
use crate::grants::settle::{Settled, spend};
use crate::grants::{unavailable, word};
use crate::{Issuer, OwnToken};

/// As much of a request as could be read. Nothing of another organization may stand in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub grant_type: &'static str,
    pub user: Option<UserId>,
    pub resource: Option<String>,
    pub scopes: ScopeSet,
    pub source_jti: Option<String>,
    pub run: Option<RunId>,
    pub session: Option<SessionId>,
}

impl Known {
    /// Of a request that may not even name its grant.
    pub fn of(params: &Params<'_>) -> Self {
        let named = params.get("grant_type");
        let grant = GrantType::ALL.into_iter().find(|grant| Some(grant.as_str()) == named);
        Self {
            grant_type: grant.map_or("unknown", word),
            resource: params.all("resource").chain(params.all("audience")).next().map(str::to_owned),
            scopes: params.get("scope").and_then(|text| ScopeSet::parse(text).ok()).unwrap_or_default(),
            ..Self::default()
        }
    }

    /// Adds the token that was to be exchanged, whoever brought it.
    pub fn with_source(self, source: &OwnToken) -> Self {
        Self {
            user: source.user,
            source_jti: Some(source.jti.clone()),
            run: source.keys.run,
            session: source.keys.session,
            ..self
        }
    }
}

/// Records why a proven client is refused; the error names the event.
pub(crate) fn refuse(
    tx: &mut Tx<'_>,
    client: &Arc<Client>,
    known: &Known,
    why: &str,
    error: OAuthError,
) -> Audited<OAuthError> {
    let (hot, org) = (tx.hot(), client.org);
    let resource = known.resource.as_deref();
    let application = resource.and_then(|named| application_named(hot, org, named)).cloned();
    let parties = Parties {
        client: client.clone(),
        agents: client.agent.and_then(|id| hot.agents.find(org, id)).cloned().into_iter().collect(),
        user: known.user.and_then(|id| hot.users.find(org, id)).cloned(),
    };
    let event = Account {
        org,
        parties: &parties,
        application: application.as_deref(),
        audience: resource.unwrap_or_default(),
        grant_type: known.grant_type,
        scopes: &known.scopes,
        run: known.run,
        session: known.session,
        source_jti: known.source_jti.as_deref(),
        jti: None,
        expires: None,
        keys: None,
        verdict: Said::Deny,
        rule: Text::word("request"),
        reasons: &[why.to_owned()],
        mend: Some(error.description()),
    }
    .event();
    let recorded = tx.record(event);
    recorded.with(error.with_event(recorded.id.to_string()))
}

impl Issuer {
    /// Refuses a proven client outside any other write: spends its assertion and records, or answers that neither could
    /// be done.
    pub(crate) async fn refused(
        &self,
        authed: AuthedClient,
        who: Who,
        known: Known,
        error: OAuthError,
    ) -> OAuthError {
        let org = authed.client.org;
        let written = self.db().write(org, who, move |tx| match spend(tx, &authed)? {
            Some(replayed) => Ok(replayed),
            None => {
                let why = error.description().to_owned();
                Ok(refuse(tx, &authed.client, &known, &why, error).map(Settled::Refused))
            }
        });
        match written.await {
            Ok(Settled::Refused(error)) => error,
            Ok(Settled::Issued(_)) => OAuthError::new(ErrorCode::ServerError, "a refusal issues nothing"),
            Err(fault) => unavailable(fault),
        }
    }
}

//! Consent: what the person is told before they say yes, and the record of their answer.

use std::sync::Arc;

use chancery_audit::{Actor, Event};
use chancery_jose::b64;
use chancery_kernel::{AppId, Fault, Outcome, RequestId, ScopeSet, Secret};
use chancery_model::{Action, Client, Grant, Meta, Origin};
use chancery_oauth::scopes;
use chancery_store::{Audited, Tx, Who};

use crate::Issuer;
use crate::authorize::Resolved;
use crate::sessions::Present;

/// One thing that is asked for, in words a person can decide by.
#[derive(Clone, Debug)]
pub struct ConsentItem {
    pub scope: String,
    pub title: String,
    pub data: String,
    pub action: Action,
    pub impact: String,
}

/// Who stands behind the agent.
#[derive(Clone, Debug)]
pub struct ConsentAgent {
    pub name: String,
    pub purpose: String,
    pub owners: Vec<String>,
    pub sponsor: Option<String>,
}

/// Everything the consent page says.
#[derive(Clone, Debug)]
pub struct ConsentAsk {
    pub client: Arc<Client>,
    pub agent: Option<ConsentAgent>,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// The system; absent where only the person's own profile is asked for.
    pub application: Option<String>,
    pub items: Vec<ConsentItem>,
    /// How long one access lasts, in seconds.
    pub access_lifetime: i64,
    /// Whether it can be renewed without the person until they take it back.
    pub renewable: bool,
    /// The request to repeat with the answer.
    pub query: String,
    /// A tag over everything above, for this sign-in.
    pub shown: String,
}

impl ConsentAsk {
    /// Whether a tag is of this very page.
    pub(crate) fn is_what(&self, shown: &str) -> bool {
        Secret::new(self.shown.as_str()).ct_eq(shown.as_bytes())
    }
}

impl Issuer {
    pub(crate) fn consent_ask(
        &self,
        resolved: &Resolved,
        present: &Present,
        granted: &ScopeSet,
        query: &str,
    ) -> ConsentAsk {
        let hot = self.db().hot();
        let name = |id| hot.users.find(present.org(), id).map(|u| u.display_name.clone());
        let agent =
            resolved.client.agent.and_then(|id| hot.agents.find(present.org(), id)).map(|a| ConsentAgent {
                name: a.name.clone(),
                purpose: a.purpose.clone(),
                owners: a.owners.iter().filter_map(|id| name(*id)).collect(),
                sponsor: a.sponsor.and_then(name),
            });
        let own = resolved.identity.iter().map(|s| profile_item(s.as_str()));
        let rules =
            resolved.application.iter().flat_map(|a| &a.scopes).filter(|r| granted.contains(r.name.as_str()));
        let there = rules.map(|r| ConsentItem {
            scope: r.name.to_string(),
            title: r.title.clone(),
            data: r.data.clone(),
            action: r.action,
            impact: r.impact.clone(),
        });
        let lifetime = resolved
            .application
            .as_ref()
            .map_or(chancery_model::Application::DEFAULT_LIFETIME, |a| a.token_lifetime);
        let mut ask = ConsentAsk {
            client: resolved.client.clone(),
            agent,
            redirect_uri: resolved.redirect_uri.clone(),
            application: resolved.application.as_ref().map(|a| a.name.clone()),
            items: own.chain(there).collect(),
            access_lifetime: lifetime.0,
            renewable: resolved.client.may(chancery_model::GrantType::RefreshToken),
            query: query.to_owned(),
            shown: String::new(),
        };
        drop(hot);
        ask.shown = self.shown_tag(&ask, present);
        ask
    }

    /// Over what the page says, part by part.
    fn shown_tag(&self, ask: &ConsentAsk, present: &Present) -> String {
        let items = ask.items.iter().map(|i| (&i.scope, &i.title, &i.data, i.action, &i.impact));
        let items: Vec<_> = items.collect();
        let agent = ask.agent.as_ref().map(|a| (&a.name, &a.purpose, &a.owners, &a.sponsor));
        let who = (present.session.id, ask.client.id, &ask.client.name, agent);
        let said =
            (who, &ask.redirect_uri, &ask.application, items, ask.access_lifetime, ask.renewable, &ask.query);
        // Debug of plain texts and ids: quoted, so no two pages read the same.
        b64(&self.vault().tag("consent", format!("{said:?}").as_bytes()))
    }

    /// Records the yes: one consent for the person's profile, one for the application.
    pub(crate) async fn record_consent(
        &self,
        resolved: &Resolved,
        present: &Present,
        granted: &ScopeSet,
        request: RequestId,
    ) -> Outcome<()> {
        let given = Given {
            client: resolved.client.clone(),
            present: present.clone(),
            profile: resolved.identity.clone(),
            application: resolved.application.as_ref().map(|a| a.id).zip(Some(granted.clone())),
        };
        let who = Who { actor: Actor::User(present.user.id), request: Some(request) };
        self.db().write(present.org(), who, move |tx| given.run(tx)).await
    }
}

impl Issuer {
    /// Records the no.
    pub(crate) async fn record_no(
        &self,
        resolved: &Resolved,
        present: &Present,
        request: RequestId,
    ) -> Outcome<()> {
        let event = Event::ConsentRefused {
            user: present.user.id,
            client: resolved.client.id,
            agent: resolved.client.agent,
            application: resolved.application.as_ref().map(|a| a.id),
            scopes: resolved.identity.union(&resolved.scopes),
        };
        let who = Who { actor: Actor::User(present.user.id), request: Some(request) };
        self.db().write(present.org(), who, move |tx| Ok::<_, Fault>(tx.record(event).with(()))).await
    }
}

struct Given {
    client: Arc<Client>,
    present: Present,
    profile: ScopeSet,
    application: Option<(AppId, ScopeSet)>,
}

impl Given {
    fn run(&self, tx: &mut Tx<'_>) -> Result<Audited<()>, Fault> {
        let mut recorded = None;
        if !self.profile.is_empty() {
            recorded = Some(self.one(tx, None, &self.profile)?);
        }
        if let Some((app, scopes)) = &self.application {
            recorded = Some(self.one(tx, Some(*app), scopes)?);
        }
        let recorded =
            recorded.ok_or_else(|| Fault::invalid("empty_consent", "there is nothing to consent to"))?;
        Ok(recorded.with(()))
    }

    /// Adds to the consent the person has already given this client there, or begins one.
    fn one(
        &self,
        tx: &mut Tx<'_>,
        application: Option<AppId>,
        scopes: &ScopeSet,
    ) -> Result<chancery_store::Recorded, Fault> {
        let (user, client) = (self.present.user.id, &self.client);
        let now = tx.now();
        let held = tx.hot().grants_of(user).iter().find(|g| {
            g.origin == Origin::Consent
                && g.client == client.id
                && g.application == application
                && g.in_force(now)
        });
        let grant = match held.cloned() {
            Some(held) => {
                let mut grant = Grant::clone(&held);
                grant.scopes = grant.scopes.union(scopes);
                tx.update(grant)?
            }
            None => {
                let grant = Grant {
                    id: tx.id(),
                    org: tx.org(),
                    origin: Origin::Consent,
                    user,
                    client: client.id,
                    agent: client.agent,
                    application,
                    secret: None,
                    run: None,
                    from: None,
                    scopes: scopes.clone(),
                    until: None,
                    purpose: None,
                    approved_by: Vec::new(),
                    in_review: None,
                    meta: Meta::new(now),
                };
                tx.insert(grant)?
            }
        };
        lift_refusals(tx, &grant)?;
        Ok(tx.record(Event::ConsentGiven {
            grant: grant.id,
            user,
            client: client.id,
            agent: client.agent,
            application,
            scopes: grant.scopes.clone(),
            until: grant.until,
        }))
    }
}

/// Whoever consents anew takes back that they took it back.
fn lift_refusals(tx: &mut Tx<'_>, given: &Grant) -> Result<(), Fault> {
    let same = |g: &&Arc<Grant>| {
        g.origin == Origin::Refusal && g.agent == given.agent && g.application == given.application
    };
    let lifted: Vec<Arc<Grant>> = tx.hot().grants_of(given.user).iter().filter(same).cloned().collect();
    lifted.iter().try_for_each(|refusal| tx.delete(refusal))
}

fn profile_item(scope: &str) -> ConsentItem {
    let text = scopes::identity(scope);
    ConsentItem {
        scope: scope.to_owned(),
        title: text.map_or_else(|| scope.to_owned(), |t| t.title.to_owned()),
        data: text.map_or_else(String::new, |t| t.data.to_owned()),
        action: Action::Read,
        impact: text.map_or_else(String::new, |t| t.impact.to_owned()),
    }
}

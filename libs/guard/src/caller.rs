//! Who calls: what a handler learns from a verified token.

use std::{ops::Deref, sync::Arc};

use serde_json::{Map, Value};

/// How a token names the two subjects. An API understands one; the guard refuses the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Profile {
    /// RFC 8693 §4.1: `sub` is the person, `act` the agent, earlier agents nested inside; each with its issuer, as the
    /// OAuth Actor Profile wants it.
    #[default]
    Rfc8693,
    /// AGBAC 1.0: `sub` is `agent:…`, `act.sub` is `user:…`.
    Agbac,
    /// `sub` is the agent, `act_as` the person's e-mail address.
    ActAs,
}

/// One actor of a delegation chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub subject: String,
    /// Named by whom, if the token says.
    pub issuer: Option<String>,
    /// What they are, such as `ai_agent`, if the token says: as it stands there, known here or not.
    pub sub_profile: Option<String>,
}

/// The verified caller; the guard puts it into the request's extensions. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Caller(Arc<Details>);

/// What a [`Caller`] dereferences to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Details {
    /// The `sub` claim.
    pub subject: String,
    /// Who acts, the present actor first. Only the subject and the first actor may decide access; the rest is
    /// history (RFC 8693 §4.1).
    pub actors: Vec<Actor>,
    /// The person, if one is involved: `usr_…`, or under other profiles the login name or e-mail address.
    pub user: Option<String>,
    /// The agent, if one is involved: `agt_…`, or under AGBAC its name.
    pub agent: Option<String>,
    /// The OAuth client.
    pub client_id: String,
    /// Granted scopes.
    pub scopes: Vec<String>,
    /// The organization.
    pub org: Option<String>,
    /// The time-boxed grant the token rests on.
    pub grant: Option<String>,
    /// The task.
    pub run: Option<String>,
    /// Identity of the token.
    pub jti: String,
    /// Where the decision stands in the evidence log.
    pub pos: i64,
    /// How the token names its two subjects; `None` if it has only one, which every profile names by its id.
    pub profile: Option<Profile>,
    /// All claims.
    pub claims: Map<String, Value>,
}

impl Deref for Caller {
    type Target = Details;

    fn deref(&self) -> &Details {
        &self.0
    }
}

/// Longest delegation chain that is read; longer ones are refused.
const DEEPEST: usize = 5;

impl Caller {
    /// Whether an agent acts for a person.
    #[must_use]
    pub fn is_delegated(&self) -> bool {
        self.user.is_some() && self.agent.is_some()
    }

    /// Whether the token has this scope.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|held| held == scope)
    }

    /// Reads the claims of a verified access token; the error says what is wrong with them.
    pub(crate) fn read(claims: Map<String, Value>) -> Result<Self, &'static str> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        // RFC 9068 §2.2 requires these of every access token.
        let subject = text("sub").ok_or("the token has no subject")?;
        let client_id = text("client_id").ok_or("the token has no client_id")?;
        if !claims.get("iat").is_some_and(Value::is_number) {
            return Err("the token has no iat");
        }
        // A bound token is worth nothing without the proof, which is not checked here (RFC 9449 §7.1, RFC 8705 §3).
        if claims.contains_key("cnf") {
            return Err("the token is bound to a key and cannot be used as a bearer token");
        }
        let actors = actors(claims.get("act"))?;
        let (profile, user, agent) = subjects(&claims, &subject, &actors)?;
        Ok(Self(Arc::new(Details {
            actors,
            user,
            agent,
            client_id,
            scopes: text("scope").unwrap_or_default().split_ascii_whitespace().map(str::to_owned).collect(),
            org: text("org_id"),
            grant: text("grant_id"),
            run: text("run_id"),
            jti: text("jti").ok_or("the token has no jti")?,
            pos: claims.get("pos").and_then(Value::as_i64).unwrap_or(0),
            profile,
            subject,
            claims,
        })))
    }

    /// Every id a mark could name: the `keys` claim, and what the other claims name anyway.
    pub(crate) fn ids(&self) -> Vec<String> {
        let listed = self.claims.get("keys").and_then(Value::as_array).into_iter().flatten();
        let mut ids: Vec<String> = listed.filter_map(Value::as_str).map(str::to_owned).collect();
        ids.extend([self.subject.clone(), self.client_id.clone()]);
        ids.extend(self.actors.iter().map(|actor| actor.subject.clone()));
        ids.extend(self.grant.iter().chain(&self.run).cloned());
        ids
    }
}

fn actors(claim: Option<&Value>) -> Result<Vec<Actor>, &'static str> {
    let (mut found, mut next) = (Vec::new(), claim);
    while let Some(act) = next {
        let subject = act.get("sub").and_then(Value::as_str).ok_or("an actor of the token has no subject")?;
        let text = |name: &str| act.get(name).and_then(Value::as_str).map(str::to_owned);
        found.push(Actor {
            subject: subject.to_owned(),
            issuer: text("iss"),
            sub_profile: text("sub_profile"),
        });
        if found.len() > DEEPEST {
            return Err("the token's delegation chain is too long");
        }
        next = act.get("act");
    }
    Ok(found)
}

type Subjects = (Option<Profile>, Option<String>, Option<String>);

/// Which profile the claims follow, the person and the agent. A token that fits none, or mixes two, is refused: the
/// two subjects must never be taken for one another.
fn subjects(claims: &Map<String, Value>, subject: &str, actors: &[Actor]) -> Result<Subjects, &'static str> {
    const MIXED: &str = "the token does not follow a known profile";
    // OAuth Actor Profile: without its issuer an actor is anybody of that name.
    let named = actors.iter().all(|actor| actor.issuer.is_some());
    match (claims.get("agbac_ver"), claims.get("act_as"), actors.first()) {
        (Some(version), None, Some(actor)) if version == "1.0" => {
            let agent = subject.strip_prefix("agent:").ok_or(MIXED)?;
            let user = actor.subject.strip_prefix("user:").ok_or(MIXED)?;
            Ok((Some(Profile::Agbac), Some(user.to_owned()), Some(agent.to_owned())))
        }
        (None, Some(person), None) => {
            let person = person.as_str().filter(|person| !person.is_empty()).ok_or(MIXED)?;
            Ok((Some(Profile::ActAs), Some(person.to_owned()), Some(subject.to_owned())))
        }
        (None, None, Some(actor)) if named && subject.starts_with("usr_") => {
            Ok((Some(Profile::Rfc8693), Some(subject.to_owned()), Some(actor.subject.clone())))
        }
        // Agents acting for agents, without a person: the oldest is the subject (RFC 8693 §4.1).
        (None, None, Some(actor))
            if named && subject.starts_with("agt_") && actor.subject.starts_with("agt_") =>
        {
            Ok((None, None, Some(actor.subject.clone())))
        }
        (None, None, None) => {
            let is = |prefix: &str| subject.starts_with(prefix).then(|| subject.to_owned());
            Ok((None, is("usr_"), is("agt_")))
        }
        _ => Err(MIXED),
    }
}

//! OpenID AuthZEN Authorization API 1.0, each store a policy decision point: subject and resource are user and object,
//! the action is the relation, and properties are what conditions read.

mod evaluate;
mod search;

use chancery_kernel::{Fault, Outcome};
use chancery_rebac::tuple::{Context, TupleKey};
use serde::Deserialize;
use serde_json::Value;

pub use evaluate::{Answer, Answers};
pub use search::{Found, Kind};

use crate::fault;
use crate::wire::{context, messages};

messages!(Entity, Action, Evaluation, Options, Page);

/// A subject or resource (§5.1, §5.3). In a search the one that is looked for has no id.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct Entity {
    pub r#type: Option<String>,
    pub id: Option<String>,
    #[serde(deserialize_with = "context")]
    pub properties: Option<Context>,
}

/// §5.2.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct Action {
    pub name: Option<String>,
    #[serde(deserialize_with = "context")]
    pub properties: Option<Context>,
}

/// A question, or the part of one that items of many share (§6.1, §7.1.1).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct Evaluation {
    pub subject: Option<Entity>,
    pub action: Option<Action>,
    pub resource: Option<Entity>,
    #[serde(deserialize_with = "context")]
    pub context: Option<Context>,
}

/// §7.1.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Evaluations {
    #[serde(flatten)]
    pub shared: Evaluation,
    pub evaluations: Option<Vec<Evaluation>>,
    pub options: Option<Options>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct Options {
    pub evaluations_semantic: Option<String>,
}

/// §8.4 to §8.6.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Search {
    #[serde(flatten)]
    pub question: Evaluation,
    pub page: Option<Page>,
}

/// §8.2.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub struct Page {
    pub token: Option<String>,
    pub limit: Option<i64>,
}

const LONGEST_SUBJECT: usize = 500;
const LONGEST_RESOURCE: usize = 256;

fn missing(what: &str) -> Fault {
    fault::invalid(format!("{what} is missing: give it as a string that is not empty"))
}

fn text<'a>(value: Option<&'a String>, what: &str) -> Outcome<&'a str> {
    value.map(String::as_str).filter(|text| !text.is_empty()).ok_or_else(|| missing(what))
}

impl Entity {
    fn named(&self, what: &str, longest: usize) -> Outcome<String> {
        let kind = text(self.r#type.as_ref(), &format!("{what}.type"))?;
        let id = text(self.id.as_ref(), &format!("{what}.id"))?;
        if id.chars().count() > longest {
            return Err(fault::invalid(format!("{what}.id is longer than {longest} characters")));
        }
        // It would be read as a set of subjects, and not as the one of this id.
        if id.contains('#') {
            return Err(fault::invalid(format!(
                "{what}.id holds a `#`: name one {what}, and not a set of them"
            )));
        }
        Ok(format!("{kind}:{id}"))
    }
}

impl Evaluation {
    fn subject(&self) -> Outcome<&Entity> {
        self.subject.as_ref().ok_or_else(|| missing("subject"))
    }

    fn resource(&self) -> Outcome<&Entity> {
        self.resource.as_ref().ok_or_else(|| missing("resource"))
    }

    fn user(&self) -> Outcome<String> {
        self.subject()?.named("subject", LONGEST_SUBJECT)
    }

    fn object(&self) -> Outcome<String> {
        self.resource()?.named("resource", LONGEST_RESOURCE)
    }

    fn relation(&self) -> Outcome<String> {
        let action = self.action.as_ref().ok_or_else(|| missing("action"))?;
        text(action.name.as_ref(), "action.name").map(str::to_owned)
    }

    fn key(&self) -> Outcome<TupleKey> {
        Ok(TupleKey { user: self.user()?, relation: self.relation()?, object: self.object()? })
    }

    /// What conditions read: properties under the name of whose they are, and over them the request's own context.
    fn facts(&self) -> Context {
        let mut facts = Context::new();
        let mut add = |prefix: &str, properties: Option<&Context>| {
            for (name, value) in properties.into_iter().flatten() {
                facts.insert(format!("{prefix}_{name}"), value.clone());
            }
        };
        add("subject", self.subject.as_ref().and_then(|one| one.properties.as_ref()));
        add("resource", self.resource.as_ref().and_then(|one| one.properties.as_ref()));
        add("action", self.action.as_ref().and_then(|one| one.properties.as_ref()));
        facts.extend(self.context.iter().flatten().map(|(name, value)| (name.clone(), Value::clone(value))));
        facts
    }

    /// With what is shared where the item says nothing itself: members are replaced, not merged (§7.1.1).
    fn over(self, shared: &Self) -> Self {
        let shared = shared.clone();
        Self {
            subject: self.subject.or(shared.subject),
            action: self.action.or(shared.action),
            resource: self.resource.or(shared.resource),
            context: self.context.or(shared.context),
        }
    }
}

//! The vault on the command line: folders, secrets, leases. Values come from files or standard input, never from the command
//! line, where every process of the machine could read them.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};
use http::Method;
use serde_json::{Value, json};

use super::acts::{Act, Asked, read, reason};
use super::fields::Fields;
use super::{Verb, path, segment};

/// Where a secret is.
#[derive(Debug, Args)]
pub struct Place {
    resource_group: String,
    project: String,
    /// Its name, or its id
    secret: String,
}

fn projects(resource_group: &str) -> String {
    format!("secrets/resource_groups/{}/projects", segment(resource_group))
}

fn secrets(resource_group: &str, project: &str) -> String {
    format!("{}/{}/secrets", projects(resource_group), segment(project))
}

impl Place {
    fn noun(&self) -> String {
        secrets(&self.resource_group, &self.project)
    }

    fn at(&self, what: &str) -> String {
        format!("{}/{what}", path(&self.noun(), &self.secret))
    }
}

#[derive(Debug, Subcommand)]
pub enum FolderVerb {
    /// List folders
    List {
        /// Stop after so many; 0 for all
        #[arg(long, default_value_t = 100)]
        most: usize,
    },
    /// Make a folder: `create resource_group=prod project=crm policy:='{"tier":"approval"}'`
    Create(Fields),
    /// Show one folder
    Get { resource_group: String, project: String },
    /// Change a folder, or its policy
    Update {
        resource_group: String,
        project: String,
        #[command(flatten)]
        fields: Fields,
    },
    /// Delete an empty folder
    Delete { resource_group: String, project: String },
}

impl FolderVerb {
    pub fn asked(self) -> (String, Asked) {
        let all = || "secrets/folders".to_owned();
        let (noun, verb) = match self {
            Self::List { most } => (all(), Verb::List { filter: Vec::new(), most }),
            Self::Create(fields) => (all(), Verb::Create(fields)),
            Self::Get { resource_group, project } => (projects(&resource_group), Verb::Get { id: project }),
            Self::Update { resource_group, project, fields } => {
                (projects(&resource_group), Verb::Update { id: project, fields })
            }
            Self::Delete { resource_group, project } => {
                (projects(&resource_group), Verb::Delete { id: project })
            }
        };
        (noun, Asked::Verb(verb))
    }
}

#[derive(Debug, Subcommand)]
pub enum SecretVerb {
    /// List secrets, or those that match: `list resource_group=prod project=crm`
    List {
        /// name=value
        filter: Vec<String>,
        /// Stop after so many; 0 for all
        #[arg(long, default_value_t = 100)]
        most: usize,
    },
    /// Put a secret into the vault: `create prod crm name=key kind=api_key --file value.json` with `{"value":{"key":"…"}}`
    Create {
        resource_group: String,
        project: String,
        #[command(flatten)]
        fields: Fields,
    },
    /// Show what is known of a secret; not its value
    Get(Place),
    /// Change what is known of a secret, its policy or its rotation; not its value
    Update {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        fields: Fields,
    },
    /// Delete a secret with all its versions
    Delete(Place),
    /// List the versions of a secret
    Versions(Place),
    /// Give a secret another value
    Put {
        #[command(flatten)]
        place: Place,
        /// File with the value as JSON, such as `{"key":"…"}`; `-` reads standard input
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// Take a secret out of the vault, and print it
    Reveal {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        wish: Wish,
    },
    /// Take a secret out of the vault under a lease, and print it
    Checkout {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        wish: Wish,
    },
    /// Show how a request of yours for a secret stands
    Request {
        #[command(flatten)]
        place: Place,
        request: String,
    },
    /// Take a request of yours for a secret back
    Cancel {
        #[command(flatten)]
        place: Place,
        request: String,
    },
    /// Have a secret rotated now
    Rotate(Place),
}

/// For whom and what.
#[derive(Debug, Args)]
pub struct Wish {
    /// The person it is for, who may have to say yes
    #[arg(long, value_name = "PERSON")]
    user: Option<String>,
    /// What it is needed for, in one sentence: the person reads it
    #[arg(long, default_value = "")]
    task: String,
    /// A request that was filed earlier
    #[arg(long, value_name = "ID")]
    request: Option<String>,
}

impl Wish {
    fn body(self) -> Option<Value> {
        Some(json!({ "user": self.user, "task": self.task, "request": self.request }))
    }
}

impl SecretVerb {
    pub fn asked(self) -> anyhow::Result<(String, Asked)> {
        let verb = |noun: String, verb| Ok((noun, Asked::Verb(verb)));
        let act = |asked| Ok((String::new(), asked));
        match self {
            Self::List { filter, most } => verb("secrets".to_owned(), Verb::List { filter, most }),
            Self::Create { resource_group, project, fields } => {
                verb(secrets(&resource_group, &project), Verb::Create(fields))
            }
            Self::Get(place) => verb(place.noun(), Verb::Get { id: place.secret }),
            Self::Update { place, fields } => verb(place.noun(), Verb::Update { id: place.secret, fields }),
            Self::Delete(place) => verb(place.noun(), Verb::Delete { id: place.secret }),
            Self::Versions(place) => act(Act::get(place.at("versions"))),
            Self::Put { place, file } => {
                let value: Value = serde_json::from_str(&read(&file)?).context("the value is not JSON")?;
                act(Act::post(place.at("versions"), Some(json!({ "value": value }))))
            }
            Self::Reveal { place, wish } => act(Act::post(place.at("reveal"), wish.body())),
            Self::Checkout { place, wish } => act(Act::post(place.at("checkout"), wish.body())),
            Self::Request { place, request } => {
                act(Act::get(place.at(&format!("requests/{}", segment(&request)))))
            }
            Self::Cancel { place, request } => {
                act(Act::post(place.at(&format!("requests/{}/cancel", segment(&request))), None))
            }
            Self::Rotate(place) => act(Act::post(place.at("rotate"), None)),
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum LeaseVerb {
    /// List leases, or those that match: `list open=true`
    List {
        /// name=value
        filter: Vec<String>,
        /// Stop after so many; 0 for all
        #[arg(long, default_value_t = 100)]
        most: usize,
    },
    /// Show one lease
    Get { id: String },
    /// Give a secret back that was lent to you
    Return { id: String },
    /// End a lease against the will of whoever has the secret
    End {
        id: String,
        /// Why; it stands in the audit log
        #[arg(long)]
        reason: String,
    },
}

impl LeaseVerb {
    pub fn asked(self) -> Asked {
        let at = |id: &str, what: &str| format!("{}/{what}", path("leases", id));
        match self {
            Self::List { filter, most } => Asked::Verb(Verb::List { filter, most }),
            Self::Get { id } => Asked::Verb(Verb::Get { id }),
            Self::Return { id } => Act::asked(Method::POST, at(&id, "return"), None),
            Self::End { id, reason: why } => Act::post(at(&id, "end"), reason(&why)),
        }
    }
}

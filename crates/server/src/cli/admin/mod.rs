//! `chancery admin`: a thin client of the management API.

mod acts;
mod agents;
mod decisions;
mod endpoints;
mod fields;
mod login;
mod model_file;
mod people;
pub mod rest;
mod session;
mod stores;
mod systems;
mod table;
mod vault;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use http::Method;
use serde_json::{Map, Value};

use crate::out;
use acts::Asked;
use agents::{AgentVerb, RunVerb};
use decisions::{ApprovalVerb, EmergencyVerb, GrantVerb, RequestVerb};
use endpoints::EndpointVerb;
use fields::Fields;
use people::{GroupVerb, UserVerb};
use rest::Rest;
use stores::StoreVerb;
use systems::{ApplicationVerb, ClientVerb, TokenVerb};
use vault::{FolderVerb, LeaseVerb, SecretVerb};

type Environment = BTreeMap<String, String>;

#[derive(Debug, Args)]
pub struct Admin {
    #[command(flatten)]
    access: Access,
    /// Print answers as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

/// Which server, and as whom.
#[derive(Clone, Debug, Args)]
pub struct Access {
    /// The server's issuer; by default the one logged in to; also CHANCERY_SERVER
    #[arg(long, global = true, value_name = "URL")]
    pub server: Option<String>,
    /// A client to act as, for automation, instead of a person; also CHANCERY_CLIENT_ID
    #[arg(long, global = true, value_name = "ID")]
    pub client_id: Option<String>,
    /// File that holds that client's secret; also CHANCERY_CLIENT_SECRET_FILE
    #[arg(long, global = true, value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,
    /// PEM file of the root to trust for the server's certificate instead of the system's
    #[arg(long, global = true, value_name = "FILE")]
    pub root: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Sign in with the browser
    Login(login::Login),
    /// Forget the sign-in, here and at the server
    Logout,
    #[command(subcommand)]
    Users(UserVerb),
    #[command(subcommand)]
    Groups(GroupVerb),
    #[command(subcommand)]
    Applications(ApplicationVerb),
    #[command(subcommand)]
    Agents(AgentVerb),
    #[command(subcommand)]
    Clients(ClientVerb),
    #[command(subcommand)]
    Assignments(Verb),
    #[command(subcommand)]
    Connections(Verb),
    #[command(subcommand)]
    Grants(GrantVerb),
    #[command(subcommand)]
    Requests(RequestVerb),
    #[command(subcommand)]
    Emergencies(EmergencyVerb),
    #[command(subcommand)]
    Runs(RunVerb),
    #[command(subcommand)]
    Tokens(TokenVerb),
    #[command(subcommand)]
    Approvals(ApprovalVerb),
    /// Who is told of approvals: webhooks and chats
    #[command(subcommand)]
    Endpoints(EndpointVerb),
    /// Folders of the vault, with the policy for their secrets
    #[command(subcommand)]
    Folders(FolderVerb),
    /// Secrets of the vault; to use one, `chancery run`
    #[command(subcommand)]
    Secrets(SecretVerb),
    /// Who may reach what of the vault
    #[command(subcommand)]
    SecretConnections(Verb),
    /// Who has which secret
    #[command(subcommand)]
    Leases(LeaseVerb),
    /// Stores of relationships, with their models and keys
    #[command(subcommand)]
    Stores(StoreVerb),
    #[command(subcommand)]
    Events(Verb),
    /// Your own organization; the operator founds others with `chancery organizations create`
    #[command(subcommand)]
    Organizations(Verb),
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List records, or those that match: `list name=crm`
    List {
        /// name=value
        filter: Vec<String>,
        /// Stop after so many; 0 for all
        #[arg(long, default_value_t = 100)]
        most: usize,
    },
    /// Show one record
    Get { id: String },
    /// Create a record: `create login=ada display_name="Ada"`
    Create(Fields),
    /// Change fields of a record
    Update {
        id: String,
        #[command(flatten)]
        fields: Fields,
    },
    /// Delete a record
    Delete { id: String },
}

impl Admin {
    pub async fn run(self, environment: &Environment) -> anyhow::Result<()> {
        let Self { access, json, command } = self;
        let access = access.completed(environment);
        let (noun, asked) = match command {
            Command::Login(login) => return login.run(&access, environment).await,
            Command::Logout => return login::log_out(&access, environment).await,
            Command::Agents(verb) => ("agents", verb.asked()),
            Command::Users(verb) => ("users", verb.asked()?),
            Command::Groups(verb) => ("groups", verb.asked()),
            Command::Applications(verb) => ("applications", verb.asked()),
            Command::Clients(verb) => ("clients", verb.asked()?),
            Command::Assignments(verb) => ("assignments", Asked::Verb(verb)),
            Command::Connections(verb) => ("connections", Asked::Verb(verb)),
            Command::Grants(verb) => ("grants", verb.asked()),
            Command::Requests(verb) => ("requests", verb.asked()),
            Command::Emergencies(verb) => ("emergencies", verb.asked()),
            Command::Runs(verb) => ("runs", verb.asked()),
            Command::Tokens(verb) => ("tokens", verb.asked()),
            Command::Approvals(verb) => ("approvals", verb.asked()),
            Command::Endpoints(verb) => ("endpoints", verb.asked()),
            Command::SecretConnections(verb) => ("secrets/connections", Asked::Verb(verb)),
            Command::Leases(verb) => ("leases", verb.asked()),
            // What these name lies below a path of its own.
            Command::Folders(verb) => return Self::at(&access, environment, verb.asked(), json).await,
            Command::Secrets(verb) => return Self::at(&access, environment, verb.asked()?, json).await,
            Command::Stores(verb) => ("stores", verb.asked()?),
            Command::Events(verb) => ("events", Asked::Verb(verb)),
            Command::Organizations(verb) => ("organizations", Asked::Verb(verb)),
        };
        let rest = Rest::open(&access, environment).await?;
        match asked {
            Asked::Verb(verb) => verb.run(&rest, noun, json).await,
            Asked::Act(act) => act.run(&rest, json).await,
        }
    }
}

impl Admin {
    async fn at(
        access: &Access,
        environment: &Environment,
        (noun, asked): (String, Asked),
        json: bool,
    ) -> anyhow::Result<()> {
        let rest = Rest::open(access, environment).await?;
        match asked {
            Asked::Verb(verb) => verb.run(&rest, &noun, json).await,
            Asked::Act(act) => act.run(&rest, json).await,
        }
    }
}

impl Verb {
    async fn run(self, rest: &Rest, noun: &str, json: bool) -> anyhow::Result<()> {
        match self {
            Self::List { filter, most } => list(rest, noun, &filter, most, json).await,
            Self::Get { id } => show(&rest.get(&path(noun, &id)).await?, json),
            Self::Create(fields) => {
                let body = fields.read()?;
                show(&rest.send(Method::POST, &format!("/api/v1/{noun}"), Some(&body), None).await?, json)
            }
            Self::Update { id, fields } => {
                let (path, body) = (path(noun, &id), fields.read()?);
                let version = rest.version(&path).await?;
                show(&rest.send(Method::PATCH, &path, Some(&body), version).await?, json)
            }
            Self::Delete { id } => {
                let path = path(noun, &id);
                let version = rest.version(&path).await?;
                rest.send(Method::DELETE, &path, None, version).await?;
                Ok(out::line(format_args!("deleted {id}"))?)
            }
        }
    }
}

async fn list(rest: &Rest, noun: &str, filter: &[String], most: usize, json: bool) -> anyhow::Result<()> {
    let most = if most == 0 { usize::MAX } else { most };
    let (items, more) = rest.list(&format!("/api/v1/{noun}"), &fields::pairs(filter)?, most).await?;
    let shown = if json { print(&Value::Array(items)) } else { Ok(out::line(table::of(&items))?) };
    if more {
        out::note("There are more: narrow the list, or give --most.")?;
    }
    shown
}

impl Access {
    /// What the command line leaves out, the environment may say.
    pub fn completed(self, environment: &Environment) -> Self {
        let read = |name: &str| environment.get(name).cloned();
        Self {
            server: self.server.or_else(|| read("CHANCERY_SERVER")),
            client_id: self.client_id.or_else(|| read("CHANCERY_CLIENT_ID")),
            client_secret_file: self
                .client_secret_file
                .or_else(|| read("CHANCERY_CLIENT_SECRET_FILE").map(PathBuf::from)),
            root: self.root,
        }
    }
}

fn path(noun: &str, id: &str) -> String {
    format!("/api/v1/{noun}/{}", segment(id))
}

fn segment(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// One record: its fields line by line, or as JSON.
fn show(record: &Value, json: bool) -> anyhow::Result<()> {
    match record {
        Value::Object(fields) if !json => Ok(out::line(table::record(fields))?),
        other => print(other),
    }
}

fn print(value: &Value) -> anyhow::Result<()> {
    Ok(out::line(serde_json::to_string_pretty(value)?)?)
}

/// A body of an API request.
type Body = Map<String, Value>;

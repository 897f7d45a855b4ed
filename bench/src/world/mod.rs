//! A world to measure in: an organization founded through the set-up form, its agents and clients, a server over it.

mod fill;
mod found;
mod mint;
mod safe;
mod server;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use chancery_jose::SigningKey;
use chancery_kernel::{AgentId, ClientId, Env, Fault, OrgId, UserId};
use chancery_model::SigningAlg;
use chancery_store::{Config, Db, DbFault, Location, Sql, log};
use chancery_vault::{MasterKey, Vault};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::plan::Plan;

pub use mint::{assertion, subject_token};
pub use safe::{FOLDER, Stored};
pub use server::Server;

/// How the clients of a world prove themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    Secret,
    Key,
}

/// What a world has besides its organization.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// Agents, each with a client of its own, assigned and connected to the one application.
    pub agents: usize,
    pub people: usize,
    pub credential: Credential,
    pub alg: SigningAlg,
    /// Clients of the application itself: they introspect and follow the feed.
    pub faces_of_application: usize,
    /// Revocation marks on agents that do not take part.
    pub marks: usize,
    /// Without: agents and clients have their assignment alone, as the tiers of the application decide.
    pub connections: bool,
    /// Secrets in the vault, each under a permission of the first agent.
    pub secrets: usize,
    /// So many of the people are signed in.
    pub signed_in: usize,
    /// Where the clients of agents are pinged when a person has answered.
    pub pinged_at: Option<SocketAddr>,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            agents: 100,
            people: 100,
            credential: Credential::Secret,
            alg: SigningAlg::Es256,
            faces_of_application: 1,
            marks: 0,
            connections: true,
            secrets: 0,
            signed_in: 0,
            pinged_at: None,
        }
    }
}

/// A client, and what it proves itself with.
pub struct Face {
    pub client: ClientId,
    pub agent: Option<AgentId>,
    pub proof: Proof,
}

pub enum Proof {
    Secret(String),
    Key(Box<SigningKey>),
}

impl Face {
    pub fn secret(&self) -> &str {
        if let Proof::Secret(secret) = &self.proof { secret } else { "" }
    }

    pub fn basic(&self) -> String {
        crate::load::basic(&self.client.to_string(), self.secret())
    }
}

/// A filled database and everything the load generator has to know about it.
pub struct World {
    folder: TempDir,
    pub address: SocketAddr,
    pub issuer: String,
    pub org: OrgId,
    /// Resource URI of the application.
    pub resource: String,
    pub faces: Vec<Face>,
    pub people: Vec<UserId>,
    /// What the browsers of those send who are signed in: the first of the people.
    pub cookies: Vec<String>,
    /// Whether clients are pinged.
    pub pinged: bool,
    /// Clients of the application.
    pub guards: Vec<Face>,
    /// A tool that may do everything.
    pub manager: Face,
    pub secrets: Vec<Stored>,
    /// Signs what a sign-in of a person would have handed to an agent's client.
    pub key: Arc<SigningKey>,
    pub env: Env,
}

/// The scopes every request asks for.
pub const SCOPES: &str = "crm.read crm.write";

impl World {
    pub fn build(plan: &Plan, wish: &Wish) -> anyhow::Result<Self> {
        let address = free_port()?;
        let issuer = format!("http://{address}");
        Self::build_at(plan, wish, address, issuer)
    }

    /// With an issuer that is not where the server listens.
    pub fn build_at(plan: &Plan, wish: &Wish, address: SocketAddr, issuer: String) -> anyhow::Result<Self> {
        let folder = plan.scratch()?;
        found::found(plan, folder.path(), address, &issuer)?;
        fill::fill(folder, address, issuer, wish)
    }

    pub fn serve(&self, plan: &Plan) -> anyhow::Result<Server> {
        Server::start(plan, self.folder.path(), self.address, &self.issuer)
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder, which from now on is nobody's to remove.
    pub fn into_folder(self) -> PathBuf {
        self.folder.keep()
    }

    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// Entries in the organization's log. The server must be down.
    pub fn log_size(&self) -> anyhow::Result<i64> {
        let org = self.org;
        self.read(move |sql| Ok(log::end(sql, org)?.map_or(0, |end| end.size)))
    }

    /// Reads the database while the server is down.
    pub fn read<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Sql<'_>) -> Result<T, DbFault> + Send + 'static,
    ) -> anyhow::Result<T> {
        let db = open_db(self.folder.path(), &self.env)?;
        Ok(runtime()?.block_on(db.read(f))?)
    }
}

pub fn runtime() -> anyhow::Result<Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

fn open_db(folder: &Path, env: &Env) -> anyhow::Result<Db> {
    Ok(Db::open(&Config::new(Location::Sqlite(folder.join("chancery.db"))), env.clone())?)
}

/// Opens what a server that is down left behind.
fn open(folder: &Path, env: &Env, issuer: &str) -> anyhow::Result<(Runtime, Db, Vault)> {
    let (runtime, db) = (runtime()?, open_db(folder, env)?);
    let master = MasterKey::open(&folder.join("master.key"), env)?;
    let host = issuer.split_once("://").map_or(issuer, |(_, host)| host);
    let vault = runtime.block_on(Vault::open(db.clone(), master, host)).map_err(told)?;
    Ok((runtime, db, vault))
}

/// A port nobody listens on.
pub fn free_port() -> anyhow::Result<SocketAddr> {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
    Ok(socket.local_addr()?)
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` calls it")]
pub fn told(fault: Fault) -> anyhow::Error {
    anyhow::anyhow!("{}", fault.log_line())
}

pub fn micros_to_seconds(micros: i64) -> i64 {
    micros / 1_000_000
}

//! The world ring: two nodes on one PostgreSQL. What one of them was told, the other knows.

#[expect(clippy::explicit_write, reason = "the store's tests, whose cluster it is, say why it is so loud")]
#[path = "../../../store/tests/it/cluster.rs"]
pub mod cluster;
mod keys;
mod pace;
mod race;
mod stop;

use std::time::{Duration, Instant};

use chancery_server::Running;
use chancery_testkit::Kit;

use crate::world::{Client, Reply, World};
use cluster::Cluster;

/// A notification arrives in milliseconds; a node that missed it looks every second.
const BOUND: Duration = Duration::from_secs(3);

/// A company on one node, and the other one.
pub struct Nodes {
    pub w: World,
    pub second: Running,
}

/// A fresh database of a cluster, as the settings name it.
pub fn url_on(cluster: &Cluster) -> String {
    let known = cluster.database();
    let of = |name: &str| known.split(' ').find_map(|pair| pair.strip_prefix(name)).unwrap().to_owned();
    let folder = of("host=").replace('/', "%2F");
    format!("postgres://postgres@{folder}/{}", of("dbname="))
}

impl Nodes {
    /// None where there is no PostgreSQL; then the cluster has said so.
    pub async fn start() -> Option<Self> {
        let cluster = tokio::task::block_in_place(Cluster::shared)?;
        let url = tokio::task::block_in_place(|| url_on(cluster));
        let kit = Kit::start_with(|config| config.database.location = url).await.unwrap();
        let w = World::on(kit).await;
        let second = w.kit.node().await.unwrap();
        Some(Self { w, second })
    }

    /// The same path at the other node.
    pub fn there(&self, path: &str) -> String {
        format!("http://{}{path}", self.second.address)
    }

    /// A form sent to the other node.
    pub async fn form_there(&self, path: &str, client: &Client, fields: &[(&str, &str)]) -> Reply {
        self.w.send(self.w.http.post(self.there(path)).form(&client.with(fields))).await
    }

    pub async fn alive_there(&self, client: &Client, token: &str) -> bool {
        self.form_there("/oauth2/introspect", client, &[("token", token)]).await.body["active"] == true
    }

    /// Waits until something is so at the other node; how long that took.
    pub async fn soon(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) -> Duration {
        let begun = Instant::now();
        while !holds().await {
            assert!(begun.elapsed() < BOUND, "not within {BOUND:?}: {what}");
        }
        begun.elapsed()
    }
}

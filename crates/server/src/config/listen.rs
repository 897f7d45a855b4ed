//! `[listen]`: where connections are taken, and how many.

use std::net::SocketAddr;
use std::time::Duration;

use chancery_kernel::Cidr;
use serde::{Deserialize, Serialize};

use super::key::{Form, Key, Section};

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listen {
    pub address: SocketAddr,
    pub max_connections: usize,
    /// Seconds a client has for the head of a request; an idle connection is closed after the same time.
    pub header_timeout: u64,
    /// Seconds a client has for the body of a request.
    pub body_timeout: u64,
    /// Seconds a client may leave an answer unread.
    pub stall_timeout: u64,
    /// Seconds that requests in progress have to end when the server stops.
    pub drain: u64,
    pub metrics: Vec<Cidr>,
}

pub const SECTION: Section = Section {
    name: "listen",
    doc: "Where connections are taken, and how patient the server is with them.",
    keys: &[
        Key { name: "address", form: Form::Text, default: "127.0.0.1:8080", doc: "Address and port." },
        Key {
            name: "max_connections",
            form: Form::Number,
            default: "4096",
            doc: "Connections at a time; further ones wait in the queue of the system.",
        },
        Key {
            name: "header_timeout",
            form: Form::Number,
            default: "10",
            doc: "Seconds for the head of a request; an idle connection is closed after the same time.",
        },
        Key {
            name: "body_timeout",
            form: Form::Number,
            default: "30",
            doc: "Seconds for the body of a request.",
        },
        Key {
            name: "stall_timeout",
            form: Form::Number,
            default: "30",
            doc: "Seconds a client may leave an answer unread.",
        },
        Key {
            name: "drain",
            form: Form::Number,
            default: "10",
            doc: "Seconds that requests in progress have to end when the server stops.",
        },
        Key {
            name: "metrics",
            form: Form::List,
            default: "127.0.0.0/8, ::1",
            doc: "Networks that may read `/metrics`; for everybody else it is not there. Name proxies in `proxy.trusted`, \
                  or everybody behind them comes from their address.",
        },
    ],
};

impl Default for Listen {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 8080)),
            max_connections: 4096,
            header_timeout: 10,
            body_timeout: 30,
            stall_timeout: 30,
            drain: 10,
            metrics: Cidr::loopback(),
        }
    }
}

impl Listen {
    pub fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.max_connections > 0,
            "listen.max_connections is 0: nobody could connect; leave it out"
        );
        let patience = self.header_timeout.min(self.body_timeout).min(self.stall_timeout);
        anyhow::ensure!(patience > 0, "a timeout of [listen] is 0 seconds: no request could end in time");
        Ok(())
    }

    pub fn drain(&self) -> Duration {
        Duration::from_secs(self.drain)
    }
}

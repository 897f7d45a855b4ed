//! What a request costs on this machine when nothing is done for it: a server of the same libraries that answers every
//! call with the same nine hundred bytes, under the same load.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::routing::post;

use super::{Histogram, cpu_of};
use crate::load::{self, Orders, Tally, Wheel, drive};

/// The size of an answer with a token in it.
const ANSWER: [u8; 900] = [b'a'; 900];
const CONNECTIONS: usize = 64;

/// Microseconds of processor time for each request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Http {
    pub server: f64,
    pub generator: f64,
}

/// The bare server, as a child process.
pub struct Bare {
    child: Child,
    address: SocketAddr,
}

/// Serves until it is killed.
pub fn serve_bare() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let socket = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", socket.local_addr()?)?;
        out.flush()?;
        drop(out);
        let router = Router::new().route("/", post(|_: axum::body::Bytes| async { ANSWER.as_slice() }));
        Ok(axum::serve(socket, router).await?)
    })
}

impl Bare {
    pub fn start() -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?).arg("bare").stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no standard output")?).read_line(&mut line)?;
        let address = line.trim().parse().context("the bare server does not say where it is")?;
        Ok(Self { child, address })
    }

    pub fn probe(&self, long: Duration) -> anyhow::Result<Http> {
        let before = cpu_of(self.child.id())?;
        let tally = self.asked(Orders { long, ..self.orders(CONNECTIONS) })?;
        let cpu = (cpu_of(self.child.id())? - before).as_secs_f64();
        Ok(Http { server: cpu * 1e6 / tally.answers as f64, generator: tally.cpu_per_request() })
    }

    /// How long requests take for which nothing is done, at so many a second: nobody answers sooner on this machine.
    pub fn paced(&self, rate: f64, connections: usize, long: Duration) -> anyhow::Result<Histogram> {
        let orders = Orders { long, rate: Some(rate), ..self.orders(connections) };
        Ok(self.asked(orders)?.took)
    }

    /// How long they take one after the other.
    pub fn alone(&self, long: Duration) -> anyhow::Result<Histogram> {
        Ok(self.asked(Orders { long, ..self.orders(1) })?.took)
    }

    const fn orders(&self, connections: usize) -> Orders {
        Orders {
            address: self.address,
            connections,
            long: Duration::ZERO,
            keep_every: u64::MAX,
            status: 200,
            begins: b"aaa",
            rate: None,
        }
    }

    fn asked(&self, orders: Orders) -> anyhow::Result<Tally> {
        let body = "b".repeat(150);
        let request =
            load::post(&self.address.to_string(), "/", Some(&load::basic("client", "secret")), &body);
        let (_, tally) = drive(Wheel::turning(vec![request]), orders)?;
        anyhow::ensure!(tally.wrong == 0 && tally.answers > 0, "the bare server answers wrongly");
        Ok(tally)
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

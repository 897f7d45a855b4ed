//! What a request costs on this machine when nothing is done for it: a server of the same libraries that answers every
//! call with the same nine hundred bytes, under the same load; what it takes when all that is done is to flush four
//! kilobytes to the disk, or to commit three rows; and what it takes when a processor is kept at work for so long.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, post};
use rustix::time::{ClockId, clock_gettime};

use super::{Commits, Disk, Histogram, cpu_of};
use crate::load::{self, Orders, Tally, Wheel, drive};

/// The size of an answer with a token in it.
const ANSWER: [u8; 900] = [b'a'; 900];
const CONNECTIONS: usize = 64;
const NOTHING: &str = "/";
const FLUSH: &str = "/flush";
const COMMIT: &str = "/commit";
/// The body says for how many nanoseconds.
const WORK: &str = "/work";

/// Microseconds of processor time for each request, and how many a second there were.
#[derive(Clone, Copy, Debug, Default)]
pub struct Http {
    pub server: f64,
    pub generator: f64,
    pub rate: f64,
}

/// The bare server, as a child process.
pub struct Bare {
    child: Child,
    address: SocketAddr,
}

/// Serves until it is killed. The folder is on the disk that is measured.
pub fn serve_bare(folder: &Path) -> anyhow::Result<()> {
    let (mut disk, mut commits) = (Disk::new(folder)?, Commits::new(folder)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let socket = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", socket.local_addr()?)?;
        out.flush()?;
        drop(out);
        let router = Router::new()
            .route(NOTHING, post(|_: axum::body::Bytes| async { ANSWER.as_slice() }))
            .route(FLUSH, durably(move || disk.flush()))
            .route(COMMIT, durably(move || commits.commit()))
            .route(WORK, post(worked));
        Ok(axum::serve(socket, router).await?)
    })
}

/// On the thread that has read the request: nobody could do it sooner.
fn durably(make: impl FnMut() -> anyhow::Result<()> + Send + 'static) -> MethodRouter {
    let make = Arc::new(Mutex::new(make));
    post(async move |_: axum::body::Bytes| {
        let made = make.lock().unwrap_or_else(PoisonError::into_inner)();
        made.map_or(Err(StatusCode::INTERNAL_SERVER_ERROR), |()| Ok(ANSWER.as_slice()))
    })
}

/// Keeps the thread at work until it has had so much of a processor, however long that takes.
async fn worked(nanos: String) -> Result<&'static [u8], StatusCode> {
    let nanos: u64 = nanos.parse().map_err(|_| StatusCode::BAD_REQUEST)?;
    let had = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default();
    let enough = had() + Duration::from_nanos(nanos);
    while had() < enough {
        std::hint::spin_loop();
    }
    Ok(ANSWER.as_slice())
}

impl Bare {
    pub fn start(folder: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.arg("bare").arg(folder).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("no standard output")?).read_line(&mut line)?;
        let address = line.trim().parse().context("the bare server does not say where it is")?;
        Ok(Self { child, address })
    }

    pub fn probe(&self, long: Duration) -> anyhow::Result<Http> {
        let before = cpu_of(self.child.id())?;
        let tally = self.asked(NOTHING, &body(), Orders { long, ..self.orders(CONNECTIONS) })?;
        let cpu = (cpu_of(self.child.id())? - before).as_secs_f64();
        let server = cpu * 1e6 / tally.answers as f64;
        Ok(Http { server, generator: tally.cpu_per_request(), rate: tally.per_second() })
    }

    /// How long requests take that keep a processor at work for so long, at so many a second: a server that needs as much of
    /// a processor does not answer sooner on this machine.
    pub fn at_work(
        &self,
        work: Duration,
        rate: f64,
        connections: usize,
        long: Duration,
    ) -> anyhow::Result<Histogram> {
        let orders = Orders { long, rate: Some(rate), ..self.orders(connections) };
        Ok(self.asked(WORK, &work.as_nanos().to_string(), orders)?.took)
    }

    /// How long they take one after the other.
    pub fn alone(&self, long: Duration) -> anyhow::Result<Histogram> {
        Ok(self.asked(NOTHING, &body(), Orders { long, ..self.orders(1) })?.took)
    }

    /// The same where four kilobytes are made durable before each is answered.
    pub fn flushing(&self, long: Duration) -> anyhow::Result<Histogram> {
        Ok(self.asked(FLUSH, &body(), Orders { long, ..self.orders(1) })?.took)
    }

    /// The same where three rows are committed.
    pub fn committing(&self, long: Duration) -> anyhow::Result<Histogram> {
        Ok(self.asked(COMMIT, &body(), Orders { long, ..self.orders(1) })?.took)
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

    fn asked(&self, path: &str, body: &str, orders: Orders) -> anyhow::Result<Tally> {
        let request =
            load::post(&self.address.to_string(), path, Some(&load::basic("client", "secret")), body);
        let (_, tally) = drive(Wheel::turning(vec![request]), orders)?;
        anyhow::ensure!(tally.wrong == 0 && tally.answers > 0, "the bare server answers wrongly");
        Ok(tally)
    }
}

/// As long as a request for a token.
fn body() -> String {
    "b".repeat(150)
}

impl Drop for Bare {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

//! The closed loop.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::ensure;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

use super::answer::{self, Answer};
use crate::measure::{Histogram, ThreadCpu};

/// Requests to be sent in turn.
pub struct Wheel {
    requests: Vec<Vec<u8>>,
    next: Cell<usize>,
    /// Each is good for one use.
    once: bool,
}

impl Wheel {
    pub fn turning(requests: Vec<Vec<u8>>) -> Self {
        Self { requests, next: Cell::new(0), once: false }
    }

    pub fn once(requests: Vec<Vec<u8>>) -> Self {
        Self { requests, next: Cell::new(0), once: true }
    }

    /// Takes the requests back.
    pub fn into_requests(self) -> Vec<Vec<u8>> {
        self.requests
    }

    /// The next request and its place.
    fn next(&self) -> Option<(usize, &[u8])> {
        let at = self.next.get();
        let place = if self.once { at } else { at % self.requests.len().max(1) };
        self.next.set(at + 1);
        self.requests.get(place).map(|bytes| (place, bytes.as_slice()))
    }
}

/// What to do, and how to tell a right answer.
#[derive(Clone, Copy, Debug)]
pub struct Orders {
    pub address: SocketAddr,
    pub connections: usize,
    pub long: Duration,
    /// Every so many answers one is kept to be looked at afterwards.
    pub keep_every: u64,
    /// The status of a right answer, and how its body begins.
    pub status: u16,
    pub begins: &'static [u8],
}

/// What came of it.
#[derive(Default)]
pub struct Tally {
    pub answers: u64,
    pub wrong: u64,
    /// Some of the wrong answers.
    pub problems: Vec<String>,
    /// Place of the request, and body.
    pub kept: Vec<(usize, Vec<u8>)>,
    pub took: Histogram,
    pub seconds: f64,
    /// Processor time of the generator.
    pub cpu: f64,
}

/// Sends requests until time is up or there are no more.
pub fn drive(wheel: Wheel, orders: Orders) -> anyhow::Result<(Wheel, Tally)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (cpu, began) = (ThreadCpu::start()?, Instant::now());
    let wheel = Rc::new(wheel);
    let tally = Rc::new(RefCell::new(Tally::default()));
    let local = LocalSet::new();
    let connections: Vec<_> = (0..orders.connections)
        .map(|_| local.spawn_local(connection(wheel.clone(), tally.clone(), orders, began + orders.long)))
        .collect();
    let ends: anyhow::Result<()> = runtime.block_on(local.run_until(async {
        for connection in connections {
            connection.await??;
        }
        Ok(())
    }));
    ends?;
    drop(local);
    let mut tally = std::mem::take(&mut *tally.borrow_mut());
    (tally.seconds, tally.cpu) = (began.elapsed().as_secs_f64(), cpu.seconds()?);
    let wheel = Rc::try_unwrap(wheel).map_err(|_| anyhow::anyhow!("a connection did not end"))?;
    Ok((wheel, tally))
}

async fn connection(
    wheel: Rc<Wheel>,
    tally: Rc<RefCell<Tally>>,
    orders: Orders,
    until: Instant,
) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(orders.address).await?;
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 16 * 1_024];
    loop {
        let start = Instant::now();
        if start >= until {
            return Ok(());
        }
        let Some((place, request)) = wheel.next() else { return Ok(()) };
        stream.write_all(request).await?;
        let mut held = 0;
        loop {
            let free = buffer.get_mut(held..).unwrap_or_default();
            ensure!(!free.is_empty(), "an answer is larger than expected");
            let count = stream.read(free).await?;
            ensure!(count > 0, "the server closed a connection");
            held += count;
            if let Some(answer) = answer::read(buffer.get(..held).unwrap_or_default())? {
                tally.borrow_mut().take(place, answer, start.elapsed(), &orders);
                break;
            }
        }
    }
}

impl Tally {
    fn take(&mut self, place: usize, answer: Answer<'_>, took: Duration, orders: &Orders) {
        self.answers += 1;
        self.took.add(took);
        if answer.status != orders.status || !answer.body.starts_with(orders.begins) {
            self.wrong += 1;
            if self.problems.len() < 3 {
                let text = String::from_utf8_lossy(answer.body);
                self.problems.push(format!("{}: {text}", answer.status));
            }
        } else if self.answers.is_multiple_of(orders.keep_every) {
            self.kept.push((place, answer.body.to_vec()));
        }
    }

    /// Microseconds of the generator for each request.
    pub fn cpu_per_request(&self) -> f64 {
        self.cpu * 1e6 / (self.answers as f64).max(1.0)
    }

    pub fn per_second(&self) -> f64 {
        self.answers as f64 / self.seconds.max(1e-9)
    }
}

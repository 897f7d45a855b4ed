//! The closed loop: each connection asks as soon as it has its answer.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::ensure;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

use super::answer::{Answer, Coming};
use super::pace::paced;
use crate::measure::{Histogram, ThreadCpu};

/// Tells whether the answer to the request at this place is right.
type Right = Box<dyn Fn(usize, &[u8]) -> bool>;

/// Requests to be sent in turn.
pub struct Wheel {
    requests: Vec<Vec<u8>>,
    next: Cell<usize>,
    /// Each is good for one use.
    once: bool,
    /// Whether an answer is right, by the place of its request; without, how it begins decides.
    right: Option<Right>,
    /// Right answers by the place of their requests, where answers do not change.
    known: Option<RefCell<HashMap<usize, Vec<u8>>>>,
}

impl Wheel {
    pub fn turning(requests: Vec<Vec<u8>>) -> Self {
        Self { requests, next: Cell::new(0), once: false, right: None, known: None }
    }

    pub fn once(requests: Vec<Vec<u8>>) -> Self {
        Self { requests, next: Cell::new(0), once: true, right: None, known: None }
    }

    /// Every answer is looked at whole.
    #[must_use]
    pub fn judged(self, right: impl Fn(usize, &[u8]) -> bool + 'static) -> Self {
        Self { right: Some(Box::new(right)), ..self }
    }

    /// The answer to a request that was answered before is the same to the byte, which is quickly seen; any other is judged.
    #[must_use]
    pub fn remembering(self) -> Self {
        Self { known: Some(RefCell::default()), ..self }
    }

    /// Begins with the first request again.
    pub(super) fn turn_back(&self) {
        self.next.set(0);
    }

    /// Takes the requests back.
    pub fn into_requests(self) -> Vec<Vec<u8>> {
        self.requests
    }

    /// The next request, its place, and how many came before it.
    pub(super) fn next(&self) -> Option<(usize, &[u8], usize)> {
        let at = self.next.get();
        let place = if self.once { at } else { at % self.requests.len().max(1) };
        self.next.set(at + 1);
        self.requests.get(place).map(|bytes| (place, bytes.as_slice(), at))
    }

    fn right(&self, place: usize, answer: &Answer<'_>, orders: &Orders) -> bool {
        let right = match &self.right {
            Some(right) => self.is_known(place, &answer.body) || right(place, &answer.body),
            None => answer.body.starts_with(orders.begins),
        };
        if let (true, Some(known)) = (right, &self.known) {
            known.borrow_mut().entry(place).or_insert_with(|| answer.body.to_vec());
        }
        answer.status == orders.status && right
    }

    fn is_known(&self, place: usize, body: &[u8]) -> bool {
        self.known.as_ref().is_some_and(|known| known.borrow().get(&place).is_some_and(|one| one == body))
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
    /// So many a second (see [`paced`]); without, each connection asks as soon as it has its answer.
    pub rate: Option<f64>,
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
    if let Some(rate) = orders.rate {
        return paced(wheel, orders, rate);
    }
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
    let mut coming = Coming::default();
    loop {
        let start = Instant::now();
        let Some((place, request, _)) = wheel.next().filter(|_| start < until) else { return Ok(()) };
        stream.write_all(request).await?;
        loop {
            let count = stream.read(coming.room()).await?;
            ensure!(count > 0, "the server closed a connection");
            if let Some(answer) = coming.took(count)? {
                tally.borrow_mut().take(&wheel, place, &answer, start.elapsed(), &orders);
                break;
            }
        }
        coming.clear();
    }
}

impl Tally {
    pub(super) fn take(
        &mut self,
        wheel: &Wheel,
        place: usize,
        answer: &Answer<'_>,
        took: Duration,
        orders: &Orders,
    ) {
        self.answers += 1;
        self.took.add(took);
        if !wheel.right(place, answer, orders) {
            self.wrong += 1;
            if self.problems.len() < 3 {
                let text: String = String::from_utf8_lossy(&answer.body).chars().take(300).collect();
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

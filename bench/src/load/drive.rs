//! The closed loop.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::ensure;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::LocalSet;

use super::answer::{self, Answer};
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
}

impl Wheel {
    pub fn turning(requests: Vec<Vec<u8>>) -> Self {
        Self { requests, next: Cell::new(0), once: false, right: None }
    }

    pub fn once(requests: Vec<Vec<u8>>) -> Self {
        Self { requests, next: Cell::new(0), once: true, right: None }
    }

    /// Every answer is looked at whole.
    #[must_use]
    pub fn judged(self, right: impl Fn(usize, &[u8]) -> bool + 'static) -> Self {
        Self { right: Some(Box::new(right)), ..self }
    }

    /// Takes the requests back.
    pub fn into_requests(self) -> Vec<Vec<u8>> {
        self.requests
    }

    /// The next request, its place, and how many came before it.
    fn next(&self) -> Option<(usize, &[u8], usize)> {
        let at = self.next.get();
        let place = if self.once { at } else { at % self.requests.len().max(1) };
        self.next.set(at + 1);
        self.requests.get(place).map(|bytes| (place, bytes.as_slice(), at))
    }

    fn right(&self, place: usize, answer: &Answer<'_>, orders: &Orders) -> bool {
        let body = match &self.right {
            Some(right) => right(place, &answer.body),
            None => answer.body.starts_with(orders.begins),
        };
        answer.status == orders.status && body
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
    /// So many a second, each at its own time whatever became of those before it, and timed from then on; without, each
    /// connection asks as soon as it has its answer.
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
    // With a rate, turns count from the beginning of this run.
    if orders.rate.is_some() {
        wheel.next.set(0);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (cpu, began) = (ThreadCpu::start()?, Instant::now());
    let wheel = Rc::new(wheel);
    let pace = Rc::new(Pace::start(&orders));
    let tally = Rc::new(RefCell::new(Tally::default()));
    let local = LocalSet::new();
    let connections: Vec<_> = (0..orders.connections)
        .map(|_| {
            local.spawn_local(connection(
                wheel.clone(),
                tally.clone(),
                pace.clone(),
                orders,
                began + orders.long,
            ))
        })
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
    pace: Rc<Pace>,
    orders: Orders,
    until: Instant,
) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(orders.address).await?;
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 16 * 1_024];
    loop {
        if Instant::now() >= until {
            return Ok(());
        }
        let Some((place, request, turn)) = wheel.next() else { return Ok(()) };
        let Some(start) = turn_of(turn, &orders, &pace, until).await else { return Ok(()) };
        stream.write_all(request).await?;
        let mut held = 0;
        loop {
            if held == buffer.len() {
                buffer.resize(2 * held, 0);
            }
            let free = buffer.get_mut(held..).unwrap_or_default();
            let count = stream.read(free).await?;
            ensure!(count > 0, "the server closed a connection");
            held += count;
            if let Some(answer) = answer::read(buffer.get(..held).unwrap_or_default())? {
                tally.borrow_mut().take(&wheel, place, &answer, start.elapsed(), &orders);
                break;
            }
        }
    }
}

/// When the next request is due, having waited for it; nothing if that is after the end.
async fn turn_of(turn: usize, orders: &Orders, pace: &Pace, until: Instant) -> Option<Instant> {
    let Some(rate) = orders.rate else { return Some(Instant::now()) };
    let due = until - orders.long + Duration::from_secs_f64(turn as f64 / rate);
    if due >= until {
        return None;
    }
    // Those who wait are let in in the order in which they took their turns.
    pace.0.acquire().await.ok()?.forget();
    Some(due)
}

/// Lets requests in as they come due. The clock of the runtime knows milliseconds, and looking at the time again and
/// again would take a processor away from the server that is measured.
struct Pace(Arc<Semaphore>);

/// How finely time is cut. A request waits so long at most, and that counts as its own.
const TICK: Duration = Duration::from_micros(100);

impl Pace {
    fn start(orders: &Orders) -> Self {
        let places = Arc::new(Semaphore::new(0));
        let (pace, long) = (places.clone(), orders.long);
        if let Some(rate) = orders.rate {
            std::thread::spawn(move || {
                let (began, mut given) = (Instant::now(), 0);
                while began.elapsed() < long {
                    let due = (began.elapsed().as_secs_f64() * rate) as usize + 1;
                    pace.add_permits(due.saturating_sub(given));
                    given = due.max(given);
                    std::thread::sleep(TICK);
                }
                // Those who still wait for their turn have none.
                pace.close();
            });
        }
        Self(places)
    }
}

impl Tally {
    fn take(&mut self, wheel: &Wheel, place: usize, answer: &Answer<'_>, took: Duration, orders: &Orders) {
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

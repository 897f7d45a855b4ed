//! What is sent, what is told of it, and how a right answer is known.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use super::answer::Answer;
use super::pace::Loop;
use crate::measure::Histogram;

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

    /// The request at a place.
    pub(super) fn request(&self, place: usize) -> &[u8] {
        self.requests.get(place).map_or(&[], Vec::as_slice)
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
    /// So many a second, each at its own time (the open loop); without, each connection asks as soon as it has its answer
    /// (the closed one).
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

/// Sends requests until time is up or there are no more, and all of them are answered.
pub fn drive(wheel: Wheel, orders: Orders) -> anyhow::Result<(Wheel, Tally)> {
    if orders.rate.is_some() {
        wheel.turn_back();
    }
    let tally = Loop::open(&wheel, &orders)?.run()?;
    Ok((wheel, tally))
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

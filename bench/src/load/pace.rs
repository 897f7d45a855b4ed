//! The loop: requests over connections that stay open, on one thread.
//!
//! Closed, each connection asks as soon as it has its answer. Open, there are so many requests a second, each at its own
//! time whatever became of those before it, and timed from the moment it was due; one that finds every connection busy waits,
//! and that counts as its own.
//!
//! The thread sleeps until the next request is due or an answer is there: whoever looks at the clock again and again takes a
//! processor away from the server that is measured, and the clock of a runtime knows milliseconds.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::num::NonZeroU64;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::fd::OwnedFd;
use rustix::thread::{gettid, set_current_timer_slack};

use super::answer::Coming;
use super::drive::{Orders, Tally, Wheel};
use crate::measure::ThreadCpu;

/// Answers taken at a time.
const EVENTS: usize = 64;

/// What a connection waits for.
struct Asked {
    /// Which request.
    place: usize,
    due: Instant,
    /// So many bytes of it are sent.
    sent: usize,
}

struct Line {
    stream: TcpStream,
    coming: Coming,
    asked: Option<Asked>,
}

pub(super) struct Loop<'w> {
    wheel: &'w Wheel,
    orders: &'w Orders,
    tally: Tally,
    poll: OwnedFd,
    lines: Vec<Line>,
    /// Those without a request; the last that became free is used first.
    free: Vec<usize>,
    began: Instant,
    /// Requests so far.
    turn: usize,
    /// Nothing more is to be sent.
    over: bool,
}

impl<'w> Loop<'w> {
    pub(super) fn open(wheel: &'w Wheel, orders: &'w Orders) -> anyhow::Result<Self> {
        let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut lines = Vec::with_capacity(orders.connections);
        for at in 0..orders.connections {
            let stream = TcpStream::connect(orders.address)?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            epoll::add(&poll, &stream, epoll::EventData::new_u64(at as u64), epoll::EventFlags::IN)?;
            lines.push(Line { stream, coming: Coming::default(), asked: None });
        }
        let (free, began) = ((0..orders.connections).collect(), Instant::now());
        Ok(Self { wheel, orders, tally: Tally::default(), poll, lines, free, began, turn: 0, over: false })
    }

    /// Until everything that was due within the time is answered.
    pub(super) fn run(mut self) -> anyhow::Result<Tally> {
        // Requests must not be late because the server is at work.
        let before = self.orders.rate.map(|_| Precedence::take());
        let cpu = ThreadCpu::start()?;
        self.began = Instant::now();
        let mut events = Vec::with_capacity(EVENTS);
        let mut wait = self.ask()?;
        while !self.over || self.free.len() < self.lines.len() {
            let until = wait.map(Timespec::try_from).transpose()?;
            match epoll::wait(&self.poll, spare_capacity(&mut events), until.as_ref()) {
                Err(rustix::io::Errno::INTR) => {}
                waited => waited.map(drop)?,
            }
            for event in events.drain(..) {
                self.look(event.data.u64() as usize, event.flags)?;
                self.ask()?;
            }
            wait = self.ask()?;
        }
        (self.tally.seconds, self.tally.cpu) = (self.began.elapsed().as_secs_f64(), cpu.seconds()?);
        drop(before);
        Ok(self.tally)
    }

    /// Sends what is due on connections that are free, and says how long it is until the next one, where that is known.
    fn ask(&mut self) -> anyhow::Result<Option<Duration>> {
        while let (false, Some(at)) = (self.over, self.free.last().copied()) {
            let now = Instant::now();
            let due = match self.orders.rate {
                None => now,
                Some(rate) => self.began + Duration::from_secs_f64(self.turn as f64 / rate),
            };
            if due > now && due - self.began < self.orders.long {
                return Ok(Some(due - now));
            }
            let next = self.wheel.next().filter(|_| due - self.began < self.orders.long);
            let Some((place, _, _)) = next else {
                self.over = true;
                break;
            };
            let line = self.lines.get_mut(at).context("no such connection")?;
            line.asked = Some(Asked { place, due, sent: 0 });
            self.free.pop();
            self.turn += 1;
            if !line.send(self.wheel)? {
                self.wait_for(at, epoll::EventFlags::IN | epoll::EventFlags::OUT)?;
            }
        }
        Ok(None)
    }

    fn look(&mut self, at: usize, flags: epoll::EventFlags) -> anyhow::Result<()> {
        let line = self.lines.get_mut(at).context("no such connection")?;
        if flags.contains(epoll::EventFlags::OUT) && line.send(self.wheel)? {
            self.wait_for(at, epoll::EventFlags::IN)?;
        }
        let line = self.lines.get_mut(at).context("no such connection")?;
        if line.read(self.wheel, self.orders, &mut self.tally)? {
            self.free.push(at);
        }
        Ok(())
    }

    fn wait_for(&self, at: usize, flags: epoll::EventFlags) -> anyhow::Result<()> {
        let line = self.lines.get(at).context("no such connection")?;
        Ok(epoll::modify(&self.poll, &line.stream, epoll::EventData::new_u64(at as u64), flags)?)
    }
}

impl Line {
    /// Whether the request is sent whole.
    fn send(&mut self, wheel: &Wheel) -> anyhow::Result<bool> {
        let Some(Asked { place, sent, .. }) = &mut self.asked else { return Ok(true) };
        let request = wheel.request(*place);
        while let Some(rest) = request.get(*sent..).filter(|rest| !rest.is_empty()) {
            match self.stream.write(rest) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                wrote => *sent += wrote?,
            }
        }
        Ok(true)
    }

    /// Whether the answer is whole.
    fn read(&mut self, wheel: &Wheel, orders: &Orders, tally: &mut Tally) -> anyhow::Result<bool> {
        let count = match self.stream.read(self.coming.room()) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            count => count?,
        };
        ensure!(count > 0, "the server closed a connection");
        let Some(answer) = self.coming.took(count)? else { return Ok(false) };
        let Asked { place, due, .. } = self.asked.take().context("an answer that nobody asked for")?;
        tally.take(wheel, place, &answer, due.elapsed(), orders);
        self.coming.clear();
        Ok(true)
    }
}

/// The thread's timers to the nanosecond, and its turn before others', until this is dropped. What the system does not allow
/// is done without.
///
/// Among real-time threads, and not by a priority: the system shares processors out by weight, and sends every thread of the
/// server to one of two when the generator weighs as much as ten of them on the other.
struct Precedence(String);

impl Precedence {
    fn take() -> Self {
        let thread = gettid().as_raw_nonzero().to_string();
        set_policy("--rr", "1", &thread);
        let _ = set_current_timer_slack(NonZeroU64::new(1));
        Self(thread)
    }
}

impl Drop for Precedence {
    fn drop(&mut self) {
        let _ = set_current_timer_slack(None);
        set_policy("--other", "0", &self.0);
    }
}

/// With the program of util-linux: no library that we have does it.
fn set_policy(policy: &str, priority: &str, thread: &str) {
    let mut chrt = Command::new("chrt");
    let _ =
        chrt.args([policy, "--pid", priority, thread]).stdout(Stdio::null()).stderr(Stdio::null()).status();
}

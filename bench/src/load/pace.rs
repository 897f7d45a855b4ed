//! The open loop: so many requests a second, each at its own time whatever became of those before it, and timed from the
//! moment it was due. One that finds every connection busy waits, and that counts as its own.
//!
//! One thread does it all, and sleeps until the next request is due or an answer is there: whoever looks at the clock again
//! and again takes a processor away from the server that is measured, and the clock of a runtime knows milliseconds.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::num::NonZeroU64;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::fd::OwnedFd;
use rustix::process::{getpriority_process, setpriority_process};
use rustix::thread::set_current_timer_slack;

use super::answer::Coming;
use super::drive::{Orders, Tally, Wheel};
use crate::measure::ThreadCpu;

/// Requests must not be late because the server is at work: where it may, the generator goes before it.
const PRIORITY: i32 = -10;
/// Answers taken at a time.
const EVENTS: usize = 64;

struct Line {
    stream: TcpStream,
    coming: Coming,
    /// Which request it waits for, and when that was due.
    asked: Option<(usize, Instant)>,
}

struct Loop {
    poll: OwnedFd,
    lines: Vec<Line>,
    /// Those without a request; the last that became free is used first.
    free: Vec<usize>,
    began: Instant,
    rate: f64,
}

pub fn paced(wheel: Wheel, orders: Orders, rate: f64) -> anyhow::Result<(Wheel, Tally)> {
    wheel.turn_back();
    let mut all = Loop::open(&orders, rate)?;
    let before = Precedence::take();
    let (cpu, mut tally) = (ThreadCpu::start()?, Tally::default());
    all.began = Instant::now();
    all.run(&wheel, &orders, &mut tally)?;
    (tally.seconds, tally.cpu) = (all.began.elapsed().as_secs_f64(), cpu.seconds()?);
    drop(before);
    Ok((wheel, tally))
}

impl Loop {
    fn open(orders: &Orders, rate: f64) -> anyhow::Result<Self> {
        let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut lines = Vec::with_capacity(orders.connections);
        for at in 0..orders.connections {
            let stream = TcpStream::connect(orders.address)?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            epoll::add(&poll, &stream, epoll::EventData::new_u64(at as u64), epoll::EventFlags::IN)?;
            lines.push(Line { stream, coming: Coming::default(), asked: None });
        }
        let free = (0..orders.connections).collect();
        Ok(Self { poll, lines, free, began: Instant::now(), rate })
    }

    /// Until everything that was due within the time is answered.
    fn run(&mut self, wheel: &Wheel, orders: &Orders, tally: &mut Tally) -> anyhow::Result<()> {
        let (many, mut sent) = ((orders.long.as_secs_f64() * self.rate) as usize, 0);
        let mut events = Vec::with_capacity(EVENTS);
        while sent < many || self.free.len() < self.lines.len() {
            let mut wait = None;
            while sent < many && !self.free.is_empty() {
                let (due, now) = (self.due(sent), Instant::now());
                if due > now {
                    wait = Some(due - now);
                    break;
                }
                self.send(wheel, due)?;
                sent += 1;
            }
            let wait = wait.map(Timespec::try_from).transpose()?;
            match epoll::wait(&self.poll, spare_capacity(&mut events), wait.as_ref()) {
                Err(rustix::io::Errno::INTR) => continue,
                waited => waited.map(drop)?,
            }
            for event in events.drain(..) {
                let at = event.data.u64() as usize;
                if self.lines.get_mut(at).context("no such connection")?.read(wheel, orders, tally)? {
                    self.free.push(at);
                }
            }
        }
        Ok(())
    }

    fn due(&self, turn: usize) -> Instant {
        self.began + Duration::from_secs_f64(turn as f64 / self.rate)
    }

    fn send(&mut self, wheel: &Wheel, due: Instant) -> anyhow::Result<()> {
        let (place, request, _) = wheel.next().context("there are no more requests")?;
        let line = self.free.pop().and_then(|at| self.lines.get_mut(at)).context("no connection is free")?;
        line.stream.write_all(request).context("a request did not fit into its connection")?;
        line.asked = Some((place, due));
        Ok(())
    }
}

impl Line {
    /// Whether the answer is whole.
    fn read(&mut self, wheel: &Wheel, orders: &Orders, tally: &mut Tally) -> anyhow::Result<bool> {
        let count = match self.stream.read(self.coming.room()) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            count => count?,
        };
        ensure!(count > 0, "the server closed a connection");
        let Some(answer) = self.coming.took(count)? else { return Ok(false) };
        let (place, due) = self.asked.take().context("an answer that nobody asked for")?;
        tally.take(wheel, place, &answer, due.elapsed(), orders);
        self.coming.clear();
        Ok(true)
    }
}

/// The thread's timers to the nanosecond, and its turn before others', until this is dropped. What the system does not allow
/// is done without.
struct Precedence(i32);

impl Precedence {
    fn take() -> Self {
        let usual = getpriority_process(None).unwrap_or_default();
        let _ = setpriority_process(None, PRIORITY);
        let _ = set_current_timer_slack(NonZeroU64::new(1));
        Self(usual)
    }
}

impl Drop for Precedence {
    fn drop(&mut self) {
        let _ = set_current_timer_slack(None);
        let _ = setpriority_process(None, self.0);
    }
}

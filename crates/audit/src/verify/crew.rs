//! Reads an export with several threads: the caller's reads, hands out blocks and takes what was found in their
//! order, and hashes itself whenever it would have to wait.

use std::collections::VecDeque;
use std::io::{BufReader, Read};
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::Report;
use super::blocks::Blocks;
use super::finding::Finding;
use super::look::{Part, Terms, look};
use super::walk::{Trail, Walk};

/// A block, and who waits for it.
struct Job {
    block: Vec<u8>,
    answer: Sender<Looked>,
}

/// A block and its sound beginning.
struct Looked {
    block: Vec<u8>,
    parts: Vec<Part>,
}

impl Job {
    fn look(mut self, terms: &Terms) {
        let parts = look(&mut self.block, terms);
        // Who waits no more has found something earlier.
        drop(self.answer.send(Looked { block: self.block, parts }));
    }
}

/// Verifies what follows the header. `helpers` are further threads; none are needed.
pub(super) fn read(trail: Trail, reader: impl Read, size: usize, helpers: usize) -> Result<Report, Finding> {
    let terms = trail.terms();
    let (jobs, inbox) = mpsc::channel();
    let inbox = Mutex::new(inbox);
    thread::scope(|scope| {
        for _ in 0..helpers {
            scope.spawn(|| help(&inbox, &terms));
        }
        let lead = Lead { trail, terms: &terms, inbox: &inbox, jobs, ahead: 1 + 2 * helpers };
        lead.read(Blocks::new(reader, size))
    })
}

fn help(inbox: &Mutex<Receiver<Job>>, terms: &Terms) {
    loop {
        // One helper waits in the channel, the others for the lock: whoever is free is next.
        let next = inbox.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(job) => job.look(terms),
            Err(_) => return,
        }
    }
}

struct Lead<'a> {
    trail: Trail,
    terms: &'a Terms,
    inbox: &'a Mutex<Receiver<Job>>,
    jobs: Sender<Job>,
    /// Blocks under way, at most: a bound on memory.
    ahead: usize,
}

impl Lead<'_> {
    fn read<R: Read>(mut self, mut blocks: Blocks<R>) -> Result<Report, Finding> {
        let (mut waiting, mut spare) = (VecDeque::with_capacity(self.ahead), Vec::new());
        loop {
            while waiting.len() < self.ahead
                && let Some(block) = next(&mut blocks, spare.pop().unwrap_or_default())
            {
                waiting.push_back(self.order(block));
            }
            let Some(first) = waiting.pop_front().and_then(|first| self.wait(&first)) else {
                return self.walk_on(blocks, Vec::new(), waiting);
            };
            let Looked { block, parts } = first;
            let used = self.take(&block, parts);
            if used < block.len() {
                let unused = block.get(used..).unwrap_or_default().to_vec();
                return self.walk_on(blocks, unused, waiting);
            }
            spare.push(block);
        }
    }

    fn order(&self, block: Vec<u8>) -> Receiver<Looked> {
        let (answer, answered) = mpsc::channel();
        // The receiver lives as long as this.
        drop(self.jobs.send(Job { block, answer }));
        answered
    }

    /// What was found in a block; looks at blocks itself until it is there.
    fn wait(&self, answered: &Receiver<Looked>) -> Option<Looked> {
        loop {
            match answered.try_recv() {
                Ok(looked) => return Some(looked),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => {}
            }
            let job = self.inbox.try_lock().ok().and_then(|inbox| inbox.try_recv().ok());
            match job {
                Some(job) => job.look(self.terms),
                None => return answered.recv().ok(),
            }
        }
    }

    /// Adds the parts to what is proven, up to the first that does not fit there. Says how many bytes were used.
    fn take(&mut self, block: &[u8], parts: Vec<Part>) -> usize {
        let mut used = 0;
        for Part { sound, from, to } in parts {
            let line = block.get(from..to).unwrap_or_default();
            if !self.trail.accept(sound, line) {
                return from;
            }
            used = to;
        }
        used
    }

    /// Reads on line by line, from the first byte that was not used: to the end, or to what is wrong.
    fn walk_on<R: Read>(
        self,
        blocks: Blocks<R>,
        mut unused: Vec<u8>,
        waiting: VecDeque<Receiver<Looked>>,
    ) -> Result<Report, Finding> {
        for answered in waiting {
            if let Some(looked) = self.wait(&answered) {
                unused.extend_from_slice(&looked.block);
            }
        }
        let Self { trail, jobs, .. } = self;
        // The helpers are done.
        drop(jobs);
        Walk::along(trail, BufReader::new(blocks.rest(unused))).finish()
    }
}

fn next<R: Read>(blocks: &mut Blocks<R>, mut block: Vec<u8>) -> Option<Vec<u8>> {
    blocks.next(&mut block).then_some(block)
}

//! Reader threads: each reads one state of the database at a time, and never waits for the writer.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;

use crate::config::Source;
use crate::driver::{Link, Mode};
use crate::facts::Facts;
use crate::fault::DbFault;
use crate::sql::Sql;

/// Called with a snapshot, or with the reason why there is none.
pub(crate) type Question = Box<dyn FnOnce(Result<&mut Sql<'_>, DbFault>) + Send>;

pub(crate) struct Pool {
    questions: Option<mpsc::Sender<Question>>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    pub(crate) fn open(source: &Source, facts: &Arc<Facts>, size: usize) -> Result<Self, DbFault> {
        let (questions, inbox) = mpsc::channel::<Question>();
        let inbox = Arc::new(Mutex::new(inbox));
        let mut threads = Vec::with_capacity(size);
        for n in 0..size.max(1) {
            let reader = Reader { source: source.clone(), facts: facts.clone(), link: None };
            let inbox = inbox.clone();
            let thread = std::thread::Builder::new().name(format!("chancery-read-{n}"));
            let spawned = thread.spawn(move || reader.serve(&inbox));
            threads.push(spawned.map_err(|e| DbFault::open(format!("no thread: {e}")))?);
        }
        Ok(Self { questions: Some(questions), threads })
    }

    pub(crate) fn ask(&self, question: Question) {
        if let Some(questions) = &self.questions {
            // The threads end only after this sender.
            drop(questions.send(question));
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.questions = None;
        for thread in self.threads.drain(..) {
            if thread.thread().id() != std::thread::current().id() && thread.join().is_err() {
                tracing::error!("a reader thread panicked");
            }
        }
    }
}

struct Reader {
    source: Source,
    facts: Arc<Facts>,
    link: Option<Link>,
}

impl Reader {
    fn serve(mut self, inbox: &Mutex<mpsc::Receiver<Question>>) {
        loop {
            // One thread waits in the channel, the others for the lock: whoever is free is next.
            let next = inbox.lock().unwrap_or_else(PoisonError::into_inner).recv();
            match next {
                Ok(question) => self.answer(question),
                Err(_) => return,
            }
        }
    }

    fn answer(&mut self, question: Question) {
        if let Err(fault) = self.begin() {
            return question(Err(fault));
        }
        if let Some(link) = &mut self.link {
            question(Ok(&mut Sql::new(link).with_tails(&self.facts.tails)));
            link.rollback();
        }
    }

    /// A connection that was lost while nobody used it is replaced without anybody noticing.
    fn begin(&mut self) -> Result<(), DbFault> {
        if let Some(link) = &mut self.link {
            match link.begin(Mode::Snapshot) {
                Ok(()) => return Ok(()),
                Err(fault) if !link.lost() => return Err(fault),
                Err(_) => self.link = None,
            }
        }
        let mut link = self.source.reader()?;
        link.begin(Mode::Snapshot)?;
        self.link = Some(link);
        Ok(())
    }
}

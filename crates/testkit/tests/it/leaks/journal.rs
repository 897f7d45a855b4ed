//! What the server tells its operator, at its most talkative.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};

use tracing_subscriber::filter::{LevelFilter, dynamic_filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

static OPEN: AtomicBool = AtomicBool::new(false);
static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Page;

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Page {
    type Writer = Page;

    fn make_writer(&self) -> Page {
        Page
    }
}

pub struct Journal;

/// Writes down what every part of the process says from now on, whichever thread says it.
pub fn open() -> Journal {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        let lines = fmt::layer().with_ansi(false).with_writer(Page).with_filter(LevelFilter::TRACE);
        let open = dynamic_filter_fn(|_, _| OPEN.load(Ordering::Relaxed));
        tracing_subscriber::registry().with(lines.with_filter(open)).init();
    });
    OPEN.store(true, Ordering::SeqCst);
    Journal
}

impl Journal {
    pub fn close(self) -> Vec<u8> {
        OPEN.store(false, Ordering::SeqCst);
        std::mem::take(&mut LINES.lock().unwrap())
    }
}

//! What the server tells its operator, at its most talkative: kept while somebody reads it.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tracing::Subscriber;
use tracing_subscriber::filter::{LevelFilter, dynamic_filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, fmt};

use crate::watch;

static OPEN: AtomicBool = AtomicBool::new(false);
static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Page;

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Page {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

pub struct Journal;

/// Writes down what every part of the process says from now on, whichever thread says it.
pub fn open() -> Journal {
    watch::listen();
    OPEN.store(true, Ordering::SeqCst);
    Journal
}

impl Journal {
    pub fn close(self) -> Vec<u8> {
        OPEN.store(false, Ordering::SeqCst);
        std::mem::take(&mut LINES.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

pub(crate) fn layer<S: Subscriber + for<'a> LookupSpan<'a>>() -> impl Layer<S> {
    let lines = fmt::layer().with_ansi(false).with_writer(Page).with_filter(LevelFilter::TRACE);
    lines.with_filter(dynamic_filter_fn(|_, _| OPEN.load(Ordering::Relaxed)))
}

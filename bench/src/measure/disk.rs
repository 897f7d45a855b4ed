//! How fast the disk is right now: how often a second it makes four kilobytes durable.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use super::Histogram;

const PAGE: [u8; 4_096] = [b'd'; 4_096];
const PAGES: u64 = 1_024;

/// Raw flushes.
#[derive(Clone, Debug, Default)]
pub struct Flushes {
    pub per_second: f64,
    pub took: Histogram,
}

/// A file of known size to write over, as a write-ahead log is.
pub struct Disk {
    file: File,
    next: u64,
}

impl Disk {
    pub fn new(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join("probe");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&path)?;
        (0..PAGES).try_for_each(|_| file.write_all(&PAGE))?;
        file.sync_all()?;
        // Nobody needs its name; it goes with the handle.
        std::fs::remove_file(&path)?;
        Ok(Self { file, next: 0 })
    }

    /// Writes and flushes, one after the other, for this long.
    pub fn probe(&mut self, long: Duration) -> anyhow::Result<Flushes> {
        let began = Instant::now();
        let (mut took, mut count) = (Histogram::default(), 0u32);
        while began.elapsed() < long {
            let start = Instant::now();
            self.flush()?;
            took.add(start.elapsed());
            count += 1;
        }
        Ok(Flushes { per_second: f64::from(count) / began.elapsed().as_secs_f64(), took })
    }

    /// Writes the next page and makes it durable.
    pub fn flush(&mut self) -> anyhow::Result<()> {
        self.file.seek(SeekFrom::Start(self.next % PAGES * PAGE.len() as u64))?;
        self.file.write_all(&PAGE)?;
        self.file.sync_data()?;
        self.next += 1;
        Ok(())
    }
}

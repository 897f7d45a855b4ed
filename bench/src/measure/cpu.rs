//! Processor time and memory as the kernel counts them.

use std::fs;
use std::time::Duration;

use anyhow::Context;

/// Ticks of `/proc/<pid>/stat` in a second: Linux has shown user space 100 on every machine since 2.4.
const TICKS: f64 = 100.0;

/// Processor time, user and system, of a process with all its threads.
pub fn cpu_of(pid: u32) -> anyhow::Result<Duration> {
    let stat = read(format!("/proc/{pid}/stat"))?;
    // The name in brackets may hold anything; what follows does not.
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let mut fields = rest.split_whitespace().skip(11);
    let mut ticks = || fields.next().and_then(|text| text.parse::<f64>().ok());
    let (user, system) = (ticks().context("no user time")?, ticks().context("no system time")?);
    Ok(Duration::from_secs_f64((user + system) / TICKS))
}

/// The same of this process.
pub fn own_cpu() -> anyhow::Result<Duration> {
    cpu_of(std::process::id())
}

/// Resident memory in megabytes (10^6).
pub fn resident(pid: u32) -> anyhow::Result<f64> {
    status(pid, "VmRSS:")
}

/// That of this process without what it has of files, such as its own code, which is read as it is needed.
pub fn anonymous() -> anyhow::Result<f64> {
    status(std::process::id(), "RssAnon:")
}

/// The most it ever was.
pub fn resident_peak(pid: u32) -> anyhow::Result<f64> {
    status(pid, "VmHWM:")
}

fn status(pid: u32, name: &str) -> anyhow::Result<f64> {
    let status = read(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).and_then(|n| n.parse::<f64>().ok());
    Ok(kilobytes.with_context(|| format!("no {name}"))? * 1_024.0 / 1e6)
}

fn read(path: String) -> anyhow::Result<String> {
    fs::read_to_string(&path).with_context(|| path)
}

/// Processor time of the calling thread.
pub struct ThreadCpu(f64);

impl ThreadCpu {
    pub fn start() -> anyhow::Result<Self> {
        Ok(Self(thread_seconds()?))
    }

    /// Seconds since the start.
    pub fn seconds(&self) -> anyhow::Result<f64> {
        Ok(thread_seconds()? - self.0)
    }
}

fn thread_seconds() -> anyhow::Result<f64> {
    let text = read("/proc/thread-self/schedstat".to_owned())?;
    let nanos = text.split_whitespace().next().and_then(|n| n.parse::<f64>().ok());
    Ok(nanos.context("schedstat holds no number")? / 1e9)
}

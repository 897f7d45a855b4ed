//! The real binary, as a child process.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::load::{call, get};
use crate::measure;
use crate::out;
use crate::plan::Plan;

/// How long it may take until it answers.
const PATIENCE: Duration = Duration::from_secs(300);

/// A running `chancery serve`; killed when dropped.
pub struct Server {
    child: Child,
    address: SocketAddr,
    lines: mpsc::Receiver<String>,
    log: PathBuf,
    began: Instant,
}

impl Server {
    /// Starts it and waits until it answers.
    pub fn start(plan: &Plan, folder: &Path, address: SocketAddr, issuer: &str) -> anyhow::Result<Self> {
        let mut server = Self::spawn(plan, folder, address, issuer)?;
        server.wait()?;
        if plan.profile {
            out::note(format_args!("the server is process {}", server.pid()))?;
            std::thread::sleep(Duration::from_secs(3));
        }
        Ok(server)
    }

    /// Starts it and does not wait.
    pub fn spawn(plan: &Plan, folder: &Path, address: SocketAddr, issuer: &str) -> anyhow::Result<Self> {
        let log = folder.join("server.log");
        let began = Instant::now();
        let mut child = Command::new(&plan.server)
            .args(["serve", "--issuer", issuer, "--listen", &address.to_string()])
            .args(["--set", "listen.max_connections=20000"])
            // Clients of this machine are pinged.
            .args(["--set", "outbound.allow=127.0.0.1", "--set", "outbound.plain=127.0.0.1", "--database"])
            .arg(folder)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()
            .with_context(|| format!("{}: build it with --release first", plan.server.display()))?;
        let (told, lines) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().context("no standard output")?);
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| told.send(line)));
        Ok(Self { child, address, lines, log, began })
    }

    fn wait(&mut self) -> anyhow::Result<()> {
        let hello = get(&self.address.to_string(), "/.well-known/oauth-authorization-server", "");
        while self.began.elapsed() < PATIENCE {
            if call(self.address, &hello).is_ok_and(|reply| reply.status == 200) {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended ({status}): {}", self.log_text());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        bail!("the server does not answer: {}", self.log_text())
    }

    pub fn log_text(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Processor seconds so far.
    pub fn cpu(&self) -> anyhow::Result<f64> {
        Ok(measure::cpu_of(self.pid())?.as_secs_f64())
    }

    /// The link for the first administrator, once it is printed.
    pub fn setup_link(&self) -> anyhow::Result<String> {
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(10));
            let line = line.with_context(|| format!("no set-up link: {}", self.log_text()))?;
            if let Some(at) = line.find("http").filter(|_| line.contains("/setup/")) {
                return Ok(line.get(at..).unwrap_or_default().trim().to_owned());
            }
        }
    }

    /// Lets it end by itself.
    pub fn stop(mut self) -> anyhow::Result<()> {
        Command::new("kill").arg(self.pid().to_string()).status().context("kill")?;
        let until = Instant::now() + Duration::from_secs(30);
        while Instant::now() < until {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        bail!("the server does not stop: {}", self.log_text())
    }

    /// Ends it in the middle of whatever it does: what it answered has to be in the log all the same.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

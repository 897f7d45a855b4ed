//! Jobs that run for as long as the server does: what fails is reported and tried again, also after a panic.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

/// Told to everybody who runs until the server stops.
#[derive(Clone)]
pub struct Stop(watch::Receiver<bool>);

/// Tells them; being dropped tells them too.
pub struct Stopper(watch::Sender<bool>);

pub fn stop() -> (Stopper, Stop) {
    let (told, heard) = watch::channel(false);
    (Stopper(told), Stop(heard))
}

impl Stopper {
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Returns when the server is to stop.
    pub async fn asked(&mut self) {
        // A sender that is gone means the same.
        drop(self.0.wait_for(|stopping| *stopping).await);
    }

    pub fn is_asked(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}

/// How soon work that ended is begun again.
const AGAIN: Duration = Duration::from_secs(1);

/// One run of a job. Behind a pointer, so that the code around it is there once and not for each job.
type Work = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;

/// Runs jobs until it is told to stop.
pub struct Supervisor {
    jobs: JoinSet<()>,
    stop: Stop,
}

impl Supervisor {
    pub fn new(stop: Stop) -> Self {
        Self { jobs: JoinSet::new(), stop }
    }

    /// Runs the job now and then every period. A run is never cut short, and never overlaps itself.
    pub fn every<J, F>(&mut self, name: &'static str, period: Duration, job: J)
    where
        J: Fn() -> F + Send + 'static,
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        self.repeat(name, period, Box::new(move || Box::pin(job())));
    }

    fn repeat(&mut self, name: &'static str, period: Duration, job: Box<dyn Fn() -> Work + Send>) {
        let mut stop = self.stop.clone();
        self.jobs.spawn(async move {
            let mut clock = interval(period);
            clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    () = stop.asked() => return,
                    _ = clock.tick() => run(name, job()).await,
                }
            }
        });
    }

    /// Keeps work going that never ends by itself: it is begun again a moment after it ended or panicked.
    pub fn keep<J, F>(&mut self, name: &'static str, work: J)
    where
        J: Fn() -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let stop = self.stop.clone();
        self.every(name, AGAIN, move || {
            let (work, mut stop) = (work(), stop.clone());
            async move {
                tokio::select! {
                    () = stop.asked() => Ok(()),
                    () = work => anyhow::bail!("ended; it is begun again"),
                }
            }
        });
    }

    /// Runs one future to its end, such as the listener's.
    pub fn run(
        &mut self,
        name: &'static str,
        work: impl Future<Output = anyhow::Result<()>> + Send + 'static,
    ) {
        self.jobs.spawn(run(name, Box::pin(work)));
    }

    /// Waits until every job has ended.
    pub async fn join(mut self) {
        while self.jobs.join_next().await.is_some() {}
    }
}

/// In a task of its own, so that a panic ends this run and nothing else.
async fn run(name: &'static str, work: Work) {
    match tokio::spawn(work).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(job = name, "{error:#}"),
        Err(broken) => tracing::error!(job = name, "panicked: {broken}"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_job_goes_on_after_a_failure_and_after_a_panic() {
        let (stopper, stop) = stop();
        let mut supervisor = Supervisor::new(stop);
        let runs = Arc::new(AtomicU32::new(0));
        let seen = runs.clone();
        supervisor.every("test", Duration::from_secs(1), move || {
            let number = runs.fetch_add(1, Ordering::SeqCst);
            async move {
                assert!(number != 0, "the first run panics");
                anyhow::ensure!(number != 1, "the second fails");
                Ok(())
            }
        });
        tokio::time::sleep(Duration::from_millis(3_500)).await;
        stopper.stop();
        supervisor.join().await;
        assert!(seen.load(Ordering::SeqCst) >= 4);
    }
}

//! What the process is told by others: heard from before the first secret is borrowed, so that none is left lent.

use std::future::poll_fn;
use std::task::Poll;

use rustix::process::Signal;
use tokio::signal::unix::{self, SignalKind, signal};

pub(super) struct Signals(Vec<(Signal, unix::Signal)>);

impl Signals {
    /// From now on none of them ends the process by itself.
    pub(super) fn listen() -> std::io::Result<Self> {
        let all = [
            (Signal::TERM, SignalKind::terminate()),
            (Signal::INT, SignalKind::interrupt()),
            (Signal::HUP, SignalKind::hangup()),
            (Signal::QUIT, SignalKind::quit()),
            (Signal::USR1, SignalKind::user_defined1()),
            (Signal::USR2, SignalKind::user_defined2()),
        ];
        all.into_iter().map(|(name, kind)| Ok((name, signal(kind)?))).collect::<Result<_, _>>().map(Self)
    }

    /// The next one, whatever it is.
    pub(super) async fn next(&mut self) -> Signal {
        poll_fn(|cx| {
            let mut all = self.0.iter_mut();
            let told = all.find_map(|(name, heard)| heard.poll_recv(cx).is_ready().then_some(*name));
            told.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// The next one that asks the process to end.
    pub(super) async fn end(&mut self) -> Signal {
        loop {
            let told = self.next().await;
            if matches!(told, Signal::TERM | Signal::INT | Signal::HUP | Signal::QUIT) {
                return told;
            }
        }
    }

    /// The same, if it has come already.
    pub(super) async fn ended(&mut self) -> Option<Signal> {
        tokio::select! {
            biased;
            told = self.end() => Some(told),
            () = std::future::ready(()) => None,
        }
    }
}

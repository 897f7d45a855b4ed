//! The subscribers of one organization, and where its sequence stands.

use chancery_kernel::Timestamp;
use tokio::sync::broadcast;

use super::Frame;

/// A subscriber that falls this many frames behind is dropped and starts again from a snapshot.
const BEHIND: usize = 1_024;

pub(super) struct Channel {
    frames: broadcast::Sender<Frame>,
    /// How many marks have been told, counted on from where the node stood when the channel opened.
    seq: u64,
    snapshot: Option<(u64, i64, Frame)>,
}

impl Channel {
    pub(super) fn new(seq: u64) -> Self {
        Self { frames: broadcast::channel(BEHIND).0, seq, snapshot: None }
    }

    /// A receiver of every frame after this point, and the point.
    pub(super) fn join(&self) -> (broadcast::Receiver<Frame>, u64) {
        (self.frames.subscribe(), self.seq)
    }

    pub(super) fn seq(&self) -> u64 {
        self.seq
    }

    pub(super) fn send(&mut self, seq: u64, frame: Frame) {
        self.seq = seq;
        // Without receivers there is nobody to miss it.
        drop(self.frames.send(frame));
    }

    pub(super) fn subscribers(&self) -> usize {
        self.frames.receiver_count()
    }

    /// The snapshot of this point, if it was signed within this second: an older one would look replayed.
    pub(super) fn snapshot(&self, seq: u64, now: Timestamp) -> Option<Frame> {
        let (at, second, frame) = self.snapshot.as_ref()?;
        (*at == seq && *second == now.seconds()).then(|| frame.clone())
    }

    pub(super) fn keep_snapshot(&mut self, seq: u64, now: Timestamp, frame: Frame) {
        self.snapshot = Some((seq, now.seconds(), frame));
    }
}

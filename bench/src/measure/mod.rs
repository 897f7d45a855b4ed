//! Measuring: spreads and percentiles, processor time, the machine's own limits.

mod clock;
mod commits;
mod cpu;
mod crypto;
mod disk;
mod histogram;
mod http;
mod quiet;
mod raw;
mod spread;

pub use clock::{Steered, env, steered, wall_micros};
pub use commits::Commits;
pub use cpu::{ThreadCpu, anonymous, cpu_of, own_cpu, resident, resident_peak};
pub use crypto::{Crypto, Speeds};
pub use disk::{Disk, Flushes};
pub use histogram::Histogram;
pub use http::{Bare, Http, serve_bare};
pub use quiet::{Others, QUIET, wait_for_quiet};
pub use raw::Raw;
pub use spread::Spread;

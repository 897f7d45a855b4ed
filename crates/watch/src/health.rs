//! Whether this node can do its work.

use std::time::Duration;

use chancery_context::Platform;
use chancery_kernel::{Fault, Kind, Outcome};
use chancery_store::DbFault;

/// A database that needs longer for nothing at all is not one to send people to.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether something could be recorded now: an empty transaction goes the way every write goes.
pub async fn writable(platform: &Platform) -> Outcome<()> {
    platform.current()?;
    let write = platform.db.maintain(|_| Ok::<_, DbFault>(()));
    match tokio::time::timeout(PATIENCE, write).await {
        Ok(done) => done.map_err(Into::into),
        Err(_) => Err(Fault::new(Kind::Unavailable, "not_ready", "the database does not answer in time")),
    }
}

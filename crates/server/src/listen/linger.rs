//! Closing while the client still talks. A socket closed with unread bytes makes the system answer with a reset, which
//! may throw away the last answer before the client has read it (RFC 9112 §9.6).

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// How long a client may go on after its answer; whoever sends more than the network carries in this time is cut off.
const LIMIT: Duration = Duration::from_secs(2);

/// Says that nothing more will be said, and reads what the client still sends until it closes too, or for [`LIMIT`].
pub(super) async fn linger(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let until_the_end = async {
        if stream.shutdown().await.is_err() {
            return;
        }
        let mut unread = vec![0; 16 * 1024];
        while matches!(stream.read(&mut unread).await, Ok(1..)) {}
    };
    // Late or not, it ends here.
    drop(tokio::time::timeout(LIMIT, until_the_end).await);
}

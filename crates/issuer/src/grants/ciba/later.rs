//! A poll that is held open: small, since a hundred thousand of them may wait at once.

use std::sync::Arc;
use std::time::Duration;

use chancery_model::Approval;
use chancery_oauth::{OAuthError, TokenAnswer};
use chancery_store::Who;

use crate::Issuer;
use crate::clients::AuthedClient;

/// What a token request comes to.
pub enum Fetched {
    Now(TokenAnswer),
    /// The person has not answered: whoever asked waits a while.
    Later(Later),
}

/// A poll before the answer.
pub struct Later {
    pub(super) issuer: Issuer,
    pub(super) poll: Box<Poll>,
    /// For how long it is worth waiting.
    pub(super) patience: Duration,
}

/// Who polls, and for what.
pub(super) struct Poll {
    pub authed: AuthedClient,
    pub who: Who,
    pub approval: Arc<Approval>,
    pub hash: [u8; 32],
    /// It came too early.
    pub slow: bool,
}

impl Later {
    /// Waits, and fetches what there is then.
    pub async fn answer(self) -> Result<TokenAnswer, OAuthError> {
        let Self { issuer, mut poll, patience } = self;
        poll.approval = issuer.heard(poll.approval, &poll.hash, patience).await?;
        // In a box: what signing a token needs would stand in every poll that waits.
        Box::pin(issuer.fetch(*poll)).await
    }
}

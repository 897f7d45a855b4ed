//! The signer of audit checkpoints: an Ed25519 key of its own, so that rotating token keys leaves evidence alone.

use chancery_audit::{NoteSigner, SignFault};
use chancery_jose::SigningKey;

/// Signs checkpoints in the C2SP signed-note form.
pub struct LogSigner {
    name: String,
    key: SigningKey,
    public: [u8; 32],
}

impl LogSigner {
    pub(crate) fn new(name: String, key: SigningKey, public: [u8; 32]) -> Self {
        Self { name, key, public }
    }
}

impl NoteSigner for LogSigner {
    fn name(&self) -> &str {
        &self.name
    }

    fn public_key(&self) -> [u8; 32] {
        self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignFault> {
        self.key.sign(message).map_err(SignFault::new)
    }
}

//! All key material at rest: the master key, seals, the pepper of keyed hashes, signing keys and their rotation.
//!
//! Envelope: the master key (a file, a variable or a command's answer, never in the database) seals everything else with
//! AES-256-GCM, the data keys of the organizations among it; what is sealed is bound to its purpose, so a sealed signing
//! key cannot be passed off as a sealed pepper.

mod data;
mod keyring;
mod master;
mod notes;
pub mod password;
mod reseal;
mod rewrap;
mod rotation;
mod seal;

use std::sync::{Arc, RwLock, RwLockReadGuard};

use aws_lc_rs::hmac;
use chancery_jose::{SigningKey, unb64};
use chancery_kernel::{Env, Fault, Id, OrgId, Secret};
use chancery_store::Db;
use zeroize::Zeroizing;

pub use data::{DataKey, Place};
pub use keyring::KeyRing;
pub use master::MasterKey;
pub use notes::LogSigner;
pub use rewrap::Rewrapped;
pub use rotation::Rotation;
pub use seal::SealFault;

/// The deployment's own log: key changes, starts, checkpoints of the organizations' logs.
pub fn deployment() -> OrgId {
    OrgId::from_uuid(chancery_kernel::id::Uuid::nil())
}

/// The open vault.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    db: Db,
    master: RwLock<MasterKey>,
    data: data::DataKeys,
    pepper: hmac::Key,
    ring: RwLock<Arc<KeyRing>>,
    signer: LogSigner,
    push: SigningKey,
}

impl Vault {
    /// Opens the vault of this database, making what is missing on first start. A database that was sealed under
    /// another master key is refused.
    pub async fn open(db: Db, master: MasterKey, issuer_host: &str) -> Result<Self, Fault> {
        let pepper = rotation::pepper(&db, &master).await?;
        let signer = rotation::log_signer(&db, &master, issuer_host).await?;
        let push = rotation::push_key(&db, &master).await?;
        let ring = rotation::load(&db, &master).await?;
        let (master, data) = (RwLock::new(master), data::DataKeys::default());
        let ring = RwLock::new(Arc::new(ring));
        let vault = Self(Arc::new(Inner { db, master, data, pepper, ring, signer, push }));
        vault.ensure(&rotation::ALWAYS).await?;
        Ok(vault)
    }

    /// Keyed hash of a secret we generated: what is stored in its stead. 256-bit secrets need no slow hash.
    pub fn keyed_hash(&self, secret: &Secret) -> [u8; 32] {
        self.keyed_hash_in_place(secret.expose())
    }

    /// The same of a secret that still stands in its request: no copy of it is made.
    pub fn keyed_hash_in_place(&self, secret: &str) -> [u8; 32] {
        whole(&hmac::sign(&self.0.pepper, secret.as_bytes()))
    }

    /// A tag over bytes, for values that go out and must come back unchanged (CSRF tokens, login transactions).
    pub fn tag(&self, purpose: &str, bytes: &[u8]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0.pepper);
        context.update(purpose.as_bytes());
        context.update(&[0]);
        context.update(bytes);
        whole(&context.sign())
    }

    /// Seals bytes for one purpose, under the master key. What is kept of it has its line in `rewrap`, or a new master key
    /// would not open it.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Result<Vec<u8>, SealFault> {
        self.master().seal(self.env(), purpose, plain)
    }

    /// Opens what was sealed for this purpose.
    pub fn unseal(&self, purpose: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealFault> {
        self.master().unseal(purpose, sealed)
    }

    /// The signing keys as they stand.
    pub fn ring(&self) -> Arc<KeyRing> {
        self.read_ring().clone()
    }

    fn read_ring(&self) -> RwLockReadGuard<'_, Arc<KeyRing>> {
        self.0.ring.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn replace_ring(&self, ring: KeyRing) {
        *self.0.ring.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(ring);
    }

    /// By which push services know this deployment (RFC 8292).
    pub fn push_key(&self) -> &SigningKey {
        &self.0.push
    }

    /// Its public half as browsers want it: an uncompressed point of P-256.
    pub fn push_point(&self) -> Vec<u8> {
        let jwk = serde_json::to_value(self.0.push.public().jwk()).unwrap_or_default();
        let half = |name: &str| {
            jwk.get(name).and_then(|v| v.as_str()).and_then(|v| unb64(v).ok()).unwrap_or_default()
        };
        [vec![4], half("x"), half("y")].concat()
    }

    /// Signs checkpoints of the audit log.
    pub fn log_signer(&self) -> &LogSigner {
        &self.0.signer
    }

    /// The master key as it stands: a copy of handles, not of keys.
    fn master(&self) -> MasterKey {
        self.0.master.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    fn env(&self) -> &Env {
        self.0.db.env()
    }
}

/// The bytes of a tag, which are as many as its hash has (SHA-256).
fn whole(tag: &hmac::Tag) -> [u8; 32] {
    tag.as_ref().first_chunk().copied().unwrap_or_default()
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

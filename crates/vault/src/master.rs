//! The master key, which seals all others: 32 bytes from a file that only the server's user may read, from a variable of
//! the environment, or from a command that asks a key store. While it is being replaced, earlier ones still open.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use chancery_jose::unb64;
use chancery_kernel::{Env, Secret};
use zeroize::Zeroizing;

use crate::seal::{self, SealFault};

/// The key that seals all others, and those it replaced, which only open.
#[derive(Clone)]
pub struct MasterKey {
    now: Arc<LessSafeKey>,
    earlier: Vec<Arc<LessSafeKey>>,
    /// Tells one key from another, and nothing about either.
    digest: [u8; 32],
}

impl MasterKey {
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, SealFault> {
        let key = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| SealFault::BadMasterKey)?;
        let digest = chancery_jose::sha256(&[b"chancery master key 1".as_slice(), bytes].concat());
        Ok(Self { now: Arc::new(LessSafeKey::new(key)), earlier: Vec::new(), digest })
    }

    /// Reads 32 bytes in base64, of either alphabet: as a variable or a command gives them.
    pub fn from_text(text: &Secret) -> Result<Self, SealFault> {
        let plain =
            Zeroizing::new(text.expose().trim().trim_end_matches('=').replace('+', "-").replace('/', "_"));
        let bytes = Zeroizing::new(unb64(&plain).map_err(|_| SealFault::BadMasterKey)?);
        Self::from_bytes(bytes.as_slice().try_into().map_err(|_| SealFault::BadMasterKey)?)
    }

    /// Opens what this other key sealed, too.
    #[must_use]
    pub fn after(mut self, earlier: &Self) -> Self {
        if self.digest != earlier.digest {
            self.earlier.push(earlier.now.clone());
        }
        self.earlier.extend(earlier.earlier.iter().cloned());
        self
    }

    /// Whether it seals with the same key.
    pub fn same_as(&self, other: &Self) -> bool {
        self.digest == other.digest
    }

    /// Reads the key file, which has to be there.
    pub fn read(path: &Path) -> Result<Self, SealFault> {
        let io =
            |e: std::io::Error| SealFault::KeyFile { path: path.display().to_string(), why: e.to_string() };
        let bytes = Zeroizing::new(std::fs::read(path).map_err(io)?);
        check_mode(path)?;
        Self::from_bytes(bytes.as_slice().try_into().map_err(|_| SealFault::BadMasterKey)?)
    }

    /// Reads the key file; makes it when it is missing. Refuses a file that others may read.
    pub fn open(path: &Path, env: &Env) -> Result<Self, SealFault> {
        let io =
            |e: std::io::Error| SealFault::KeyFile { path: path.display().to_string(), why: e.to_string() };
        match std::fs::read(path) {
            Ok(bytes) => {
                check_mode(path)?;
                let bytes = Zeroizing::new(bytes);
                Self::from_bytes(bytes.as_slice().try_into().map_err(|_| SealFault::BadMasterKey)?)
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let bytes = Zeroizing::new(env.bytes::<32>());
                let mut options = std::fs::OpenOptions::new();
                options.write(true).create_new(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                let mut file = options.open(path).map_err(io)?;
                file.write_all(bytes.as_slice()).and_then(|()| file.sync_all()).map_err(io)?;
                Self::from_bytes(&bytes)
            }
            Err(e) => Err(io(e)),
        }
    }

    /// Seals bytes for one purpose.
    pub fn seal(&self, env: &Env, purpose: &str, plain: &[u8]) -> Result<Vec<u8>, SealFault> {
        seal::seal(&self.now, env, purpose, plain)
    }

    /// Opens what was sealed for this purpose, by this key or one that it replaced.
    pub fn unseal(&self, purpose: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealFault> {
        let opened = seal::unseal(&self.now, purpose, sealed);
        self.earlier.iter().fold(opened, |opened, key| opened.or_else(|_| seal::unseal(key, purpose, sealed)))
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey")
    }
}

#[cfg(unix)]
fn check_mode(path: &Path) -> Result<(), SealFault> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).map(|m| m.permissions().mode() & 0o077).unwrap_or(0);
    if mode != 0 {
        return Err(SealFault::OpenToOthers { path: path.display().to_string() });
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_mode(_: &Path) -> Result<(), SealFault> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_kernel::Timestamp;
    use chancery_kernel::env::{ManualClock, SeededEntropy};

    fn env() -> Env {
        Env::new(ManualClock::at(Timestamp::from_seconds(0)), SeededEntropy::new(7))
    }

    #[test]
    fn a_key_that_was_replaced_opens_and_seals_no_more() {
        let old = MasterKey::from_bytes(&[1; 32]).unwrap();
        let sealed = old.seal(&env(), "a purpose", b"hunter2").unwrap();
        let new = MasterKey::from_bytes(&[2; 32]).unwrap();
        assert!(new.unseal("a purpose", &sealed).is_err());
        let both = new.clone().after(&old);
        assert_eq!(both.unseal("a purpose", &sealed).unwrap().as_slice(), b"hunter2");
        assert!(both.unseal("another purpose", &sealed).is_err());
        let anew = both.seal(&env(), "a purpose", b"hunter2").unwrap();
        assert!(new.unseal("a purpose", &anew).is_ok() && old.unseal("a purpose", &anew).is_err());
    }

    #[test]
    fn a_text_holds_32_bytes_in_base64_of_either_alphabet() {
        let key = MasterKey::from_bytes(&[0xfb; 32]).unwrap();
        for text in
            ["-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s", "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=\n"]
        {
            assert!(MasterKey::from_text(&Secret::new(text)).unwrap().same_as(&key), "{text}");
        }
        assert!(MasterKey::from_text(&Secret::new("c2hvcnQ")).is_err());
    }
}

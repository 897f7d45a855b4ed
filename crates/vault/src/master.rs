//! The master key: 32 bytes in a file that only the server's user may read.

use std::io::Write;
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use chancery_kernel::Env;
use zeroize::Zeroizing;

use crate::seal::SealFault;

/// The key that seals all others.
pub struct MasterKey(LessSafeKey);

impl MasterKey {
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, SealFault> {
        UnboundKey::new(&AES_256_GCM, bytes)
            .map(|key| Self(LessSafeKey::new(key)))
            .map_err(|_| SealFault::BadMasterKey)
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

    /// Seals bytes for one purpose: nonce, then ciphertext and tag.
    pub fn seal(&self, env: &Env, purpose: &str, plain: &[u8]) -> Result<Vec<u8>, SealFault> {
        let nonce = env.bytes::<NONCE_LEN>();
        let mut body = plain.to_vec();
        self.0
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(purpose.as_bytes()),
                &mut body,
            )
            .map_err(|_| SealFault::Seal { purpose: purpose.to_owned() })?;
        let mut out = nonce.to_vec();
        out.extend_from_slice(&body);
        Ok(out)
    }

    /// Opens what was sealed for this purpose.
    pub fn unseal(&self, purpose: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealFault> {
        let fault = || SealFault::Unseal { purpose: purpose.to_owned() };
        let (nonce, body) = sealed.split_at_checked(NONCE_LEN).ok_or_else(fault)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| fault())?;
        let mut body = Zeroizing::new(body.to_vec());
        let length =
            self.0.open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut body).map_err(|_| fault())?.len();
        body.truncate(length);
        Ok(body)
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

//! Seals: AES-256-GCM under a random nonce, bound to a purpose. Messages name the purpose or the file, never the content.

use aws_lc_rs::aead::{Aad, LessSafeKey, NONCE_LEN, Nonce};
use chancery_kernel::Env;
use zeroize::Zeroizing;

#[derive(Debug, thiserror::Error)]
pub enum SealFault {
    #[error("the master key is not 32 bytes")]
    BadMasterKey,
    #[error("cannot use the master key file {path}: {why}")]
    KeyFile { path: String, why: String },
    #[error("the master key file {path} can be read by others: run `chmod 600 {path}`")]
    OpenToOthers { path: String },
    #[error("cannot seal {purpose}")]
    Seal { purpose: String },
    #[error("cannot open the seal of {purpose}: was this database sealed under another master key?")]
    Unseal { purpose: String },
    #[error("the command for the master key failed: {why}")]
    Command { why: String },
    #[error("a sealed key is damaged: {why}")]
    BadKey { why: String },
}

impl From<SealFault> for chancery_kernel::Fault {
    fn from(fault: SealFault) -> Self {
        Self::internal("vault").because(fault)
    }
}

/// Seals bytes for one purpose: nonce, then ciphertext and tag.
pub(crate) fn seal(key: &LessSafeKey, env: &Env, purpose: &str, plain: &[u8]) -> Result<Vec<u8>, SealFault> {
    let nonce = env.bytes::<NONCE_LEN>();
    let mut out = Vec::with_capacity(NONCE_LEN + plain.len() + 16);
    out.extend_from_slice(&nonce);
    let mut body = Zeroizing::new(plain.to_vec());
    let tag = key
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(purpose.as_bytes()),
            body.as_mut_slice(),
        )
        .map_err(|_| SealFault::Seal { purpose: purpose.to_owned() })?;
    out.extend_from_slice(&body);
    out.extend_from_slice(tag.as_ref());
    Ok(out)
}

/// Opens what was sealed for this purpose.
pub(crate) fn unseal(
    key: &LessSafeKey,
    purpose: &str,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealFault> {
    let fault = || SealFault::Unseal { purpose: purpose.to_owned() };
    let (nonce, body) = sealed.split_at_checked(NONCE_LEN).ok_or_else(fault)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| fault())?;
    let mut body = Zeroizing::new(body.to_vec());
    let length =
        key.open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut body).map_err(|_| fault())?.len();
    body.truncate(length);
    Ok(body)
}

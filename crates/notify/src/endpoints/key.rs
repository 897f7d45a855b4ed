//! What is sealed of an endpoint, and the secret that signs.

use chancery_kernel::{EndpointId, Env, Outcome, Secret};
use chancery_outbound::smtp::base64;
use chancery_vault::Vault;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Standard Webhooks: 24 to 64 bytes.
const BYTES: usize = 32;
const PREFIX: &str = "whsec_";

/// The sealed half of an endpoint. Never printed.
#[derive(Serialize, Deserialize)]
pub(crate) struct Sealed {
    pub address: String,
    /// `whsec_…`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The one before, while both sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}

/// As `Vault::rewrap` names it.
fn purpose(id: EndpointId) -> String {
    format!("endpoint:{id}")
}

pub(crate) fn sealed(vault: &Vault, id: EndpointId, plain: &Sealed) -> Outcome<Vec<u8>> {
    let text = serde_json::to_vec(plain).map_err(|e| chancery_kernel::Fault::internal(e.to_string()))?;
    Ok(vault.seal(&purpose(id), &Zeroizing::new(text))?)
}

pub(crate) fn unsealed(vault: &Vault, id: EndpointId, sealed: &[u8]) -> Option<Sealed> {
    serde_json::from_slice(&vault.unseal(&purpose(id), sealed).ok()?).ok()
}

pub(super) fn secret(env: &Env) -> Secret {
    let bytes = Zeroizing::new(env.bytes::<BYTES>());
    Secret::new(format!("{PREFIX}{}", base64(&*bytes)))
}

/// The bytes behind the text of a secret.
pub(super) fn bytes(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let coded = text.strip_prefix(PREFIX)?.trim_end_matches('=').replace('+', "-").replace('/', "_");
    chancery_jose::unb64(&coded).ok().map(Zeroizing::new)
}

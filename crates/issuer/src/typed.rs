//! What a stranger typed where a name belongs: nobody knows it, so it may be anything, also a secret in the wrong
//! place. The log keeps its length and a keyed digest: enough to see that two attempts were the same one.

use chancery_audit::Text;
use chancery_vault::Vault;

const SHOWN: usize = 8;

/// A name that somebody has, whole; of any other text what tells nothing of it.
pub(crate) fn shown(vault: &Vault, typed: &str, known: bool) -> Text {
    if known || typed.is_empty() {
        return Text::new(typed);
    }
    let digest: String =
        vault.tag("typed", typed.as_bytes()).iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
    Text::new(&format!("[unknown: {} characters, digest {digest}]", typed.chars().count()))
}

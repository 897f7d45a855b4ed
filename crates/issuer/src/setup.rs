//! The first administrator: a one-time link, printed at first start. There are no default credentials.

use chancery_audit::Event;
use chancery_kernel::{Fault, Kind, Outcome, Secret, SecretKind, secret};
use chancery_store::Who;
use chancery_store::tables::settings;

use crate::Issuer;

const LINK: &str = "setup_link";

/// Proof that the setup link was presented: whoever sets up hands it on, and it is used up in the same breath.
#[derive(Debug)]
pub struct SetUp(Vec<u8>);

impl Issuer {
    /// A fresh one-time link, while the deployment has no organization. An earlier one stops working.
    pub async fn setup_link(&self) -> Outcome<Option<String>> {
        if !self.db().hot().organizations.is_empty() {
            return Ok(None);
        }
        let link = secret::generate(self.env(), SecretKind::SetupLink);
        let hash = self.vault().keyed_hash(&link);
        self.db()
            .write(chancery_vault::deployment(), Who::SYSTEM, move |tx| {
                settings::set(tx.sql(), LINK, &hash)?;
                Ok::<_, Fault>(tx.record(Event::SetupLinkIssued { until: None }).with(()))
            })
            .await?;
        Ok(Some(self.platform().settings.url(&format!("/setup/{}", link.expose()))))
    }

    /// Whether this is the link that was printed.
    pub async fn check_setup(&self, link: &Secret) -> Outcome<SetUp> {
        let hash = self.vault().keyed_hash(link);
        let kept = self.db().read(|sql| settings::find(sql, LINK)).await?;
        match kept {
            Some(kept) if self.db().hot().organizations.is_empty() && same(&kept, &hash) => Ok(SetUp(kept)),
            _ => Err(Fault::new(
                Kind::NotFound,
                "setup_link",
                "this link is used up or wrong: run `chancery setup-link` for a new one",
            )),
        }
    }

    /// Uses the link up; the second of two who race for it is refused.
    pub async fn finish_setup(&self, proof: SetUp) -> Outcome<()> {
        self.db()
            .write(chancery_vault::deployment(), Who::SYSTEM, move |tx| {
                if !settings::take(tx.sql(), LINK, &proof.0)? {
                    return Err(Fault::conflict("setup_link", "somebody else has just used this link"));
                }
                let used = tx.now();
                Ok::<_, Fault>(tx.record(Event::SetupLinkIssued { until: Some(used) }).with(()))
            })
            .await
    }
}

fn same(kept: &[u8], computed: &[u8; 32]) -> bool {
    Secret::new(chancery_jose::b64(computed)).ct_eq(chancery_jose::b64(kept).as_bytes())
}

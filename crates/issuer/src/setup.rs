//! The first administrator: a one-time link, printed at first start. There are no default credentials.

use chancery_audit::Event;
use chancery_kernel::{Fault, Kind, Outcome, Seconds, Secret, SecretKind, Timestamp, secret};
use chancery_store::Who;
use chancery_store::tables::settings;

use crate::Issuer;

const LINK: &str = "setup_link";
/// How long a link for a further organization works.
const LASTS: Seconds = Seconds::days(3);

/// Proof that a link was presented: whoever founds the organization hands it on, and the same write uses it up.
#[derive(Clone, Debug)]
pub struct SetUp {
    /// Where the link is kept, and as what.
    pub setting: String,
    pub value: Vec<u8>,
}

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

    /// A one-time link for one more organization, whoever else is here already. For the server's own user.
    pub async fn organization_link(&self) -> Outcome<String> {
        let link = secret::generate(self.env(), SecretKind::SetupLink);
        let setting = further(&self.vault().keyed_hash(&link));
        let until = self.now().plus(LASTS);
        self.db()
            .write(chancery_vault::deployment(), Who::SYSTEM, move |tx| {
                settings::set(tx.sql(), &setting, &until.micros().to_be_bytes())?;
                Ok::<_, Fault>(tx.record(Event::SetupLinkIssued { until: Some(until) }).with(()))
            })
            .await?;
        Ok(self.platform().settings.url(&format!("/setup/{}", link.expose())))
    }

    /// Whether this is a link that was printed and not used yet.
    pub async fn check_setup(&self, link: &Secret) -> Outcome<SetUp> {
        let hash = self.vault().keyed_hash(link);
        let setting = further(&hash);
        let named = setting.clone();
        let (first, other) =
            self.db().read(move |sql| Ok((settings::find(sql, LINK)?, settings::find(sql, &named)?))).await?;
        let first = first.filter(|kept| self.db().hot().organizations.is_empty() && same(kept, &hash));
        if let Some(value) = first {
            return Ok(SetUp { setting: LINK.to_owned(), value });
        }
        match other {
            Some(value) if self.now() < until(&value) => Ok(SetUp { setting, value }),
            _ => Err(Fault::new(
                Kind::NotFound,
                "setup_link",
                "this link is used up, too old or wrong: the server's operator gets a new one with `chancery setup-link`, \
                 or `chancery organizations create` where there are organizations already",
            )),
        }
    }

    /// Notes in the deployment's log that a link was used; the write that founded the organization used it up.
    pub async fn record_setup(&self) -> Outcome<()> {
        self.db()
            .write(chancery_vault::deployment(), Who::SYSTEM, move |tx| {
                let used = tx.now();
                Ok::<_, Fault>(tx.record(Event::SetupLinkIssued { until: Some(used) }).with(()))
            })
            .await
    }
}

/// Where a link for a further organization is kept. Only the keyed hash is in the name.
fn further(hash: &[u8; 32]) -> String {
    format!("organization_link:{}", chancery_jose::b64(hash))
}

fn until(value: &[u8]) -> Timestamp {
    value
        .try_into()
        .map_or(Timestamp::from_micros(i64::MIN), |bytes| Timestamp::from_micros(i64::from_be_bytes(bytes)))
}

fn same(kept: &[u8], computed: &[u8; 32]) -> bool {
    Secret::new(chancery_jose::b64(computed)).ct_eq(chancery_jose::b64(kept).as_bytes())
}

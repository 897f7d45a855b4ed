//! Replacing data keys, while secrets are handed out: the next key seals from now on, and what earlier ones had sealed is
//! sealed anew, some versions at a time. Every version says which key seals it, and no key is thrown away: wherever it
//! breaks off, everything opens, and whoever comes next goes on.

use chancery_audit::Event;
use chancery_kernel::{Fault, KeyId, OrgId, Outcome, Seconds, SecretId};
use chancery_store::tables::{data_keys, secrets};
use chancery_store::{Tx, Who};

use crate::data::Place;
use crate::{SealFault, Vault};

/// So many versions are sealed anew in one write: others write between two of these.
const AT_ONCE: i64 = 200;

/// One version, sealed anew.
struct Anew {
    version: (SecretId, i64),
    before: KeyId,
    sealed: Vec<u8>,
}

impl Vault {
    /// The organizations that have a data key, and that key.
    pub async fn data_keys(&self) -> Outcome<Vec<(OrgId, KeyId)>> {
        let all = self.0.db.read(data_keys::all_active).await?;
        Ok(all.into_iter().map(|row| (row.org, row.id)).collect())
    }

    /// Seals some of what earlier keys sealed under the one in use. How many that were: none is left where it is none.
    pub async fn reseal_some(&self, org: OrgId) -> Outcome<usize> {
        for before in self.0.db.read(move |sql| data_keys::retired(sql, org)).await? {
            let found = self.0.db.read(move |sql| secrets::under(sql, org, before, AT_ONCE)).await?;
            if !found.is_empty() {
                return self.reseal(org, before, found).await;
            }
        }
        Ok(0)
    }

    async fn reseal(
        &self,
        org: OrgId,
        before: KeyId,
        found: Vec<(SecretId, i64, Vec<u8>)>,
    ) -> Outcome<usize> {
        let (old, new) = (self.data_key_of(org, before).await?, self.newest(org).await?);
        let env = self.env().clone();
        let again = |(secret, number, sealed): (SecretId, i64, Vec<u8>)| -> Result<Anew, SealFault> {
            let place = Place { secret, number };
            let sealed = new.seal(&env, place, &old.unseal(place, &sealed)?)?;
            Ok(Anew { version: (secret, number), before, sealed })
        };
        let all = found.into_iter().map(again).collect::<Result<Vec<_>, _>>()?;
        let (count, after) = (all.len(), new.id);
        self.0.db.write(org, Who::SYSTEM, move |tx| replace(tx, &all, after)).await?;
        Ok(count)
    }

    /// The key in use as the database says, and not as this node remembers: what is sealed anew is sealed once.
    async fn newest(&self, org: OrgId) -> Outcome<std::sync::Arc<crate::DataKey>> {
        let row = self.0.db.read(move |sql| data_keys::active(sql, org)).await?;
        let id = row.ok_or_else(|| Fault::internal("no data key is in use"))?.id;
        self.data_key_of(org, id).await
    }

    /// Replaces data keys that are in use for longer than this, if anybody wants that; and goes on with whatever was to be
    /// sealed anew.
    pub async fn tend_data_keys(&self, every: Option<Seconds>) -> Outcome<()> {
        let now = self.env().now();
        for row in self.0.db.read(data_keys::all_active).await? {
            if every.is_some_and(|every| now.since(row.at) >= every) {
                self.rotate_data_key(row.org, row.id).await?;
            }
            while self.reseal_some(row.org).await? > 0 {}
        }
        Ok(())
    }
}

fn replace(tx: &mut Tx<'_>, all: &[Anew], after: KeyId) -> Outcome<chancery_store::Audited<()>> {
    let mut versions = 0;
    for Anew { version, before, sealed } in all {
        // It may be gone, or another node may have been faster.
        versions += i64::from(tx.reseal_version(*version, (*before, after), sealed)?);
    }
    Ok(tx.record(Event::SecretsResealed { key: after, versions }).with(()))
}

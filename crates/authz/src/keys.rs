//! Pre-shared keys of a store, for programs that have no token: hashed here, shown once.

use chancery_audit::{Event, Text};
use chancery_kernel::{Fault, KeyId, Outcome, Secret, secret};
use chancery_model::{Level, Store, StoreKey};

use crate::access::Asker;
use crate::{Authz, fault};

/// Keys of one store, at most: a call is held against each.
const MOST: usize = 20;
const LONGEST_NAME: usize = 64;

/// A key that was just made. Nobody can show it again.
pub struct Made {
    pub kept: StoreKey,
    pub key: Secret,
}

fn own_only(asker: &Asker) -> Outcome<()> {
    match asker {
        Asker::Token(_) => Ok(()),
        // A stolen key must not be able to make itself others.
        Asker::Key { .. } => {
            let text = "keys are made and removed with an access token, never with a key";
            Err(Fault::forbidden("forbidden", text))
        }
    }
}

impl Authz {
    pub async fn add_key(&self, asker: &Asker, store: &str, name: String, level: Level) -> Outcome<Made> {
        let here = self.enter(asker, store, Level::Manage).await?;
        own_only(asker)?;
        if name.trim().is_empty() || name.chars().count() > LONGEST_NAME {
            return Err(fault::invalid(format!("give the key a name of 1 to {LONGEST_NAME} characters")));
        }
        let key = secret::generate(self.db().env(), secret::SecretKind::StoreKey);
        let hash = self.platform().vault.keyed_hash(&key);
        let id = here.store.id;
        let kept = self.db().write(here.store.org, here.author, move |tx| {
            let mut store = (*tx.get::<Store>(id)?).clone();
            if store.keys.len() >= MOST {
                return Err(fault::too_many(format!("a store has at most {MOST} keys: remove one")));
            }
            let kept = StoreKey { id: tx.id(), name, hash, level, created: tx.now() };
            store.keys.push(kept.clone());
            tx.update(store)?;
            let recorded = tx.record(Event::StoreKeyAdded {
                store: id,
                key: kept.id,
                name: Text::new(&kept.name),
                level: Text::new(level.as_str()),
            });
            Ok(recorded.with(kept))
        });
        Ok(Made { kept: kept.await?, key })
    }

    pub async fn list_keys(&self, asker: &Asker, store: &str) -> Outcome<Vec<StoreKey>> {
        let here = self.enter(asker, store, Level::Manage).await?;
        own_only(asker)?;
        Ok(here.store.keys.clone())
    }

    /// From the answer on, the key opens nothing.
    pub async fn remove_key(&self, asker: &Asker, store: &str, key: &str) -> Outcome<()> {
        let here = self.enter(asker, store, Level::Manage).await?;
        own_only(asker)?;
        let key: KeyId = key.parse().map_err(|_| Fault::not_found("key"))?;
        let id = here.store.id;
        self.db()
            .write(here.store.org, here.author, move |tx| {
                let mut store = (*tx.get::<Store>(id)?).clone();
                let at = store.keys.iter().position(|kept| kept.id == key);
                let removed = store.keys.remove(at.ok_or_else(|| Fault::not_found("key"))?);
                tx.update(store)?;
                let name = Text::new(&removed.name);
                Ok(tx.record(Event::StoreKeyRemoved { store: id, key, name }).with(()))
            })
            .await
    }
}

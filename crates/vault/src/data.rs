//! Data keys: each organization's secrets are sealed under keys of its own, which the master key seals in turn. What is
//! sealed is bound to organization, secret, version and key: rows that are swapped do not open, and one organization's
//! key opens nothing of another.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use chancery_audit::Event;
use chancery_kernel::{Env, Fault, KeyId, OrgId, Outcome, Seconds, SecretId, Timestamp};
use chancery_store::tables::data_keys::{self, DataKeyRow};
use chancery_store::{Tx, Who};
use zeroize::Zeroizing;

use crate::seal::{self, SealFault};
use crate::{MasterKey, Vault};

/// A key of one organization, opened.
pub struct DataKey {
    pub id: KeyId,
    org: OrgId,
    key: LessSafeKey,
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DataKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Which version of which secret a sealed value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub secret: SecretId,
    pub number: i64,
}

/// Keys that were opened. There are few: a handful for each organization.
#[derive(Default)]
pub(crate) struct DataKeys {
    held: RwLock<HashMap<KeyId, Arc<DataKey>>>,
    /// With when it was read: another node may have made the next one since.
    active: RwLock<HashMap<OrgId, (KeyId, Timestamp)>>,
}

/// For so long a key that was read as the one in use seals, whatever other nodes did. What it seals afterwards is found and
/// sealed anew.
const USED_FOR: Seconds = Seconds(60);

impl DataKeys {
    fn find(&self, id: KeyId) -> Option<Arc<DataKey>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    fn active(&self, org: OrgId, now: Timestamp) -> Option<Arc<DataKey>> {
        let (id, read) = *self.active.read().unwrap_or_else(PoisonError::into_inner).get(&org)?;
        (now.since(read) < USED_FOR).then(|| self.find(id)).flatten()
    }

    fn keep(&self, key: &Arc<DataKey>, active: Option<Timestamp>) {
        self.held.write().unwrap_or_else(PoisonError::into_inner).insert(key.id, key.clone());
        if let Some(now) = active {
            self.active.write().unwrap_or_else(PoisonError::into_inner).insert(key.org, (key.id, now));
        }
    }
}

pub(crate) fn purpose(org: OrgId, id: KeyId) -> String {
    format!("data_key:{org}:{id}")
}

impl DataKey {
    fn new(id: KeyId, org: OrgId, bytes: &[u8]) -> Result<Self, SealFault> {
        let key = UnboundKey::new(&AES_256_GCM, bytes)
            .map_err(|_| SealFault::BadKey { why: "a data key is not 32 bytes".to_owned() })?;
        Ok(Self { id, org, key: LessSafeKey::new(key) })
    }

    fn open(master: &MasterKey, row: &DataKeyRow) -> Result<Self, SealFault> {
        Self::new(row.id, row.org, &master.unseal(&purpose(row.org, row.id), &row.sealed)?)
    }

    fn bound(&self, place: Place) -> String {
        format!("secret:{}:{}:{}:{}", self.org, place.secret, place.number, self.id)
    }

    /// Seals a value for this place, and no other.
    pub fn seal(&self, env: &Env, place: Place, plain: &[u8]) -> Result<Vec<u8>, SealFault> {
        seal::seal(&self.key, env, &self.bound(place), plain)
    }

    /// Opens what was sealed for this place.
    pub fn unseal(&self, place: Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealFault> {
        seal::unseal(&self.key, &self.bound(place), sealed)
    }
}

/// Another node made the key meanwhile: that one serves.
const THERE_ALREADY: &str = "data_key_there_already";

impl Vault {
    /// The key that seals this organization's secrets now; made when it first has one.
    pub async fn data_key(&self, org: OrgId) -> Outcome<Arc<DataKey>> {
        if let Some(key) = self.0.data.active(org, self.env().now()) {
            return Ok(key);
        }
        match self.0.db.read(move |sql| data_keys::active(sql, org)).await? {
            Some(row) => self.opened(&row, true),
            None => self.new_data_key(org, None).await,
        }
    }

    /// Another key for what is sealed from now on, in place of this one; earlier ones go on opening what they sealed. Of
    /// nodes that want it at once one makes it.
    pub async fn rotate_data_key(&self, org: OrgId, present: KeyId) -> Outcome<Arc<DataKey>> {
        self.new_data_key(org, Some(present)).await
    }

    /// The key of this id, which has to be this organization's.
    pub async fn data_key_of(&self, org: OrgId, id: KeyId) -> Outcome<Arc<DataKey>> {
        if let Some(key) = self.0.data.find(id).filter(|key| key.org == org) {
            return Ok(key);
        }
        let found = self.0.db.read(move |sql| data_keys::find(sql, org, id)).await?;
        let row = found.ok_or_else(|| Fault::internal(format!("there is no data key {id}")))?;
        self.opened(&row, row.active)
    }

    fn opened(&self, row: &DataKeyRow, active: bool) -> Outcome<Arc<DataKey>> {
        let key = Arc::new(DataKey::open(&self.master(), row)?);
        self.0.data.keep(&key, active.then(|| self.env().now()));
        Ok(key)
    }

    async fn new_data_key(&self, org: OrgId, after: Option<KeyId>) -> Outcome<Arc<DataKey>> {
        let env = self.env();
        let (id, bytes): (KeyId, _) = (env.id(), Zeroizing::new(env.bytes::<32>()));
        let (vault, at) = (self.clone(), env.now());
        let write = move |tx: &mut Tx<'_>| {
            if data_keys::active(tx.sql(), org)?.map(|row| row.id) != after {
                return Err(Fault::conflict(THERE_ALREADY, "there is such a key already"));
            }
            // Sealed here, so that a master key that is being replaced meanwhile cannot be the one that did it.
            let sealed = vault.master().seal(tx.env(), &purpose(org, id), bytes.as_slice())?;
            let row = DataKeyRow { id, org, active: true, at, sealed };
            tx.add_data_key(&row)?;
            Ok(tx.record(Event::DataKeyCreated { key: id }).with(row))
        };
        match self.0.db.write(org, Who::SYSTEM, write).await {
            Ok(row) => self.opened(&row, true),
            Err(fault) if fault.code == THERE_ALREADY => {
                let found = self.0.db.read(move |sql| data_keys::active(sql, org)).await?;
                self.opened(&found.ok_or(fault)?, true)
            }
            Err(fault) => Err(fault),
        }
    }
}

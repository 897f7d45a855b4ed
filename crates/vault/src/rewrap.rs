//! Replacing the master key, while the server serves: the new one seals from now on, and everything that the old one had
//! sealed is sealed anew in one write. What the data keys seal is not touched: there may be millions of it.
//!
//! Nodes that share a database have to know both keys before one of them begins: see the configuration.

use chancery_audit::Event;
use chancery_kernel::{Env, Fault, Outcome};
use chancery_store::tables::{approvals, data_keys, endpoints, factors, push, settings, signing_keys};
use chancery_store::{Tx, Who};

use crate::{MasterKey, SealFault, Vault, data, deployment, rotation};

/// How much was sealed anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rewrapped {
    pub data_keys: i64,
    /// Signing keys, keys of authenticator apps, the pepper, the log's key.
    pub others: i64,
}

impl Vault {
    /// Seals everything anew under this key, which may be the one in use: then what an earlier one had sealed comes
    /// under it.
    pub async fn rewrap(&self, key: MasterKey) -> Outcome<Rewrapped> {
        let both = key.after(&self.master());
        // From here on this node opens with either, whatever becomes of the write.
        *self.0.master.write().unwrap_or_else(std::sync::PoisonError::into_inner) = both.clone();
        let env = self.env().clone();
        self.0.db.write(deployment(), Who::SYSTEM, move |tx| anew(tx, &both, &env)).await
    }
}

fn anew(tx: &mut Tx<'_>, master: &MasterKey, env: &Env) -> Result<chancery_store::Audited<Rewrapped>, Fault> {
    let again = |purpose: &str, sealed: &[u8]| -> Result<Vec<u8>, SealFault> {
        master.seal(env, purpose, &master.unseal(purpose, sealed)?)
    };
    let mut done = Rewrapped { data_keys: 0, others: 0 };
    for mut row in data_keys::all(tx.sql())? {
        row.sealed = again(&data::purpose(row.org, row.id), &row.sealed)?;
        data_keys::reseal(tx.sql(), &row)?;
        done.data_keys += 1;
    }
    for mut row in signing_keys::all(tx.sql())? {
        row.sealed = again(&rotation::purpose(&row.kid), &row.sealed)?;
        signing_keys::reseal(tx.sql(), &row)?;
        done.others += 1;
    }
    // As the issuer names it where it seals the key of an authenticator app.
    for (factor, sealed) in factors::sealed(tx.sql())? {
        let anew = again(&format!("totp:{factor}"), &sealed)?;
        factors::reseal(tx.sql(), factor, &anew)?;
        done.others += 1;
    }
    done.others += told(tx, again)?;
    for key in [rotation::PEPPER, rotation::LOG_KEY, rotation::PUSH_KEY] {
        if let Some(sealed) = settings::find(tx.sql(), key)? {
            settings::set(tx.sql(), key, &again(key, &sealed)?)?;
            done.others += 1;
        }
    }
    let event = Event::KeysRewrapped { data_keys: done.data_keys, others: done.others };
    Ok(tx.record(event).with(done))
}

/// As notifications name what they seal: a browser's address, and where and how an endpoint is told.
fn told(tx: &mut Tx<'_>, again: impl Fn(&str, &[u8]) -> Result<Vec<u8>, SealFault>) -> Result<i64, Fault> {
    let mut count = 0;
    for browser in push::all(tx.sql())? {
        let anew = again(&format!("push:{}", approvals::ticket(&browser.digest)), &browser.sealed)?;
        push::reseal(tx.sql(), &browser.digest, &anew)?;
        count += 1;
    }
    for (endpoint, sealed) in endpoints::all(tx.sql())? {
        let anew = again(&format!("endpoint:{endpoint}"), &sealed)?;
        endpoints::reseal(tx.sql(), endpoint, &anew)?;
        count += 1;
    }
    Ok(count)
}

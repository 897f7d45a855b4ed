//! The lease under which a secret goes out: in the write that decides, never longer than the permission.

use chancery_kernel::{Fault, Outcome};
use chancery_model::{Lease, RevealPolicy, Vaulted};
use chancery_store::Tx;
use chancery_store::tables::leases::{self, stands};

use super::{Ask, Permit, lent_out};

impl Ask {
    /// Lends it: the lease that whoever asks has already, or a new one. The inner refusal is that somebody else has it.
    pub(super) fn lend(
        &self,
        tx: &mut Tx<'_>,
        policy: &RevealPolicy,
        secret: &Vaulted,
        permit: &Permit,
    ) -> Outcome<Result<Lease, Fault>> {
        let (org, now) = (tx.org(), tx.now());
        let held = leases::in_force(tx.sql(), org, secret.id, now)?;
        let held: Vec<Lease> = held.into_iter().filter(|lease| stands(tx.hot(), lease, now)).collect();
        let exclusive = policy.exclusive || self.wanted.exclusive;
        let own = |lease: &&Lease| {
            lease.agent == self.asker.agent
                && lease.client == self.asker.client
                && lease.user == permit.user
                && lease.run == permit.run
                && lease.grant == permit.grant.map(|(id, _)| id)
        };
        let others = held.iter().filter(|lease| !own(lease));
        let in_the_way = others.filter(|lease| exclusive || lease.exclusive).max_by_key(|lease| lease.until);
        if let Some(other) = in_the_way {
            return Ok(Err(lent_out(other.until)));
        }
        if let Some(lease) = held.iter().find(|lease| own(lease) && lease.exclusive == exclusive) {
            return Ok(Ok(lease.clone()));
        }
        let longest = self.wanted.lifetime.map_or(policy.longest, |wish| wish.min(policy.longest));
        let end = now.plus(longest);
        let until = permit.grant.and_then(|(_, until)| until).map_or(end, |grant| grant.min(end));
        let lease = Lease {
            id: tx.id(),
            org,
            secret: secret.id,
            number: secret.current,
            client: self.asker.client,
            agent: self.asker.agent,
            user: permit.user,
            run: permit.run,
            grant: permit.grant.map(|(id, _)| id),
            exclusive,
            began: now,
            until,
            over: None,
        };
        tx.lend(&lease)?;
        Ok(Ok(lease))
    }
}

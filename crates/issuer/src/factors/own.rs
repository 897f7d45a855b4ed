//! A person's own factors: listed, removed, and the recovery codes made anew.

use chancery_audit::{Event, Text};
use chancery_context::Cx;
use chancery_factor::recovery;
use chancery_kernel::{FactorId, Fault, Outcome, Secret, UserId};
use chancery_model::Factor;
use chancery_store::tables::factors;

use super::settled;
use crate::Issuer;
use crate::sessions::Present;

/// What a person has.
#[derive(Clone, Debug, Default)]
pub struct Own {
    pub factors: Vec<Factor>,
    /// Ids of passkeys, so that no device makes a second one.
    pub credentials: Vec<Vec<u8>>,
    pub codes_left: i64,
    /// The organization wants them to have one.
    pub demanded: bool,
}

pub(super) type Codes = Vec<[u8; 32]>;

pub(super) struct Fresh {
    pub shown: Vec<Secret>,
    pub hashes: Codes,
}

pub(super) fn fresh_codes(issuer: &Issuer) -> Fresh {
    let shown = recovery::codes(issuer.env());
    let hashes = shown.iter().map(|code| issuer.vault().keyed_hash(code)).collect();
    Fresh { shown, hashes }
}

impl Issuer {
    pub async fn own_factors(&self, present: &Present) -> Outcome<Own> {
        let user = present.user.id;
        let (all, codes_left) = self
            .db()
            .read(move |sql| Ok((factors::of_user(sql, user)?, factors::codes_left(sql, user)?)))
            .await?;
        let credentials = all.iter().filter_map(|kept| kept.credential.clone()).collect();
        let factors = all.into_iter().map(|kept| kept.factor).collect();
        Ok(Own { factors, credentials, codes_left, demanded: self.demands_factor(present) })
    }

    /// Ids of the passkeys that somebody at the second step may use.
    pub async fn passkeys_of(&self, user: UserId) -> Outcome<Vec<Vec<u8>>> {
        let all = self.db().read(move |sql| factors::of_user(sql, user)).await?;
        Ok(all.into_iter().filter_map(|kept| kept.credential).collect())
    }

    /// Whether the organization wants this person to have a second factor.
    pub(crate) fn demands_factor(&self, present: &Present) -> bool {
        let (hot, org) = (self.db().hot(), present.org());
        let rule = hot.organizations.find(org, org).map(|o| o.second_factor).unwrap_or_default();
        rule.demands(!present.scopes.is_empty())
    }

    /// Whether this session may change what the person has, as it stands.
    pub fn check_settled(&self, present: &Present, own: &Own) -> Outcome<()> {
        settled(self, present, !own.factors.is_empty())
    }

    /// Removes one. With the last one the recovery codes go: they stood in for it.
    pub async fn remove_factor(&self, cx: &Cx, present: &Present, id: FactorId) -> Outcome<()> {
        settled(self, present, true)?;
        let (user, demanded) = (present.user.id, self.demands_factor(present));
        cx.db()
            .write(cx.org, cx.who(), move |tx| {
                let all = factors::of_user(tx.sql(), user)?;
                let Some(kept) = all.iter().find(|kept| kept.factor.id == id) else {
                    return Err(Fault::not_found("factor"));
                };
                if all.len() == 1 && demanded {
                    return Err(Fault::conflict(
                        "last_factor",
                        "your organization wants a second factor: add another one first",
                    ));
                }
                factors::delete(tx.sql(), id, user)?;
                if all.len() == 1 {
                    factors::delete_all(tx.sql(), user)?;
                }
                let Factor { kind, name, .. } = &kept.factor;
                let (method, name) = (Text::new(kind.as_str()), Text::new(name));
                Ok(tx.record(Event::FactorRemoved { user, factor: id, method, name }).with(()))
            })
            .await
    }

    /// A new set of recovery codes; the old one is void.
    pub async fn renew_codes(&self, cx: &Cx, present: &Present) -> Outcome<Vec<Secret>> {
        settled(self, present, true)?;
        let fresh = fresh_codes(self);
        let (user, session, hashes) = (present.user.id, present.session.id, fresh.hashes);
        cx.db()
            .write(cx.org, cx.who(), move |tx| {
                if factors::count(tx.sql(), user)? == 0 {
                    return Err(Fault::conflict(
                        "no_factor",
                        "add a second factor first: recovery codes stand in for one",
                    ));
                }
                factors::set_codes(tx.sql(), user, &hashes)?;
                Ok(tx.record(Event::RecoveryCodesMade { user, session }).with(()))
            })
            .await?;
        Ok(fresh.shown)
    }
}

//! Second factors of others, for administrators: listed, removed, and all taken away after a loss.

use chancery_audit::{Event, Text};
use chancery_context::{Act, Cx};
use chancery_kernel::{FactorId, Fault, Outcome, UserId};
use chancery_model::{Factor, MarkKey, User};
use chancery_store::outbox::Notice;
use chancery_store::tables::factors;

use super::access::end_sessions;
use super::visible;
use crate::change::find;
use crate::check;
use crate::rights::Holder;

/// What a person has, and how many recovery codes are left.
#[derive(Clone, Debug)]
pub struct Factors {
    pub factors: Vec<Factor>,
    pub codes_left: i64,
}

pub async fn list(cx: &Cx, id: UserId) -> Outcome<Factors> {
    let _may = cx.allowed(Act::UserRead, id).await?;
    let user = find::<User>(cx, id)?.id;
    visible(cx, Act::UserRead, id).await?;
    let (kept, codes_left) =
        cx.db().read(move |sql| Ok((factors::of_user(sql, user)?, factors::codes_left(sql, user)?))).await?;
    Ok(Factors { factors: kept.into_iter().map(|kept| kept.factor).collect(), codes_left })
}

/// Removes one. Without it an account is easier to get into, so it takes the rights of that person.
pub async fn remove(cx: &Cx, id: UserId, factor: FactorId) -> Outcome<()> {
    let _may = cx.allowed(Act::UserManage, id).await?;
    let holder = Holder::of(cx);
    find::<User>(cx, id)?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            tx.get::<User>(id)?;
            holder.may_impersonate(tx.hot(), tx.org(), id)?;
            let all = factors::of_user(tx.sql(), id)?;
            let kept = all.iter().find(|kept| kept.factor.id == factor);
            let Factor { kind, name, .. } = &kept.ok_or_else(|| Fault::not_found("factor"))?.factor;
            factors::delete(tx.sql(), factor, id)?;
            if all.len() == 1 {
                factors::delete_all(tx.sql(), id)?;
            }
            let (method, name) = (Text::new(kind.as_str()), Text::new(name));
            Ok::<_, Fault>(tx.record(Event::FactorRemoved { user: id, factor, method, name }).with(()))
        })
        .await
}

/// Takes everything away that a person has lost, recovery codes too, and ends their sign-ins: the password alone lets
/// them in again, as far as the organization allows.
pub async fn reset(cx: &Cx, id: UserId, reason: &str) -> Outcome<()> {
    let _may = cx.allowed(Act::UserManage, id).await?;
    let (holder, reason) = (Holder::of(cx), check::reason(reason)?);
    find::<User>(cx, id)?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let before = tx.get::<User>(id)?;
            holder.may_impersonate(tx.hot(), tx.org(), id)?;
            let now = tx.now();
            tx.update(User { factors_reset: Some(now), ..User::clone(&before) })?;
            tx.tell_person(Notice::FactorsReset { user: id, at: now })?;
            let removed = factors::delete_all(tx.sql(), id)?;
            let removed = i64::try_from(removed).unwrap_or(i64::MAX);
            let event = Event::FactorsReset { user: id, removed, reason: Text::new(&reason) };
            let recorded = tx.record(event);
            for (session, pos) in end_sessions(tx, id, "their second factors were reset")? {
                tx.mark(MarkKey::Session(session), pos)?;
            }
            Ok::<_, Fault>(recorded.with(()))
        })
        .await
}

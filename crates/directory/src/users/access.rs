//! Passwords and sign-ins of people.

use chancery_audit::{Event, Text};
use chancery_context::{Act, Cx};
use chancery_kernel::{FamilyId, Fault, Outcome, Secret, SessionId, UserId};
use chancery_model::{Client, MarkKey, User};
use chancery_store::Tx;
use chancery_store::tables::{families, passwords, sessions};
use chancery_vault::password;

use crate::change::find;
use crate::check;
use crate::rights::Holder;

/// Sets somebody's password, as an administrator does after a loss: whoever is signed in with the old one is out,
/// and so is what was let in by it.
pub async fn set_password(cx: &Cx, id: UserId, new: Secret) -> Outcome<()> {
    let _may = cx.allowed(Act::UserManage, id).await?;
    let holder = Holder::of(cx);
    let user = find::<User>(cx, id)?;
    holder.may_impersonate(&cx.db().hot(), cx.org, id)?;
    check::password(&new, &[&user.login, &user.email])?;
    let hash = password::hash(cx.env(), new).await?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            tx.get::<User>(id)?;
            // The person may have become an administrator while the password was hashed.
            holder.may_impersonate(tx.hot(), tx.org(), id)?;
            let now = tx.now();
            passwords::set(tx.sql(), id, &hash, now)?;
            let recorded = tx.record(Event::PasswordSet { user: id });
            for (session, pos) in end_sessions(tx, id, "the password was set anew")? {
                tx.mark(MarkKey::Session(session), pos)?;
            }
            for (family, pos) in end_families(tx, id, "the password was set anew")? {
                tx.mark(MarkKey::Family(family), pos)?;
            }
            Ok::<_, Fault>(recorded.with(()))
        })
        .await
}

/// Ends sign-ins and refresh tokens. The mark on the person is the caller's.
pub(super) fn end_everything(tx: &mut Tx<'_>, user: UserId, reason: &str) -> Outcome<()> {
    end_sessions(tx, user, reason)?;
    end_families(tx, user, reason).map(drop)
}

/// Ends the person's refresh tokens, those for the time they are away among them; answers which, and where the log
/// says so.
fn end_families(tx: &mut Tx<'_>, user: UserId, reason: &str) -> Outcome<Vec<(FamilyId, i64)>> {
    let now = tx.now();
    let mut ended = Vec::new();
    for family in families::of_user(tx.sql(), user)? {
        families::end(tx.sql(), family.id, now)?;
        let agent = tx.find::<Client>(family.client).and_then(|client| client.agent);
        let recorded = tx.record(Event::FamilyRevoked {
            family: family.id,
            user: Some(user),
            client: Some(family.client),
            agent,
            reason: Text::new(reason),
        });
        ended.push((family.id, recorded.pos));
    }
    Ok(ended)
}

/// Ends the person's sign-ins; answers which, and where the log says so.
pub(super) fn end_sessions(tx: &mut Tx<'_>, user: UserId, reason: &str) -> Outcome<Vec<(SessionId, i64)>> {
    let now = tx.now();
    let open = sessions::of_user(tx.sql(), user, now)?;
    sessions::end_of_user(tx.sql(), user, now)?;
    let note = |id: SessionId| Event::SessionEnded { user, session: id, reason: Text::new(reason) };
    Ok(open.into_iter().map(|session| (session.id, tx.record(note(session.id)).pos)).collect())
}

//! People: their accounts, and what ends with them.

mod access;
mod away;
pub mod factors;
mod removal;

use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_context::{Act, Caller, Cx};
use chancery_kernel::{AgentId, Fault, GroupId, Outcome, Page, PageRequest, Secret, UserId};
use chancery_model::{Agent, MarkKey, Meta, Origin, User, UserStatus};
use chancery_oauth::scopes;
use chancery_store::tables::passwords;
use chancery_store::{Hot, Recorded, Tx};
use chancery_vault::password;

use crate::agents;
use crate::change::{Changes, at, find, page, referred, wanted};
use crate::check;
use crate::rights::{Holder, another_administrator};

pub use access::set_password;
pub use away::set_away;
pub use removal::delete;

/// A person to add.
#[derive(Clone, Debug, Default)]
pub struct NewUser {
    pub login: String,
    pub email: String,
    pub display_name: String,
    pub manager: Option<UserId>,
    /// Without one the person cannot sign in with a password until they are given it.
    pub password: Option<Secret>,
}

/// What to change of a person; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct UserPatch {
    pub login: Option<String>,
    pub email: Option<String>,
    pub display_name: Option<String>,
    pub manager: Option<Option<UserId>>,
}

#[derive(Clone, Debug, Default)]
pub struct UserFilter {
    pub login: Option<String>,
    pub status: Option<UserStatus>,
    pub group: Option<GroupId>,
}

pub async fn list(cx: &Cx, request: &PageRequest, filter: &UserFilter) -> Outcome<Page<Arc<User>>> {
    let _may = cx.allowed(Act::UserRead, cx.org).await?;
    let login = filter.login.as_ref().map(|login| login.trim().to_lowercase());
    page(cx, request, |hot, user: &User| {
        shown(cx, hot, user.id)
            && wanted(login.as_ref(), &user.login)
            && wanted(filter.status.as_ref(), &user.status)
            && filter.group.is_none_or(|group| hot.is_member(group, user.id))
    })
}

pub async fn get(cx: &Cx, id: UserId) -> Outcome<Arc<User>> {
    let _may = cx.allowed(Act::UserRead, id).await?;
    let user = find(cx, id)?;
    visible(cx, Act::UserRead, id).await?;
    Ok(user)
}

/// Refuses a view of somebody who is not shown to the caller.
async fn visible(cx: &Cx, act: Act, id: UserId) -> Outcome<()> {
    if !shown(cx, &cx.db().hot(), id) {
        cx.denied(act, id, "the person has not consented to this agent reading their profile").await?;
        return Err(Fault::forbidden(
            "consent_required",
            "the person has not agreed that this agent reads their profile: let them sign in at the agent and consent to `profile`",
        ));
    }
    Ok(())
}

/// Whether the caller may see this person, whatever the view: an agent that comes without a person sees those who
/// consented to that; others are not limited.
pub(crate) fn shown(cx: &Cx, hot: &Hot, id: UserId) -> bool {
    let Caller::Token { agent: Some(agent), user: None, .. } = cx.caller else { return true };
    let now = cx.now();
    hot.grants_of(id).iter().any(|grant| {
        grant.origin == Origin::Consent
            && grant.agent == Some(agent)
            && grant.application.is_none()
            && grant.scopes.contains(scopes::PROFILE)
            && grant.in_force(now)
    })
}

/// The groups a person is in.
pub async fn groups(cx: &Cx, id: UserId) -> Outcome<Vec<Arc<chancery_model::Group>>> {
    let _may = cx.allowed(Act::GroupRead, id).await?;
    let user = find::<User>(cx, id)?;
    visible(cx, Act::GroupRead, id).await?;
    let hot = cx.db().hot();
    Ok(hot.groups_of(user.id).filter_map(|group| hot.groups.find(cx.org, group).cloned()).collect())
}

pub async fn create(cx: &Cx, new: NewUser) -> Outcome<Arc<User>> {
    let _may = cx.allowed(Act::UserManage, cx.org).await?;
    let (mut user, hash) = prepared(cx, new).await?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            if let Some(manager) = user.manager {
                referred::<User>(tx, manager)?;
            }
            user.meta = Meta::new(tx.now());
            let (user, recorded) = added(tx, user, hash.as_deref())?;
            Ok::<_, Fault>(recorded.with(user))
        })
        .await
}

/// Checks a new person and hashes the password: all that is slow, before the write.
pub(crate) async fn prepared(cx: &Cx, new: NewUser) -> Outcome<(User, Option<String>)> {
    let login = check::login(&new.login)?;
    let email = check::email(&new.email)?;
    let display_name = check::line("the display name", &new.display_name)?;
    let hash = match new.password {
        Some(secret) => {
            check::password(&secret, &[&login, &email])?;
            Some(password::hash(cx.env(), secret).await?)
        }
        None => None,
    };
    let user = User {
        id: cx.env().id(),
        org: cx.org,
        login,
        email,
        display_name,
        status: UserStatus::Active,
        manager: new.manager,
        away: None,
        factors_reset: None,
        meta: Meta::new(cx.now()),
    };
    Ok((user, hash))
}

pub(crate) fn added(tx: &mut Tx<'_>, user: User, hash: Option<&str>) -> Outcome<(Arc<User>, Recorded)> {
    email_is_free(tx.hot(), &user)?;
    let user = tx.insert(user)?;
    let recorded = tx.record(Event::UserCreated { user: user.id, login: Text::new(&user.login) });
    if let Some(hash) = hash {
        let now = tx.now();
        passwords::set(tx.sql(), user.id, hash, now)?;
        let _ = tx.record(Event::PasswordSet { user: user.id });
    }
    Ok((user, recorded))
}

/// Systems that know people by their address would take one for the other.
fn email_is_free(hot: &Hot, user: &User) -> Outcome<()> {
    if hot.by_email(user.org, &user.email).all(|other| other == user.id) {
        return Ok(());
    }
    Err(Fault::conflict(
        "email_taken",
        "somebody else here has this e-mail address: each person has their own, give another",
    ))
}

/// Changes a person's record. By login and e-mail address others know who somebody is: to change them is to become or
/// to make somebody else, so it takes the rights of that person, and tokens that carry the old ones die.
pub async fn update(cx: &Cx, id: UserId, expected: Option<i64>, patch: UserPatch) -> Outcome<Arc<User>> {
    let _may = cx.allowed(Act::UserManage, id).await?;
    let holder = Holder::of(cx);
    let login = patch.login.as_deref().map(check::login).transpose()?;
    let email = patch.email.as_deref().map(check::email).transpose()?;
    let name = patch.display_name.as_deref().map(|n| check::line("the display name", n)).transpose()?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let before = at::<User>(tx, id, expected)?;
            if let Some(manager) = patch.manager.flatten() {
                referred::<User>(tx, manager)?;
                if manager == id {
                    return Err(Fault::invalid(
                        "own_manager",
                        "nobody manages themselves: name another person",
                    ));
                }
            }
            let mut user = User::clone(&before);
            let mut changes = Changes::default();
            changes.tell("login", &mut user.login, login);
            changes.tell("email", &mut user.email, email);
            changes.set("display_name", &mut user.display_name, name);
            changes.set("manager", &mut user.manager, patch.manager);
            let renamed = changes.has("login") || changes.has("email");
            if renamed {
                holder.may_impersonate(tx.hot(), tx.org(), id)?;
                email_is_free(tx.hot(), &user)?;
            }
            let user = changes.write(tx, before, user)?;
            let (changed, values) = (changes.names(), changes.values());
            let recorded = tx.record(Event::UserUpdated { user: id, changed, values });
            if renamed {
                tx.mark(MarkKey::User(id), recorded.pos)?;
            }
            Ok::<_, Fault>(recorded.with(user))
        })
        .await
}

/// Signs the person out everywhere, and kills every token in which they take part.
pub async fn disable(
    cx: &Cx,
    id: UserId,
    expected: Option<i64>,
    reason: Option<String>,
) -> Outcome<Arc<User>> {
    let _may = cx.allowed(Act::UserManage, id).await?;
    let reason = reason.as_deref().map(check::reason).transpose()?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let before = at::<User>(tx, id, expected)?;
            if !before.is_active() {
                return Err(Fault::conflict("already_disabled", "this person is disabled already"));
            }
            another_administrator(tx.hot(), tx.org(), id)?;
            let user = tx.update(User { status: UserStatus::Disabled, ..User::clone(&before) })?;
            let reason = reason.as_deref().map(Text::new);
            let recorded = tx.record(Event::UserDisabled { user: id, reason });
            tx.mark(MarkKey::User(id), recorded.pos)?;
            access::end_everything(tx, id, "the person was disabled")?;
            tx.cancel_approvals_of_user(id, "the person was disabled")?;
            flag_ownerless(tx, id);
            Ok::<_, Fault>(recorded.with(user))
        })
        .await
}

/// The person may sign in again; what was issued before stays dead.
pub async fn enable(cx: &Cx, id: UserId, expected: Option<i64>) -> Outcome<Arc<User>> {
    let _may = cx.allowed(Act::UserManage, id).await?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let before = at::<User>(tx, id, expected)?;
            if before.is_active() {
                return Err(Fault::conflict("already_enabled", "this person is enabled already"));
            }
            let user = tx.update(User { status: UserStatus::Active, ..User::clone(&before) })?;
            Ok::<_, Fault>(tx.record(Event::UserEnabled { user: id }).with(user))
        })
        .await
}

/// Says which agents at work nobody answers for any more. They go on: to stop what a business rests on because somebody
/// left would be worse; but it is seen.
fn flag_ownerless(tx: &mut Tx<'_>, gone: UserId) {
    let (hot, org) = (tx.hot(), tx.org());
    let theirs = |agent: &&Arc<Agent>| agent.owners.contains(&gone) || agent.sponsor == Some(gone);
    let left = |agent: &&Arc<Agent>| agents::ownerless(hot, agent, Some(gone));
    let found: Vec<AgentId> = hot.agents.of(org).filter(theirs).filter(left).map(|agent| agent.id).collect();
    for agent in found {
        let _ = tx.record(Event::AgentOwnerless { agent, user: gone });
    }
}

//! Folders of the vault, each with the policy for its secrets.

use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_context::{Act, Caller, Cx};
use chancery_kernel::{Fault, FolderId, Outcome, Page, PageRequest, Seconds};
use chancery_model::{ApproverRule, Approvers, Folder, Group, Meta, Noun, RevealPolicy, Tier};
use chancery_store::tables::secrets;
use chancery_store::{Hot, Tx};

use crate::change::Changes;
use crate::place::{note, segment};

#[derive(Clone, Debug)]
pub struct NewFolder {
    pub resource_group: String,
    pub project: String,
    pub description: String,
    pub policy: RevealPolicy,
}

#[derive(Clone, Debug, Default)]
pub struct FolderPatch {
    pub description: Option<String>,
    pub policy: Option<RevealPolicy>,
}

pub async fn list(cx: &Cx, request: &PageRequest) -> Outcome<Page<Arc<Folder>>> {
    let _may = cx.allowed(Act::SecretRead, cx.org).await?;
    cx.db().hot().folders.page(cx.org, request, |_| true).ok_or_else(bad_cursor)
}

pub(crate) fn bad_cursor() -> Fault {
    Fault::invalid("bad_cursor", "this is no cursor of this list: begin without one, then follow `next`")
}

pub async fn get(cx: &Cx, resource_group: &str, project: &str) -> Outcome<Arc<Folder>> {
    let _may = cx.allowed(Act::SecretRead, Folder::path(resource_group, project)).await?;
    find(&cx.db().hot(), cx.org, resource_group, project)
}

/// By its id alone.
pub async fn of_id(cx: &Cx, id: FolderId) -> Outcome<Arc<Folder>> {
    let _may = cx.allowed(Act::SecretRead, id).await?;
    let found = cx.db().hot().folders.find(cx.org, id).cloned();
    found.ok_or_else(|| Fault::not_found(Folder::NOUN))
}

pub(crate) fn find(
    hot: &Hot,
    org: chancery_kernel::OrgId,
    resource_group: &str,
    project: &str,
) -> Outcome<Arc<Folder>> {
    hot.folder_at(org, resource_group, project).cloned().ok_or_else(|| Fault::not_found(Folder::NOUN))
}

pub async fn create(cx: &Cx, new: NewFolder) -> Outcome<Arc<Folder>> {
    let _may = cx.allowed(Act::SecretManage, cx.org).await?;
    let folder = Folder {
        id: cx.env().id(),
        org: cx.org,
        resource_group: segment("the resource group", &new.resource_group)?,
        project: segment("the project", &new.project)?,
        description: note(&new.description)?,
        policy: new.policy,
        meta: Meta::new(cx.now()),
    };
    may_loosen(cx, &folder.policy)?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            sound(tx, &folder.policy)?;
            let folder = tx.insert(folder)?;
            let name = Text::new(&Noun::name(&*folder));
            Ok(tx.record(Event::FolderCreated { folder: folder.id, name }).with(folder))
        })
        .await
}

pub async fn update(
    cx: &Cx,
    resource_group: &str,
    project: &str,
    expected: Option<i64>,
    patch: FolderPatch,
) -> Outcome<Arc<Folder>> {
    let path = Folder::path(resource_group, project);
    let _may = cx.allowed(Act::SecretManage, &path).await?;
    let description = patch.description.as_deref().map(note).transpose()?;
    let id = find(&cx.db().hot(), cx.org, resource_group, project)?.id;
    if let Some(policy) = &patch.policy {
        may_loosen(cx, policy)?;
    }
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let before = tx.get::<Folder>(id)?;
            at_version(&*before, expected)?;
            let mut folder = Folder::clone(&before);
            let mut changes = Changes::default();
            changes.tell("description", &mut folder.description, description);
            changes.tell("policy", &mut folder.policy, patch.policy);
            sound(tx, &folder.policy)?;
            let folder = if changes.is_empty() { before } else { tx.update(folder)? };
            let (changed, values) = (changes.names(), changes.values());
            Ok(tx.record(Event::FolderUpdated { folder: id, changed, values }).with(folder))
        })
        .await
}

/// Removes a folder that has no secret in it, with who might reach it.
pub async fn delete(cx: &Cx, resource_group: &str, project: &str) -> Outcome<()> {
    let path = Folder::path(resource_group, project);
    let _may = cx.allowed(Act::SecretManage, &path).await?;
    let id = find(&cx.db().hot(), cx.org, resource_group, project)?.id;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let folder = tx.get::<Folder>(id)?;
            let org = tx.org();
            if secrets::any_in(tx.sql(), org, id)? {
                let text = "there are secrets in this folder: delete them first";
                return Err(Fault::conflict("not_empty", text));
            }
            crate::reaches::drop_of_folder(tx, id)?;
            tx.delete(&folder)?;
            Ok(tx.record(Event::FolderDeleted { folder: id, name: Text::new(&path) }).with(()))
        })
        .await
}

pub(crate) fn at_version<N: Noun>(record: &N, expected: Option<i64>) -> Outcome<()> {
    if expected.is_some_and(|version| version != record.meta().version) {
        return Err(Fault::stale(N::NOUN));
    }
    Ok(())
}

/// Whoever could open a secret to an agent of theirs could read it: so nobody opens what they may not read.
pub(crate) fn may_give(cx: &Cx, tier: Tier) -> Outcome<()> {
    let free = tier != Tier::Auto || matches!(cx.caller, Caller::System);
    if free || cx.caller.may(Act::SecretReveal) {
        return Ok(());
    }
    Err(Fault::forbidden(
        "beyond_own",
        "to have secrets handed out without asking, you need the scope secrets.reveal yourself",
    ))
}

pub(crate) fn may_loosen(cx: &Cx, policy: &RevealPolicy) -> Outcome<()> {
    may_give(cx, policy.tier)
}

/// Limits that are some, and an approver there can be.
pub(crate) fn sound(tx: &Tx<'_>, policy: &RevealPolicy) -> Outcome<()> {
    let Seconds(longest) = policy.longest;
    if !(60..=RevealPolicy::LONGEST.0).contains(&longest) {
        let most = RevealPolicy::LONGEST.0;
        return Err(Fault::invalid("bad_lifetime", format!("longest is 60 to {most} seconds")));
    }
    let kinds = policy.approver.0.iter().map(|need| &need.who);
    if kinds.into_iter().any(|who| *who == ApproverRule::ApplicationOwner) {
        return Err(Fault::invalid(
            "no_application",
            "a secret has no application: name the agent's owner or sponsor, a manager, or a group, as approver",
        ));
    }
    if policy.approver.0.is_empty() || policy.approver.0.len() > Approvers::MOST {
        let most = Approvers::MOST;
        return Err(Fault::invalid("bad_approver", format!("a rule has 1 to {most} needs")));
    }
    match policy.approver.groups().find(|group| tx.find::<Group>(*group).is_none()) {
        Some(group) => Err(Fault::invalid(
            "unknown_reference",
            format!("{group} is no group of your organization: name one that is"),
        )),
        None => Ok(()),
    }
}

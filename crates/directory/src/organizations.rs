//! Organizations: the wall around everything else. Each sees only itself.

use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_context::{Act, Caller, Cx, Platform, Settings};
use chancery_kernel::{AppId, Fault, OrgId, Outcome, Page, PageRequest};
use chancery_model::{
    Application, Assignment, Client, FactorRule, Group, Membership, Meta, Organization, Principal, User,
};
use chancery_store::tables::settings;
use chancery_store::{Tx, Who};

use crate::assignments::{NewAssignment, added};
use crate::builtin;
use crate::change::{Changes, at, find, page};
use crate::check;
use crate::users::{self, NewUser};

#[derive(Clone, Debug)]
pub struct NewOrganization {
    pub slug: String,
    pub title: String,
    /// The first administrator.
    pub administrator: NewUser,
}

/// An organization and what it was born with.
#[derive(Clone, Debug)]
pub struct Founded {
    pub organization: Arc<Organization>,
    pub management: Arc<Application>,
    pub administrators: Arc<Group>,
    pub auditors: Arc<Group>,
    pub command_line: Arc<Client>,
    pub administrator: Arc<User>,
}

#[derive(Clone, Debug, Default)]
pub struct OrganizationPatch {
    pub title: Option<String>,
    pub second_factor: Option<FactorRule>,
}

pub async fn list(cx: &Cx, request: &PageRequest) -> Outcome<Page<Arc<Organization>>> {
    let _may = cx.allowed(Act::OrganizationRead, cx.org).await?;
    page(cx, request, |_, _: &Organization| true)
}

pub async fn get(cx: &Cx, id: OrgId) -> Outcome<Arc<Organization>> {
    let _may = cx.allowed(Act::OrganizationRead, id).await?;
    find(cx, id)
}

pub async fn update(
    cx: &Cx,
    id: OrgId,
    expected: Option<i64>,
    patch: OrganizationPatch,
) -> Outcome<Arc<Organization>> {
    let _may = cx.allowed(Act::OrganizationManage, id).await?;
    let title = patch.title.as_deref().map(|t| check::line("the title", t)).transpose()?;
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let before = at::<Organization>(tx, id, expected)?;
            let mut organization = Organization::clone(&before);
            let mut changes = Changes::default();
            changes.set("title", &mut organization.title, title);
            changes.set("second_factor", &mut organization.second_factor, patch.second_factor);
            let organization = changes.write(tx, before, organization)?;
            let event = Event::OrganizationUpdated { organization: id, changed: changes.names() };
            Ok::<_, Fault>(tx.record(event).with(organization))
        })
        .await
}

/// A one-time link, as the settings keep it.
#[derive(Clone, Debug)]
pub struct Link {
    pub setting: String,
    pub value: Vec<u8>,
}

/// Founds an organization with all its built-in pieces and its first administrator, in one write. For the server
/// itself alone: set-up and tests.
pub async fn create(cx: &Cx, new: NewOrganization) -> Outcome<Founded> {
    create_by(cx, new, None).await
}

/// The same for whoever presents a link, which the same write uses up: of two who race for it one founds, and a form
/// that is refused leaves it alive.
pub async fn create_by(cx: &Cx, new: NewOrganization, link: Option<Link>) -> Outcome<Founded> {
    let _may = cx.allowed(Act::OrganizationManage, "organization").await?;
    if !matches!(cx.caller, Caller::System) {
        return Err(Fault::forbidden(
            "server_only",
            "organizations are founded on the server itself: run `chancery organizations create` there",
        ));
    }
    let slug = check::slug(&new.slug)?;
    let title = check::line("the title", &new.title)?;
    let cx = Cx { org: cx.env().id(), ..cx.clone() };
    let (user, hash) = users::prepared(&cx, new.administrator).await?;
    let resource = cx.platform.settings.api_resource();
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            if let Some(link) = &link
                && !settings::take(tx.sql(), &link.setting, &link.value)?
            {
                return Err(Fault::conflict("setup_link", "somebody else has just used this link"));
            }
            if user.manager.is_some() {
                return Err(Fault::invalid(
                    "unknown_reference",
                    "the first person has no manager yet: leave it out",
                ));
            }
            let founded = found(tx, slug, title, resource, (user, hash))?;
            let administrator = &founded.administrator;
            let event =
                Event::AdministratorSetUp { user: administrator.id, login: Text::new(&administrator.login) };
            Ok::<_, Fault>(tx.record(event).with(founded))
        })
        .await
}

fn found(
    tx: &mut Tx<'_>,
    slug: String,
    title: String,
    resource: String,
    (mut user, hash): (User, Option<String>),
) -> Outcome<Founded> {
    let (org, meta) = (tx.org(), Meta::new(tx.now()));
    let organization =
        tx.insert(Organization { id: org, slug, title, second_factor: FactorRule::default(), meta })?;
    let _ = tx.record(Event::OrganizationCreated { organization: org, name: Text::new(&organization.slug) });
    let management = tx.insert(builtin::management(tx.id(), org, resource, tx.now()))?;
    let _ = tx
        .record(Event::ApplicationCreated { application: management.id, name: Text::new(&management.name) });
    let administrators = group(tx, builtin::ADMINISTRATORS, "May do everything.")?;
    let auditors = group(tx, builtin::AUDITORS, "May read everything, and change nothing.")?;
    assign(tx, &administrators, &management, None)?;
    assign(tx, &auditors, &management, Some(builtin::read_scopes(&management)))?;
    let command_line = tx.insert(builtin::command_line(tx.id(), org, tx.now()))?;
    let _ = tx.record(Event::ClientCreated {
        client: command_line.id,
        agent: None,
        application: None,
        name: Text::new(&command_line.name),
    });
    user.meta = meta;
    let (administrator, _) = users::added(tx, user, hash.as_deref())?;
    tx.join(Membership { org, group: administrators.id, user: administrator.id })?;
    let _ = tx.record(Event::MemberAdded { group: administrators.id, user: administrator.id });
    Ok(Founded { organization, management, administrators, auditors, command_line, administrator })
}

fn group(tx: &mut Tx<'_>, name: &str, description: &str) -> Outcome<Arc<Group>> {
    let (id, org, meta) = (tx.id(), tx.org(), Meta::new(tx.now()));
    let group = Group { id, org, name: name.to_owned(), description: description.to_owned(), meta };
    let group = tx.insert(group)?;
    let _ = tx.record(Event::GroupCreated { group: group.id, name: Text::new(&group.name) });
    Ok(group)
}

fn assign(
    tx: &mut Tx<'_>,
    group: &Group,
    app: &Application,
    scopes: Option<chancery_kernel::ScopeSet>,
) -> Outcome<Arc<Assignment>> {
    let new = NewAssignment { principal: Principal::Group(group.id), application: app.id, scopes };
    added(tx, new).map(|(assignment, _)| assignment)
}

/// After the issuer has changed: the management API of every organization is where this server is now, and so are its
/// stores. Administrators could not get a token for it otherwise. Run at start; says how many had to follow.
pub async fn follow_issuer(platform: &Platform) -> Outcome<usize> {
    let astray: Vec<(OrgId, AppId)> = {
        let hot = platform.db.hot();
        let elsewhere = hot.applications.all().filter(|app| {
            own_resource(&platform.settings, app).is_some_and(|resource| resource != app.resource)
        });
        elsewhere.map(|app| (app.org, app.id)).collect()
    };
    for (org, id) in &astray {
        let (id, settings) = (*id, Arc::clone(&platform.settings));
        platform
            .db
            .write(*org, Who::SYSTEM, move |tx| {
                let before = tx.get::<Application>(id)?;
                let resource = own_resource(&settings, &before).unwrap_or_else(|| before.resource.clone());
                let after = tx.update(Application { resource, ..Application::clone(&before) })?;
                let values = [("resource -", &before.resource), ("resource +", &after.resource)];
                let values = values.map(|(sign, uri)| Text::new(&format!("{sign} {uri}")));
                let event = Event::ApplicationUpdated {
                    application: id,
                    changed: vec![Text::word("resource")],
                    values: Some(values.to_vec()),
                };
                Ok::<_, Fault>(tx.record(event).with(()))
            })
            .await?;
    }
    Ok(astray.len())
}

/// Where an application that is a part of this server has to be.
fn own_resource(settings: &Settings, app: &Application) -> Option<String> {
    match app.store {
        Some(store) => Some(settings.store_resource(store)),
        None => app.builtin.then(|| settings.api_resource()),
    }
}

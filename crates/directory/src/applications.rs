//! Applications: the systems that tokens are for, and their scopes.

mod scopes;
mod state;
mod store;

use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_context::{Act, Cx};
use chancery_kernel::{AppId, Fault, Outcome, Page, PageRequest, Seconds, UserId};
use chancery_model::{
    Application, ConsentRule, DualSubject, MarkKey, Meta, Profile, ScopeRule, SigningAlg, User,
};
use chancery_oauth::resource::same;
use chancery_store::Tx;

use crate::approvers;
use crate::change::{Changes, at, find, items, page, referred, wanted};
use crate::rights::{Holder, builtin_fault};
use crate::{check, reach};

pub use state::{delete, disable, enable};

/// What stays as it is of the management API: who changed it could shut out administrators, or the guards of every
/// application with them.
const FIXED: [&str; 6] = ["name", "resource", "scopes", "profile", "dual_subject", "consent"];
/// Shortest lifetime of tokens: below it, clocks and round trips eat it up.
const SHORTEST: i64 = 30;

#[derive(Clone, Debug, Default)]
pub struct NewApplication {
    pub name: String,
    pub description: String,
    pub resource: String,
    pub scopes: Vec<ScopeRule>,
    pub profile: Profile,
    pub dual_subject: DualSubject,
    pub consent: ConsentRule,
    pub alg: SigningAlg,
    pub token_lifetime: Option<Seconds>,
    pub owner: Option<UserId>,
}

#[derive(Clone, Debug, Default)]
pub struct ApplicationPatch {
    pub name: Option<String>,
    pub description: Option<String>,
    pub resource: Option<String>,
    /// The whole list, where it changes.
    pub scopes: Option<Vec<ScopeRule>>,
    pub profile: Option<Profile>,
    pub dual_subject: Option<DualSubject>,
    pub consent: Option<ConsentRule>,
    pub alg: Option<SigningAlg>,
    pub token_lifetime: Option<Seconds>,
    pub owner: Option<Option<UserId>>,
}

#[derive(Clone, Debug, Default)]
pub struct ApplicationFilter {
    pub name: Option<String>,
    pub resource: Option<String>,
    pub enabled: Option<bool>,
}

pub async fn list(
    cx: &Cx,
    request: &PageRequest,
    filter: &ApplicationFilter,
) -> Outcome<Page<Arc<Application>>> {
    let _may = cx.allowed(Act::ApplicationRead, cx.org).await?;
    page(cx, request, |_, app: &Application| {
        wanted(filter.name.as_ref(), &app.name)
            && wanted(filter.resource.as_ref(), &app.resource)
            && wanted(filter.enabled.as_ref(), &app.enabled)
    })
}

pub async fn get(cx: &Cx, id: AppId) -> Outcome<Arc<Application>> {
    let _may = cx.allowed(Act::ApplicationRead, id).await?;
    find(cx, id)
}

pub async fn create(cx: &Cx, new: NewApplication) -> Outcome<Arc<Application>> {
    let _may = cx.allowed(Act::ApplicationManage, cx.org).await?;
    let mut app = Application {
        id: cx.env().id(),
        org: cx.org,
        name: check::line("the name", &new.name)?,
        description: check::text("the description", &new.description, check::LONG)?,
        resource: check::resource(&new.resource, &cx.platform.settings.issuer)?,
        scopes: scopes::checked(new.scopes)?,
        profile: new.profile,
        dual_subject: new.dual_subject,
        consent: new.consent,
        alg: new.alg,
        token_lifetime: lifetime(new.token_lifetime.unwrap_or(Application::DEFAULT_LIFETIME))?,
        owner: new.owner,
        enabled: true,
        builtin: false,
        store: None,
        meta: Meta::new(cx.now()),
    };
    keys_for(cx, app.alg).await?;
    let (holder, settings) = (Holder::of(cx), Arc::clone(&cx.platform.settings));
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            if let Some(owner) = app.owner {
                referred::<User>(tx, owner)?;
            }
            app.store = store::named(tx.hot(), &settings, app.org, &app.resource)?;
            store::check(&holder, &app)?;
            resource_is_free(tx, &app)?;
            approvers_sound(tx, &app)?;
            app.meta = Meta::new(tx.now());
            let app = tx.insert(app)?;
            let event = Event::ApplicationCreated { application: app.id, name: Text::new(&app.name) };
            Ok::<_, Fault>(tx.record(event).with(app))
        })
        .await
}

/// Keys of the less usual algorithms are made when an application first asks for them.
async fn keys_for(cx: &Cx, alg: SigningAlg) -> Outcome<()> {
    let alg =
        alg.as_str().parse().map_err(|_| Fault::internal("an algorithm of the model is none of jose's"))?;
    cx.vault().ensure(&[alg]).await
}

fn lifetime(seconds: Seconds) -> Outcome<Seconds> {
    if (SHORTEST..=Application::LONGEST_LIFETIME.0).contains(&seconds.0) {
        return Ok(seconds);
    }
    Err(Fault::invalid("bad_lifetime", "tokens live 30 to 900 seconds: choose a lifetime between these"))
}

/// Tokens of every organization have one issuer, so an audience is one application's in the whole deployment: or a
/// tenant could mint what another one's API takes for its own. Whose it is, is not said.
fn resource_is_free(tx: &Tx<'_>, app: &Application) -> Outcome<()> {
    let taken = |other: &&Arc<Application>| other.id != app.id && same(&other.resource, &app.resource);
    if app.builtin || !tx.hot().applications.all().any(|other| taken(&other)) {
        return Ok(());
    }
    Err(Fault::conflict("resource_taken", "this resource URI is taken: each application has its own"))
}

pub async fn update(
    cx: &Cx,
    id: AppId,
    expected: Option<i64>,
    mut patch: ApplicationPatch,
) -> Outcome<Arc<Application>> {
    let _may = cx.allowed(Act::ApplicationManage, id).await?;
    check_patch(cx, &mut patch)?;
    if let Some(alg) = patch.alg {
        keys_for(cx, alg).await?;
    }
    let (holder, settings) = (Holder::of(cx), Arc::clone(&cx.platform.settings));
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let before = at::<Application>(tx, id, expected)?;
            if let Some(owner) = patch.owner.flatten() {
                referred::<User>(tx, owner)?;
            }
            let mut app = Application::clone(&before);
            let changes = apply(&mut app, patch);
            if before.builtin && FIXED.iter().any(|field| changes.has(field)) {
                return Err(builtin_fault(
                    "the name, resource, scopes, profile and rules of this application",
                ));
            }
            if app.resource != before.resource {
                app.store = store::named(tx.hot(), &settings, app.org, &app.resource)?;
            }
            store::check(&holder, &app)?;
            resource_is_free(tx, &app)?;
            scopes::still_there(tx.hot(), &before, &app)?;
            approvers_sound(tx, &app)?;
            let tightened = tightened(&before, &app);
            let app = changes.write(tx, before, app)?;
            let event = Event::ApplicationUpdated {
                application: id,
                changed: changes.names(),
                values: changes.values(),
            };
            let recorded = tx.record(event);
            if tightened {
                tx.mark(MarkKey::Application(id), recorded.pos)?;
            }
            Ok::<_, Fault>(recorded.with(app))
        })
        .await
}

fn check_patch(cx: &Cx, patch: &mut ApplicationPatch) -> Outcome<()> {
    if let Some(name) = &mut patch.name {
        *name = check::line("the name", name)?;
    }
    if let Some(description) = &mut patch.description {
        *description = check::text("the description", description, check::LONG)?;
    }
    if let Some(resource) = &mut patch.resource {
        *resource = check::resource(resource, &cx.platform.settings.issuer)?;
    }
    if let Some(rules) = patch.scopes.take() {
        patch.scopes = Some(scopes::checked(rules)?);
    }
    patch.token_lifetime = patch.token_lifetime.map(lifetime).transpose()?;
    Ok(())
}

fn approvers_sound(tx: &Tx<'_>, app: &Application) -> Outcome<()> {
    app.scopes
        .iter()
        .filter_map(|rule| rule.approver.as_ref())
        .try_for_each(|rule| approvers::sound(tx, rule))
}

pub(crate) fn apply(app: &mut Application, patch: ApplicationPatch) -> Changes {
    let mut changes = Changes::default();
    changes.set("name", &mut app.name, patch.name);
    changes.set("description", &mut app.description, patch.description);
    changes.tell("resource", &mut app.resource, patch.resource);
    changes.tell_as("scopes", &mut app.scopes, patch.scopes, |rules| {
        rules
            .iter()
            .map(|r| {
                let weight = r.weight.map(|w| format!(", {}", w.as_str())).unwrap_or_default();
                let approver =
                    r.approver.as_ref().map(|a| format!(", approved by {}", items(a).join(" and ")));
                let approver = approver.unwrap_or_default();
                format!("{} ({:?}, tier {:?}{weight}{approver})", r.name, r.action, r.tier).to_lowercase()
            })
            .collect()
    });
    changes.tell("profile", &mut app.profile, patch.profile);
    changes.tell("dual_subject", &mut app.dual_subject, patch.dual_subject);
    changes.tell("consent", &mut app.consent, patch.consent);
    changes.tell("alg", &mut app.alg, patch.alg);
    changes.tell("token_lifetime", &mut app.token_lifetime, patch.token_lifetime);
    changes.tell("owner", &mut app.owner, patch.owner);
    changes
}

/// Whether a token decided before could no longer be decided so.
fn tightened(before: &Application, after: &Application) -> bool {
    let person_needed =
        before.dual_subject == DualSubject::AgentOnly && after.dual_subject == DualSubject::Required;
    let consent_needed = before.consent == ConsentRule::Organization && after.consent == ConsentRule::Person;
    let scope_gone = !before.all_scopes().is_subset(&after.all_scopes());
    before.resource != after.resource
        || person_needed
        || consent_needed
        || scope_gone
        || reach::narrowed_rules(before, after)
}

//! Rules for who has to say yes, of connections and scopes: read together, changed one by one.

use axum::extract::Path;
use axum::response::Response;
use chancery_broker::folders::{self, FolderPatch};
use chancery_broker::secrets::{self, SecretPatch, Shown};
use chancery_context::Act;
use chancery_directory::applications::{self, ApplicationFilter, ApplicationPatch};
use chancery_directory::connections::{self, ConnectionFilter, ConnectionPatch};
use chancery_kernel::{AppId, ConnectionId, FolderId, Outcome, Scope, SecretId};
use chancery_model::{
    Amount, Application, ApproverRule, Approvers, Connection, Count, Escalation, Folder, FourEyes, Need,
    RevealPolicy, ScopeRule, Tier,
};
use chancery_policy::approval::words;

use super::flash;
use super::lists::most;
use super::names::Names;
use super::read::{self, Read, Refused};
use super::seat::{Posted, Seat};
use crate::links;
use crate::pages::approvers::{self as page, At, PLACES, Rule, View, render};
use crate::parts::Draft;

const EYES: &[(&str, FourEyes)] =
    &[("off", FourEyes::Off), ("not_requester", FourEyes::NotRequester), ("not_owner", FourEyes::NotOwner)];

pub(super) async fn show(seat: Seat) -> Response {
    seat.show(view(&seat).await, render)
}

async fn view(seat: &Seat) -> Outcome<View> {
    let cx = seat.cx();
    let found = connections::list(&cx, &most(), &ConnectionFilter::default()).await?;
    let names = Names::of(seat);
    let of_connections = found.items.iter().map(|c| of_connection(&names, c)).collect();
    let mut of_scopes = Vec::new();
    if seat.may(Act::ApplicationRead) {
        let apps = applications::list(&cx, &most(), &ApplicationFilter::default()).await?;
        for app in apps.items.iter().filter(|app| !app.builtin) {
            of_scopes.extend(app.scopes.iter().map(|rule| of_scope(&names, app, rule)));
        }
    }
    let mut of_folders = Vec::new();
    if seat.may(Act::SecretRead) {
        let found = folders::list(&cx, &most()).await?;
        of_folders.extend(found.items.iter().map(|folder| of_folder(&names, folder)));
    }
    Ok(View { connections: of_connections, scopes: of_scopes, folders: of_folders, draft: Draft::default() })
}

fn said(names: &Names, rule: &Approvers) -> Vec<String> {
    rule.0.iter().map(|need| words(need, &|group| names.group(group).name)).collect()
}

fn of_connection(names: &Names, c: &Connection) -> Rule {
    Rule {
        key: c.id.to_string(),
        action: links::approver_connection(&c.id.to_string()),
        version: c.meta.version,
        agent: Some(names.agent(c.agent)),
        at: At::Application(names.application(c.application)),
        scopes: if c.approval.is_empty() { "what needs a yes".to_owned() } else { c.approval.to_string() },
        words: said(names, &c.approver),
        needs: c.approver.0.iter().map(|need| typed(names, need)).collect(),
    }
}

fn of_scope(names: &Names, app: &Application, rule: &ScopeRule) -> Rule {
    let needs = rule.approver.iter().flat_map(|rule| &rule.0).map(|need| typed(names, need)).collect();
    Rule {
        key: format!("{}-{}", app.id, rule.name),
        action: links::approver_scope(&app.id.to_string()),
        version: app.meta.version,
        agent: None,
        at: At::Application(names.application(app.id)),
        scopes: rule.name.to_string(),
        words: match rule.tier {
            Tier::Approval => rule.approver.as_ref().map(|rule| said(names, rule)).unwrap_or_default(),
            _ => {
                let tier =
                    format!("Where a connection asks for a yes to it; its own tier is {:?}", rule.tier);
                let own = rule.approver.as_ref().map(|rule| said(names, rule)).unwrap_or_default();
                own.into_iter().chain([tier.to_lowercase()]).collect()
            }
        },
        needs,
    }
}

fn of_folder(names: &Names, folder: &Folder) -> Rule {
    Rule {
        key: folder.id.to_string(),
        action: links::approver_folder(&folder.id.to_string()),
        version: folder.meta.version,
        agent: None,
        at: At::Vault,
        scopes: format!("{} / {}", folder.resource_group, folder.project),
        words: said(names, &folder.policy.approver),
        needs: folder.policy.approver.0.iter().map(|need| typed(names, need)).collect(),
    }
}

/// Of one secret: its own, or what its folder says.
pub(super) fn of_secret(names: &Names, shown: &Shown, policy: &RevealPolicy) -> Rule {
    let own =
        if shown.secret.policy.is_some() { "this secret alone" } else { "this secret: as its folder says" };
    Rule {
        key: shown.secret.id.to_string(),
        action: links::approver_secret(&shown.secret.id.to_string()),
        version: shown.secret.meta.version,
        agent: None,
        at: At::Vault,
        scopes: own.to_owned(),
        words: said(names, &policy.approver),
        needs: policy.approver.0.iter().map(|need| typed(names, need)).collect(),
    }
}

/// A need as the form has it.
fn typed(names: &Names, need: &Need) -> page::Need {
    let (who, group) = kind(names, &need.who);
    let later = need.escalation.as_ref();
    let (to, to_group) = later.map(|later| kind(names, &later.to)).unwrap_or_default();
    page::Need {
        who,
        group,
        count: need.count.0.to_string(),
        four_eyes: need.four_eyes.as_str().to_owned(),
        above: need.above.as_ref().map(|a| format!("{} {}", a.currency, a.value)).unwrap_or_default(),
        after: later.map(|later| later.after.0.to_string()).unwrap_or_default(),
        to,
        to_group,
    }
}

fn kind(names: &Names, rule: &ApproverRule) -> (String, String) {
    let word = match rule {
        ApproverRule::Person => "person",
        ApproverRule::AgentOwner => "agent_owner",
        ApproverRule::AgentSponsor => "agent_sponsor",
        ApproverRule::ApplicationOwner => "application_owner",
        ApproverRule::Manager => "manager",
        ApproverRule::Group { group } => return ("group".to_owned(), names.group(*group).name),
    };
    (word.to_owned(), String::new())
}

/// The rule that was typed; none where every place was left to nobody.
async fn rule(posted: &Posted) -> Read<Option<Approvers>> {
    let mut needs = Vec::new();
    for place in 0..PLACES {
        needs.extend(need(posted, place).await?);
    }
    Ok((!needs.is_empty()).then_some(Approvers(needs)))
}

async fn need(posted: &Posted, place: usize) -> Read<Option<Need>> {
    let text = |field: &str| posted.text(&format!("{field}.{place}")).to_owned();
    let Some(who) = named(posted, &text("who"), &text("group")).await? else { return Ok(None) };
    let bad = |_| Refused::at("", "bad_number", "how many is a whole number");
    let count = match text("count").as_str() {
        "" => Count::default(),
        digits => Count(digits.parse().map_err(bad)?),
    };
    let four_eyes = match text("four_eyes").as_str() {
        "" => FourEyes::Off,
        word => read::one_of("", word, EYES)?,
    };
    let after = read::seconds("", &text("after"))?;
    let to = named(posted, &text("to"), &text("to_group")).await?;
    let escalation = match (after, to) {
        (Some(after), Some(to)) => Some(Escalation { after, to }),
        (None, None) => None,
        _ => return Err(Refused::at("", "half_escalation", "say both when it is handed on, and to whom")),
    };
    Ok(Some(Need { who, count, four_eyes, above: amount(&text("above"))?, escalation }))
}

fn amount(text: &str) -> Read<Option<Amount>> {
    if text.is_empty() {
        return Ok(None);
    }
    let bad = || Refused::at("", "bad_amount", "write the amount as EUR 100000");
    let (currency, value) = text.split_once(' ').ok_or_else(bad)?;
    Ok(Some(Amount { currency: currency.to_owned(), value: value.trim().to_owned() }))
}

async fn named(posted: &Posted, word: &str, group: &str) -> Read<Option<ApproverRule>> {
    Ok(Some(match word {
        "" => return Ok(None),
        "person" => ApproverRule::Person,
        "agent_owner" => ApproverRule::AgentOwner,
        "agent_sponsor" => ApproverRule::AgentSponsor,
        "application_owner" => ApproverRule::ApplicationOwner,
        "manager" => ApproverRule::Manager,
        "group" => ApproverRule::Group { group: read::group(&posted.cx(), "", group).await? },
        _ => return Err(Refused::at("", "not_listed", "choose one of the list")),
    }))
}

pub(super) async fn of_connections(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let connection = read::id::<ConnectionId>(&id, "connection")?;
        let approver = rule(&posted).await?.unwrap_or_default();
        let patch = ConnectionPatch { approver: Some(approver), ..ConnectionPatch::default() };
        connections::update(&posted.cx(), connection, posted.fields.version(), patch).await?;
        Ok(())
    };
    answer(&posted, &format!("rule-{id}"), done.await).await
}

pub(super) async fn of_folders(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let (cx, folder) = (posted.cx(), read::id::<FolderId>(&id, "folder")?);
        let folder = folders::of_id(&cx, folder).await?;
        let approver = rule(&posted).await?.unwrap_or_default();
        let policy = RevealPolicy { approver, ..folder.policy.clone() };
        let patch = FolderPatch { policy: Some(policy), ..FolderPatch::default() };
        let version = posted.fields.version();
        folders::update(&cx, &folder.resource_group, &folder.project, version, patch).await?;
        Ok(())
    };
    answer(&posted, &format!("rule-{id}"), done.await).await
}

/// The secret has a policy of its own from here on.
pub(super) async fn of_secrets(Path(id): Path<String>, posted: Posted) -> Response {
    let done = async {
        let (cx, secret) = (posted.cx(), read::id::<SecretId>(&id, "secret")?);
        let shown = secrets::of_id(&cx, secret).await?;
        let present = secrets::policy_of(&cx, &shown).await?;
        let policy = RevealPolicy { approver: rule(&posted).await?.unwrap_or_default(), ..present };
        let patch = SecretPatch { policy: Some(Some(policy)), ..SecretPatch::default() };
        secrets::update(&cx, &shown.spot(), posted.fields.version(), patch).await?;
        Ok(())
    };
    match done.await {
        Ok(()) => posted.done(&links::secret(&id), &flash::SAVED),
        Err(refused) => super::secret::again(&posted, &id, &format!("rule-{id}"), refused).await,
    }
}

pub(super) async fn of_scopes(Path(id): Path<String>, posted: Posted) -> Response {
    let wanted = posted.text("scope").to_owned();
    let done = async {
        let (cx, app) = (posted.cx(), read::id::<AppId>(&id, "application")?);
        let name = Scope::new(&wanted).map_err(|_| Refused::at("", "unknown_scope", "no such scope"))?;
        let approver = rule(&posted).await?;
        let mut scopes = applications::get(&cx, app).await?.scopes.clone();
        let found = scopes.iter_mut().find(|rule| rule.name == name);
        found.ok_or_else(|| Refused::at("", "unknown_scope", "no such scope"))?.approver = approver;
        let patch = ApplicationPatch { scopes: Some(scopes), ..ApplicationPatch::default() };
        applications::update(&cx, app, posted.fields.version(), patch).await?;
        Ok(())
    };
    answer(&posted, &format!("rule-{id}-{wanted}"), done.await).await
}

async fn answer(posted: &Posted, form: &str, done: Read<()>) -> Response {
    match done {
        Ok(()) => posted.done(&links::approvers(), &flash::SAVED),
        Err(refused) => {
            let view = view(&posted.seat);
            posted.again(form, refused, view, |f, v, draft| render(f, &View { draft, ..v })).await
        }
    }
}

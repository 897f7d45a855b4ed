//! What an administrator changes on an application.

use maud::{Markup, html};

use super::{Assigned, View};
use crate::frame::Frame;
use crate::links;
use crate::pages::applications;
use crate::parts::table::{Column, table};
use crate::parts::{Form, Named, badge, form, name, notice, tier};
use chancery_model::{ConsentRule, DualSubject, SigningAlg};

pub fn scopes(frame: &Frame, view: &View) -> Markup {
    const COLUMNS: &[Column] = &[
        Column::of("Scope"),
        Column::of("Lets its holder"),
        Column::of("Default tier"),
        Column::act("Remove"),
    ];
    let cells = |s: &super::ScopeRow| {
        let f = Form::button(frame, "scope-remove")
            .version(view.version)
            .confirm(format!("Remove the scope {}? Tokens that carry it die.", s.name));
        let hidden = form::hidden("name", &s.name);
        vec![
            html! { (name::code(&s.name)) br; (badge::action(s.action)) },
            html! {
                (s.title)
                p.under { (s.data) @if !s.impact.is_empty() { ". If misused: " (s.impact) } }
            },
            html! { (badge::tier(s.tier)) @if let Some(weight) = s.weight { p.under { "counts as " (weight.words()) } } },
            html! { @if !view.builtin { (form::button_post(&f, &links::scope_remove(&view.id), "danger", "Remove", &s.name, &hidden)) } },
        ]
    };
    html! {
        @if view.scopes.is_empty() {
            (notice::empty("No scopes yet.", "Without a scope nothing can be asked for. Add the first one below."))
        } @else { (table("Scopes", COLUMNS, &view.scopes.iter().map(cells).collect::<Vec<_>>())) }
        @if !view.builtin { (scope(frame, view)) }
    }
}

fn scope(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "scope", &view.draft).version(view.version);
    let tiers = tier::ALL
        .iter()
        .map(|t| (tier::value(*t).to_owned(), format!("{}: {}", tier::word(*t), tier::meaning(*t))))
        .collect();
    let actions = vec![
        ("read".to_owned(), "Reads".to_owned()),
        ("change".to_owned(), "Changes".to_owned()),
    ];
    let body = f.post(
        &links::scope_set(&view.id),
        &html! {
            div.pair {
                (f.text("name", "Scope").required().most(128).hint("As it stands in tokens: invoices.read."))
                (f.choice("action", "Action", actions).required())
            }
            (f.text("title", "Lets its holder").required().most(200).hint("In the infinitive, for people: read the invoices of your department."))
            (f.text("data", "Data").required().most(200).hint("Which data it touches."))
            (f.text("impact", "If misused").most(400).hint("What it means for the business."))
            (f.choice("tier", "Default tier", tiers).required().value("approval"))
            (f.choice("impact_class", "Counts as", weights()).hint("A yes to what weighs takes a number and a fresh second factor."))
            (form::submit("Save scope"))
        },
    );
    form::disclosure("Add or change a scope", f.is_refused(), &body)
}

pub fn assign(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "assign", &view.draft);
    let kinds = [("agent", "Agent"), ("group", "Group"), ("user", "User"), ("client", "Client")]
        .map(|(value, words)| (value.to_owned(), words.to_owned()))
        .to_vec();
    let body = f.post(
        &links::assign(),
        &html! {
            (form::hidden("on", "application")) (form::hidden("application", &view.id))
            div.pair {
                (f.choice("kind", "Kind", kinds).required())
                (f.text("name", "Name").required().autocomplete("off").hint("Name of the agent, group or client, login of the user, or an id."))
            }
            (f.text("scopes", "Scopes").hint("Separated by spaces. Empty: all of this application’s."))
            (form::submit("Assign"))
        },
    );
    form::disclosure("Assign an agent, a group, a user or a client", f.is_refused(), &body)
}

pub fn assignments(
    frame: &Frame,
    view: &View,
    list: &[Assigned],
    caption: &str,
    link: fn(&Named) -> Markup,
) -> Markup {
    const COLUMNS: &[Column] = &[Column::of("Name"), Column::wide("Scopes"), Column::act("Unassign")];
    if list.is_empty() {
        return html! { p.muted { "None." } };
    }
    let cells = |a: &Assigned| {
        let f = Form::button(frame, "unassign")
            .version(a.version)
            .confirm(format!("Unassign {} from {}? Its tokens here stop at once.", a.who.name, view.name));
        let about = &a.who.name;
        vec![
            link(&a.who),
            html! { @if a.scopes.is_empty() { "all" } @else { (name::scopes(&a.scopes)) } },
            form::button_post(&f, &links::unassign(&a.assignment), "danger", "Unassign", about, &html! {}),
        ]
    };
    table(caption, COLUMNS, &list.iter().map(cells).collect::<Vec<_>>())
}

pub fn changes(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "edit", &view.draft).version(view.version);
    let edit = f.post(&links::application(&view.id), &fields(&f, view));
    let off = Form::button(frame, "disable")
        .version(view.version)
        .confirm(format!("Disable {}? Every token for it dies at once.", view.name));
    let on = Form::button(frame, "enable").version(view.version);
    html! {
        (form::disclosure("Edit", f.is_refused(), &edit))
        @if view.builtin { p.muted { "Part of the server: it cannot be disabled." } }
        @else if view.enabled {
            (form::button_post(&off, &links::application_disable(&view.id), "danger", "Disable application", "", &html! {}))
        } @else {
            (form::button_post(&on, &links::application_enable(&view.id), "", "Enable application", "", &html! {}))
        }
    }
}

fn fields(f: &Form<'_>, view: &View) -> Markup {
    let dual = if view.dual_subject == DualSubject::Required { "required" } else { "agent_only" };
    let consent = if view.consent == ConsentRule::Organization { "organization" } else { "person" };
    let algs = SigningAlg::ALL.map(|a| (a.as_str().to_owned(), a.as_str().to_owned())).to_vec();
    let owner = view.owner.as_ref().map(|o| o.name.as_str()).unwrap_or_default();
    html! {
        (f.text("name", "Name").required().most(120).value(&view.name))
        (f.text("description", "Description").most(400).value(&view.description))
        (f.choice("dual_subject", "Who has to be assigned", applications::dual_subjects()).required().value(dual))
        (f.choice("consent", "Consent", applications::consents()).required().value(consent))
        (f.choice("profile", "Token profile", applications::profiles()).required().value(view.profile.as_str()))
        (f.choice("alg", "Signed with", algs).required().value(view.alg.as_str()))
        (f.typed("number", "token_lifetime", "Token lifetime in seconds").required().value(view.token_lifetime.0.to_string()))
        (f.text("owner", "Owner").value(owner).hint("Login name."))
        (form::submit("Save"))
    }
}

fn weights() -> Vec<(String, String)> {
    let none = (String::new(), "nothing of weight".to_owned());
    let all = chancery_model::Weight::ALL.map(|weight| (weight.as_str().to_owned(), weight.words().to_owned()));
    std::iter::once(none).chain(all).collect()
}

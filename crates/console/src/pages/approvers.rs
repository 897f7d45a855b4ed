//! Who has to say yes: the rules of connections and of scopes, read and changed.

use maud::{Markup, html};

use crate::frame::{self, Frame, Head, Section};
use crate::parts::{Draft, Form, Named, form, name, notice};
use crate::{links, sample};

#[derive(Clone, Debug, Default)]
pub struct View {
    /// Of connections, on top of the person concerned.
    pub connections: Vec<Rule>,
    /// Of scopes, on top of those.
    pub scopes: Vec<Rule>,
    /// Of folders of the vault: for each secret in them that has no rule of its own.
    pub folders: Vec<Rule>,
    /// Form `rule-<key>`: for each place `who.N`, `group.N`, `count.N`, `four_eyes.N`, `above.N`, `after.N`, `to.N`,
    /// `to_group.N`.
    pub draft: Draft,
}

/// One rule, and where it holds.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Tells the forms of the page apart.
    pub key: String,
    /// Where its form is sent.
    pub action: String,
    pub version: i64,
    pub agent: Option<Named>,
    pub at: At,
    /// The scope, or those of the connection that need a yes; the folder.
    pub scopes: String,
    /// The rule in words, need by need.
    pub words: Vec<String>,
    pub needs: Vec<Need>,
}

/// What a rule is of.
#[derive(Clone, Debug)]
pub enum At {
    Application(Named),
    Vault,
}

/// One need as the form has it.
#[derive(Clone, Debug, Default)]
pub struct Need {
    pub who: String,
    pub group: String,
    pub count: String,
    pub four_eyes: String,
    /// Such as `EUR 100000`.
    pub above: String,
    /// Seconds.
    pub after: String,
    pub to: String,
    pub to_group: String,
}

/// Needs that the form has room for.
pub const PLACES: usize = 3;

const KINDS: [(&str, &str); 7] = [
    ("", "nobody more"),
    ("person", "the person concerned"),
    ("agent_owner", "an owner of the agent"),
    ("agent_sponsor", "the agent’s sponsor"),
    ("application_owner", "the application’s owner"),
    ("manager", "the manager of the person concerned"),
    ("group", "a group"),
];
const EYES: [(&str, &str); 3] = [
    ("off", "anybody of them"),
    ("not_requester", "not the person concerned"),
    ("not_owner", "nor who answers for the agent"),
];

pub fn render(frame: &Frame, view: &View) -> Markup {
    let head = Head {
        section: Section::Approvals,
        title: "Who has to say yes",
        noun: "",
        badges: html! {},
        actions: html! { a.button href=(links::approvals()) { "Requests" } },
        lead: "The person concerned always has to. These rules come on top: of the connection, of the scopes, of the vault’s folders.",
        live: false,
    };
    let empty = |what: &str| notice::empty(what, "");
    let body = html! {
        section aria-labelledby="of-connections" {
            h2 #of-connections { "Connections" }
            @if view.connections.is_empty() { (empty("No connection asks anybody.")) }
            @for rule in &view.connections { (one(frame, view, rule)) }
        }
        section aria-labelledby="of-scopes" {
            h2 #of-scopes { "Scopes" }
            @if view.scopes.is_empty() { (empty("No application has a scope yet.")) }
            @for rule in &view.scopes { (one(frame, view, rule)) }
        }
        section aria-labelledby="of-folders" {
            h2 #of-folders { "Folders of the vault" }
            @if view.folders.is_empty() { (empty("The vault has no folder yet.")) }
            @else { p.muted { "A secret may have a rule of its own: change it on the secret’s page." } }
            @for rule in &view.folders { (one(frame, view, rule)) }
        }
    };
    frame::desk(frame, &head, &body)
}

fn one(frame: &Frame, view: &View, rule: &Rule) -> Markup {
    html! {
        div.panel {
            p {
                @if let Some(agent) = &rule.agent { (name::agent(agent)) " in " }
                @match &rule.at { At::Application(application) => (name::application(application)), At::Vault => "the vault" }
                " · " code { (rule.scopes) }
            }
            (change(frame, &view.draft, rule))
        }
    }
}

/// A rule in words, and the form that changes it.
pub fn change(frame: &Frame, draft: &Draft, rule: &Rule) -> Markup {
    let key = format!("rule-{}", rule.key);
    let f = Form::new(frame, &key, draft).version(rule.version);
    let body = f.post(
        &rule.action,
        &html! {
            (form::hidden("scope", &rule.scopes))
            @for place in 0..PLACES { (need(&f, place, rule.needs.get(place))) }
            (form::submit("Save rule"))
        },
    );
    html! {
        @if rule.words.is_empty() { p.muted { "Nobody more than the person concerned." } }
        @else { ul.plain { @for words in &rule.words { li { (words) } } } }
        (form::disclosure(&format!("Change the rule of {}", rule.scopes), f.is_refused(), &body))
    }
}

fn options(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(value, words)| ((*value).to_owned(), (*words).to_owned())).collect()
}

fn need(f: &Form<'_>, place: usize, need: Option<&Need>) -> Markup {
    let blank = Need::default();
    let need = need.unwrap_or(&blank);
    let at = |field: &str| format!("{field}.{place}");
    let count = if need.count.is_empty() { "1" } else { &need.count };
    let eyes = if need.four_eyes.is_empty() { "off" } else { &need.four_eyes };
    html! {
        fieldset {
            legend { "Need " (place + 1) }
            div.pair {
                (f.choice(&at("who"), "Who", options(&KINDS)).value(&need.who))
                (f.text(&at("group"), "Group").value(&need.group).hint("Only where a group answers: its name."))
            }
            div.pair {
                (f.typed("number", &at("count"), "How many of them").value(count))
                (f.choice(&at("four_eyes"), "Whose yes counts", options(&EYES)).value(eyes))
            }
            (f.text(&at("above"), "Only above").value(&need.above).hint("Such as EUR 100000. Empty: always."))
            div.pair {
                (f.typed("number", &at("after"), "Handed on after seconds").value(&need.after).hint("Empty: never."))
                (f.choice(&at("to"), "Handed on to", options(&KINDS)).value(&need.to))
            }
            (f.text(&at("to_group"), "Group it is handed on to").value(&need.to_group))
        }
    }
}

/// A rule as samples have it.
pub fn sample_rule(key: &str, action: String, scopes: &str) -> Rule {
    Rule {
        key: key.into(),
        action,
        version: 2,
        agent: None,
        at: At::Application(sample::finance()),
        scopes: scopes.into(),
        words: vec!["2 of: the group finance, above EUR 100,000".into()],
        needs: vec![Need {
            who: "group".into(),
            group: "finance".into(),
            count: "2".into(),
            above: "EUR 100000".into(),
            ..Need::default()
        }],
    }
}

fn full() -> View {
    let of_scope = |key| sample_rule(key, links::approver_scope("app_06cf2m4k1ov3gq5s8t0a9b7c1d"), "invoices.pay");
    let connection = links::approver_connection("con_06cf2m4k1ov3gq5s8t0a9b7c1d");
    let folder = links::approver_folder("fol_06cf2m4k1ov3gq5s8t0a9b7c1d");
    View {
        connections: vec![Rule { agent: Some(sample::finance_agent()), ..sample_rule("con_1", connection, "invoices.pay") }],
        scopes: vec![of_scope("app_1-a"), Rule { words: Vec::new(), needs: Vec::new(), ..of_scope("app_1-b") }],
        folders: vec![Rule { at: At::Vault, ..sample_rule("fol_1", folder, "prod / crm") }],
        draft: Draft::default(),
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let odd = |text: &str| {
        let mut view = full();
        for rule in view.connections.iter_mut().chain(&mut view.scopes).chain(&mut view.folders) {
            rule.words = vec![text.into()];
            rule.needs = vec![Need { group: text.into(), above: text.into(), ..Need::default() }];
            rule.at = At::Application(Named::new("app_8", text));
        }
        view
    };
    let draft = Draft::of("rule-con_1").value("who.0", "group").problem("", "There is no group of this name.");
    vec![
        ("empty", View::default()),
        ("full", full()),
        ("error", View { draft, ..full() }),
        ("long", odd(sample::LONG)),
        ("hostile", odd(sample::HOSTILE)),
    ]
}

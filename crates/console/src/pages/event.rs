//! One line of the log: what it says, what it proves, and the bytes it is made of.

use chancery_kernel::Timestamp;
use maud::{Markup, html};

use crate::frame::{self, Frame, Head, Section};
use crate::parts::{Named, Verdict, badge, facts, name, time};
use crate::{links, sample};

#[derive(Clone, Debug)]
pub struct View {
    pub id: String,
    pub at: Timestamp,
    pub kind: String,
    /// What happened, as one sentence.
    pub sentence: String,
    /// What lines of this kind say, in the words of the catalogue.
    pub meaning: String,
    pub verdict: Option<Verdict>,
    /// Why it was decided so: each reason's code and its sentence; either may be empty.
    pub reasons: Vec<(String, String)>,
    pub fields: Fields,
    /// What this kind of event says beside the evidence: name and value.
    pub particulars: Vec<(String, String)>,
    pub request_id: String,
    /// Canonical JSON, as hashed.
    pub raw: String,
    pub proof: Proof,
    /// Ids of the neighboring lines.
    pub earlier: Option<String>,
    pub later: Option<String>,
}

/// The seven fields of evidence (domain: "Evidence"). Empty text: does not apply to this kind of event.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    /// Who did it.
    pub actor: String,
    pub user: Option<Named>,
    /// Who asked, where that is not the user.
    pub asked_by: String,
    pub agent: Option<Named>,
    /// Client, and the chain of actors behind it, nearest first.
    pub client: Option<Named>,
    pub chain: Vec<String>,
    pub organization: String,
    pub application: Option<Named>,
    /// API, tool or data source.
    pub target: String,
    pub run: String,
    pub scopes: Vec<String>,
    pub details: String,
    /// Rule, policy or approval that decided.
    pub decided_by: String,
    /// What the resource server reported.
    pub outcome: String,
}

/// Where the line stands in the Merkle tree (RFC 6962 hashing); hashes in hexadecimal.
#[derive(Clone, Debug, Default)]
pub struct Proof {
    pub position: u64,
    pub leaf: String,
    /// Size and root of the checkpoint it is proven against; size 0: no checkpoint covers it yet.
    pub tree_size: u64,
    pub root: String,
    pub signed: Option<Timestamp>,
    pub path: Vec<String>,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let head = Head {
        section: Section::Audit,
        title: &view.sentence,
        noun: &format!("Event #{}", view.proof.position),
        badges: html! { @match view.verdict { Some(v) => (badge::verdict(v)), None => (badge::change()) } },
        actions: html! {},
        lead: &view.meaning,
        live: false,
    };
    let body = html! {
        div.columns.uneven {
            div {
                @if !view.reasons.is_empty() {
                    section aria-labelledby="reasons" { h2 #reasons { "Why" } (reasons(&view.reasons)) }
                }
                section aria-labelledby="evidence" { h2 #evidence { "Evidence" } (fields(view)) }
                @if !view.particulars.is_empty() {
                    section aria-labelledby="particulars" { h2 #particulars { "Particulars" } (particulars(view)) }
                }
                section aria-labelledby="raw" {
                    h2 #raw { "As recorded" }
                    p.muted { "Canonical JSON: these bytes are what the log’s hash covers. Secrets never enter it, digests do." }
                    pre.raw tabindex="0" { code { (view.raw) } }
                }
            }
            div {
                section.panel aria-labelledby="line" { h2 #line { "Line" } (line(view)) }
                section.panel aria-labelledby="inclusion" { h2 #inclusion { "Inclusion" } (inclusion(frame, &view.proof)) }
            }
        }
        (neighbors(view))
    };
    frame::desk(frame, &head, &body)
}

fn reasons(reasons: &[(String, String)]) -> Markup {
    html! { ul.reasons { @for (code, sentence) in reasons { li { @if !code.is_empty() { code { (code) } } @if !sentence.is_empty() { p { (sentence) } } } } } }
}

fn fields(view: &View) -> Markup {
    let f = &view.fields;
    let none = || html! { span.muted { "does not apply" } };
    let text = |t: &str| {
        if t.is_empty() {
            none()
        } else {
            html! { (t) }
        }
    };
    let named = |n: &Option<Named>, link: fn(&Named) -> Markup| n.as_ref().map_or_else(none, link);
    let decision = html! {
        @match view.verdict { Some(v) => (badge::verdict(v)), None => (badge::change()) }
        @if !f.decided_by.is_empty() { p.under { "by " (f.decided_by) } }
    };
    html! {
        div.evidence {
            (facts::facts(&[
                ("User", html! { (named(&f.user, name::user)) @if !f.asked_by.is_empty() { p.under { "asked by " (f.asked_by) } } }),
                ("Agent", html! {
                    (named(&f.agent, name::agent))
                    @if let Some(client) = &f.client { p.under { "through " (name::client(client)) } }
                    @if !f.chain.is_empty() { p.under { "chain: " (f.chain.join(" → ")) } }
                }),
                ("Organization and application", html! { p { (f.organization) } (named(&f.application, name::application)) }),
                ("API, tool or data", text(&f.target)),
                ("Task", html! {
                    @if f.run.is_empty() && f.scopes.is_empty() { (none()) } @else { (name::scopes(&f.scopes)) }
                    @if !f.run.is_empty() { p.under { "run " code { (f.run) } } }
                    @if !f.details.is_empty() { p.under { (f.details) } }
                }),
                ("Decision", decision),
                ("Outcome", text(&f.outcome)),
            ]))
        }
    }
}

fn particulars(view: &View) -> Markup {
    let rows: Vec<(&str, Markup)> =
        view.particulars.iter().map(|(name, value)| (name.as_str(), html! { (value) })).collect();
    html! { div.evidence { (facts::facts(&rows)) } }
}

fn line(view: &View) -> Markup {
    facts::facts(&[
        ("When", time::exact(view.at)),
        ("Done by", facts::or_none(&view.fields.actor)),
        ("Kind", name::code(&view.kind)),
        ("Position", html! { "#" (view.proof.position) }),
        ("Event", name::copied(&view.id)),
        (
            "Request",
            if view.request_id.is_empty() { facts::or_none("") } else { name::copied(&view.request_id) },
        ),
    ])
}

fn inclusion(frame: &Frame, proof: &Proof) -> Markup {
    html! {
        @if proof.tree_size == 0 {
            p { "No proof yet: the next checkpoint, within moments, covers this line. In very large logs only the export proves it." }
            (facts::facts(&[("Leaf hash", name::copied(&proof.leaf))]))
        } @else {
            p {
                "This is line " (time::count(proof.position)) " of a tree of " (time::count(proof.tree_size)) "."
                @if let Some(at) = proof.signed { " Its root was signed " (time::ago(frame.now, at)) "." }
            }
            (facts::facts(&[("Leaf hash", name::copied(&proof.leaf)), ("Root hash", name::copied(&proof.root))]))
            details.disclosure {
                summary { "Proof path, " (proof.path.len()) " hashes" }
                ol.hashes { @for hash in &proof.path { li { code { (hash) } } } }
            }
        }
    }
}

fn neighbors(view: &View) -> Markup {
    html! {
        nav.pager aria-label="Neighboring lines" {
            ul {
                @if let Some(id) = &view.earlier { li { a.button.small href=(links::event(id)) rel="prev" { "Earlier line" } } }
                @if let Some(id) = &view.later { li { a.button.small href=(links::event(id)) rel="next" { "Later line" } } }
                li { a.button.small href=(links::audit()) { "Whole log" } }
            }
        }
    }
}

fn evidence() -> Fields {
    let row = sample::denial();
    Fields {
        user: row.user,
        agent: row.agent,
        actor: "assistant backend".into(),
        client: Some(sample::backend()),
        chain: vec!["hr-agent-app".into()],
        organization: "Corp Example".into(),
        application: row.application,
        target: "https://hr.corp.example/api".into(),
        run: "run_06cf2m4k1ov3gq5s8t0a9b7c1d".into(),
        scopes: vec!["system.access".into()],
        decided_by: "the rule of two subjects".into(),
        outcome: "no token left the issuer".into(),
        ..Fields::default()
    }
}

fn full() -> View {
    let row = sample::denial();
    let hash = |seed: &str| seed.repeat(16);
    let why = "alice@corp.example is assigned to HRApp neither directly nor through a group.";
    let raw = concat!(
        r#"{"agent":"agt_06cf2m4k1ov3gq5s8t0a9b7c2e","decision":"deny","event":"token_decided","position":48213,"#,
        r#""reasons":["human_not_assigned"],"scopes":["system.access"],"user":"usr_06cf2m4k1ov3gq5s8t0a9b7c5h"}"#
    );
    View {
        id: row.id,
        at: row.at,
        kind: row.kind,
        sentence: row.sentence,
        meaning: "A token for an agent was asked for; the evidence says whether it was issued, and by which rule.".into(),
        verdict: row.verdict,
        reasons: vec![("human_not_assigned".into(), why.into())],
        fields: evidence(),
        particulars: vec![("grant type".into(), "token-exchange".into()), ("profile".into(), "rfc8693".into())],
        request_id: "rqt_06cf2m4k1ov3gq5s8t0a9b7c1d".into(),
        raw: raw.into(),
        proof: Proof {
            position: row.position,
            leaf: hash("9c1e"),
            tree_size: 48_214,
            root: hash("07fa"),
            signed: Some(sample::before(30)),
            path: vec![hash("a310"), hash("5be2"), hash("66d0")],
        },
        earlier: Some("evt_06cf2m4k1ov3gq5s8t0a9b7c1d".into()),
        later: Some("evt_06cf2m4k1ov3gq5s8t0a9b7c2e".into()),
    }
}

fn hostile() -> View {
    let text = || sample::HOSTILE.to_owned();
    View {
        sentence: text(),
        meaning: text(),
        kind: text(),
        reasons: vec![(text(), text())],
        raw: text(),
        particulars: vec![(text(), text())],
        fields: Fields {
            target: text(),
            outcome: text(),
            details: text(),
            chain: vec![text(), text()],
            ..full().fields
        },
        ..full()
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let sentence = "ines@corp.example removed alice@corp.example from HR_APP_USERS";
    let fresh = Proof { position: 48_102, leaf: full().proof.leaf, ..Proof::default() };
    let change = View {
        kind: "member_removed".into(),
        sentence: sentence.into(),
        meaning: "A person left a group.".into(),
        verdict: None,
        reasons: Vec::new(),
        particulars: Vec::new(),
        fields: Fields {
            actor: "ines@corp.example".into(),
            user: Some(sample::alice()),
            organization: "Corp Example".into(),
            ..Fields::default()
        },
        proof: fresh,
        earlier: None,
        later: None,
        request_id: String::new(),
        ..full()
    };
    let mut long = full();
    long.sentence = format!("{} was refused a token for {}", sample::LONG, sample::LONG);
    long.fields.agent = Some(Named::new("agt_4", sample::LONG));
    vec![
        ("full", full()),
        ("allow", View { verdict: Some(Verdict::Allow), reasons: Vec::new(), ..full() }),
        ("change", change),
        ("long", long),
        ("hostile", hostile()),
    ]
}

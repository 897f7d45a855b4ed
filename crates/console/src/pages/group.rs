//! One group: who is in it, and what that gives them.

use chancery_model::UserStatus;
use maud::{Markup, html};

use crate::frame::{self, Frame, Head, Section};
use crate::parts::table::{Column, table};
use crate::parts::{Draft, EventRow, Form, Named, Pager, badge, form, name, notice, pager, time, timeline};
use crate::{links, sample};

#[derive(Clone, Debug)]
pub struct View {
    pub id: String,
    pub version: i64,
    pub name: String,
    pub description: String,
    pub members: Vec<Member>,
    pub pager: Pager,
    pub count: u64,
    pub gives: Vec<Gives>,
    pub evidence: Vec<EventRow>,
    /// Forms `member` (`user`), `edit` (`name`, `description`).
    pub draft: Draft,
}

#[derive(Clone, Debug)]
pub struct Member {
    /// Named by login.
    pub user: Named,
    pub display_name: String,
    pub status: UserStatus,
}

/// What membership opens.
#[derive(Clone, Debug)]
pub struct Gives {
    pub assignment: String,
    pub version: i64,
    pub application: Named,
    /// Empty: all of the application's.
    pub scopes: Vec<String>,
}

pub fn render(frame: &Frame, view: &View) -> Markup {
    let head = Head {
        section: Section::Groups,
        title: &view.name,
        noun: "Group",
        badges: badge::quiet(&format!("{} members", time::count(view.count))),
        actions: html! {},
        lead: &view.description,
        live: false,
    };
    let body = html! {
        div.columns.uneven {
            section aria-labelledby="members" {
                h2 #members { "Members" }
                (add(frame, view))
                @if view.members.is_empty() { (notice::empty("Nobody is in this group.", "Add the first person above.")) }
                @else { (members(frame, view)) (pager::pager(&view.pager, "Pages of members", ("First page", "Next page"))) }
            }
            div {
                section.panel aria-labelledby="gives" { h2 #gives { "Membership gives" } (gives(frame, view)) }
                section.panel aria-labelledby="change" { h2 #change { "Change" } (changes(frame, view)) }
            }
        }
        section aria-labelledby="evidence" {
            h2 #evidence { "Recent evidence" }
            (timeline::timeline(frame, None, &view.evidence, ("Nothing yet.", "")))
        }
    };
    frame::desk(frame, &head, &body)
}

fn add(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "member", &view.draft);
    f.post(
        &links::member_add(&view.id),
        &html! {
            div.inline {
                (f.text("user", "Add a person").required().autocomplete("off").hint("Login name."))
                div.field.go { button type="submit" { "Add" } }
            }
        },
    )
}

fn members(frame: &Frame, view: &View) -> Markup {
    const COLUMNS: &[Column] = &[Column::of("User"), Column::of("Name"), Column::of("Status"), Column::act("Remove")];
    let cells = |m: &Member| {
        let f = Form::button(frame, "remove").confirm(format!(
            "Remove {} from {}? What membership gave stops at once, also for agents that act for this person.",
            m.user.name, view.name
        ));
        let user = form::hidden("user", &m.user.id);
        vec![
            name::user(&m.user),
            html! { (m.display_name) },
            badge::user(m.status),
            form::button_post(&f, &links::member_remove(&view.id), "danger", "Remove", &m.user.name, &user),
        ]
    };
    table("Members", COLUMNS, &view.members.iter().map(cells).collect::<Vec<_>>())
}

fn gives(frame: &Frame, view: &View) -> Markup {
    html! {
        @if view.gives.is_empty() {
            p.muted { "Nothing yet. Assign this group on an application’s page." }
        } @else {
            ul.rows {
                @for g in &view.gives {
                    @let f = Form::button(frame, "unassign").version(g.version)
                        .confirm(format!("Take {} away from this group? Its members lose it at once.", g.application.name));
                    li {
                        div {
                            (name::application(&g.application))
                            div.under { @if g.scopes.is_empty() { "all scopes" } @else { (name::scopes(&g.scopes)) } }
                        }
                        (form::button_post(&f, &links::unassign(&g.assignment), "danger", "Unassign", &g.application.name,
                            &form::hidden("on", "group")))
                    }
                }
            }
        }
    }
}

fn changes(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "edit", &view.draft).version(view.version);
    let edit = f.post(
        &links::group(&view.id),
        &html! {
            (f.text("name", "Name").required().most(120).value(&view.name))
            (f.text("description", "Description").most(400).value(&view.description))
            (form::submit("Save"))
        },
    );
    let d = Form::button(frame, "delete").version(view.version);
    let delete = html! {
        p { "Its " (time::count(view.count)) " members lose what the group gave them, at once." }
        (form::button_post(&d, &links::group_delete(&view.id), "danger", "Delete group", "", &html! {}))
    };
    html! {
        (form::disclosure("Edit", f.is_refused(), &edit))
        (form::disclosure("Delete this group", false, &delete))
    }
}

fn full() -> View {
    let member = |user: Named, display_name: &str, status| Member { user, display_name: display_name.into(), status };
    View {
        id: sample::finance_users().id,
        version: 4,
        name: "FINANCE_APP_USERS".into(),
        description: "May use the finance system.".into(),
        members: vec![
            member(sample::alice(), "Alice Moreau", UserStatus::Active),
            member(sample::ines(), "Ines Castell", UserStatus::Active),
            member(Named::new("usr_7", "old.hand@corp.example"), "Olaf Handke", UserStatus::Disabled),
        ],
        pager: Pager { summary: "3 members".into(), ..Pager::default() },
        count: 3,
        gives: vec![Gives {
            assignment: "asg_06cf2m4k1ov3gq5s8t0a9b7c1d".into(),
            version: 1,
            application: sample::finance(),
            scopes: Vec::new(),
        }],
        evidence: sample::events().into_iter().skip(3).take(1).collect(),
        draft: Draft::default(),
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let odd = |text: &str| View {
        name: text.into(),
        description: text.into(),
        members: vec![Member { user: Named::new("usr_8", text), display_name: text.into(), status: UserStatus::Active }],
        gives: vec![Gives {
            assignment: text.into(),
            version: 1,
            application: Named::new("app_8", text),
            scopes: vec![text.into()],
        }],
        ..full()
    };
    let empty = View { members: Vec::new(), count: 0, gives: Vec::new(), evidence: Vec::new(), ..full() };
    let refused = Draft::of("member").value("user", "bob").problem("user", "There is no such user.");
    vec![
        ("empty", empty),
        ("full", full()),
        ("error", View { draft: refused, ..full() }),
        ("long", odd(sample::LONG)),
        ("hostile", odd(sample::HOSTILE)),
    ]
}

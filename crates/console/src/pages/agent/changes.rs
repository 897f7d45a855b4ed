//! How the record changes: stage, owners, description; and how it came to be what it is.

use chancery_model::Stage;
use maud::{Markup, html};

use super::View;
use crate::frame::Frame;
use crate::links;
use crate::parts::{Form, badge, form, notice, time};

pub fn forms(frame: &Frame, view: &View) -> Markup {
    html! {
        (stage(frame, view))
        (owners(frame, view))
        (edit(frame, view))
    }
}

fn stage(frame: &Frame, view: &View) -> Markup {
    let next: Vec<(String, String)> = [Stage::Active, Stage::Suspended, Stage::Retired]
        .into_iter()
        .filter(|next| view.stage.may_become(*next))
        .map(|next| (next.as_str().to_owned(), badge::stage_word(next).to_owned()))
        .collect();
    if next.is_empty() {
        return html! { p.muted { "Retired for good: its stage does not change any more." } };
    }
    let f = Form::new(frame, "stage", &view.draft).version(view.version);
    let body = f.post(
        &links::agent_stage(&view.id),
        &html! {
            (f.choice("stage", "Next stage", next).required()
                .hint("Active needs an owner, a sponsor and a credential. Retired is final."))
            (f.text("why", "Why").required().most(400))
            (form::submit("Change stage"))
        },
    );
    form::disclosure("Change stage", f.is_refused(), &body)
}

fn owners(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "owner", &view.draft).version(view.version);
    let add = f.post(
        &links::agent_owner_add(&view.id),
        &html! {
            (f.text("user", "Add an owner").required().autocomplete("off").hint("Login name."))
            (form::submit("Add owner"))
        },
    );
    let body = html! {
        ul.rows {
            @for owner in &view.owners {
                @let r = Form::button(frame, "owner-remove").version(view.version)
                    .confirm(format!("Remove {} as an owner?", owner.name));
                li {
                    (owner.name)
                    (form::button_post(&r, &links::agent_owner_remove(&view.id), "danger", "Remove", &owner.name,
                        &form::hidden("user", &owner.id)))
                }
            }
        }
        (add)
    };
    form::disclosure("Change owners", f.is_refused(), &body)
}

fn edit(frame: &Frame, view: &View) -> Markup {
    let f = Form::new(frame, "edit", &view.draft).version(view.version);
    let sponsor = view.sponsor.as_ref().map(|s| s.name.as_str()).unwrap_or_default();
    let body = f.post(
        &links::agent(&view.id),
        &html! {
            (f.text("purpose", "Purpose").required().most(400).value(&view.purpose))
            (f.area("task", "Task").value(&view.task))
            (f.text("data_sources", "Data sources").value(view.data_sources.join(", ")).hint("Comma-separated."))
            (f.text("action_classes", "Actions").value(view.action_classes.join(", ")).hint("Comma-separated."))
            (f.text("business_owner", "Business owner").value(&view.business_owner))
            (f.text("sponsor", "Accountable sponsor").value(sponsor).hint("Login name."))
            (f.typed("date", "expires", "End date").value(view.expires.map(time::day).unwrap_or_default()))
            (f.text("why", "Why").required().most(400).hint("Stands in the history."))
            (form::submit("Save"))
        },
    );
    form::disclosure("Edit description and sponsor", f.is_refused(), &body)
}

pub fn history(frame: &Frame, view: &View) -> Markup {
    html! {
        @if view.history.is_empty() { (notice::empty("No versions.", "")) }
        @else {
            ol.history {
                @for change in &view.history {
                    li {
                        p.history-head {
                            strong { "Version " (change.number) } " by " (change.by) ", " (time::ago(frame.now, change.at))
                        }
                        p { (change.why) }
                        @if !change.what.is_empty() { ul { @for what in &change.what { li { (what) } } } }
                    }
                }
            }
        }
    }
}

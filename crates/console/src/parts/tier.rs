//! The three tiers in words, and the matrix in which an administrator chooses them.

use chancery_model::{Action, Tier};
use maud::{Markup, html};

use super::{badge, form::Form};

pub const ALL: [Tier; 3] = [Tier::Auto, Tier::Approval, Tier::Never];

pub const fn value(tier: Tier) -> &'static str {
    match tier {
        Tier::Auto => "auto",
        Tier::Approval => "approval",
        Tier::Never => "never",
    }
}

pub const fn word(tier: Tier) -> &'static str {
    match tier {
        Tier::Auto => "Automatic",
        Tier::Approval => "Approval",
        Tier::Never => "Never",
    }
}

pub const fn meaning(tier: Tier) -> &'static str {
    match tier {
        Tier::Auto => "handed out without asking",
        Tier::Approval => "a person has to say yes first",
        Tier::Never => "always refused",
    }
}

/// What the words mean, once per page that uses them.
pub fn definition() -> Markup {
    html! {
        dl.tiers { @for tier in ALL { div { dt { (badge::tier(tier)) } dd { (meaning(tier)) } } } }
    }
}

/// One scope and the tier it has at present.
#[derive(Clone, Debug)]
pub struct ScopeTier {
    pub scope: String,
    pub title: String,
    pub action: Action,
    pub tier: Tier,
}

/// One choice per scope. The field is named `tier.<scope>`, its value is `auto`, `approval` or `never`.
pub fn matrix(form: &Form<'_>, scopes: &[ScopeTier]) -> Markup {
    html! {
        div.matrix {
            @for (i, row) in scopes.iter().enumerate() {
                @let name = format!("tier.{}", row.scope);
                @let chosen = form.typed_into(&name).unwrap_or(value(row.tier));
                fieldset {
                    legend { code { (row.scope) } " " (badge::action(row.action)) span.matrix-title { (row.title) } }
                    div.matrix-row {
                        @for tier in ALL {
                            @let id = form.id(&format!("{i}-{}", value(tier)));
                            span.pick {
                                input type="radio" id=(id) name=(name) value=(value(tier))
                                    checked[chosen == value(tier)];
                                label for=(id) { (word(tier)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

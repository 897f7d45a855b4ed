//! Filters of a list: a GET form, so that every filtered list has an address. The script sends it as one types.

use maud::{Markup, PreEscaped, html};

pub fn form(action: &str, label: &str, fields: &Markup) -> Markup {
    html! {
        search aria-label=(label) {
            form.filters method="get" action=(action) data-filter {
                (PreEscaped(&fields.0))
                div.field.go { button type="submit" { "Filter" } }
            }
        }
    }
}

pub fn text(name: &str, label: &str, value: &str) -> Markup {
    html! {
        div.field {
            label for={ "filter-" (name) } { (label) }
            input type="search" id={ "filter-" (name) } name=(name) value=(value) autocomplete="off";
        }
    }
}

/// A point in time, to the minute.
pub fn time(name: &str, label: &str, value: &str) -> Markup {
    html! {
        div.field {
            label for={ "filter-" (name) } { (label) }
            input type="datetime-local" id={ "filter-" (name) } name=(name) value=(value);
        }
    }
}

pub fn choice(name: &str, label: &str, options: &[(String, String)], chosen: &str) -> Markup {
    html! {
        div.field {
            label for={ "filter-" (name) } { (label) }
            select id={ "filter-" (name) } name=(name) {
                @for (value, words) in options { option value=(value) selected[value == chosen] { (words) } }
            }
        }
    }
}

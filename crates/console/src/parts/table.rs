//! Tables that become cards on a phone.
//!
//! Each cell carries its column's name for the card view, and the roles are spelled out because browsers drop them
//! when a stylesheet changes how a table is laid out.

use maud::{Markup, html};

/// Head of a column; `Column::right` aligns numbers, `Column::act` holds buttons and has a hidden head.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    head: &'static str,
    class: &'static str,
}

impl Column {
    pub const fn of(head: &'static str) -> Self {
        Self { head, class: "" }
    }
    pub const fn right(head: &'static str) -> Self {
        Self { head, class: "right" }
    }
    /// What the row is about, where it says several things.
    pub const fn most(head: &'static str) -> Self {
        Self { head, class: "most" }
    }
    pub const fn act(head: &'static str) -> Self {
        Self { head, class: "act" }
    }
    /// Text that may take all the room there is.
    pub const fn wide(head: &'static str) -> Self {
        Self { head, class: "wide" }
    }
}

/// The first cell of each row names the row.
pub fn table(caption: &str, columns: &[Column], rows: &[Vec<Markup>]) -> Markup {
    html! {
        div.table-room {
            table role="table" {
                caption.hidden { (caption) }
                thead role="rowgroup" {
                    tr role="row" {
                        @for column in columns {
                            th.(column.class) role="columnheader" scope="col" {
                                @if column.class == "act" { span.hidden { (column.head) } } @else { (column.head) }
                            }
                        }
                    }
                }
                tbody role="rowgroup" { @for cells in rows { (row(columns, cells)) } }
            }
        }
    }
}

fn row(columns: &[Column], cells: &[Markup]) -> Markup {
    html! {
        tr role="row" {
            @for (i, (column, cell)) in columns.iter().zip(cells).enumerate() {
                @if i == 0 { th role="rowheader" scope="row" { (cell) } }
                @else { td.(column.class) role="cell" data-label=(column.head) { (cell) } }
            }
        }
    }
}

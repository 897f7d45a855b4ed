//! Small drawings of our own, 16 by 16, always beside words and therefore hidden from screen readers.

use maud::{Markup, html};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    Check,
    Cross,
    Clock,
    Stop,
    Dot,
    Ring,
    Pause,
    Dash,
    Eye,
    Pencil,
    Hand,
    Warning,
    Info,
    Person,
    Agent,
    System,
    Overview,
    Group,
    Log,
    Arrow,
    Key,
    Safe,
    Bell,
    Links,
}

impl Icon {
    /// Outline of the drawing; `true` where it is filled instead of stroked.
    const fn path(self) -> (&'static str, bool) {
        match self {
            Self::Check => ("M3 8.5 6.5 12 13 4.5", false),
            Self::Cross => ("M4 4l8 8M12 4l-8 8", false),
            Self::Safe => ("M3.5 7h9v6.5h-9zM5.5 7V4.8a2.5 2.5 0 0 1 5 0V7M8 9.6v1.6", false),
            Self::Clock => ("M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 4.5V8l2.5 1.8", false),
            Self::Stop => ("M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.8V5.2zM4 7v2h8V7z", true),
            Self::Dot => ("M8 3.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9z", true),
            Self::Ring => ("M8 3.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9z", false),
            Self::Pause => ("M4 3h3v10H4zM9 3h3v10H9z", true),
            Self::Dash => ("M3 8h10", false),
            Self::Eye => {
                ("M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6.2v3.6M6.2 8h3.6", false)
            }
            Self::Pencil => ("M2.5 13.5l.8-3.3 7.4-7.4 2.5 2.5-7.4 7.4zM9.2 4.3l2.5 2.5", false),
            Self::Hand => ("M8 1.8 14.2 8 8 14.2 1.8 8zM8 5.2V8.6M8 10.6v.2", false),
            Self::Warning => ("M8 2 15 14H1zM8 6.5v3.6M8 12v.2", false),
            Self::Info => ("M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 7.3v4M8 4.8V5", false),
            Self::Person => (
                "M8 2.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM2.5 14c.4-3 2.6-4.2 5.5-4.2s5.1 1.2 5.5 4.2",
                false,
            ),
            Self::Agent => ("M3 5.5h10v7.5H3zM8 5.5V2.5M6 2.5h4M6 8.6v1.4M10 8.6v1.4", false),
            Self::System => ("M2 2.5h12v4.5H2zM2 9h12v4.5H2zM4.5 4.7h.2M4.5 11.2h.2", false),
            Self::Overview => ("M2 2h5v5H2zM9 2h5v5H9zM2 9h5v5H2zM9 9h5v5H9z", false),
            Self::Group => (
                "M5.8 3a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6zM1.2 13.4c.3-2.5 2-3.6 4.6-3.6s4.3 1.1 4.6 3.6M10.8 3.2a2.2 2.2 0 0 1 0 4.2M12 10c1.7.4 2.6 1.5 2.8 3.4",
                false,
            ),
            Self::Log => ("M3.5 1.8h9v12.4h-9zM6 5.2h4M6 8h4M6 10.8h2.5", false),
            Self::Key => ("M10.8 2.2a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8.6 7.4 2.4 13.6M4.6 11.4l2 2", false),
            Self::Bell => ("M4 11.5V7.2a4 4 0 0 1 8 0v4.3l1.3 1.3H2.7zM6.7 14.3h2.6", false),
            Self::Links => (
                "M4 2.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6zM12 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6zM4 10.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6zM5.6 4.8l4.8 2.4M5.6 11.2l4.8-2.4",
                false,
            ),
            Self::Arrow => ("M2.5 8h11M9.5 4l4 4-4 4", false),
        }
    }
}

pub fn icon(icon: Icon) -> Markup {
    let (path, filled) = icon.path();
    html! {
        svg.icon viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false" {
            @if filled { path fill="currentColor" fill-rule="evenodd" d=(path) {} }
            @else {
                path fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"
                    stroke-linejoin="round" d=(path) {}
            }
        }
    }
}

/// The seal: an octagon that holds a C with a square in its opening, the agent held by the office.
pub fn seal(size: &str) -> Markup {
    html! {
        svg.seal viewBox="0 0 32 32" width=(size) height=(size) aria-hidden="true" focusable="false" {
            path.seal-ground d="M16 1.5 26.3 5.7 30.5 16 26.3 26.3 16 30.5 5.7 26.3 1.5 16 5.7 5.7z" {}
            path.seal-letter fill="none" stroke-width="3" stroke-linecap="square" d="M20.6 10.6a7 7 0 1 0 0 10.8" {}
            path.seal-agent d="M18.2 13.8h4.4v4.4h-4.4z" {}
        }
    }
}

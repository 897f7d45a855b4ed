//! The vocabulary of the catalogue: what is said about each kind of event, and the macro that turns the one visible
//! list in `event.rs` into the enum, its names and its reader.

use crate::fields::Fact;

/// What an event is an account of. Surfaces and retention choose by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Somebody asked for something, and this server said yes or no.
    Decision,
    /// Something decided earlier was used.
    Use,
    /// Somebody changed a record.
    Change,
    SignIn,
    /// Something that should worry somebody, or the answer to it.
    Security,
    /// The server about itself.
    System,
}

impl Class {
    pub const ALL: [Self; 6] =
        [Self::Decision, Self::Use, Self::Change, Self::SignIn, Self::Security, Self::System];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Decision => "decision",
            Self::Use => "use",
            Self::Change => "change",
            Self::SignIn => "sign_in",
            Self::Security => "security",
            Self::System => "system",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Info,
    Notice,
    Warning,
    Alert,
}

impl Severity {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Alert => "alert",
        }
    }
}

/// What a field holds, for documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Name of the fact: `AgentId`, `Text`, `Evidence`, …
    pub name: &'static str,
    pub optional: bool,
    pub many: bool,
}

impl Shape {
    pub(crate) const fn one(name: &'static str) -> Self {
        Self { name, optional: false, many: false }
    }
}

/// One field of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    pub shape: Shape,
}

impl Field {
    pub(crate) const fn of<F: Fact>(name: &'static str) -> Self {
        Self { name, shape: F::SHAPE }
    }
}

/// One line of the catalogue.
#[derive(Debug, PartialEq, Eq)]
pub struct EventKind {
    /// Stable number: written once, never given to another kind.
    pub code: u16,
    /// Name on the wire.
    pub name: &'static str,
    pub class: Class,
    pub severity: Severity,
    /// Export mapping to the Open Cybersecurity Schema Framework: `class_uid/activity_id`.
    pub ocsf: &'static str,
    /// In the order of the catalogue: ids first.
    pub fields: &'static [Field],
    pub doc: &'static str,
    /// Positions of the fields in ascending order of their names, as RFC 8785 §3.2.3 wants them written.
    pub(crate) order: &'static [usize],
}

impl EventKind {
    pub fn by_name(name: &str) -> Option<&'static Self> {
        crate::event::CATALOGUE.iter().find(|kind| kind.name == name)
    }

    pub fn by_code(code: u16) -> Option<&'static Self> {
        crate::event::CATALOGUE.iter().find(|kind| kind.code == code)
    }
}

/// Positions of the names in ascending order, worked out when the crate is built.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler: an index out of range fails the build"
)]
pub(crate) const fn ascending<const N: usize>(names: [&str; N]) -> [usize; N] {
    let mut order = [0; N];
    let mut i = 0;
    while i < N {
        let mut at = i;
        while at > 0 && less(names[i], names[order[at - 1]]) {
            order[at] = order[at - 1];
            at -= 1;
        }
        order[at] = i;
        i += 1;
    }
    order
}

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler: an index out of range fails the build"
)]
const fn less(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut i = 0;
    while i < a.len() && i < b.len() {
        if a[i] != b[i] {
            return a[i] < b[i];
        }
        i += 1;
    }
    a.len() < b.len()
}

macro_rules! events {
    ($(
        $(#[doc = $doc:literal])+
        $code:literal $variant:ident $name:ident $class:ident $severity:ident $ocsf:literal
            { $($field:ident: $fact:ty),* $(,)? }
    )*) => {
        /// Something that happened, as the log keeps it. Its fields can hold no secret: see [`Fact`](crate::Fact).
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Event {
            $( $(#[doc = $doc])+ $variant { $($field: $fact),* }, )*
        }

        #[expect(non_upper_case_globals, reason = "named as the wire names them")]
        mod kinds {
            use super::*;
            $(
                pub(super) const $name: EventKind = EventKind {
                    code: $code,
                    name: stringify!($name),
                    class: Class::$class,
                    severity: Severity::$severity,
                    ocsf: $ocsf,
                    fields: &[$(Field::of::<$fact>(stringify!($field))),*],
                    doc: concat!($($doc),+).trim_ascii(),
                    order: &$crate::kind::ascending([$(stringify!($field)),*]),
                };
            )*
        }

        /// Every kind of event, in the order of the list.
        pub const CATALOGUE: &[EventKind] = &[$(kinds::$name),*];

        impl Event {
            pub fn kind(&self) -> &'static EventKind {
                match self { $( Self::$variant { .. } => &kinds::$name, )* }
            }

            /// Hands the fields over, in the order of the list.
            pub(crate) fn with_facts<'a, R>(&'a self, then: impl FnOnce(&[&'a dyn Written]) -> R) -> R {
                match self { $( Self::$variant { $($field),* } => then(&[$($field),*]), )* }
            }

            pub(crate) fn read(name: &str, data: &[(String, Json)]) -> Option<Self> {
                match name {
                    $( stringify!($name) => Some(Self::$variant {
                        $( $field: <$fact as Fact>::read(find(data, stringify!($field)))?, )*
                    }), )*
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use events;

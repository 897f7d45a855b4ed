//! The pages, each in its own file with its `View`, `render` and `samples`; listed here once.

use crate::frame::Frame;

/// Who may see a page, and so which frame it is drawn in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Anybody; nobody has to be signed in.
    Stranger,
    /// A person signed in.
    Person,
    Administrator,
}

/// One state of a page, drawn.
#[derive(Debug)]
pub struct Sample {
    pub name: &'static str,
    pub html: String,
}

pub struct Entry {
    pub name: &'static str,
    pub audience: Audience,
    /// Draws every state of the page in this frame.
    pub samples: fn(&Frame) -> Vec<Sample>,
}

macro_rules! pages {
    ($($name:ident: $audience:ident,)*) => {
        $(pub mod $name;)*

        /// Every page of the console.
        pub const PAGES: &[Entry] = &[$(Entry {
            name: stringify!($name),
            audience: Audience::$audience,
            samples: |frame| {
                let draw = |(name, view)| Sample { name, html: $name::render(frame, &view).into_string() };
                $name::samples().into_iter().map(draw).collect()
            },
        }),*];
    };
}

pages! {
    sign_in: Stranger,
    second_factor: Stranger,
    setup: Stranger,
    signed_out: Stranger,
    form_post: Stranger,
    problem: Stranger,
    consent: Person,
    log_out: Person,
    me: Person,
    own_requests: Person,
    factors: Person,
    factor_totp: Person,
    factor_codes: Person,
    inbox: Person,
    question: Person,
    overview: Administrator,
    agents: Administrator,
    agent: Administrator,
    stop: Administrator,
    applications: Administrator,
    application: Administrator,
    clients: Administrator,
    client: Administrator,
    users: Administrator,
    user: Administrator,
    approvals: Administrator,
    approval: Administrator,
    grants: Administrator,
    approvers: Administrator,
    organization: Administrator,
    groups: Administrator,
    group: Administrator,
    secrets: Administrator,
    secret: Administrator,
    stores: Administrator,
    store: Administrator,
    store_model: Administrator,
    store_edit: Administrator,
    store_tuples: Administrator,
    store_change: Administrator,
    store_check: Administrator,
    store_reach: Administrator,
    endpoints: Administrator,
    endpoint: Administrator,
    audit: Administrator,
    event: Administrator,
}

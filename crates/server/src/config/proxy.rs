//! `[proxy]`: whom to believe about where a request came from.

use chancery_kernel::Cidr;
use serde::{Deserialize, Serialize};

use super::key::{Form, Key, Section};

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Proxy {
    pub trusted: Vec<Cidr>,
}

pub const SECTION: Section = Section {
    name: "proxy",
    doc: "Reverse proxies in front of the server.",
    keys: &[Key {
        name: "trusted",
        form: Form::List,
        default: "none",
        doc: "Networks of proxies whose `X-Forwarded-For` is believed, such as `10.0.0.0/8`. Everybody else's is ignored.",
    }],
};

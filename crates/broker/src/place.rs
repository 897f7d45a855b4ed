//! Where a secret is: `resource_groups/{resource_group}/projects/{project}`, and in it a name or an id.

use std::sync::Arc;

use chancery_kernel::{Fault, OrgId, Outcome, SecretId};
use chancery_model::{Folder, Vaulted};
use chancery_store::tables::secrets::{self, Named};
use chancery_store::{Hot, Sql};

const LONGEST: usize = 64;

/// A secret as a path names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    pub resource_group: String,
    pub project: String,
    /// Id or name.
    pub secret: String,
}

impl Spot {
    /// For people and for the log.
    pub fn shown(&self) -> String {
        format!("{}/{}/{}", self.resource_group, self.project, self.secret)
    }

    pub(crate) fn named(&self) -> Named {
        match self.secret.parse::<SecretId>() {
            Ok(id) => Named::Id(id),
            Err(_) => Named::Name(self.secret.clone()),
        }
    }

    pub(crate) fn folder(&self, hot: &Hot, org: OrgId) -> Option<Arc<Folder>> {
        hot.folder_at(org, &self.resource_group, &self.project).cloned()
    }

    /// The secret, if the organization has it here.
    pub(crate) fn find(&self, sql: &mut Sql<'_>, org: OrgId, folder: &Folder) -> Outcome<Option<Vaulted>> {
        Ok(secrets::named(sql, org, folder.id, &self.named())?)
    }
}

/// The one answer for a secret that is unknown, foreign, elsewhere or not to be reached.
pub(crate) fn unknown() -> Fault {
    Fault::not_found("secret")
}

/// A part of a path: short, plain, and no second spelling of another one.
pub(crate) fn segment(what: &str, text: &str) -> Outcome<String> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.');
    let fine = (1..=LONGEST).contains(&text.len())
        && text.bytes().all(plain)
        && text.starts_with(|c: char| c.is_ascii_alphanumeric());
    if fine {
        return Ok(text.to_owned());
    }
    Err(Fault::invalid(
        "bad_name",
        format!("{what} has 1 to {LONGEST} of a-z, 0-9, '-', '_' and '.', and begins with a letter or digit"),
    ))
}

/// The name of a secret: a segment that is no id.
pub(crate) fn name(text: &str) -> Outcome<String> {
    let name = segment("the name", text)?;
    if name.starts_with("sec_") {
        return Err(Fault::invalid("bad_name", "a name does not begin with sec_: that is how ids begin"));
    }
    Ok(name)
}

/// What a person writes about it.
pub(crate) fn note(text: &str) -> Outcome<String> {
    let text = text.trim();
    if text.len() > 512 || text.chars().any(char::is_control) {
        return Err(Fault::invalid("bad_description", "a description is one line of at most 512 bytes"));
    }
    Ok(text.to_owned())
}

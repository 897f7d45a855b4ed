//! What belongs to one record alone, beside its name: the database holds it, whichever node writes.

use chancery_kernel::id::Uuid;
use chancery_kernel::{Fault, Id, OrgId};
use chancery_model::{Application, Noun, User};

use crate::fault::DbFault;
use crate::sql::{Sql, Value};
use crate::tx::Tx;

const TAKE: &str =
    "insert into claims (kind, scope, value, owner) values ($1, $2, $3, $4) on conflict do nothing";
const OWNER: &str = "select owner from claims where kind = $1 and scope = $2 and value = $3";
const RELEASE: &str = "delete from claims where owner = $1";
pub const STATEMENTS: &[&str] = &[TAKE, OWNER, RELEASE];

/// One thing that only one record may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    kind: &'static str,
    /// Within this organization; none: within the deployment.
    scope: Option<OrgId>,
    value: String,
    taken: (&'static str, &'static str),
}

impl Claim {
    fn key(&self) -> [Value; 3] {
        let scope = self.scope.unwrap_or_else(|| OrgId::from_uuid(Uuid::nil()));
        [self.kind.into(), Value::id(scope), self.value.as_str().into()]
    }
}

/// Whose address it is.
pub(crate) fn of_user(user: &User) -> Option<Claim> {
    let taken = (
        "email_taken",
        "somebody else here has this e-mail address: each person has their own, give another",
    );
    Some(Claim { kind: "email", scope: Some(user.org), value: user.email.clone(), taken })
}

/// An audience is one application's in the whole deployment, with and without its last slash; but for this server's own
/// API, which every organization has.
pub(crate) fn of_application(app: &Application) -> Option<Claim> {
    let value = app.resource.strip_suffix('/').unwrap_or(&app.resource).to_owned();
    let taken = ("resource_taken", "this resource URI is taken: each application has its own");
    (!app.builtin).then_some(Claim { kind: "resource", scope: None, value, taken })
}

impl Tx<'_> {
    /// Changes what a record has for itself alone. Within an organization its log's head keeps other nodes off.
    pub(crate) fn claim<N: Noun>(
        &mut self,
        id: N::Id,
        before: Option<Claim>,
        after: Option<Claim>,
    ) -> Result<(), Fault> {
        if before == after {
            return Ok(());
        }
        if [&before, &after].into_iter().flatten().any(|claim| claim.scope.is_none()) {
            self.sql().turn()?;
        }
        if before.is_some() {
            self.sql().run(RELEASE, &[Value::id(id)])?;
        }
        match after {
            Some(claim) if !take(self.sql(), &claim, Value::id(id))? => {
                Err(Fault::conflict(claim.taken.0, claim.taken.1))
            }
            _ => Ok(()),
        }
    }
}

fn take(sql: &mut Sql<'_>, claim: &Claim, owner: Value) -> Result<bool, DbFault> {
    let [kind, scope, value] = claim.key();
    let taken = sql.run(TAKE, &[kind, scope, value, owner.clone()])? == 1;
    Ok(taken || sql.rows(OWNER, &claim.key())?.first().is_some_and(|row| row.values() == [owner]))
}

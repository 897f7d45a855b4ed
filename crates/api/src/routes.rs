//! The operations: one file each. From their list, [`TABLE`], come the router, `/openapi.json` and the authorization
//! matrix.
//!
//! To add one: write `routes/<noun>/<verb>.rs` with `pub async fn handle`, name the module below, add a row to
//! `table.rs`. A test holds the files against the rows. Shapes that several operations share stand in [`crate::views`].

pub mod access {
    pub mod evaluation;
    pub mod evaluations;
    pub mod search_action;
    pub mod search_resource;
    pub mod search_subject;
}
pub mod agents {
    pub mod contain;
    pub mod delete;
    pub mod get;
    pub mod list;
    pub mod register;
    pub mod release;
    pub mod runs;
    pub mod set_stage;
    pub mod tokens;
    pub mod update;
    pub mod versions;
}
pub mod approvals {
    pub mod answer;
    pub mod cancel;
    pub mod get;
    pub mod list;
}
pub mod applications {
    pub mod create;
    pub mod delete;
    pub mod disable;
    pub mod enable;
    pub mod get;
    pub mod list;
    pub mod update;
}
pub mod assertions {
    pub mod read;
    pub mod write;
}
pub mod assignments {
    pub mod assign;
    pub mod get;
    pub mod list;
    pub mod unassign;
    pub mod update;
}
pub mod clients {
    pub mod add_secret;
    pub mod create;
    pub mod delete;
    pub mod disable;
    pub mod enable;
    pub mod get;
    pub mod list;
    pub mod remove_secret;
    pub mod set_keys;
    pub mod update;
}
pub mod connections {
    pub mod create;
    pub mod delete;
    pub mod get;
    pub mod list;
    pub mod update;
}
pub mod emergencies {
    pub mod declare;
    pub mod list;
    pub mod review;
}
pub mod endpoints {
    pub mod create;
    pub mod delete;
    pub mod deliveries;
    pub mod get;
    pub mod list;
    pub mod rotate;
    pub mod test;
    pub mod update;
}
pub mod events {
    pub mod explain;
    pub mod export;
    pub mod get;
    pub mod list;
}
pub mod folders {
    pub mod create;
    pub mod delete;
    pub mod get;
    pub mod list;
    pub mod update;
}
pub mod grants {
    pub mod confirm;
    pub mod get;
    pub mod give_back;
    pub mod list;
    pub mod withdraw;
}
pub mod groups {
    pub mod add_member;
    pub mod create;
    pub mod delete;
    pub mod get;
    pub mod list;
    pub mod members;
    pub mod remove_member;
    pub mod update;
}
pub mod leases {
    pub mod end;
    pub mod get;
    pub mod give_back;
    pub mod list;
}
pub mod models {
    pub mod get;
    pub mod list;
    pub mod write;
}
pub mod object_ids {
    pub mod list;
    pub mod register;
    pub mod remove;
}
pub mod operations {
    pub mod authzen;
    pub mod health;
    pub mod metrics;
    pub mod openapi;
    pub mod ready;
    pub mod resource;
    pub mod serving;
}
pub mod organizations {
    pub mod get;
    pub mod list;
    pub mod update;
}
pub mod outcomes {
    pub mod report;
}
pub mod relations {
    pub mod batch_check;
    pub mod changes;
    pub mod check;
    pub mod expand;
    pub mod explain;
    pub mod filter;
    pub mod follow;
    pub mod list_objects;
    pub mod list_set;
    pub mod list_users;
    pub mod read;
    pub mod streamed_list_objects;
    pub mod top;
    pub mod write;
}
pub mod requests {
    pub mod cancel;
    pub mod events;
    pub mod file;
    pub mod get;
    pub mod list;
}
pub mod revocations {
    pub mod follow;
}
pub mod runs {
    pub mod get;
    pub mod stop;
}
pub mod secret_connections {
    pub mod create;
    pub mod delete;
    pub mod get;
    pub mod list;
    pub mod update;
}
pub mod secrets {
    pub mod cancel;
    pub mod checkout;
    pub mod create;
    pub mod delete;
    pub mod events;
    pub mod get;
    pub mod list;
    pub mod put;
    pub mod request;
    pub mod reveal;
    pub mod rotate;
    pub mod update;
    pub mod versions;
}
pub mod stores {
    pub mod add_key;
    pub mod create;
    pub mod delete;
    pub mod get;
    pub mod keys;
    pub mod list;
    pub mod remove_key;
    pub mod set_recording;
}
pub mod tokens {
    pub mod list;
    pub mod revoke;
}
pub mod users {
    pub mod create;
    pub mod delete;
    pub mod disable;
    pub mod enable;
    pub mod factors;
    pub mod get;
    pub mod groups;
    pub mod list;
    pub mod remove_factor;
    pub mod reset_factors;
    pub mod set_password;
    pub mod update;
}

mod lent;
mod related;
pub mod row;
mod table;
mod used;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::MethodRouter;
use http::Method;

use crate::Api;
use lent::VAULT;
use related::RELATED;
pub use row::{Audit, Gate, Row, Shape, Verb};
use table::MANAGEMENT;

/// Every operation, by noun; those of the vault and of the relationship API stand in lists of their own.
pub const TABLE: &[Row] = &JOINED;

static JOINED: [Row; MANAGEMENT.len() + VAULT.len() + RELATED.len()] = {
    let mut all = [ROW; MANAGEMENT.len() + VAULT.len() + RELATED.len()];
    let (management, others) = all.split_at_mut(MANAGEMENT.len());
    management.copy_from_slice(MANAGEMENT);
    let (vault, related) = others.split_at_mut(VAULT.len());
    vault.copy_from_slice(VAULT);
    related.copy_from_slice(RELATED);
    all
};

/// Stands in the list until it is filled.
const ROW: Row = row::row!(Get "/healthz" => operations::health as health);

/// All operations, mounted.
pub(crate) fn mount(api: &Api) -> Router<Api> {
    TABLE.iter().fold(Router::new(), |router, row| {
        let reads = row.audit == Audit::Reads && row.gate != Gate::Open;
        let noted =
            |served: MethodRouter<Api>| served.route_layer(from_fn_with_state(api.clone(), used::note));
        router.route(row.path, if reads { noted(row.serve()) } else { row.serve() })
    })
}

/// Paths that pages of every origin may call.
pub(crate) fn any_origin() -> impl Iterator<Item = String> {
    TABLE.iter().filter(|row| row.any_origin).map(|row| row.path.to_owned())
}

/// The scope of the operation at this route, for challenges.
pub(crate) fn scope_of(method: &Method, path: &str) -> Option<&'static str> {
    let row = TABLE.iter().find(|row| row.path == path && row.verb.method() == *method)?;
    match row.gate {
        Gate::Needs(act) => Some(act.scope()),
        Gate::Open => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// Files under `routes/` that are no operation.
    const NO_OPERATION: [&str; 5] = ["lent.rs", "related.rs", "row.rs", "table.rs", "used.rs"];

    #[test]
    fn every_file_is_a_row_and_every_row_a_file() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/routes");
        let mut files = BTreeSet::new();
        let mut open = vec![root.clone()];
        while let Some(folder) = open.pop() {
            for item in std::fs::read_dir(folder).unwrap() {
                let path = item.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    files.insert(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        NO_OPERATION.iter().for_each(|file| assert!(files.remove(*file)));
        let rows: BTreeSet<String> = TABLE.iter().map(|row| row.file.to_owned()).collect();
        assert_eq!(files, rows);
    }

    #[test]
    fn pages_of_other_origins_call_no_route_of_relationships() {
        assert!(TABLE.iter().filter(|row| row.path.starts_with("/fga")).all(|row| !row.any_origin));
    }

    #[test]
    fn no_operation_and_no_route_stands_twice() {
        let operations: BTreeSet<_> = TABLE.iter().map(|row| row.operation).collect();
        let routes: BTreeSet<_> =
            TABLE.iter().map(|row| (row.path, row.verb.method().as_str().to_owned())).collect();
        assert_eq!((operations.len(), routes.len()), (TABLE.len(), TABLE.len()));
    }

    #[test]
    fn what_reads_is_safe_to_repeat_and_what_changes_is_not_a_get() {
        for row in TABLE {
            let safe = row.audit == Audit::Reads;
            assert_eq!(safe, row.verb == Verb::Get, "{}", row.operation);
            // A question that is too long for a path.
            assert!(row.audit != Audit::Asks || row.verb == Verb::Post, "{}", row.operation);
        }
    }

    #[test]
    fn everything_but_operations_needs_an_act() {
        for row in TABLE.iter().filter(|row| row.gate == Gate::Open) {
            assert!(row.file.starts_with("operations/"), "{} is open to everybody", row.operation);
        }
    }
}

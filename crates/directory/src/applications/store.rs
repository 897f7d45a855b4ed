//! Applications that stand for one store of relationships. Their resource URI is the store's address here, so a token for
//! one opens that store and nothing else; all that applications have (assignments, connections with their tiers, consent,
//! marks) holds for a store as well.

use chancery_context::Settings;
use chancery_kernel::{Fault, OrgId, Outcome, StoreId};
use chancery_model::Application;
use chancery_store::Hot;

use crate::rights::Holder;

/// The scopes a store knows: those of the management API that are about stores, under the same names.
const SCOPES: [&str; 3] = ["relations.read", "relations.write", "relations.manage"];

/// Which store a resource URI names. What lies among the stores and names none of this organization's is refused; whether
/// another one has it, is not said.
pub(super) fn named(hot: &Hot, settings: &Settings, org: OrgId, resource: &str) -> Outcome<Option<StoreId>> {
    if !settings.is_of_relations(resource) {
        return Ok(None);
    }
    let found = settings.store_of(resource).and_then(|id| hot.stores.find(org, id));
    found.map(|store| Some(store.id)).ok_or_else(|| {
        let address = settings.url("/fga/stores/");
        let text = format!(
            "the resource URI names no store of yours: write {address} and the id of one, nothing else"
        );
        Fault::invalid("bad_resource", text)
    })
}

/// Refuses scopes that a store does not know, and to give what the holder does not have.
pub(super) fn check(holder: &Holder, app: &Application) -> Outcome<()> {
    if app.store.is_none() {
        return Ok(());
    }
    let unknown = app.scopes.iter().find(|rule| !SCOPES.contains(&rule.name.as_str()));
    if let Some(rule) = unknown {
        let text = format!("a store knows no scope {}: its scopes are {}", rule.name, SCOPES.join(", "));
        return Err(Fault::invalid("unknown_scope", text));
    }
    holder.may_give(&app.all_scopes())
}

//! The operations of the relationship API: OpenFGA's, AuthZEN's, and those for retrieval.

use chancery_context::Act;

use super::row::{Row, row};
use super::{access, assertions, models, object_ids, operations, relations, stores};
use crate::views::relations::OpenFga;

pub(super) const RELATED: &[Row] = &[
    // ── assertions ──
    row!(Put "/fga/stores/{store}/assertions/{model}" => assertions::write as assertion_write)
        .needs(Act::RelationWrite)
        .changes("Write the assertions of a model, in place of those it had")
        .takes::<OpenFga>(),
    row!(Get "/fga/stores/{store}/assertions/{model}" => assertions::read as assertion_read)
        .needs(Act::RelationRead)
        .reads("Read the assertions of a model")
        .gives::<OpenFga>(200),
    // ── relations ──
    row!(Post "/fga/stores/{store}/write" => relations::write as relation_write)
        .needs(Act::RelationWrite)
        .changes("Write and delete tuples: all of a request, or none")
        .takes::<OpenFga>()
        .gives::<OpenFga>(200),
    row!(Post "/fga/stores/{store}/read" => relations::read as relation_read)
        .needs(Act::RelationRead)
        .answers("Read tuples as they were written")
        .takes::<OpenFga>()
        .gives::<OpenFga>(200),
    row!(Get "/fga/stores/{store}/changes" => relations::changes as relation_changes)
        .needs(Act::RelationRead)
        .reads("Read what was written and deleted, in its order")
        .asks::<relations::changes::Filter>()
        .gives::<OpenFga>(200),
    row!(Post "/fga/stores/{store}/check" => relations::check as relation_check)
        .needs(Act::RelationRead)
        .answers("Check whether a user has a relation to an object")
        .takes::<OpenFga>()
        .gives::<OpenFga>(200),
    row!(Post "/fga/stores/{store}/batch-check" => relations::batch_check as relation_batch_check)
        .needs(Act::RelationRead)
        .answers("Check up to fifty questions at once")
        .takes::<OpenFga>()
        .gives::<OpenFga>(200),
    row!(Post "/fga/stores/{store}/expand" => relations::expand as relation_expand)
        .needs(Act::RelationRead)
        .answers("Show one level of what a relation follows from")
        .takes::<OpenFga>()
        .gives::<OpenFga>(200),
    row!(Post "/fga/stores/{store}/explain" => relations::explain as relation_explain)
        .needs(Act::RelationRead)
        .answers("Explain a check: what made it true, or what was tried and is missing; `complete` says whether that is all")
        .takes::<OpenFga>()
        .gives::<OpenFga>(200),
    row!(Post "/fga/stores/{store}/list-objects" => relations::list_objects as relation_list_objects)
        .needs(Act::RelationRead)
        .answers("List what a user has a relation to; `complete` says whether that is all")
        .takes::<OpenFga>()
        .gives::<OpenFga>(200),
    row!(Post "/fga/stores/{store}/streamed-list-objects" => relations::streamed_list_objects as relation_streamed_list_objects)
        .needs(Act::RelationRead)
        .answers("The same without a bound, one object to a line")
        .takes::<OpenFga>()
        .streams("application/x-ndjson"),
    row!(Post "/fga/stores/{store}/list-users" => relations::list_users as relation_list_users)
        .needs(Act::RelationRead)
        .answers("List who has a relation to an object; `complete` says whether that is all")
        .takes::<OpenFga>()
        .gives::<OpenFga>(200),
    row!(Post "/fga/stores/{store}/filter" => relations::filter as relation_filter)
        .needs(Act::RelationRead)
        .answers("Filter candidates: those to which all of several users have a relation, in their order")
        .takes::<OpenFga>()
        .gives::<OpenFga>(200),
    row!(Post "/fga/stores/{store}/list-objects/set" => relations::list_set as relation_list_set)
        .needs(Act::RelationRead)
        .answers("List what a user has a relation to as a roaring bitmap over registered numbers, or only how many")
        .takes::<OpenFga>()
        .streams("application/vnd.roaring"),
    row!(Post "/fga/stores/{store}/top-k" => relations::top as relation_top)
        .needs(Act::RelationRead)
        .answers("Find the best so many that all of several users may see, of candidates that come page by page")
        .takes::<OpenFga>()
        .streams("application/x-ndjson"),
    row!(Post "/fga/stores/{store}/follow" => relations::follow as relation_follow)
        .needs(Act::RelationRead)
        .answers("Follow what a subject may see: all of it, then what comes and goes")
        .takes::<OpenFga>()
        .streams("application/x-ndjson"),
    // ── ids of objects ──
    row!(Put "/fga/stores/{store}/object-ids" => object_ids::register as object_id_register)
        .needs(Act::RelationWrite)
        .changes("Register the numbers by which the caller's index knows objects: all of a batch, or none")
        .takes::<object_ids::register::ObjectIds>()
        .gives::<OpenFga>(200),
    row!(Get "/fga/stores/{store}/object-ids" => object_ids::list as object_id_list)
        .needs(Act::RelationRead)
        .reads("List the numbers of a type's objects, ascending")
        .asks::<object_ids::list::Filter>()
        .gives::<OpenFga>(200),
    row!(Post "/fga/stores/{store}/object-ids/remove" => object_ids::remove as object_id_remove)
        .needs(Act::RelationWrite)
        .changes("Take the numbers of objects away")
        .takes::<object_ids::remove::Objects>()
        .gives::<OpenFga>(200),
    // ── access: AuthZEN ──
    row!(Post "/fga/stores/{store}/access/v1/evaluation" => access::evaluation as access_evaluation)
        .needs(Act::RelationRead)
        .answers("Decide whether a subject may do something with a resource (AuthZEN)")
        .takes::<OpenFga>()
        .gives::<OpenFga>(200),
    row!(Post "/fga/stores/{store}/access/v1/evaluations" => access::evaluations as access_evaluations)
        .needs(Act::RelationRead)
        .answers("Decide many questions, in order (AuthZEN)")
        .takes::<OpenFga>()
        .gives::<OpenFga>(200),
    row!(Post "/fga/stores/{store}/access/v1/search/subject" => access::search_subject as access_search_subject)
        .needs(Act::RelationRead)
        .answers("Find who can do something with a resource (AuthZEN)")
        .takes::<OpenFga>()
        .gives::<OpenFga>(200),
    row!(Post "/fga/stores/{store}/access/v1/search/resource" => access::search_resource as access_search_resource)
        .needs(Act::RelationRead)
        .answers("Find with what a subject can do something (AuthZEN)")
        .takes::<OpenFga>()
        .gives::<OpenFga>(200),
    row!(Post "/fga/stores/{store}/access/v1/search/action" => access::search_action as access_search_action)
        .needs(Act::RelationRead)
        .answers("Find what a subject can do with a resource (AuthZEN)")
        .takes::<OpenFga>()
        .gives::<OpenFga>(200),
    // ── models ──
    row!(Post "/fga/stores/{store}/authorization-models" => models::write as model_write)
        .needs(Act::StoreManage)
        .changes("Write an authorization model: the newest answers where a caller names none")
        .takes::<OpenFga>()
        .gives::<OpenFga>(201),
    row!(Get "/fga/stores/{store}/authorization-models" => models::list as model_list)
        .needs(Act::RelationRead)
        .reads("List the authorization models of a store, newest first")
        .asks::<models::list::Filter>()
        .gives::<OpenFga>(200),
    row!(Get "/fga/stores/{store}/authorization-models/{model}" => models::get as model_get)
        .needs(Act::RelationRead)
        .reads("Read one authorization model")
        .gives::<OpenFga>(200),
    // ── stores ──
    row!(Get "/fga/stores" => stores::list as store_list)
        .needs(Act::RelationRead)
        .reads("List stores of relationships")
        .asks::<stores::list::Filter>()
        .gives::<OpenFga>(200),
    row!(Post "/fga/stores" => stores::create as store_create)
        .needs(Act::StoreManage)
        .changes("Make a store of relationships")
        .takes::<OpenFga>()
        .gives::<OpenFga>(201),
    row!(Get "/fga/stores/{store}" => stores::get as store_get)
        .needs(Act::RelationRead)
        .reads("Read one store")
        .gives::<OpenFga>(200),
    row!(Delete "/fga/stores/{store}" => stores::delete as store_delete)
        .needs(Act::StoreManage)
        .changes("Delete a store with its models and tuples"),
    row!(Put "/fga/stores/{store}/recording" => stores::set_recording as store_set_recording)
        .needs(Act::StoreManage)
        .changes("Say whether each decision of a store is recorded")
        .takes::<stores::set_recording::Recording>()
        .gives::<OpenFga>(200),
    row!(Get "/fga/stores/{store}/keys" => stores::keys as store_keys)
        .needs(Act::StoreManage)
        .reads("List the pre-shared keys of a store, without the keys themselves")
        .gives::<OpenFga>(200),
    row!(Post "/fga/stores/{store}/keys" => stores::add_key as store_add_key)
        .needs(Act::StoreManage)
        .changes("Make a pre-shared key of a store; it is shown in this answer alone")
        .takes::<stores::add_key::NewKey>()
        .gives::<OpenFga>(201),
    row!(Delete "/fga/stores/{store}/keys/{key}" => stores::remove_key as store_remove_key)
        .needs(Act::StoreManage)
        .changes("Remove a pre-shared key: it opens nothing from the answer on"),
    // ── where it is ──
    row!(Get "/.well-known/authzen-configuration/fga/stores/{store}" => operations::authzen as authzen)
        .open()
        .reads("Where a store answers AuthZEN's questions")
        .gives::<OpenFga>(200),
    row!(Get "/fga/.well-known/authzen-configuration/{store}" => operations::authzen as authzen_of_openfga)
        .open()
        .reads("The same where OpenFGA has it")
        .gives::<OpenFga>(200),
    row!(Get "/fga/healthz" => operations::serving as serving)
        .open()
        .reads("The relationship API is there, as OpenFGA's clients ask it")
        .gives::<OpenFga>(200),
];

//! The rows of the vault: folders, who may reach what, secrets and leases.

use chancery_context::Act;

use super::row::{Row, row};
use super::{folders, leases, secret_connections, secrets};
use crate::views;

/// Those of the vault, in the order of its nouns.
pub(super) const VAULT: &[Row] = &[
    // ── the vault: folders ──
    row!(Get "/api/v1/secrets/folders" => folders::list as folder_list)
        .needs(Act::SecretRead)
        .reads("List the folders of the vault")
        .lists::<views::Folder>(),
    row!(Post "/api/v1/secrets/folders" => folders::create as folder_create)
        .needs(Act::SecretManage)
        .changes("Make a folder, with the policy for its secrets")
        .takes::<folders::create::Place>()
        .gives::<views::Folder>(201),
    row!(Get "/api/v1/secrets/resource_groups/{rg}/projects/{project}" => folders::get as folder_get)
        .needs(Act::SecretRead)
        .reads("Read one folder")
        .gives::<views::Folder>(200),
    row!(Patch "/api/v1/secrets/resource_groups/{rg}/projects/{project}" => folders::update as folder_update)
        .needs(Act::SecretManage)
        .changes("Change a folder, or the policy for its secrets")
        .versioned()
        .takes::<folders::update::FolderChange>()
        .gives::<views::Folder>(200),
    row!(Delete "/api/v1/secrets/resource_groups/{rg}/projects/{project}" => folders::delete as folder_delete)
        .needs(Act::SecretManage)
        .changes("Delete a folder that is empty"),
    // ── the vault: who may reach what ──
    row!(Get "/api/v1/secrets/connections" => secret_connections::list as secret_connection_list)
        .needs(Act::SecretRead)
        .reads("List who may reach which folders and secrets")
        .asks::<secret_connections::list::Filter>()
        .lists::<views::SecretConnection>(),
    row!(Post "/api/v1/secrets/connections" => secret_connections::create as secret_connection_create)
        .needs(Act::SecretManage)
        .changes("Let an agent, a person, a group or a tool reach a folder or a secret")
        .takes::<secret_connections::create::NewSecretConnection>()
        .gives::<views::SecretConnection>(201),
    row!(Get "/api/v1/secrets/connections/{id}" => secret_connections::get as secret_connection_get)
        .needs(Act::SecretRead)
        .reads("Read one connection to the vault")
        .gives::<views::SecretConnection>(200),
    row!(Patch "/api/v1/secrets/connections/{id}" => secret_connections::update as secret_connection_update)
        .needs(Act::SecretManage)
        .changes("Change the tier or the end of a connection to the vault")
        .versioned()
        .takes::<secret_connections::update::SecretConnectionChange>()
        .gives::<views::SecretConnection>(200),
    row!(Delete "/api/v1/secrets/connections/{id}" => secret_connections::delete as secret_connection_delete)
        .needs(Act::SecretManage)
        .changes("Take a connection to the vault away: what was lent to an agent by it is over"),
    // ── the vault: secrets ──
    row!(Get "/api/v1/secrets" => secrets::list as secret_list)
        .needs(Act::SecretRead)
        .reads("List secrets, without their values")
        .asks::<secrets::list::Filter>()
        .lists::<views::Secret>(),
    row!(Post "/api/v1/secrets/resource_groups/{rg}/projects/{project}/secrets" => secrets::create as secret_create)
        .needs(Act::SecretManage)
        .changes("Put a secret into the vault")
        .takes::<secrets::create::Deposit>()
        .gives::<views::Secret>(201),
    row!(Get "/api/v1/secrets/resource_groups/{rg}/projects/{project}/secrets/{id}" => secrets::get as secret_get)
        .needs(Act::SecretRead)
        .reads("Read what is known of a secret, by id or name; not its value")
        .gives::<views::Secret>(200),
    row!(Patch "/api/v1/secrets/resource_groups/{rg}/projects/{project}/secrets/{id}" => secrets::update as secret_update)
        .needs(Act::SecretManage)
        .changes("Change what is known of a secret, its policy or its rotation; not its value")
        .versioned()
        .takes::<secrets::update::SecretChange>()
        .gives::<views::Secret>(200),
    row!(Delete "/api/v1/secrets/resource_groups/{rg}/projects/{project}/secrets/{id}" => secrets::delete as secret_delete)
        .needs(Act::SecretManage)
        .changes("Delete a secret with all its versions: what was lent of it is over"),
    row!(Get "/api/v1/secrets/resource_groups/{rg}/projects/{project}/secrets/{id}/versions" => secrets::versions as secret_versions)
        .needs(Act::SecretRead)
        .reads("List the versions of a secret, without their values")
        .gives::<secrets::versions::SecretVersions>(200),
    row!(Post "/api/v1/secrets/resource_groups/{rg}/projects/{project}/secrets/{id}/versions" => secrets::put as secret_put)
        .needs(Act::SecretManage)
        .changes("Give a secret another value")
        .takes::<secrets::put::NewVersion>()
        .gives::<secrets::versions::SecretVersion>(200),
    row!(Post "/api/v1/secrets/resource_groups/{rg}/projects/{project}/secrets/{id}/reveal" => secrets::reveal as secret_reveal)
        .needs(Act::SecretReveal)
        .changes("Take a secret out of the vault; 202 where a person was asked first")
        .takes::<secrets::reveal::Reveal>()
        .gives::<secrets::reveal::Revealed200>(200),
    row!(Post "/api/v1/secrets/resource_groups/{rg}/projects/{project}/secrets/{id}/checkout" => secrets::checkout as secret_checkout)
        .needs(Act::SecretReveal)
        .changes("Take a secret out of the vault under a lease; 202 where a person was asked first")
        .takes::<secrets::reveal::Reveal>()
        .gives::<secrets::reveal::Revealed200>(200),
    row!(Get "/api/v1/secrets/resource_groups/{rg}/projects/{project}/secrets/{id}/requests/{request}" => secrets::request as secret_request)
        .needs(Act::SecretReveal)
        .reads("Read how a request of yours for a secret stands, or wait for its answer")
        .asks::<secrets::request::Patience>()
        .gives::<secrets::request::SecretRequest>(200),
    row!(Get "/api/v1/secrets/resource_groups/{rg}/projects/{project}/secrets/{id}/requests/{request}/events" => secrets::events as secret_events)
        .needs(Act::SecretReveal)
        .reads("Follow a request of yours for a secret to its answer")
        .streams("text/event-stream"),
    row!(Post "/api/v1/secrets/resource_groups/{rg}/projects/{project}/secrets/{id}/requests/{request}/cancel" => secrets::cancel as secret_cancel)
        .needs(Act::SecretReveal)
        .changes("Take a request for a secret back, as whoever filed it"),
    row!(Post "/api/v1/secrets/resource_groups/{rg}/projects/{project}/secrets/{id}/rotate" => secrets::rotate as secret_rotate)
        .needs(Act::SecretManage)
        .changes("Have a secret rotated now"),
    // ── the vault: leases ──
    row!(Get "/api/v1/leases" => leases::list as lease_list)
        .needs(Act::SecretRead)
        .reads("List who has, or had, which secret, latest first")
        .asks::<leases::list::Filter>()
        .lists::<views::Lease>(),
    row!(Get "/api/v1/leases/{id}" => leases::get as lease_get)
        .needs(Act::SecretRead)
        .reads("Read one lease")
        .gives::<views::Lease>(200),
    row!(Post "/api/v1/leases/{id}/return" => leases::give_back as lease_give_back)
        .needs(Act::SecretReveal)
        .changes("Give a secret back: what was obtained with it is dead")
        .gives::<views::Lease>(200),
    row!(Post "/api/v1/leases/{id}/end" => leases::end as lease_end)
        .needs(Act::LeaseEnd)
        .changes("End a lease against the will of whoever has the secret")
        .takes::<views::Reason>()
        .gives::<views::Lease>(200),
];

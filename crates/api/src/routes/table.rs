//! The one visible list of operations, by noun: method, path, name, act, audit class, what is taken and what is given.

use chancery_context::Act;

use super::row::{Row, row};
use super::{
    agents, applications, approvals, assignments, clients, connections, emergencies, endpoints, events,
    grants, groups, operations, organizations, outcomes, requests, revocations, runs, tokens, users,
};
use crate::views;

/// Those of management, by noun.
pub(super) const MANAGEMENT: &[Row] = &[
    // ── agents ──
    row!(Get "/api/v1/agents" => agents::list as agent_list)
        .needs(Act::AgentRead)
        .reads("List agents")
        .asks::<agents::list::Filter>()
        .lists::<views::Agent>(),
    row!(Post "/api/v1/agents" => agents::register as agent_register)
        .needs(Act::AgentManage)
        .changes("Register an agent: it is staged until it is activated")
        .takes::<agents::register::Registration>()
        .gives::<views::Agent>(201),
    row!(Get "/api/v1/agents/{id}" => agents::get as agent_get)
        .needs(Act::AgentRead)
        .reads("Read one agent")
        .gives::<views::Agent>(200),
    row!(Patch "/api/v1/agents/{id}" => agents::update as agent_update)
        .needs(Act::AgentManage)
        .changes("Change an agent: each change is a version")
        .versioned()
        .takes::<agents::update::AgentChange>()
        .gives::<views::Agent>(200),
    row!(Delete "/api/v1/agents/{id}" => agents::delete as agent_delete)
        .needs(Act::AgentManage)
        .changes("Delete an agent that is not at work"),
    row!(Post "/api/v1/agents/{id}/stage" => agents::set_stage as agent_set_stage)
        .needs(Act::AgentManage)
        .changes("Activate, suspend or retire an agent")
        .takes::<agents::set_stage::StageOrder>()
        .gives::<views::Agent>(200),
    row!(Get "/api/v1/agents/{id}/versions" => agents::versions as agent_versions)
        .needs(Act::AgentRead)
        .reads("List what an agent was at each version, with who and why")
        .gives::<agents::versions::History>(200),
    row!(Post "/api/v1/agents/{id}/contain" => agents::contain as agent_contain)
        .needs(Act::AgentContain)
        .changes("Contain an agent: from the answer on, nothing issued to it works")
        .takes::<agents::contain::Order>()
        .gives::<agents::contain::Contained>(200),
    row!(Post "/api/v1/agents/{id}/release" => agents::release as agent_release)
        .needs(Act::AgentRelease)
        .changes("Release a contained agent: it gets tokens again, and those from before stay dead")
        .takes::<agents::release::Order>()
        .gives::<agents::release::Released>(200),
    row!(Get "/api/v1/agents/{id}/runs" => agents::runs as agent_runs)
        .needs(Act::RunRead)
        .reads("List the latest runs of an agent")
        .lists::<views::Run>(),
    row!(Get "/api/v1/agents/{id}/tokens" => agents::tokens as agent_tokens)
        .needs(Act::AgentRead)
        .reads("List the tokens of an agent that work now, as the log has them")
        .gives::<agents::tokens::Tokens>(200),
    // ── applications ──
    row!(Get "/api/v1/applications" => applications::list as application_list)
        .needs(Act::ApplicationRead)
        .reads("List applications")
        .asks::<applications::list::Filter>()
        .lists::<views::Application>(),
    row!(Post "/api/v1/applications" => applications::create as application_create)
        .needs(Act::ApplicationManage)
        .changes("Add an application")
        .takes::<applications::create::NewSystem>()
        .gives::<views::Application>(201),
    row!(Get "/api/v1/applications/{id}" => applications::get as application_get)
        .needs(Act::ApplicationRead)
        .reads("Read one application")
        .gives::<views::Application>(200),
    row!(Patch "/api/v1/applications/{id}" => applications::update as application_update)
        .needs(Act::ApplicationManage)
        .changes("Change an application: a tighter rule acts on tokens already issued")
        .versioned()
        .takes::<applications::update::ApplicationChange>()
        .gives::<views::Application>(200),
    row!(Delete "/api/v1/applications/{id}" => applications::delete as application_delete)
        .needs(Act::ApplicationManage)
        .changes("Delete an application with its assignments, connections and grants"),
    row!(Post "/api/v1/applications/{id}/disable" => applications::disable as application_disable)
        .needs(Act::ApplicationManage)
        .changes("Disable an application: every token for it dies")
        .gives::<views::Application>(200),
    row!(Post "/api/v1/applications/{id}/enable" => applications::enable as application_enable)
        .needs(Act::ApplicationManage)
        .changes("Enable an application again; what was issued before stays dead")
        .gives::<views::Application>(200),
    // ── approvals ──
    row!(Get "/api/v1/approvals" => approvals::list as approval_list)
        .needs(Act::ApprovalRead)
        .reads("List questions to people and what became of them, latest first")
        .asks::<approvals::list::Filter>()
        .lists::<views::Approval>(),
    row!(Get "/api/v1/approvals/{id}" => approvals::get as approval_get)
        .needs(Act::ApprovalRead)
        .reads("Read one question, in the sentences that the person reads")
        .gives::<views::Approval>(200),
    row!(Post "/api/v1/approvals/{id}/answer" => approvals::answer as approval_answer)
        .needs(Act::ApprovalAnswer)
        .changes("Answer a question that is yours, with the digest of what you saw")
        .takes::<approvals::answer::Reply>()
        .gives::<views::Approval>(200),
    row!(Post "/api/v1/approvals/{id}/cancel" => approvals::cancel as approval_cancel)
        .needs(Act::ApprovalCancel)
        .changes("Take a question back before anything comes of it")
        .takes::<views::Reason>()
        .gives::<views::Approval>(200),
    // ── assignments ──
    row!(Get "/api/v1/assignments" => assignments::list as assignment_list)
        .needs(Act::AssignmentRead)
        .reads("List assignments")
        .asks::<assignments::list::Filter>()
        .lists::<views::Assignment>(),
    row!(Post "/api/v1/assignments" => assignments::assign as assignment_assign)
        .needs(Act::AssignmentManage)
        .changes("Assign a user, group, agent or client to an application")
        .takes::<assignments::assign::NewAssignee>()
        .gives::<views::Assignment>(201),
    row!(Get "/api/v1/assignments/{id}" => assignments::get as assignment_get)
        .needs(Act::AssignmentRead)
        .reads("Read one assignment")
        .gives::<views::Assignment>(200),
    row!(Patch "/api/v1/assignments/{id}" => assignments::update as assignment_update)
        .needs(Act::AssignmentManage)
        .changes("Change the scopes of an assignment")
        .versioned()
        .takes::<assignments::update::AssignmentChange>()
        .gives::<views::Assignment>(200),
    row!(Delete "/api/v1/assignments/{id}" => assignments::unassign as assignment_unassign)
        .needs(Act::AssignmentManage)
        .changes("Take an assignment back, at once"),
    // ── clients ──
    row!(Get "/api/v1/clients" => clients::list as client_list)
        .needs(Act::ClientRead)
        .reads("List clients")
        .asks::<clients::list::Filter>()
        .lists::<views::Client>(),
    row!(Post "/api/v1/clients" => clients::create as client_create)
        .needs(Act::ClientManage)
        .changes("Add a client; its secret is shown in this answer alone")
        .takes::<clients::create::NewFace>()
        .gives::<clients::create::CreatedFace>(201),
    row!(Get "/api/v1/clients/{id}" => clients::get as client_get)
        .needs(Act::ClientRead)
        .reads("Read one client")
        .gives::<views::Client>(200),
    row!(Patch "/api/v1/clients/{id}" => clients::update as client_update)
        .needs(Act::ClientManage)
        .changes("Change a client")
        .versioned()
        .takes::<clients::update::ClientChange>()
        .gives::<views::Client>(200),
    row!(Delete "/api/v1/clients/{id}" => clients::delete as client_delete)
        .needs(Act::ClientManage)
        .changes("Delete a client: every token issued to it dies"),
    row!(Post "/api/v1/clients/{id}/disable" => clients::disable as client_disable)
        .needs(Act::ClientManage)
        .changes("Disable a client: refused, every token issued to it dead")
        .takes::<views::Reason>()
        .gives::<views::Client>(200),
    row!(Post "/api/v1/clients/{id}/enable" => clients::enable as client_enable)
        .needs(Act::ClientManage)
        .changes("Enable a client again; what was issued before stays dead")
        .gives::<views::Client>(200),
    row!(Put "/api/v1/clients/{id}/keys" => clients::set_keys as client_set_keys)
        .needs(Act::ClientManage)
        .changes("Replace a client's public keys; where one goes, the tokens issued to the client die, unless told otherwise")
        .asks::<views::Removal>()
        .takes::<clients::set_keys::KeySet>()
        .gives::<views::Client>(200),
    row!(Post "/api/v1/clients/{id}/secrets" => clients::add_secret as client_add_secret)
        .needs(Act::ClientManage)
        .changes("Add a secret to a client; it is shown in this answer alone")
        .takes::<clients::add_secret::SecretOrder>()
        .gives::<clients::add_secret::NewSecret>(201),
    row!(Delete "/api/v1/clients/{id}/secrets/{name}" => clients::remove_secret as client_remove_secret)
        .needs(Act::ClientManage)
        .changes("Remove a secret of a client; the tokens issued to the client die with it, unless told otherwise")
        .asks::<views::Removal>()
        .gives::<views::Client>(200),
    // ── connections ──
    row!(Get "/api/v1/connections" => connections::list as connection_list)
        .needs(Act::ConnectionRead)
        .reads("List connections")
        .asks::<connections::list::Filter>()
        .lists::<views::Connection>(),
    row!(Post "/api/v1/connections" => connections::create as connection_create)
        .needs(Act::ConnectionManage)
        .changes("Connect an agent to an application")
        .takes::<connections::create::NewReach>()
        .gives::<views::Connection>(201),
    row!(Get "/api/v1/connections/{id}" => connections::get as connection_get)
        .needs(Act::ConnectionRead)
        .reads("Read one connection")
        .gives::<views::Connection>(200),
    row!(Patch "/api/v1/connections/{id}" => connections::update as connection_update)
        .needs(Act::ConnectionManage)
        .changes("Change a connection: a stricter one acts on tokens already issued")
        .versioned()
        .takes::<connections::update::ConnectionChange>()
        .gives::<views::Connection>(200),
    row!(Delete "/api/v1/connections/{id}" => connections::delete as connection_delete)
        .needs(Act::ConnectionManage)
        .changes("Disconnect an agent from an application, at once"),
    // ── emergencies ──
    row!(Get "/api/v1/emergencies" => emergencies::list as emergency_list)
        .needs(Act::RequestRead)
        .reads("List what was taken in emergencies, latest first")
        .asks::<emergencies::list::Filter>()
        .gives::<emergencies::list::Emergencies>(200),
    row!(Post "/api/v1/emergencies" => emergencies::declare as emergency_declare)
        .needs(Act::EmergencyDeclare)
        .changes("Take a permission in an emergency: nobody is asked, everybody is told, somebody reviews it")
        .takes::<emergencies::declare::Emergency>()
        .gives::<views::Approval>(201),
    row!(Post "/api/v1/emergencies/{id}/review" => emergencies::review as emergency_review)
        .needs(Act::EmergencyReview)
        .changes("Review what somebody else took in an emergency: what was not justified ends")
        .takes::<emergencies::review::Review>()
        .gives::<views::Approval>(200),
    // ── endpoints ──
    row!(Get "/api/v1/endpoints" => endpoints::list as endpoint_list)
        .needs(Act::EndpointRead)
        .reads("List who is told of approvals")
        .lists::<views::Endpoint>(),
    row!(Post "/api/v1/endpoints" => endpoints::create as endpoint_create)
        .needs(Act::EndpointManage)
        .changes("Have an address told of approvals: its secret is in this answer and in no other")
        .takes::<endpoints::create::NewEndpoint>()
        .gives::<views::EndpointKey>(201),
    row!(Get "/api/v1/endpoints/{id}" => endpoints::get as endpoint_get)
        .needs(Act::EndpointRead)
        .reads("Read one endpoint")
        .gives::<views::Endpoint>(200),
    row!(Patch "/api/v1/endpoints/{id}" => endpoints::update as endpoint_update)
        .needs(Act::EndpointManage)
        .changes("Change where, of what and whether an endpoint is told")
        .versioned()
        .takes::<endpoints::update::EndpointChange>()
        .gives::<views::Endpoint>(200),
    row!(Delete "/api/v1/endpoints/{id}" => endpoints::delete as endpoint_delete)
        .needs(Act::EndpointManage)
        .changes("Remove an endpoint, with what waits for it"),
    row!(Post "/api/v1/endpoints/{id}/rotate" => endpoints::rotate as endpoint_rotate)
        .needs(Act::EndpointManage)
        .changes("Give a webhook another secret: the one before signs too for a while")
        .takes::<endpoints::rotate::RotationOrder>()
        .gives::<views::EndpointKey>(200),
    row!(Post "/api/v1/endpoints/{id}/test" => endpoints::test as endpoint_test)
        .needs(Act::EndpointManage)
        .changes("Send an endpoint a test message")
        .gives::<endpoints::test::Ordered>(202),
    row!(Get "/api/v1/endpoints/{id}/deliveries" => endpoints::deliveries as endpoint_deliveries)
        .needs(Act::EndpointRead)
        .reads("List the last messages to an endpoint, and what came of them")
        .lists::<views::Delivery>(),
    // ── events ──
    row!(Get "/api/v1/events" => events::list as event_list)
        .needs(Act::EventRead)
        .reads("List events, latest first")
        .asks::<events::list::Filter>()
        .lists::<views::Event>(),
    row!(Get "/api/v1/events/export" => events::export as event_export)
        .needs(Act::EventRead)
        .reads("Export the whole log of the organization, to be verified without this server")
        .streams("application/octet-stream"),
    row!(Get "/api/v1/events/{id}" => events::get as event_get)
        .needs(Act::EventRead)
        .reads("Read one event")
        .gives::<views::Event>(200),
    row!(Get "/api/v1/events/{id}/explain" => events::explain as event_explain)
        .needs(Act::EventRead)
        .reads("Explain one event in sentences, with its evidence and the proof that it is in the log")
        .gives::<events::explain::Explained>(200),
    // ── grants ──
    row!(Get "/api/v1/grants" => grants::list as grant_list)
        .needs(Act::GrantRead)
        .reads("List grants")
        .asks::<grants::list::Filter>()
        .lists::<views::Grant>(),
    row!(Get "/api/v1/grants/{id}" => grants::get as grant_get)
        .needs(Act::GrantRead)
        .reads("Read one grant")
        .gives::<views::Grant>(200),
    row!(Delete "/api/v1/grants/{id}" => grants::withdraw as grant_withdraw)
        .needs(Act::GrantManage)
        .changes("Withdraw a consent or an approval, at once"),
    row!(Post "/api/v1/grants/{id}/return" => grants::give_back as grant_return)
        .needs(Act::GrantReturn)
        .changes("Give a permission back before its end: every token that rests on it is dead"),
    row!(Post "/api/v1/grants/{id}/confirm" => grants::confirm as grant_confirm)
        .needs(Act::GrantConfirm)
        .changes("Say that a permission goes on whose approver has left")
        .gives::<views::Grant>(200),
    // ── groups ──
    row!(Get "/api/v1/groups" => groups::list as group_list)
        .needs(Act::GroupRead)
        .reads("List groups")
        .asks::<groups::list::Filter>()
        .lists::<views::Group>(),
    row!(Post "/api/v1/groups" => groups::create as group_create)
        .needs(Act::GroupManage)
        .changes("Add a group")
        .takes::<groups::create::NewTeam>()
        .gives::<views::Group>(201),
    row!(Get "/api/v1/groups/{id}" => groups::get as group_get)
        .needs(Act::GroupRead)
        .reads("Read one group")
        .gives::<views::Group>(200),
    row!(Patch "/api/v1/groups/{id}" => groups::update as group_update)
        .needs(Act::GroupManage)
        .changes("Change a group")
        .versioned()
        .takes::<groups::update::GroupChange>()
        .gives::<views::Group>(200),
    row!(Delete "/api/v1/groups/{id}" => groups::delete as group_delete)
        .needs(Act::GroupManage)
        .changes("Delete a group with its memberships and assignments"),
    row!(Get "/api/v1/groups/{id}/members" => groups::members as group_members)
        .needs(Act::GroupRead)
        .reads("List the people in a group")
        .lists::<views::User>(),
    row!(Put "/api/v1/groups/{id}/members/{user}" => groups::add_member as group_add_member)
        .needs(Act::GroupManage)
        .changes("Add a person to a group"),
    row!(Delete "/api/v1/groups/{id}/members/{user}" => groups::remove_member as group_remove_member)
        .needs(Act::GroupManage)
        .changes("Take a person out of a group: what only the group gave ends at once"),
    // ── guards ──
    row!(Post "/api/v1/outcomes" => outcomes::report as outcome_report)
        .needs(Act::OutcomeReport)
        .changes("Report what came of calls that a guard let through or refused")
        .takes::<outcomes::report::Reports>()
        .gives::<outcomes::report::Received>(200),
    row!(Get "/revocations" => revocations::follow as revocation_follow)
        .needs(Act::MarkRead)
        .reads("Follow the signed feed of revocation marks: a snapshot, then marks as they are set, and heartbeats")
        .streams("text/event-stream"),
    // ── organizations ──
    row!(Get "/api/v1/organizations" => organizations::list as organization_list)
        .needs(Act::OrganizationRead)
        .reads("List organizations")
        .lists::<views::Organization>(),
    row!(Get "/api/v1/organizations/{id}" => organizations::get as organization_get)
        .needs(Act::OrganizationRead)
        .reads("Read one organization")
        .gives::<views::Organization>(200),
    row!(Patch "/api/v1/organizations/{id}" => organizations::update as organization_update)
        .needs(Act::OrganizationManage)
        .changes("Change the title of the organization")
        .versioned()
        .takes::<organizations::update::OrganizationChange>()
        .gives::<views::Organization>(200),
    // ── requests ──
    row!(Get "/api/v1/requests" => requests::list as request_list)
        .needs(Act::RequestRead)
        .reads("List access requests and what became of them, latest first")
        .asks::<requests::list::Filter>()
        .lists::<views::Approval>(),
    row!(Post "/api/v1/requests" => requests::file as request_file)
        .needs(Act::RequestFile)
        .changes("Ask for a permission for a while, or for more time")
        .takes::<requests::file::Asked>()
        .gives::<views::Approval>(201),
    row!(Get "/api/v1/requests/{id}" => requests::get as request_get)
        .needs(Act::RequestRead)
        .reads("Read one access request, or wait for its decision")
        .asks::<requests::get::Patience>()
        .gives::<views::Approval>(200),
    row!(Get "/api/v1/requests/{id}/events" => requests::events as request_events)
        .needs(Act::RequestRead)
        .reads("Follow an access request to its end: one event says how it came out")
        .streams("text/event-stream"),
    row!(Post "/api/v1/requests/{id}/cancel" => requests::cancel as request_cancel)
        .needs(Act::RequestCancel)
        .changes("Take an access request back")
        .takes::<views::Reason>()
        .gives::<views::Approval>(200),
    // ── runs ──
    row!(Get "/api/v1/runs/{id}" => runs::get as run_get)
        .needs(Act::RunRead)
        .reads("Read one run")
        .gives::<views::Run>(200),
    row!(Post "/api/v1/runs/{id}/stop" => runs::stop as run_stop)
        .needs(Act::RunManage)
        .changes("Stop one run: tokens of this task die, others stay")
        .takes::<runs::stop::Order>()
        .gives::<runs::stop::Stopped>(200),
    // ── operations ──
    row!(Get "/.well-known/oauth-protected-resource/api/v1" => operations::resource as resource)
        .open()
        .any_origin()
        .reads("Metadata of this API as a protected resource (RFC 9728)")
        .gives::<operations::resource::Metadata>(200),
    row!(Get "/healthz" => operations::health as health)
        .open()
        .reads("Whether the process is alive")
        .gives::<operations::health::Health>(200),
    row!(Get "/metrics" => operations::metrics as metrics)
        .open()
        .reads("Counters, in the text format of Prometheus")
        .streams("text/plain"),
    row!(Get "/openapi.json" => operations::openapi as openapi).open().reads("This document").streams("application/json"),
    row!(Get "/readyz" => operations::ready as ready)
        .open()
        .reads("Whether something can be recorded now")
        .gives::<operations::health::Health>(200),
    // ── tokens ──
    row!(Get "/api/v1/tokens" => tokens::list as token_list)
        .needs(Act::TokenRead)
        .reads("List the tokens that work now, as the log has them: of an agent, a person or a client, or all")
        .asks::<tokens::list::Filter>()
        .lists::<views::Token>(),
    row!(Post "/api/v1/tokens/{pos}/revoke" => tokens::revoke as token_revoke)
        .needs(Act::TokenRevoke)
        .changes("Revoke one token, named by the position of its decision: it dies at once, and nothing else does")
        .takes::<tokens::revoke::Order>()
        .gives::<tokens::revoke::Revoked>(200),
    // ── users ──
    row!(Get "/api/v1/users" => users::list as user_list)
        .needs(Act::UserRead)
        .reads("List users")
        .asks::<users::list::Filter>()
        .lists::<views::User>(),
    row!(Post "/api/v1/users" => users::create as user_create)
        .needs(Act::UserManage)
        .changes("Add a person")
        .takes::<users::create::NewPerson>()
        .gives::<views::User>(201),
    row!(Get "/api/v1/users/{id}" => users::get as user_get)
        .needs(Act::UserRead)
        .reads("Read one user")
        .gives::<views::User>(200),
    row!(Patch "/api/v1/users/{id}" => users::update as user_update)
        .needs(Act::UserManage)
        .changes("Change a person")
        .versioned()
        .takes::<users::update::UserChange>()
        .gives::<views::User>(200),
    row!(Delete "/api/v1/users/{id}" => users::delete as user_delete)
        .needs(Act::UserManage)
        .changes("Delete a person with all they had"),
    row!(Post "/api/v1/users/{id}/disable" => users::disable as user_disable)
        .needs(Act::UserManage)
        .changes("Disable a person: signed out everywhere, every token in which they take part dead")
        .takes::<views::Reason>()
        .gives::<views::User>(200),
    row!(Post "/api/v1/users/{id}/enable" => users::enable as user_enable)
        .needs(Act::UserManage)
        .changes("Enable a person again; what was issued before stays dead")
        .gives::<views::User>(200),
    row!(Get "/api/v1/users/{id}/groups" => users::groups as user_groups)
        .needs(Act::GroupRead)
        .reads("List the groups a person is in")
        .gives::<users::groups::GroupsOf>(200),
    row!(Get "/api/v1/users/{id}/factors" => users::factors as user_factors)
        .needs(Act::UserRead)
        .reads("List the second factors of a person")
        .gives::<users::factors::FactorsOf>(200),
    row!(Delete "/api/v1/users/{id}/factors/{factor}" => users::remove_factor as user_remove_factor)
        .needs(Act::UserManage)
        .changes("Remove a second factor of a person"),
    row!(Post "/api/v1/users/{id}/factors/reset" => users::reset_factors as user_reset_factors)
        .needs(Act::UserManage)
        .changes("Take every second factor and recovery code away from a person who lost them; their sign-ins end")
        .takes::<views::Reason>(),
    row!(Put "/api/v1/users/{id}/password" => users::set_password as user_set_password)
        .needs(Act::UserManage)
        .changes("Set a person's password: their sign-ins end")
        .takes::<users::set_password::NewPassword>(),
];

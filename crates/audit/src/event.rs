//! The event catalogue: one visible list. To add an event, add an entry; codes are never used twice, names and fields
//! of a released kind never change, and a new field is an `Option`, so that old lines still read.
//!
//! `values` of a change says what security rests on: `field - what it was`, `field + what it is`.
//!
//! An entry: documentation, code, variant, wire name, class, severity, OCSF `class_uid/activity_id`, and the fields,
//! ids first.

use chancery_kernel::*;

use crate::canon::Canon;
use crate::evidence::Evidence;
use crate::fields::sealed::Written;
use crate::fields::{Digest, Fact, Party, Subject, Text};
use crate::json::{Json, find};
use crate::kind::{Class, EventKind, Field, Severity, events};

events! {
    // ── decisions on behalf of agents, and their use ──

    /// A token for an agent was asked for; the evidence says whether it was issued, and by which rule.
    100 TokenDecided token_decided Decision Info "3003/1" {
        jti: Option<Text>, source_jti: Option<Text>, evidence: Evidence, grant_type: Text, audience: Text,
        profile: Text, expires: Option<Timestamp>, reasons: Vec<Text>, mend: Option<Text>, rests_on: Option<Text>,
    }
    /// A resource server's guard reported what an agent did with a token.
    101 TokenUsed token_used Use Info "6003/99" {
        jti: Text, evidence: Evidence, method: Text, path: Text, status: i64, reason: Option<Text>,
    }

    // ── decisions without an agent ──

    /// A tool that acts for nobody asked for a token.
    120 ClientTokenDecided client_token_decided Decision Info "3003/1" {
        client: ClientId, application: Option<AppId>, jti: Option<Text>, scopes: ScopeSet, allow: bool,
        expires: Option<Timestamp>, reasons: Vec<Text>,
    }
    /// A person's own client asked for a token.
    121 PersonTokenDecided person_token_decided Decision Info "3003/1" {
        user: UserId, client: ClientId, session: Option<SessionId>, application: Option<AppId>, jti: Option<Text>,
        scopes: ScopeSet, allow: bool, expires: Option<Timestamp>, reasons: Vec<Text>, rests_on: Option<Text>,
    }
    /// A client could not prove itself. What it called itself is a hint; the client is named where there is one of that id.
    122 ClientAuthenticationFailed client_authentication_failed Security Notice "3002/1" {
        client: Option<ClientId>, agent: Option<AgentId>, client_hint: Text, method: Text,
        reason: Text,
    }
    /// A management act was refused.
    123 AccessDenied access_denied Decision Notice "6003/99" { act: Text, target: Text, reason: Text }
    /// A refresh token that had already been exchanged came back: it was copied, and its family is revoked.
    124 RefreshReuseDetected refresh_reuse_detected Security Alert "2004/1" {
        family: FamilyId, client: ClientId, agent: Option<AgentId>, user: UserId,
    }
    /// An authorization code that had already been redeemed came back; what it led to is revoked.
    125 CodeReplayed code_replayed Security Alert "2004/1" {
        client: ClientId, agent: Option<AgentId>, user: Option<UserId>, family: Option<FamilyId>,
    }

    /// More failures of strangers came than are recorded one by one: so many were only counted, and answered with 429.
    126 FailuresCounted failures_counted Security Warning "3002/1" {
        count: i64, addresses: i64, since: Timestamp, until: Timestamp,
    }

    // ── approvals ──

    /// A person was asked whether an agent may do something; `seen` is the digest of the sentences they are shown.
    130 ApprovalRequested approval_requested Decision Info "3003/1" {
        approval: ApprovalId, evidence: Evidence, seen: Digest, message: Option<Text>, lapses: Timestamp,
    }
    /// A person said yes to what they saw; with `complete`, nobody else has to.
    131 ApprovalGranted approval_granted Decision Notice "3003/1" {
        approval: ApprovalId, by: UserId, session: Option<SessionId>, evidence: Evidence, seen: Digest, complete: bool,
    }
    /// A person said no.
    132 ApprovalDenied approval_denied Decision Notice "3003/1" {
        approval: ApprovalId, by: UserId, session: Option<SessionId>, evidence: Evidence, seen: Digest,
    }
    /// An approval lapsed: nobody answered it in time, or nobody fetched what was approved.
    133 ApprovalLapsed approval_lapsed Change Info "3003/99" {
        approval: ApprovalId, user: UserId, agent: Option<AgentId>, reason: Text,
    }
    /// An approval was taken back before anything came of it.
    134 ApprovalCanceled approval_canceled Change Notice "3003/99" {
        approval: ApprovalId, user: UserId, agent: Option<AgentId>, reason: Text,
    }
    /// What was approved became a token, once.
    135 ApprovalRedeemed approval_redeemed Use Info "3003/1" {
        approval: ApprovalId, jti: Text, evidence: Evidence, seen: Digest, by: Vec<UserId>,
    }
    /// A person took back what they had approved: the token that came of it is dead.
    136 ApprovalWithdrawn approval_withdrawn Security Notice "3003/99" {
        approval: ApprovalId, grant: GrantId, user: UserId, by: UserId,
    }
    /// A question to a person was not put: too many wait already, or they have just said no.
    137 ApprovalRefused approval_refused Security Warning "3003/1" {
        user: UserId, client: ClientId, agent: Option<AgentId>, reason: Text,
    }

    /// A yes became a permission for a while.
    138 GrantGiven grant_given Change Notice "3005/1" {
        grant: GrantId, approval: ApprovalId, user: UserId, agent: Option<AgentId>, application: Option<AppId>,
        scopes: ScopeSet, until: Timestamp, secret: Option<SecretId>, from: Option<Timestamp>, assigns: Option<bool>,
    }

    /// A client could not be sent what became of its request; a token that was made for it is dead.
    139 ApprovalUndelivered approval_undelivered Change Warning "3003/99" {
        approval: ApprovalId, client: ClientId, agent: Option<AgentId>, reason: Text,
    }
    /// Nobody had answered after a while: others may too, from now on.
    140 ApprovalEscalated approval_escalated Change Notice "3003/99" {
        approval: ApprovalId, user: UserId, agent: Option<AgentId>,
    }
    /// Somebody who had said yes has left, and their yes with them.
    141 ApprovalAnswerDropped approval_answer_dropped Change Notice "3003/99" {
        approval: ApprovalId, by: UserId, reason: Text,
    }
    /// A person named somebody who answers for them while they are away, or took that back.
    142 StandInNamed stand_in_named Change Notice "3005/1" {
        user: UserId, stand_in: Option<UserId>, from: Option<Timestamp>, until: Option<Timestamp>,
    }
    /// A person said that an agent should not have asked: it is denied, and what else it asked of them is taken back.
    143 ApprovalReported approval_reported Security Alert "2004/1" {
        approval: ApprovalId, by: UserId, user: UserId, agent: Option<AgentId>, client: ClientId, note: Option<Text>,
    }

    /// Somebody took a permission in an emergency, without asking anybody: it is in force, and waits for a review.
    145 EmergencyDeclared emergency_declared Security Alert "3005/1" {
        approval: ApprovalId, grant: GrantId, by: UserId, user: UserId, agent: Option<AgentId>, application: Option<AppId>,
        scopes: ScopeSet, until: Timestamp, reason: Text,
    }
    /// Somebody else looked at what was taken in an emergency.
    146 EmergencyReviewed emergency_reviewed Security Notice "3005/99" {
        approval: ApprovalId, grant: GrantId, by: UserId, justified: bool, note: Text,
    }

    // ── sign-in and consent ──

    /// A person signed in.
    200 SignInSucceeded sign_in_succeeded SignIn Info "3002/1" {
        user: UserId, session: SessionId, method: Text, address: Text,
    }
    /// A sign-in failed; the user is named where the login is known.
    201 SignInFailed sign_in_failed SignIn Notice "3002/1" {
        user: Option<UserId>, login: Text, reason: Text, address: Text,
    }
    /// Too many sign-ins failed: further ones have to wait.
    202 SignInThrottled sign_in_throttled SignIn Warning "3002/1" {
        login: Text, address: Text, until: Option<Timestamp>,
    }
    /// A session ended.
    203 SessionEnded session_ended SignIn Info "3002/2" { user: UserId, session: SessionId, reason: Text }
    /// A person agreed that a client, or the agent behind it, may act for them.
    210 ConsentGiven consent_given SignIn Info "3005/1" {
        grant: GrantId, user: UserId, client: ClientId, agent: Option<AgentId>, application: Option<AppId>,
        scopes: ScopeSet, until: Option<Timestamp>,
    }
    /// A consent ended: the person took it back, or what they had agreed to changed.
    211 ConsentWithdrawn consent_withdrawn SignIn Notice "3005/2" {
        grant: GrantId, user: UserId, client: ClientId, agent: Option<AgentId>, application: Option<AppId>,
        reason: Option<Text>,
    }
    /// A person was asked for a consent and said no.
    212 ConsentRefused consent_refused SignIn Notice "3005/99" {
        user: UserId, client: ClientId, agent: Option<AgentId>, application: Option<AppId>, scopes: ScopeSet,
    }
    /// A person enrolled a second factor.
    213 FactorEnrolled factor_enrolled Security Notice "3001/99" {
        user: UserId, session: SessionId, factor: FactorId, method: Text, name: Text,
    }
    /// A second factor was removed: by the person, or by an administrator.
    214 FactorRemoved factor_removed Security Notice "3001/99" { user: UserId, factor: FactorId, method: Text, name: Text }
    /// A person made a new set of recovery codes; the old one is void.
    215 RecoveryCodesMade recovery_codes_made Security Notice "3001/99" { user: UserId, session: SessionId }
    /// An administrator removed every second factor and recovery code of a person, who had lost them.
    216 FactorsReset factors_reset Security Warning "3001/99" { user: UserId, removed: i64, reason: Text }
    /// A password was right, and the second factor was asked for.
    217 SecondFactorAsked second_factor_asked SignIn Info "3002/1" { user: UserId, address: Text }
    /// A second factor was wrong, or was not looked at.
    218 SecondFactorFailed second_factor_failed SignIn Warning "3002/1" {
        user: UserId, method: Text, reason: Text, address: Text,
    }
    /// A person proved a second factor within a session.
    219 SecondFactorProven second_factor_proven SignIn Info "3002/1" {
        user: UserId, session: SessionId, method: Text, address: Text,
    }
    /// A one-time link to set up the first administrator was printed.
    220 SetupLinkIssued setup_link_issued Security Notice "3001/99" { until: Option<Timestamp> }
    /// The first administrator was set up.
    221 AdministratorSetUp administrator_set_up Security Notice "3001/1" { user: UserId, login: Text }

    /// A person wants to be told in this browser what waits for them.
    222 BrowserSubscribed browser_subscribed SignIn Info "3001/99" { user: UserId, browser: Text }
    /// A browser tells its owner nothing any more.
    223 BrowserUnsubscribed browser_unsubscribed SignIn Info "3001/99" { user: UserId, browser: Text, reason: Text }

    // ── changes: organizations, people, groups ──

    /// An organization was created.
    300 OrganizationCreated organization_created Change Notice "3004/1" { organization: OrgId, name: Text }
    /// An organization was changed.
    301 OrganizationUpdated organization_updated Change Info "3004/3" {
        organization: OrgId, changed: Vec<Text>,
    }
    /// A person was added.
    310 UserCreated user_created Change Info "3001/1" { user: UserId, login: Text }
    /// A person's record was changed.
    311 UserUpdated user_updated Change Info "3001/99" { user: UserId, changed: Vec<Text>, values: Option<Vec<Text>> }
    /// A person may no longer sign in, and no agent may act for them.
    312 UserDisabled user_disabled Change Notice "3001/5" { user: UserId, reason: Option<Text> }
    /// A person may sign in again.
    313 UserEnabled user_enabled Change Notice "3001/2" { user: UserId }
    /// A person was removed.
    314 UserDeleted user_deleted Change Notice "3001/6" { user: UserId, login: Text }
    /// A person's password was set.
    315 PasswordSet password_set Change Notice "3001/3" { user: UserId }
    /// Somebody who is signed in as a person could not prove to know the password they wanted to change.
    316 PasswordChangeRefused password_change_refused Security Notice "3001/99" { user: UserId, reason: Text }
    /// A group was created.
    320 GroupCreated group_created Change Info "3006/6" { group: GroupId, name: Text }
    /// A group was changed.
    321 GroupUpdated group_updated Change Info "3006/99" { group: GroupId, changed: Vec<Text> }
    /// A group was removed.
    322 GroupDeleted group_deleted Change Notice "3006/5" { group: GroupId, name: Text }
    /// A person joined a group.
    323 MemberAdded member_added Change Info "3006/3" { group: GroupId, user: UserId }
    /// A person left a group.
    324 MemberRemoved member_removed Change Info "3006/4" { group: GroupId, user: UserId }

    // ── changes: applications, agents, clients ──

    /// A target application was added.
    330 ApplicationCreated application_created Change Info "3004/1" { application: AppId, name: Text }
    /// An application was changed.
    331 ApplicationUpdated application_updated Change Info "3004/3" {
        application: AppId, changed: Vec<Text>, values: Option<Vec<Text>>,
    }
    /// An application was removed.
    332 ApplicationDeleted application_deleted Change Notice "3004/4" { application: AppId, name: Text }
    /// An agent was registered.
    340 AgentRegistered agent_registered Change Notice "3004/1" {
        agent: AgentId, owners: Vec<UserId>, sponsor: Option<UserId>, name: Text, stage: Text,
    }
    /// An agent was changed.
    341 AgentUpdated agent_updated Change Info "3004/3" {
        agent: AgentId, changed: Vec<Text>, why: Option<Text>, values: Option<Vec<Text>>,
    }
    /// An agent moved to another stage of its life.
    342 AgentStageChanged agent_stage_changed Change Notice "3004/3" {
        agent: AgentId, from: Text, to: Text, why: Text,
    }
    /// An agent was removed.
    343 AgentDeleted agent_deleted Change Notice "3004/4" { agent: AgentId, name: Text }
    /// Nobody who can act answers for an agent any more: its last active owner, or its sponsor, was disabled.
    345 AgentOwnerless agent_ownerless Change Warning "3004/99" { agent: AgentId, user: UserId }
    /// An OAuth client was created.
    350 ClientCreated client_created Change Info "3004/1" {
        client: ClientId, agent: Option<AgentId>, application: Option<AppId>, name: Text,
    }
    /// A client was changed.
    351 ClientUpdated client_updated Change Info "3004/3" { client: ClientId, changed: Vec<Text>, values: Option<Vec<Text>> }
    /// A client is refused from now on.
    352 ClientDisabled client_disabled Change Notice "3004/9" { client: ClientId, reason: Option<Text> }
    /// A client is answered again.
    353 ClientEnabled client_enabled Change Notice "3004/8" { client: ClientId }
    /// A client was removed.
    354 ClientDeleted client_deleted Change Notice "3004/4" { client: ClientId, name: Text }
    /// A client got another secret; the log knows it by a name, not by its text.
    355 ClientSecretAdded client_secret_added Change Notice "3004/3" {
        client: ClientId, secret: Text, expires: Option<Timestamp>,
    }
    /// A client lost a secret; the tokens issued to it ended with it, or were kept.
    356 ClientSecretRemoved client_secret_removed Change Notice "3004/3" {
        client: ClientId, secret: Text, tokens_ended: Option<bool>,
    }
    /// A client's public keys were replaced; their key ids are named. Where one was taken away, the tokens issued to the
    /// client ended with it, or were kept.
    357 ClientKeysChanged client_keys_changed Change Notice "3004/3" {
        client: ClientId, kids: Vec<Text>, tokens_ended: Option<bool>,
    }

    // ── changes: what may reach what ──

    /// A person, group, agent or tool was assigned to an application; without scopes, to all of them.
    360 AssignmentCreated assignment_created Change Info "3005/1" {
        assignment: AssignmentId, principal: Party, application: AppId, scopes: Option<ScopeSet>,
    }
    /// An assignment was changed.
    361 AssignmentUpdated assignment_updated Change Info "3005/99" {
        assignment: AssignmentId, principal: Party, application: AppId, scopes: Option<ScopeSet>,
        changed: Vec<Text>, values: Option<Vec<Text>>,
    }
    /// An assignment was removed.
    362 AssignmentRemoved assignment_removed Change Notice "3005/2" {
        assignment: AssignmentId, principal: Party, application: AppId,
    }
    /// An agent was connected to an application.
    370 ConnectionCreated connection_created Change Notice "3005/1" {
        connection: ConnectionId, agent: AgentId, application: AppId, auto: ScopeSet, approval: ScopeSet,
        never: ScopeSet,
    }
    /// A connection was changed; its tiers as they stand now.
    371 ConnectionUpdated connection_updated Change Notice "3005/99" {
        connection: ConnectionId, agent: AgentId, application: AppId, auto: ScopeSet, approval: ScopeSet,
        never: ScopeSet, changed: Vec<Text>, values: Option<Vec<Text>>,
    }
    /// An agent was disconnected from an application.
    372 ConnectionDeleted connection_deleted Change Notice "3005/2" {
        connection: ConnectionId, agent: AgentId, application: AppId,
    }
    /// A time-boxed permission ended.
    380 GrantEnded grant_ended Change Info "3005/2" { grant: GrantId, user: Option<UserId>, reason: Text }

    // ── stop ──

    /// The kill switch was pulled: nothing issued to the agent works any more.
    400 AgentContained agent_contained Security Alert "2005/1" {
        agent: AgentId, incident: IncidentId, reason: Text,
    }
    /// A contained agent may act again; tokens from before stay dead.
    401 AgentReleased agent_released Security Warning "2005/3" {
        agent: AgentId, incident: IncidentId, reason: Text,
    }
    /// One token was revoked.
    410 TokenRevoked token_revoked Security Notice "3003/99" {
        client: ClientId, agent: Option<AgentId>, user: Option<UserId>, application: Option<AppId>, jti: Text, by: Text,
        decided: Option<i64>, reason: Option<Text>,
    }
    /// All refresh tokens that descend from one authorization were revoked.
    411 FamilyRevoked family_revoked Security Notice "3003/99" {
        family: FamilyId, user: Option<UserId>, client: Option<ClientId>, agent: Option<AgentId>, reason: Text,
    }
    /// One task of an agent was stopped.
    412 RunStopped run_stopped Security Notice "3003/99" { run: RunId, agent: Option<AgentId>, reason: Text }

    // ── the server about itself ──

    /// A signing key was published; it signs nothing yet.
    500 SigningKeyPublished signing_key_published System Notice "3004/1" { kid: Text, alg: Text }
    /// A signing key signs from now on.
    501 SigningKeyActivated signing_key_activated System Notice "3004/10" { kid: Text, alg: Text }
    /// A signing key signs no longer; what it signed is still accepted until it expires.
    502 SigningKeyRetired signing_key_retired System Notice "3004/11" { kid: Text, alg: Text }
    /// A signing key was deleted: its last token died, or it was withdrawn. Nothing that it signed is believed any more.
    503 SigningKeyDeleted signing_key_deleted System Notice "3004/4" { kid: Text, alg: Text }
    /// A log's size and root, kept in the deployment's log so that no organization's log can be rewound alone.
    510 LogCheckpointed log_checkpointed System Info "3004/99" { log: OrgId, size: i64, root: Digest }
    /// Somebody took a copy of a whole log with them.
    511 LogExported log_exported Use Notice "6003/99" { log: OrgId }
    /// The server started.
    520 ServerStarted server_started System Info "6002/3" { version: Text }
    /// The database was restored from a backup; what happened after that backup is missing here.
    521 DatabaseRestored database_restored System Alert "3004/99" { backup: Option<Text>, taken: Option<Timestamp> }
    /// Something that was to follow a change, such as a message, was given up after many attempts.
    530 ReactionGivenUp reaction_given_up System Warning "6002/99" { topic: Text, attempts: i64, reason: Text }

    // ── the vault ──

    /// A folder of the vault was made.
    600 FolderCreated folder_created Change Notice "3004/1" { folder: FolderId, name: Text }
    /// A folder, or the policy for its secrets, was changed.
    601 FolderUpdated folder_updated Change Notice "3004/3" {
        folder: FolderId, changed: Vec<Text>, values: Option<Vec<Text>>,
    }
    /// An empty folder was removed.
    602 FolderDeleted folder_deleted Change Notice "3004/4" { folder: FolderId, name: Text }
    /// A secret was put into the vault. No event ever holds its value.
    603 SecretCreated secret_created Change Notice "3004/1" {
        secret: SecretId, folder: FolderId, client: Option<ClientId>, name: Text, kind: Text,
    }
    /// What is known of a secret, or its policy, was changed; not its value.
    604 SecretUpdated secret_updated Change Notice "3004/3" {
        secret: SecretId, folder: FolderId, changed: Vec<Text>, values: Option<Vec<Text>>,
    }
    /// A secret was removed with all its versions.
    605 SecretDeleted secret_deleted Change Notice "3004/4" { secret: SecretId, folder: FolderId, name: Text }
    /// A secret got another value.
    606 SecretVersionAdded secret_version_added Change Notice "3004/3" { secret: SecretId, version: i64 }
    /// Somebody may reach a folder, or one secret of it, by this tier.
    607 ReachGiven reach_given Change Notice "3005/1" {
        reach: ReachId, folder: FolderId, secret: Option<SecretId>, principal: Party, tier: Text,
    }
    /// By which tier, or until when, somebody may reach it was changed.
    608 ReachUpdated reach_updated Change Notice "3005/99" {
        reach: ReachId, folder: FolderId, secret: Option<SecretId>, principal: Party, tier: Text, changed: Vec<Text>,
        values: Option<Vec<Text>>,
    }
    /// Somebody may reach it no longer.
    609 ReachTaken reach_taken Change Notice "3005/2" {
        reach: ReachId, folder: FolderId, secret: Option<SecretId>, principal: Party,
    }
    /// A secret was handed out to an agent, under a lease where it is lent.
    620 SecretRevealed secret_revealed Use Notice "6003/2" {
        secret: SecretId, lease: Option<LeaseId>, grant: Option<GrantId>, user: Option<UserId>, client: ClientId,
        version: i64, until: Option<Timestamp>, evidence: Evidence,
    }
    /// A secret was not handed out to an agent, or not yet.
    621 SecretRefused secret_refused Decision Notice "6003/2" {
        secret: Option<SecretId>, user: Option<UserId>, client: Option<ClientId>, place: Text, reason: Text,
        evidence: Evidence,
    }
    /// A lease ended: returned, over, or ended by others. What was obtained with it is dead.
    622 LeaseEnded lease_ended Change Notice "6003/99" {
        lease: LeaseId, secret: SecretId, agent: Option<AgentId>, user: Option<UserId>, reason: Text, forced: bool,
    }
    /// A secret was handed out to a person or a tool, under a lease where it is lent.
    623 SecretTaken secret_taken Use Notice "6003/2" {
        secret: SecretId, lease: Option<LeaseId>, grant: Option<GrantId>, user: Option<UserId>, client: ClientId,
        version: i64, until: Option<Timestamp>,
    }
    /// A secret was not handed out to a person or a tool, or not yet.
    624 SecretNotTaken secret_not_taken Decision Notice "6003/2" {
        secret: Option<SecretId>, user: Option<UserId>, client: Option<ClientId>, place: Text, reason: Text,
    }
    /// A new value was made and stored, before the system that has to know it was told.
    630 RotationBegun rotation_begun Change Info "3004/3" { secret: SecretId, version: i64, reason: Text }
    /// The new value was tried at the system and works: it is the one that is handed out now.
    631 SecretRotated secret_rotated Change Notice "3004/3" { secret: SecretId, version: i64 }
    /// A new value could not be put in place: the old one stays, and it is tried again.
    632 RotationFailed rotation_failed Security Alert "3004/3" {
        secret: SecretId, version: i64, tries: i64, reason: Text, again: Timestamp,
    }
    /// A key that seals the secrets of this organization was made.
    640 DataKeyCreated data_key_created System Notice "3004/1" { key: KeyId }
    /// Everything that the master key seals was sealed anew, under the one in use now.
    641 KeysRewrapped keys_rewrapped System Notice "3004/3" { data_keys: i64, others: i64 }

    // ── telling others ──

    /// An endpoint of the organization was added: it is told what becomes of questions to people.
    642 EndpointCreated endpoint_created Change Notice "3004/1" {
        endpoint: EndpointId, name: Text, kind: Text, origin: Text,
    }
    /// An endpoint was changed.
    643 EndpointUpdated endpoint_updated Change Notice "3004/3" {
        endpoint: EndpointId, changed: Vec<Text>, values: Option<Vec<Text>>,
    }
    /// An endpoint was removed, with what waited for it.
    644 EndpointDeleted endpoint_deleted Change Notice "3004/4" { endpoint: EndpointId, name: Text }
    /// An endpoint got another secret to verify signatures with; the one before signs too until this moment.
    645 EndpointSecretRotated endpoint_secret_rotated Change Notice "3004/3" {
        endpoint: EndpointId, until: Option<Timestamp>,
    }
    /// An endpoint said that it is gone, and is told nothing any more.
    646 EndpointGone endpoint_gone System Warning "3004/3" { endpoint: EndpointId, reason: Text }
    /// A test message to an endpoint was ordered.
    647 EndpointTested endpoint_tested Change Info "6003/99" { endpoint: EndpointId }

    // ── what people ask for themselves ──

    /// A person asked for a permission of their own; `seen` is the digest of the sentences that others are shown.
    660 OwnRequestFiled own_request_filed Decision Info "3003/1" {
        approval: ApprovalId, user: UserId, client: ClientId, application: Option<AppId>, secret: Option<SecretId>,
        scopes: ScopeSet, seen: Digest, message: Option<Text>, lapses: Timestamp,
    }
    /// Somebody said yes to what a person had asked for themselves; with `complete`, nobody else has to.
    661 OwnRequestGranted own_request_granted Decision Notice "3003/1" {
        approval: ApprovalId, by: UserId, session: Option<SessionId>, user: UserId, client: ClientId, seen: Digest,
        complete: bool,
    }
    /// Somebody said no to it.
    662 OwnRequestDenied own_request_denied Decision Notice "3003/1" {
        approval: ApprovalId, by: UserId, session: Option<SessionId>, user: UserId, client: ClientId, seen: Digest,
    }
    /// Values of secrets were sealed anew, under the data key in use now.
    663 SecretsResealed secrets_resealed System Info "3004/3" { key: KeyId, versions: i64 }

    // ── relationships ──

    /// A store of relationships was made.
    700 StoreCreated store_created Change Notice "3004/1" { store: StoreId, name: Text }
    /// A store was deleted with its models and tuples.
    701 StoreDeleted store_deleted Change Warning "3004/4" { store: StoreId, name: Text }
    /// A store was changed.
    702 StoreUpdated store_updated Change Notice "3004/3" {
        store: StoreId, changed: Vec<Text>, values: Option<Vec<Text>>,
    }
    /// A store got another authorization model; it answers from now on where a caller names none.
    703 ModelWritten model_written Change Notice "3004/3" {
        store: StoreId, model: ModelId, key: Option<KeyId>, digest: Digest, version: i64,
    }
    /// Tuples were written to a store, or deleted: so many, and the digest of the change as the store has it.
    704 TuplesWritten tuples_written Change Info "3005/99" {
        store: StoreId, model: ModelId, key: Option<KeyId>, writes: i64, deletes: i64, version: i64, digest: Digest,
    }
    /// The assertions of a model were replaced.
    705 AssertionsWritten assertions_written Change Info "3004/3" {
        store: StoreId, model: ModelId, key: Option<KeyId>, count: i64, digest: Digest,
    }
    /// A pre-shared key of a store was made.
    706 StoreKeyAdded store_key_added Security Notice "3004/1" { store: StoreId, key: KeyId, name: Text, level: Text }
    /// A pre-shared key of a store was removed: it opens nothing from here on.
    707 StoreKeyRemoved store_key_removed Security Notice "3004/4" { store: StoreId, key: KeyId, name: Text }
    /// A store that records its decisions was asked: who may do what with which object.
    708 RelationDecided relation_decided Decision Info "6003/99" {
        store: StoreId, model: ModelId, key: Option<KeyId>, object: Text, relation: Text, user: Text, allow: bool,
        version: i64,
    }
    /// Objects of a store got numbers of their caller's, or lost them: so many, and the digest of which.
    709 ObjectIdsChanged object_ids_changed Change Info "3005/99" {
        store: StoreId, key: Option<KeyId>, registered: i64, removed: i64, rev: i64, digest: Digest,
    }
}

impl Event {
    /// Name on the wire.
    pub fn name(&self) -> &'static str {
        self.kind().name
    }

    pub fn code(&self) -> u16 {
        self.kind().code
    }

    pub fn class(&self) -> Class {
        self.kind().class
    }

    pub fn severity(&self) -> Severity {
        self.kind().severity
    }

    /// Export mapping: OCSF `class_uid/activity_id`.
    pub fn ocsf(&self) -> &'static str {
        self.kind().ocsf
    }

    /// Every id named anywhere in the event, once each, in ascending order.
    pub fn subjects(&self) -> Vec<Subject> {
        let mut found = Vec::with_capacity(12);
        self.with_facts(|facts| facts.iter().for_each(|fact| fact.subjects(&mut found)));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The evidence, where this was decided or done on behalf of an agent.
    pub fn evidence(&self) -> Option<&Evidence> {
        self.with_facts(|facts| facts.iter().find_map(|fact| fact.evidence()))
    }

    /// The fields for people, in the order of the catalogue; absent ones and the evidence left out.
    pub fn shown(&self) -> Vec<(&'static str, String)> {
        self.with_facts(|facts| {
            let shown = facts.iter().zip(self.kind().fields);
            let shown = shown.filter(|(fact, _)| fact.present() && fact.evidence().is_none());
            shown.map(|(fact, field)| (field.name, fact.show())).collect()
        })
    }

    pub(crate) fn write(&self, out: &mut Canon) {
        let kind = self.kind();
        out.byte(b'{');
        self.with_facts(|facts| {
            for at in kind.order {
                let (Some(fact), Some(field)) = (facts.get(*at), kind.fields.get(*at)) else { continue };
                if fact.present() {
                    out.name(field.name);
                    fact.write(out);
                }
            }
        });
        out.byte(b'}');
    }
}

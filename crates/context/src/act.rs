//! Every act of management and the scope it needs: one visible list, printed whole by the authorization matrix.

macro_rules! acts {
    ($($act:ident = $name:literal needs $scope:literal;)*) => {
        /// Something a caller of the management surfaces can do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Act { $($act),* }

        impl Act {
            /// Stable name, as events and the matrix write it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$act => $name),* }
            }

            /// The scope it needs.
            pub const fn scope(self) -> &'static str {
                match self { $(Self::$act => $scope),* }
            }
        }

        /// All acts.
        pub const ACTS: &[Act] = &[$(Act::$act),*];
    };
}

acts! {
    OrganizationRead = "organization_read" needs "organizations.read";
    OrganizationManage = "organization_manage" needs "organizations.manage";
    UserRead = "user_read" needs "users.read";
    UserManage = "user_manage" needs "users.manage";
    GroupRead = "group_read" needs "groups.read";
    GroupManage = "group_manage" needs "groups.manage";
    ApplicationRead = "application_read" needs "applications.read";
    ApplicationManage = "application_manage" needs "applications.manage";
    AgentRead = "agent_read" needs "agents.read";
    AgentManage = "agent_manage" needs "agents.manage";
    AgentContain = "agent_contain" needs "agents.manage";
    AgentRelease = "agent_release" needs "agents.manage";
    ClientRead = "client_read" needs "clients.read";
    ClientManage = "client_manage" needs "clients.manage";
    AssignmentRead = "assignment_read" needs "assignments.read";
    AssignmentManage = "assignment_manage" needs "assignments.manage";
    ConnectionRead = "connection_read" needs "connections.read";
    ConnectionManage = "connection_manage" needs "connections.manage";
    GrantRead = "grant_read" needs "grants.read";
    GrantManage = "grant_manage" needs "grants.manage";
    ApprovalRead = "approval_read" needs "approvals.read";
    ApprovalAnswer = "approval_answer" needs "approvals.manage";
    ApprovalCancel = "approval_cancel" needs "approvals.manage";
    SecretRead = "secret_read" needs "secrets.read";
    SecretManage = "secret_manage" needs "secrets.manage";
    SecretReveal = "secret_reveal" needs "secrets.reveal";
    LeaseEnd = "lease_end" needs "secrets.manage";
    RequestRead = "request_read" needs "requests.read";
    RequestFile = "request_file" needs "requests.manage";
    RequestCancel = "request_cancel" needs "requests.manage";
    GrantReturn = "grant_return" needs "requests.manage";
    GrantConfirm = "grant_confirm" needs "reviews.manage";
    EmergencyDeclare = "emergency_declare" needs "emergencies.manage";
    EmergencyReview = "emergency_review" needs "reviews.manage";
    EndpointRead = "endpoint_read" needs "endpoints.read";
    EndpointManage = "endpoint_manage" needs "endpoints.manage";
    RunRead = "run_read" needs "runs.read";
    RunManage = "run_manage" needs "runs.manage";
    TokenRead = "token_read" needs "tokens.read";
    TokenRevoke = "token_revoke" needs "tokens.manage";
    EventRead = "event_read" needs "events.read";
    MarkRead = "mark_read" needs "marks.read";
    RelationRead = "relation_read" needs "relations.read";
    RelationWrite = "relation_write" needs "relations.write";
    StoreManage = "store_manage" needs "relations.manage";
    OutcomeReport = "outcome_report" needs "outcomes.manage";
}

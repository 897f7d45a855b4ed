//! Every path of the console, once: the pattern for the router and the function for the pages.

macro_rules! links {
    ($($(#[$doc:meta])* $name:ident ($($arg:ident),*) $pattern:ident = $path:literal;)*) => {
        /// Patterns for the router.
        pub mod route {
            $($(#[$doc])* pub const $pattern: &str = $path;)*
        }
        $($(#[$doc])* pub fn $name($($arg: &str),*) -> String { fill(route::$pattern, &[$($arg),*]) })*

        /// Name and pattern of every path.
        pub const ROUTES: &[(&str, &str)] = &[$((stringify!($name), route::$pattern)),*];
    };
}

links! {
    asset(name) ASSET = "/assets/{name}";

    // ── people ──
    sign_in() SIGN_IN = "/sign-in";
    consent() CONSENT = "/consent";
    /// The one-time link printed at first start.
    setup(ticket) SETUP = "/setup/{ticket}";
    log_out() LOG_OUT = "/log-out";
    signed_out() SIGNED_OUT = "/signed-out";
    me() ME = "/me";
    withdraw(grant) WITHDRAW = "/me/consents/{grant}/withdraw";
    session_end(session) SESSION_END = "/me/sessions/{session}/end";
    sessions_end_others() SESSIONS_END_OTHERS = "/me/sessions/end-others";
    password_change() PASSWORD_CHANGE = "/me/password";
    /// Who answers while the person is away.
    stand_in() STAND_IN = "/me/stand-in";

    /// What the person asks for themselves.
    own_requests() OWN_REQUESTS = "/me/requests";
    own_request_cancel(request) OWN_REQUEST_CANCEL = "/me/requests/{request}/cancel";
    own_permission_return(grant) OWN_PERMISSION_RETURN = "/me/permissions/{grant}/return";

    factors() FACTORS = "/me/factors";
    factor_totp() FACTOR_TOTP = "/me/factors/totp";
    factor_passkey() FACTOR_PASSKEY = "/me/factors/passkey";
    factor_codes() FACTOR_CODES = "/me/factors/codes";
    factor_remove(factor) FACTOR_REMOVE = "/me/factors/{factor}/remove";
    /// Completes a sign-in, or proves a factor anew.
    second_factor() SECOND_FACTOR = "/second-factor";
    second_factor_passkey() SECOND_FACTOR_PASSKEY = "/second-factor/passkey";

    /// Browsers in which a person is told.
    browsers() BROWSERS = "/me/browsers";
    browser_remove(browser) BROWSER_REMOVE = "/me/browsers/{browser}/remove";
    /// What makes the inbox an app. Its worker stands at the root, since it answers for the pages below it.
    app_manifest() APP_MANIFEST = "/app.webmanifest";
    app_worker() APP_WORKER = "/sw.js";
    app_icon(size) APP_ICON = "/app-icon/{size}";

    /// What waits for this person's answer, and what they answered.
    inbox() INBOX = "/inbox";
    /// Server-sent events for the inbox.
    inbox_live() INBOX_LIVE = "/inbox/live";
    question(approval) QUESTION = "/inbox/{approval}";
    question_answer(approval) QUESTION_ANSWER = "/inbox/{approval}/answer";
    question_take_back(approval) QUESTION_TAKE_BACK = "/inbox/{approval}/take-back";

    // ── administration ──
    overview() OVERVIEW = "/console";
    /// Server-sent events: says that something happened, never what.
    live() LIVE = "/console/live";

    agents() AGENTS = "/console/agents";
    agent(agent) AGENT = "/console/agents/{agent}";
    agent_stage(agent) AGENT_STAGE = "/console/agents/{agent}/stage";
    agent_contain(agent) AGENT_CONTAIN = "/console/agents/{agent}/contain";
    agent_release(agent) AGENT_RELEASE = "/console/agents/{agent}/release";
    agent_owner_add(agent) AGENT_OWNER_ADD = "/console/agents/{agent}/owners";
    agent_owner_remove(agent) AGENT_OWNER_REMOVE = "/console/agents/{agent}/owners/remove";
    agent_client_create(agent) AGENT_CLIENT_CREATE = "/console/agents/{agent}/clients";
    agent_connection_create(agent) AGENT_CONNECTION_CREATE = "/console/agents/{agent}/connections";
    agent_run_stop(agent) AGENT_RUN_STOP = "/console/agents/{agent}/runs/stop";

    clients() CLIENTS = "/console/clients";
    client(client) CLIENT = "/console/clients/{client}";
    client_delete(client) CLIENT_DELETE = "/console/clients/{client}/delete";
    client_secret_create(client) CLIENT_SECRET_CREATE = "/console/clients/{client}/secrets";
    client_secret_remove(client) CLIENT_SECRET_REMOVE = "/console/clients/{client}/secrets/remove";
    client_key_add(client) CLIENT_KEY_ADD = "/console/clients/{client}/keys";
    client_key_remove(client) CLIENT_KEY_REMOVE = "/console/clients/{client}/keys/remove";
    client_disable(client) CLIENT_DISABLE = "/console/clients/{client}/disable";
    client_enable(client) CLIENT_ENABLE = "/console/clients/{client}/enable";

    /// A token is called by the position of the decision that made it.
    token_revoke(position) TOKEN_REVOKE = "/console/tokens/{position}/revoke";

    connection(connection) CONNECTION = "/console/connections/{connection}";
    connection_end(connection) CONNECTION_END = "/console/connections/{connection}/end";

    assign() ASSIGN = "/console/assignments";
    unassign(assignment) UNASSIGN = "/console/assignments/{assignment}/remove";

    applications() APPLICATIONS = "/console/applications";
    application(application) APPLICATION = "/console/applications/{application}";
    application_enable(application) APPLICATION_ENABLE = "/console/applications/{application}/enable";
    application_disable(application) APPLICATION_DISABLE = "/console/applications/{application}/disable";
    scope_set(application) SCOPE_SET = "/console/applications/{application}/scopes";
    scope_remove(application) SCOPE_REMOVE = "/console/applications/{application}/scopes/remove";

    users() USERS = "/console/users";
    user(user) USER = "/console/users/{user}";
    user_disable(user) USER_DISABLE = "/console/users/{user}/disable";
    user_enable(user) USER_ENABLE = "/console/users/{user}/enable";
    user_factors_reset(user) USER_FACTORS_RESET = "/console/users/{user}/reset-factors";
    user_password(user) USER_PASSWORD = "/console/users/{user}/password";

    approvals() APPROVALS = "/console/approvals";
    approval(approval) APPROVAL = "/console/approvals/{approval}";
    approval_cancel(approval) APPROVAL_CANCEL = "/console/approvals/{approval}/cancel";
    approval_review(approval) APPROVAL_REVIEW = "/console/approvals/{approval}/review";
    grants() GRANTS = "/console/grants";
    grant_return(grant) GRANT_RETURN = "/console/grants/{grant}/return";
    grant_confirm(grant) GRANT_CONFIRM = "/console/grants/{grant}/confirm";
    approvers() APPROVERS = "/console/approvers";
    approver_connection(connection) APPROVER_CONNECTION = "/console/approvers/connections/{connection}";
    approver_scope(application) APPROVER_SCOPE = "/console/approvers/scopes/{application}";

    /// By id: its path has slashes of its own.
    approver_folder(folder) APPROVER_FOLDER = "/console/approvers/folders/{folder}";
    approver_secret(secret) APPROVER_SECRET = "/console/approvers/secrets/{secret}";
    organization() ORGANIZATION = "/console/organization";

    groups() GROUPS = "/console/groups";
    group(group) GROUP = "/console/groups/{group}";
    group_delete(group) GROUP_DELETE = "/console/groups/{group}/delete";
    member_add(group) MEMBER_ADD = "/console/groups/{group}/members";
    member_remove(group) MEMBER_REMOVE = "/console/groups/{group}/members/remove";

    secrets() SECRETS = "/console/secrets";
    secret(secret) SECRET = "/console/secrets/{secret}";
    secret_rotate(secret) SECRET_ROTATE = "/console/secrets/{secret}/rotate";
    lease_end(secret) LEASE_END = "/console/secrets/{secret}/leases/end";

    endpoints() ENDPOINTS = "/console/endpoints";
    endpoint(endpoint) ENDPOINT = "/console/endpoints/{endpoint}";
    endpoint_test(endpoint) ENDPOINT_TEST = "/console/endpoints/{endpoint}/test";
    endpoint_rotate(endpoint) ENDPOINT_ROTATE = "/console/endpoints/{endpoint}/rotate";
    endpoint_enable(endpoint) ENDPOINT_ENABLE = "/console/endpoints/{endpoint}/enable";
    endpoint_disable(endpoint) ENDPOINT_DISABLE = "/console/endpoints/{endpoint}/disable";
    endpoint_delete(endpoint) ENDPOINT_DELETE = "/console/endpoints/{endpoint}/delete";

    stores() STORES = "/console/stores";
    store(store) STORE = "/console/stores/{store}";
    /// A model being written.
    store_models(store) STORE_MODELS = "/console/stores/{store}/models";
    store_model(store, model) STORE_MODEL = "/console/stores/{store}/models/{model}";
    store_tuples(store) STORE_TUPLES = "/console/stores/{store}/tuples";
    /// What a tuple would change, before it does.
    store_change(store) STORE_CHANGE = "/console/stores/{store}/change";
    store_check(store) STORE_CHECK = "/console/stores/{store}/check";
    store_reach(store) STORE_REACH = "/console/stores/{store}/reach";

    audit() AUDIT = "/console/audit";
    event(event) EVENT = "/console/audit/{event}";
}

/// A path with a query; pairs with an empty value are left out.
pub fn with(path: String, query: &[(&str, &str)]) -> String {
    let mut out = path;
    let mut sign = '?';
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        out.push(sign);
        out.push_str(name);
        out.push('=');
        encode(value, &mut out);
        sign = '&';
    }
    out
}

/// Whether a path, without query and fragment, is one of ours.
pub fn is_known(href: &str) -> bool {
    let path = href.split(['?', '#']).next().unwrap_or_default();
    path.is_empty() && href.starts_with('#') || ROUTES.iter().any(|(_, pattern)| matches(pattern, path))
}

fn matches(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    let fits = pattern.split('/').all(|want| {
        segments
            .next()
            .is_some_and(|have| if want.starts_with('{') { !have.is_empty() } else { want == have })
    });
    fits && segments.next().is_none()
}

fn fill(pattern: &str, args: &[&str]) -> String {
    let mut out = String::with_capacity(pattern.len() + 32);
    let mut args = args.iter();
    for segment in pattern.split('/').skip(1) {
        out.push('/');
        if segment.starts_with('{') {
            encode(args.next().copied().unwrap_or_default(), &mut out);
        } else {
            out.push_str(segment);
        }
    }
    out
}

/// Percent-encoding of everything that is not unreserved (RFC 3986 §2.3).
fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_and_recognizes_its_own_patterns() {
        assert_eq!(agent_contain("agt_1"), "/console/agents/agt_1/contain");
        assert!(is_known("/console/agents/agt_1/contain") && is_known("/console/audit?verdict=deny"));
        assert!(!is_known("/console/agents/agt_1/contain/now") && !is_known("/elsewhere") && !is_known(""));
    }

    #[test]
    fn an_id_cannot_leave_its_segment() {
        assert_eq!(agent("../../me?x#y"), "/console/agents/..%2F..%2Fme%3Fx%23y");
    }

    #[test]
    fn empty_filters_leave_no_trace() {
        assert_eq!(with(agents(), &[("stage", ""), ("q", "a b&c")]), "/console/agents?q=a%20b%26c");
    }

    #[test]
    fn no_two_links_share_a_path() {
        for (i, (_, a)) in ROUTES.iter().enumerate() {
            assert!(ROUTES.iter().skip(i + 1).all(|(_, b)| a != b), "{a} is listed twice");
        }
    }
}

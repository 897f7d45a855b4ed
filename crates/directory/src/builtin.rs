//! What every organization is born with: the management API (its scopes are listed in `oauth::scopes`), the two groups
//! that use it, and the command line.

use chancery_kernel::{AppId, OrgId, ScopeSet, Seconds, Timestamp};
use chancery_model::{
    Application, AuthMethod, Client, ConsentRule, DualSubject, GrantType, Group, Meta, Profile, ScopeRule,
    SigningAlg,
};
use chancery_oauth::scopes::management_rules;

pub const MANAGEMENT: &str = "Chancery API";
pub const ADMINISTRATORS: &str = Group::ADMINISTRATORS;
/// May read everything.
pub const AUDITORS: &str = "auditors";
pub const COMMAND_LINE: &str = "Chancery command line";
/// RFC 8252 §7.3: a native program listens on a port it finds free.
pub const COMMAND_LINE_REDIRECT: &str = "http://127.0.0.1/callback";
/// What the client of a resource server needs here: to follow the feed, and to report what came of its tokens.
pub const RESOURCE_SERVER_SCOPES: &str = "marks.read outcomes.manage";

/// Every scope with which one only looks.
pub fn read_scopes(app: &Application) -> ScopeSet {
    let reads = |rule: &&ScopeRule| rule.name.as_str().ends_with(".read");
    app.scopes.iter().filter(reads).map(|rule| rule.name.clone()).collect()
}

pub(crate) fn management(id: AppId, org: OrgId, resource: String, now: Timestamp) -> Application {
    Application {
        id,
        org,
        name: MANAGEMENT.to_owned(),
        description: "The management API of this server.".to_owned(),
        resource,
        scopes: management_rules(),
        profile: Profile::Rfc8693,
        // Tools and resource servers use it without a person.
        dual_subject: DualSubject::AgentOnly,
        consent: ConsentRule::Organization,
        alg: SigningAlg::default(),
        token_lifetime: Seconds(300),
        owner: None,
        enabled: true,
        builtin: true,
        store: None,
        meta: Meta::new(now),
    }
}

pub(crate) fn command_line(id: chancery_kernel::ClientId, org: OrgId, now: Timestamp) -> Client {
    Client {
        id,
        org,
        name: COMMAND_LINE.to_owned(),
        agent: None,
        application: None,
        auth: AuthMethod::None,
        secrets: Vec::new(),
        jwks: Vec::new(),
        strict_audience: false,
        grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        redirect_uris: vec![COMMAND_LINE_REDIRECT.to_owned()],
        post_logout_redirect_uris: Vec::new(),
        backchannel: None,
        enabled: true,
        vaulted: None,
        builtin: true,
        meta: Meta::new(now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_of_management_needs_a_scope_of_the_list() {
        for act in chancery_context::ACTS {
            assert!(chancery_oauth::scopes::management(act.scope()).is_some(), "{} has no line", act.scope());
        }
    }

    #[test]
    fn the_list_fits_into_one_set() {
        assert!(management_rules().len() <= chancery_kernel::scope::MAX_COUNT);
    }
}

//! Samples of the agent page.

use chancery_kernel::Seconds;
use chancery_model::{Action, AuthMethod, Stage, Tier};

use super::{Assignment, Change, Client, Connection, Contained, View};
use crate::parts::tier::ScopeTier;
use crate::parts::{Draft, Named, Token};
use crate::sample;

fn scope(scope: &str, title: &str, action: Action, tier: Tier) -> ScopeTier {
    ScopeTier { scope: scope.into(), title: title.into(), action, tier }
}

fn scopes() -> Vec<ScopeTier> {
    vec![
        scope("invoices.read", "read the invoices of your department", Action::Read, Tier::Auto),
        scope("payments.prepare", "prepare payments up to 10,000 euros", Action::Change, Tier::Approval),
        scope("ledger.close", "close a ledger", Action::Change, Tier::Never),
    ]
}

fn client(name: &str, auth: AuthMethod, credentials: usize) -> Client {
    let client = Named::new(format!("cli_06cf2m4k1ov3gq5s8t0a9b7c{}", name.len()), name);
    Client { client, auth, enabled: true, credentials }
}

fn assignment(application: Named, scopes: &[&str], connectable: Vec<ScopeTier>) -> Assignment {
    Assignment {
        id: "asg_06cf2m4k1ov3gq5s8t0a9b7c1d".into(),
        version: 1,
        application,
        scopes: scopes.iter().map(|s| (*s).to_owned()).collect(),
        connectable,
    }
}

fn connection() -> Connection {
    Connection {
        id: "con_06cf2m4k1ov3gq5s8t0a9b7c1d".into(),
        version: 3,
        application: sample::finance(),
        scopes: scopes(),
        approver: "person".into(),
        approver_group: String::new(),
        longest_lifetime: Some(Seconds(300)),
        ends: Some(sample::after(120 * 86_400)),
        asks_by_itself: true,
    }
}

fn token(user: Option<Named>, left: i64) -> Token {
    Token {
        run: user.as_ref().map(|_| "run_06cf2m4k1ov3gq5s8t0a9b7c1d".to_owned()),
        application: sample::finance(),
        agent: Some(sample::finance_agent()),
        user,
        client: sample::backend(),
        scopes: vec!["invoices.read".into()],
        expires: sample::after(left),
        position: 48_214,
    }
}

fn history() -> Vec<Change> {
    let change = |number, ago, why: &str, what: &[&str]| Change {
        number,
        at: sample::before(ago),
        by: "ines@corp.example".into(),
        why: why.into(),
        what: what.iter().map(|w| (*w).to_owned()).collect(),
    };
    vec![
        change(7, 86_400 * 2, "Year-end close needs it until March.", &["end date moved to 2027-03-31"]),
        change(6, 86_400 * 40, "Passed the security review.", &["stage: staged → active"]),
        change(1, 86_400 * 41, "Registered.", &[]),
    ]
}

fn full() -> View {
    View {
        id: sample::finance_agent().id,
        version: 7,
        name: "finance-agent-app".into(),
        purpose: "Answers questions on open invoices and prepares payment runs.".into(),
        task: "Reads invoices on request, matches them with orders, prepares payments for release.".into(),
        data_sources: vec!["FinanceApp".into(), "Order archive".into()],
        action_classes: vec!["read".into(), "prepare".into()],
        business_owner: "Finance Operations".into(),
        stage: Stage::Active,
        contained: None,
        owners: vec![sample::alice(), Named::new("usr_9", "jonas@corp.example")],
        sponsor: Some(sample::ines()),
        ownerless: false,
        expires: Some(sample::after(120 * 86_400)),
        clients: vec![
            client("assistant backend", AuthMethod::PrivateKeyJwt, 1),
            client("night job", AuthMethod::ClientSecretBasic, 0),
            Client { enabled: false, ..client("old face", AuthMethod::None, 0) },
        ],
        assignments: vec![
            assignment(sample::finance(), &[], Vec::new()),
            assignment(Named::new("app_3", "Order archive"), &["orders.read"], scopes()),
        ],
        connections: vec![connection()],
        tokens: vec![token(Some(sample::alice()), 281), token(None, 44)],
        more_tokens: false,
        history: history(),
        evidence: sample::events().into_iter().filter(|e| e.agent == Some(sample::finance_agent())).collect(),
        draft: Draft::default(),
    }
}

fn bare() -> View {
    View {
        task: String::new(),
        data_sources: Vec::new(),
        action_classes: Vec::new(),
        business_owner: String::new(),
        stage: Stage::Staged,
        owners: Vec::new(),
        sponsor: None,
        ownerless: true,
        expires: None,
        clients: Vec::new(),
        assignments: Vec::new(),
        connections: Vec::new(),
        tokens: Vec::new(),
        history: Vec::new(),
        evidence: Vec::new(),
        ..full()
    }
}

fn odd(text: &str) -> View {
    let named = Named::new("app_8", text);
    let scope = || vec![scope(text, text, Action::Change, Tier::Approval)];
    View {
        name: text.into(),
        purpose: text.into(),
        task: text.into(),
        data_sources: vec![text.into()],
        owners: vec![named.clone()],
        sponsor: Some(named.clone()),
        ownerless: true,
        clients: vec![client(text, AuthMethod::ClientSecretPost, 2)],
        assignments: vec![assignment(named.clone(), &[text], scope())],
        connections: vec![Connection {
            application: named,
            scopes: scope(),
            approver: "group".into(),
            approver_group: text.into(),
            ..connection()
        }],
        evidence: vec![sample::hostile_event()],
        ..full()
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let pulled = Contained {
        incident: "inc_06cf2m4k1ov3gq5s8t0a9b7c1d".into(),
        at: sample::before(700),
        by: "ines@corp.example".into(),
        reason: "Read 500 customer records in 10 minutes.".into(),
    };
    let refused = Draft::of("stage").problem("stage", "It has no sponsor.").problem("why", "Say why.");
    let retired = View { stage: Stage::Retired, tokens: Vec::new(), ..full() };
    vec![
        ("empty", bare()),
        ("full", full()),
        ("busy", View { more_tokens: true, ..full() }),
        ("contained", View { contained: Some(pulled), tokens: Vec::new(), ..full() }),
        ("error", View { draft: refused, ..full() }),
        ("retired", retired),
        ("long", odd(sample::LONG)),
        ("hostile", odd(sample::HOSTILE)),
    ]
}

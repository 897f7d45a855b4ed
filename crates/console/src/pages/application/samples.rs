//! Samples of the application page.

use chancery_kernel::Seconds;
use chancery_model::{Action, ConsentRule, DualSubject, Profile, SigningAlg, Tier};

use super::{Assigned, ScopeRow, View};
use crate::parts::{Draft, Named};
use crate::sample;

fn scope(name: &str, title: &str, action: Action, tier: Tier) -> ScopeRow {
    ScopeRow {
        name: name.into(),
        title: title.into(),
        data: "Invoice numbers, amounts, suppliers".into(),
        action,
        impact: "confidential prices become known".into(),
        tier,
        weight: None,
    }
}

fn assigned(who: Named, scopes: &[&str]) -> Assigned {
    Assigned {
        assignment: "asg_06cf2m4k1ov3gq5s8t0a9b7c1d".into(),
        version: 1,
        who,
        scopes: scopes.iter().map(|s| (*s).to_owned()).collect(),
    }
}

fn full() -> View {
    View {
        id: sample::finance().id,
        version: 5,
        name: "FinanceApp".into(),
        description: "Invoices, payment runs and ledgers.".into(),
        resource: "https://finance.corp.example/api".into(),
        profile: Profile::Agbac,
        dual_subject: DualSubject::Required,
        consent: ConsentRule::Person,
        alg: SigningAlg::Es256,
        token_lifetime: Seconds(300),
        owner: Some(sample::ines()),
        enabled: true,
        builtin: false,
        scopes: vec![
            scope("invoices.read", "read the invoices of your department", Action::Read, Tier::Auto),
            scope("payments.prepare", "prepare payments up to 10,000 euros", Action::Change, Tier::Approval),
            scope("ledger.close", "close a ledger", Action::Change, Tier::Never),
        ],
        users: Vec::new(),
        groups: vec![assigned(sample::finance_users(), &[])],
        agents: vec![assigned(sample::finance_agent(), &["invoices.read", "payments.prepare"])],
        clients: vec![assigned(Named::new("cli_4", "ledger import"), &["invoices.read"])],
        faces: vec![Named::new("cli_5", "finance guard")],
        evidence: vec![sample::allowance()],
        draft: Draft::default(),
    }
}

fn bare() -> View {
    View {
        description: String::new(),
        owner: None,
        scopes: Vec::new(),
        groups: Vec::new(),
        agents: Vec::new(),
        clients: Vec::new(),
        faces: Vec::new(),
        evidence: Vec::new(),
        ..full()
    }
}

fn odd(text: &str) -> View {
    View {
        name: text.into(),
        description: text.into(),
        resource: text.into(),
        scopes: vec![ScopeRow {
            data: text.into(),
            impact: text.into(),
            ..scope(text, text, Action::Read, Tier::Auto)
        }],
        users: vec![assigned(Named::new("usr_8", text), &[text])],
        evidence: vec![sample::hostile_event()],
        ..full()
    }
}

pub fn samples() -> Vec<(&'static str, View)> {
    let refused = Draft::of("assign").value("name", "nobody").problem("name", "There is no such agent.");
    vec![
        ("empty", bare()),
        ("full", full()),
        ("agent-only", View { dual_subject: DualSubject::AgentOnly, ..full() }),
        ("disabled", View { enabled: false, ..full() }),
        ("builtin", View { builtin: true, ..full() }),
        ("error", View { draft: refused, ..full() }),
        ("long", odd(sample::LONG)),
        ("hostile", odd(sample::HOSTILE)),
    ]
}

//! Made-up people and things for the samples of pages.

use chancery_kernel::{Seconds, Timestamp};

use crate::frame::{Flash, Frame, Viewer};
use crate::parts::{EventRow, Named, Tone, Verdict};

/// Text that must come out as text.
pub const HOSTILE: &str = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>";
/// A name nobody planned for.
pub const LONG: &str = "quarterly-regulatory-disclosure-reconciliation-and-counterparty-exposure-assistant-emea-production-blue-0042";

/// When all samples play.
pub const NOW: Timestamp = Timestamp::from_seconds(1_793_620_800);

pub fn before(seconds: i64) -> Timestamp {
    NOW.minus(Seconds(seconds))
}

pub fn after(seconds: i64) -> Timestamp {
    NOW.plus(Seconds(seconds))
}

pub fn stranger() -> Frame {
    Frame { org: Some("Corp Example".into()), csrf: "csrf-sample".into(), now: NOW, ..Frame::default() }
}

pub fn person() -> Frame {
    let viewer =
        Viewer { name: "Alice Moreau".into(), login: "alice@corp.example".into(), administrator: false };
    Frame { viewer: Some(viewer), ..stranger() }
}

pub fn administrator() -> Frame {
    let viewer =
        Viewer { name: "Ines Castell".into(), login: "ines@corp.example".into(), administrator: true };
    Frame { viewer: Some(viewer), ..stranger() }
}

/// A frame in which every text is hostile, for the tests.
pub fn hostile() -> Frame {
    Frame {
        org: Some(HOSTILE.into()),
        viewer: Some(Viewer { name: HOSTILE.into(), login: HOSTILE.into(), administrator: true }),
        csrf: "csrf-sample".into(),
        now: NOW,
        flash: Some(Flash { tone: Tone::Done, sentence: HOSTILE.into() }),
    }
}

pub fn finance_agent() -> Named {
    Named::new("agt_06cf2m4k1ov3gq5s8t0a9b7c1d", "finance-agent-app")
}
pub fn hr_agent() -> Named {
    Named::new("agt_06cf2m4k1ov3gq5s8t0a9b7c2e", "hr-agent-app")
}
pub fn finance() -> Named {
    Named::new("app_06cf2m4k1ov3gq5s8t0a9b7c3f", "FinanceApp")
}
pub fn hr() -> Named {
    Named::new("app_06cf2m4k1ov3gq5s8t0a9b7c4g", "HRApp")
}
pub fn backend() -> Named {
    Named::new("cli_06cf2m4k1ov3gq5s8t0a9b7c1d", "assistant backend")
}
pub fn alice() -> Named {
    Named::new("usr_06cf2m4k1ov3gq5s8t0a9b7c5h", "alice@corp.example")
}
pub fn ines() -> Named {
    Named::new("usr_06cf2m4k1ov3gq5s8t0a9b7c6i", "ines@corp.example")
}
pub fn finance_users() -> Named {
    Named::new("grp_06cf2m4k1ov3gq5s8t0a9b7c7j", "FINANCE_APP_USERS")
}
pub fn hostile_name() -> Named {
    Named::new("agt_06cf2m4k1ov3gq5s8t0a9b7c8k", HOSTILE)
}

/// A line of the log: how long ago, at which position.
fn line(ago: i64, position: u64, kind: &str, sentence: &str) -> EventRow {
    EventRow {
        id: format!("evt_06cf2m4k1ov3gq5s8t0a{position:06}"),
        at: before(ago),
        kind: kind.into(),
        sentence: sentence.into(),
        position,
        ..EventRow::default()
    }
}

pub fn denial() -> EventRow {
    EventRow {
        verdict: Some(Verdict::Deny),
        agent: Some(hr_agent()),
        user: Some(alice()),
        application: Some(hr()),
        reason: Some("human_not_assigned".into()),
        ..line(
            72,
            48_213,
            "token_decided",
            "hr-agent-app was refused a token for HRApp on behalf of alice@corp.example",
        )
    }
}

pub fn allowance() -> EventRow {
    EventRow {
        verdict: Some(Verdict::Allow),
        agent: Some(finance_agent()),
        user: Some(alice()),
        application: Some(finance()),
        ..line(
            19,
            48_214,
            "token_decided",
            "finance-agent-app received a token for FinanceApp on behalf of alice@corp.example",
        )
    }
}

/// A credential that did not fit.
pub fn failed_proof() -> EventRow {
    EventRow {
        verdict: Some(Verdict::Deny),
        client: Some(backend()),
        reason: Some("wrong_secret".into()),
        ..line(
            310,
            48_207,
            "client_authentication_failed",
            "Somebody could not prove to be the client assistant backend",
        )
    }
}

/// A bit of everything, newest first.
pub fn events() -> Vec<EventRow> {
    let mut rows = vec![allowance(), denial(), failed_proof()];
    rows.extend(older_events());
    rows
}

fn older_events() -> Vec<EventRow> {
    let waiting = EventRow {
        verdict: Some(Verdict::Pending),
        agent: Some(finance_agent()),
        user: Some(alice()),
        application: Some(finance()),
        reason: Some("approval_required".into()),
        ..line(
            900,
            48_190,
            "token_decided",
            "finance-agent-app waits for a yes to invoices.write in FinanceApp",
        )
    };
    let removed = EventRow {
        user: Some(alice()),
        ..line(
            5_400,
            48_102,
            "member_removed",
            "ines@corp.example removed alice@corp.example from HR_APP_USERS",
        )
    };
    let contained = EventRow {
        agent: Some(Named::new("agt_06cf2m4k1ov3gq5s8t0a9b7c9l", "sales-agent-prod-001")),
        contained: true,
        ..line(
            88_000,
            47_011,
            "agent_contained",
            "sales-agent-prod-001 was contained by detection: 500 records in 10 minutes",
        )
    };
    vec![waiting, removed, contained, forgotten()]
}

/// A denial of an agent that is gone by now.
fn forgotten() -> EventRow {
    EventRow {
        verdict: Some(Verdict::Deny),
        agent: Some(Named::new("", "agent-that-was-deleted")),
        application: Some(finance()),
        reason: Some("agent_not_assigned".into()),
        ..line(400_000, 31_877, "token_decided", "agent-that-was-deleted was refused a token for FinanceApp")
    }
}

/// A line in which every text is hostile.
pub fn hostile_event() -> EventRow {
    EventRow {
        verdict: Some(Verdict::Deny),
        agent: Some(hostile_name()),
        user: Some(Named::new("", HOSTILE)),
        application: Some(Named::new(HOSTILE, LONG)),
        client: Some(Named::new("", HOSTILE)),
        reason: Some(HOSTILE.into()),
        ..line(3, 48_215, HOSTILE, HOSTILE)
    }
}

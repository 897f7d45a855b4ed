//! What came of calls: guards report, and each report becomes a line with the evidence of the decision behind it.

use chancery_audit::{Event, Evidence, Text, Verdict};
use chancery_context::{Act, Caller, Cx};
use chancery_kernel::{AppId, Fault, OrgId, Outcome};
use chancery_store::{DbFault, Sql, log};

/// A guard's report on one call.
#[derive(Clone, Debug)]
pub struct OutcomeReport {
    /// Which token; the token itself is never sent.
    pub jti: String,
    /// Where its decision stands in the log.
    pub pos: i64,
    pub method: String,
    pub path: String,
    pub status: u16,
    /// Whether the guard let the call through.
    pub allowed: bool,
    pub reason: Option<String>,
}

/// How many reports were taken, and the places of those that were not. Why not is nobody's business: a guard could
/// else ask about other applications' tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    pub recorded: usize,
    pub refused: Vec<usize>,
}

/// Reports taken at a time.
pub const MOST: usize = 200;

/// Records what came of calls to the caller's own application.
pub async fn report(cx: &Cx, reports: Vec<OutcomeReport>) -> Outcome<Received> {
    let _may = cx.allowed(Act::OutcomeReport, "outcomes").await?;
    let application = match &cx.caller {
        Caller::Token { application: Some(application), .. } => *application,
        _ => {
            let mend = "this client speaks for no application: connect it to the application it guards";
            return Err(Fault::forbidden("no_application", mend));
        }
    };
    if reports.len() > MOST {
        return Err(Fault::invalid("too_many_outcomes", format!("send at most {MOST} outcomes at a time")));
    }
    let org = cx.org;
    let judged = cx.db().read(move |sql| judge(sql, org, application, &reports)).await?;
    let refused = judged.iter().enumerate().filter(|(_, event)| event.is_none()).map(|(at, _)| at).collect();
    let events: Vec<Event> = judged.into_iter().flatten().collect();
    let recorded = events.len();
    if recorded > 0 {
        cx.db()
            .write(org, cx.who(), move |tx| {
                let last = events.into_iter().map(|event| tx.record(event)).last();
                let last = last.ok_or_else(|| Fault::internal("outcomes vanished"))?;
                Ok::<_, Fault>(last.with(()))
            })
            .await?;
    }
    Ok(Received { recorded, refused })
}

/// The event of each report that is right, in their order.
fn judge(
    sql: &mut Sql<'_>,
    org: OrgId,
    application: AppId,
    reports: &[OutcomeReport],
) -> Result<Vec<Option<Event>>, DbFault> {
    let mut judged = Vec::with_capacity(reports.len());
    for report in reports {
        let decision = log::get(sql, org, report.pos)?;
        let evidence = decision.and_then(|stored| decided_for(&stored, application, &report.jti));
        judged.push(evidence.and_then(|evidence| used(report, evidence)));
    }
    Ok(judged)
}

/// The evidence behind a token, if this is the decision that issued it, and for this application.
fn decided_for(stored: &log::Stored, application: AppId, named: &str) -> Option<Evidence> {
    let entry = stored.decode().ok()?;
    match entry.event()? {
        Event::TokenDecided { jti: Some(jti), evidence, .. } => {
            let right = jti.as_str() == named
                && evidence.decision.verdict == Verdict::Allow
                && evidence.target.application == Some(application);
            right.then(|| evidence.clone())
        }
        _ => None,
    }
}

fn used(report: &OutcomeReport, evidence: Evidence) -> Option<Event> {
    let OutcomeReport { jti, method, path, status, allowed, reason, .. } = report;
    let fine = !method.is_empty()
        && method.len() <= 16
        && method.bytes().all(|b| b.is_ascii_uppercase() || b == b'-')
        && path.starts_with('/')
        && (100..=599).contains(status);
    // Queries hold what people searched for; the log keeps what was called.
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let verb = if *allowed { "let through" } else { "refused" };
    fine.then(|| Event::TokenUsed {
        jti: Text::new(jti),
        evidence: Evidence { outcome: Text::new(&format!("{verb}, answered {status}")), ..evidence },
        method: Text::new(method),
        path: Text::new(path),
        status: i64::from(*status),
        reason: reason.as_deref().filter(|text| !text.is_empty()).map(Text::new),
    })
}

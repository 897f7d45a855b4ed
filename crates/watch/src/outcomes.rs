//! What came of calls: guards report, and each report becomes a line with the evidence of the decision behind it.

use chancery_audit::{Event, Evidence, Text, Verdict};
use chancery_context::{Act, Caller, Cx};
use chancery_jose::sha256;
use chancery_kernel::{AppId, ClientId, Fault, OrgId, Outcome, Seconds, Timestamp};
use chancery_store::tables::spent;
use chancery_store::{DbFault, Sql, log};

/// A guard's report on one call.
#[derive(Clone, Debug)]
pub struct OutcomeReport {
    /// What the guard calls this report, and when the call was made by its clock: sent again, as after a lost answer,
    /// it is recorded once.
    pub id: Option<(String, Timestamp)>,
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
/// Longest id of a report.
const LONGEST_ID: usize = 64;
/// So long after a call its report is known again. A guard that tries for longer may be heard twice.
const MEMORY: Seconds = Seconds::days(1);

/// Nothing is left to record: not a failure.
const ALL_KNOWN: &str = "all_known";

/// A report that is right: its name as a single-use identifier, and the line it becomes.
struct Judged {
    once: Option<(Timestamp, [u8; 16])>,
    event: Event,
}

/// Records what came of calls to the caller's own application.
pub async fn report(cx: &Cx, reports: Vec<OutcomeReport>) -> Outcome<Received> {
    let _may = cx.allowed(Act::OutcomeReport, "outcomes").await?;
    let (application, client) = match &cx.caller {
        Caller::Token { application: Some(application), client, .. } => (*application, *client),
        _ => {
            let mend = "this client speaks for no application: connect it to the application it guards";
            return Err(Fault::forbidden("no_application", mend));
        }
    };
    if reports.len() > MOST {
        return Err(Fault::invalid("too_many_outcomes", format!("send at most {MOST} outcomes at a time")));
    }
    let org = cx.org;
    let judged = cx.db().read(move |sql| judge(sql, (org, application, client), &reports)).await?;
    let refused =
        judged.iter().enumerate().filter(|(_, report)| report.is_none()).map(|(at, _)| at).collect();
    let recorded = record(cx, judged.into_iter().flatten().collect()).await?;
    Ok(Received { recorded, refused })
}

/// Records what was not recorded before, and says how many these were.
async fn record(cx: &Cx, reports: Vec<Judged>) -> Outcome<usize> {
    let written = cx.db().write(cx.org, cx.who(), move |tx| {
        let (mut count, mut last) = (0, None);
        for Judged { once, event } in reports {
            if let Some((expires, digest)) = once
                && !spent::spend(tx.sql(), expires, &digest)?
            {
                continue;
            }
            (count, last) = (count + 1, Some(tx.record(event)));
        }
        let nothing = || Fault::conflict(ALL_KNOWN, "there is nothing new in it");
        Ok::<_, Fault>(last.ok_or_else(nothing)?.with(count))
    });
    match written.await {
        Err(fault) if fault.code == ALL_KNOWN => Ok(0),
        other => other,
    }
}

/// The reports that are right, in their order.
fn judge(
    sql: &mut Sql<'_>,
    (org, application, client): (OrgId, AppId, ClientId),
    reports: &[OutcomeReport],
) -> Result<Vec<Option<Judged>>, DbFault> {
    let mut judged = Vec::with_capacity(reports.len());
    for report in reports {
        let decision = log::get(sql, org, report.pos)?;
        let evidence = decision.and_then(|stored| decided_for(&stored, application, &report.jti));
        let event = evidence.and_then(|evidence| used(report, evidence));
        judged.push(event.map(|event| Judged { once: once(report, client), event }));
    }
    Ok(judged)
}

/// The report's id as a single-use identifier, in which the client stands too: nobody can use up another's.
fn once(report: &OutcomeReport, client: ClientId) -> Option<(Timestamp, [u8; 16])> {
    let (id, at) = report.id.as_ref()?;
    let digest = sha256(format!("outcome\n{client}\n{id}").as_bytes());
    Some((at.plus(MEMORY), *digest.first_chunk()?))
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
    let OutcomeReport { id, jti, method, path, status, allowed, reason, .. } = report;
    let fine = id.as_ref().is_none_or(|(id, _)| !id.is_empty() && id.len() <= LONGEST_ID)
        && !method.is_empty()
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

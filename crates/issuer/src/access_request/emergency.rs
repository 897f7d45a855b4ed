//! Break-glass: a person whose role allows it takes for an agent what a yes would have given, without waiting for the yes.
//! It is loud, short, and looked at by somebody else afterwards. It replaces the yes and nothing else: whoever is not
//! assigned, or stopped, stays out.

use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_context::{Act, Caller, Cx};
use chancery_kernel::{Fault, Outcome, UserId};
use chancery_model::{Access, Approval, Closing, Emergency, Grant, Meta, Origin, State};
use chancery_store::{Audited, Tx};

use super::wish::Wish;
use super::{Filing, about, draft, lacking};
use crate::Issuer;

/// It lasts no longer: there is time to ask by then.
const LONGEST: i64 = 3_600;

impl Issuer {
    /// Takes it. The purpose is the reason, and stands in the log.
    pub async fn declare_emergency(&self, cx: &Cx, wish: Wish) -> Outcome<Arc<Approval>> {
        let _may = cx.allowed(Act::EmergencyDeclare, cx.org).await?;
        // An agent that was talked into something would find an emergency too.
        let person = match &cx.caller {
            Caller::Token { agent: Some(_), .. } => None,
            caller => caller.user(),
        };
        let Some(person) = person else {
            let text = "only a person declares an emergency, under their own sign-in";
            cx.denied(Act::EmergencyDeclare, cx.org, text).await?;
            return Err(Fault::forbidden("person_needed", text));
        };
        if wish.extends.is_some() || wish.assigns || wish.starts.is_some() {
            let text = "an emergency extends nothing, assigns nobody and begins now: file a request for that";
            return Err(Fault::invalid("not_an_emergency", text));
        }
        let mut filing = self.filing(cx, wish, LONGEST)?;
        filing.access = Access { emergency: Some(Emergency::default()), ..filing.access };
        cx.db().write(cx.org, cx.who(), move |tx| take(tx, &filing, person)).await
    }
}

fn take(tx: &mut Tx<'_>, filing: &Filing, by: UserId) -> Outcome<Audited<Arc<Approval>>> {
    let (parties, user, application) = about(tx, filing).ok_or_else(|| Fault::not_found("agent"))?;
    let (scopes, approvers) = lacking(tx, filing, &parties, &application).map_err(|fault| *fault)?;
    let (now, until) = (tx.now(), tx.now().plus(filing.length));
    let asked = draft(tx, filing, &parties, (&user, &application), (scopes, &approvers));
    let asked = tx.ask(asked, &filing.hash)?;
    let why = format!("an emergency: nobody was asked; a permission until {until}");
    let closed = Some(Closing { at: now, why });
    let taken = tx.replace_approval(Approval { state: State::Redeemed, closed, ..(*asked).clone() })?;
    let grant = tx.insert(Grant {
        id: taken.grant,
        org: taken.org,
        origin: Origin::Approval,
        approved_by: vec![by],
        in_review: None,
        user: taken.user,
        client: taken.client,
        agent: taken.agent,
        application: taken.application,
        secret: None,
        run: None,
        scopes: taken.scopes.clone(),
        from: None,
        until: Some(until),
        purpose: Some(filing.access.purpose.clone()),
        meta: Meta::new(now),
    })?;
    let recorded = tx.record(Event::EmergencyDeclared {
        approval: taken.id,
        grant: grant.id,
        by,
        user: taken.user,
        agent: taken.agent,
        application: taken.application,
        scopes: grant.scopes.clone(),
        until,
        reason: Text::new(&filing.access.purpose),
    });
    Ok(recorded.with(taken))
}

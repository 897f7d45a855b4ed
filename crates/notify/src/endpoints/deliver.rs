//! One message to one endpoint. What it would say is looked at again before each attempt: what is no longer so is not
//! sent, and the log of deliveries says that.

use std::time::Duration;

use chancery_audit::{Event, Text};
use chancery_context::reactions::{MOST_TRIES, Reacted};
use chancery_kernel::{DeliveryId, Fault, Kind, Timestamp};
use chancery_model::{Approval, Endpoint, EndpointKind, Told};
use chancery_outbound::{NetFault, Request, Response};
use chancery_store::Who;
use chancery_store::outbox::Reaction;
use chancery_store::tables::deliveries::{self, Attempted, Delivery, Outcome};
use chancery_store::tables::{approvals, endpoints};
use serde::Deserialize;
use serde_json::Value;

use super::chat::{self, Names};
use super::key::{Sealed, unsealed};
use super::{overlaps, webhook};
use crate::{Attempt, Teller, later};

/// For one attempt: well within the patience of whoever carries reactions out.
const PATIENCE: Duration = Duration::from_secs(15);

#[derive(Deserialize)]
struct Payload {
    delivery: DeliveryId,
}

/// What is to be sent, or why nothing is.
enum Found {
    Body(Value),
    Overtaken(&'static str),
}

impl Teller {
    pub(crate) async fn tell_endpoint(&self, reaction: &Reaction) -> Attempt {
        let unreadable = |_| Reacted::Never("the reaction cannot be read".into());
        let Payload { delivery } = serde_json::from_str(&reaction.payload).map_err(unreadable)?;
        let (db, org) = (&self.0.platform.db, reaction.org);
        let delivery = db.read(move |sql| deliveries::find(sql, org, delivery)).await.map_err(later)?;
        // It is gone with its endpoint, or an attempt that was not noted in the outbox has ended it.
        let Some(delivery) = delivery.filter(|d| d.outcome == Outcome::Waiting) else {
            return Ok(Reacted::Done);
        };
        let endpoint = db.hot().endpoints.find(org, delivery.endpoint).cloned();
        let Some(endpoint) = endpoint else { return Ok(Reacted::Done) };
        if !endpoint.enabled {
            return self.overtaken(delivery, "the endpoint was switched off").await;
        }
        let id = endpoint.id;
        let half = db.read(move |sql| endpoints::sealed(sql, org, id)).await.map_err(later)?;
        let half = half.and_then(|half| unsealed(&self.0.platform.vault, id, &half));
        let Some(half) = half else { return Err(Reacted::Never("its address does not open".into())) };
        match self.found(&endpoint, &delivery).await? {
            Found::Overtaken(why) => self.overtaken(delivery, why).await,
            Found::Body(body) => {
                let sent = self.post(&endpoint, &delivery, &half, &body).await;
                self.concluded_with(&endpoint, delivery, sent, reaction.tries + 1).await
            }
        }
    }

    /// The message in the words of this moment.
    async fn found(&self, endpoint: &Endpoint, delivery: &Delivery) -> Result<Found, Reacted> {
        let platform = &self.0.platform;
        let Some(approval) = delivery.approval else {
            return Ok(Found::Body(match endpoint.kind {
                EndpointKind::Webhook => webhook::test_body(delivery.at, delivery.org),
                chat => chat::payload(chat, "Chancery can write here: this is a test.", None),
            }));
        };
        let org = delivery.org;
        let asked = platform.db.read(move |sql| approvals::find(sql, org, approval)).await.map_err(later)?;
        let (Some(asked), Some(told)) = (asked, Told::read(&delivery.event)) else {
            return Ok(Found::Overtaken("the question is gone"));
        };
        let now = platform.db.env().now();
        if Told::of(asked.state_at(now)) != told {
            return Ok(Found::Overtaken("it was no longer so"));
        }
        let link = platform.settings.url(&format!("/inbox/{}", asked.id));
        Ok(Found::Body(match endpoint.kind {
            EndpointKind::Webhook => webhook::body(told, delivery.at, &asked, now, &link),
            chat => chat::payload(chat, &self.line(told, &asked, now), Some(&link)),
        }))
    }

    fn line(&self, told: Told, asked: &Approval, now: Timestamp) -> String {
        let hot = self.0.platform.db.hot();
        let agent = asked.agent.and_then(|id| hot.agents.find(asked.org, id));
        let application = asked.application.and_then(|id| hot.applications.find(asked.org, id));
        let names = Names {
            agent: agent.map_or("", |agent| agent.name.as_str()),
            application: application.map_or("", |application| application.name.as_str()),
        };
        chat::line(told, asked, names, now)
    }

    async fn post(
        &self,
        endpoint: &Endpoint,
        delivery: &Delivery,
        half: &Sealed,
        body: &Value,
    ) -> Result<Response, NetFault> {
        let (now, body) = (self.0.platform.db.env().now(), body.to_string());
        let mut request = Request::post(half.address.as_str()).patience(PATIENCE).longest_answer(4_096);
        if endpoint.kind.is_signed() {
            let before = half.before.as_deref().filter(|_| overlaps(endpoint, now));
            let keys: Vec<&str> = half.key.as_deref().into_iter().chain(before).collect();
            let signature = webhook::signature(&keys, delivery.id, now, body.as_bytes());
            let signature = signature.filter(|signature| !signature.is_empty());
            request = request
                .header("webhook-id", &delivery.id.to_string())?
                .header("webhook-timestamp", &now.seconds().to_string())?
                .header("webhook-signature", &signature.ok_or(NetFault::BadHeader("the signature"))?)?;
        }
        self.0.platform.outbound.send(request.body("application/json", body)).await
    }

    /// Heard, gone, never to be heard, or to be tried again: whatever it is, the log of deliveries says it first.
    async fn concluded_with(
        &self,
        endpoint: &Endpoint,
        delivery: Delivery,
        sent: Result<Response, NetFault>,
        tries: i64,
    ) -> Attempt {
        let status = sent.as_ref().ok().map(|answer| answer.status);
        let (reacted, problem) = match &sent {
            Ok(answer) if answer.is_success() => (Reacted::Done, None),
            Ok(answer) if answer.status == 410 => (Reacted::Done, Some("it says that it is gone".to_owned())),
            Ok(answer) if matches!(answer.status, 300..=399) => {
                let why = format!(
                    "it answered {}: nobody follows it elsewhere, name the address that answers",
                    answer.status
                );
                (Reacted::Never(why.clone()), Some(why))
            }
            Ok(answer) => {
                let why = format!("it answered {}", answer.status);
                (Reacted::Later(why.clone()), Some(why))
            }
            Err(fault) if fault.is_refusal() => (Reacted::Never(fault.to_string()), Some(fault.to_string())),
            Err(fault) => (Reacted::Later(fault.to_string()), Some(fault.to_string())),
        };
        if status == Some(410) {
            self.gone(endpoint).await?;
        }
        let outcome = match &reacted {
            Reacted::Done if problem.is_none() => Outcome::Delivered,
            Reacted::Later(_) if tries < MOST_TRIES => Outcome::Waiting,
            _ => Outcome::Failed,
        };
        let at = self.0.platform.db.env().now();
        let done = Attempted { outcome, status: status.map(i64::from), at, problem };
        let noted = self.0.platform.db.maintain(move |sql| deliveries::note(sql, &delivery, &done)).await;
        noted.map_err(later)?;
        Ok(reacted)
    }

    async fn overtaken(&self, delivery: Delivery, why: &'static str) -> Attempt {
        let noted = self.0.platform.db.maintain(move |sql| deliveries::overtake(sql, &delivery, why)).await;
        noted.map(|()| Reacted::Done).map_err(later)
    }

    /// RFC 9110 §15.5.11, and Standard Webhooks: who says so is told nothing any more.
    async fn gone(&self, endpoint: &Endpoint) -> Result<(), Reacted> {
        let (id, why) = (endpoint.id, "it answered 410");
        let write = self.0.platform.db.write(endpoint.org, Who::SYSTEM, move |tx| {
            let present = tx.get::<Endpoint>(id)?;
            let off = Endpoint { enabled: false, gone: Some(why.to_owned()), ..Endpoint::clone(&present) };
            tx.update(off)?;
            let event = Event::EndpointGone { endpoint: id, reason: Text::new(why) };
            Ok::<_, Fault>(tx.record(event).with(()))
        });
        match write.await {
            Err(fault) if fault.kind != Kind::NotFound => Err(later(fault)),
            _ => Ok(()),
        }
    }
}

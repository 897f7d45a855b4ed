//! Telling the client: ping (CIBA §10.2) and push (§10.3, §12).
//!
//! What is sent is what stands at that moment. A ping says only that there is something to fetch. For a push, the approval
//! is redeemed first, in the write that decides; the token is then kept, sealed, beside the reaction, and only then sent. So
//! a delivery that is repeated sends the same token again and never a second one; one whose token is dead by then tells
//! that nothing comes of it; and a token that could not be delivered while the request stood is killed.

use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_context::reactions::{React, Reacted, Reacting};
use chancery_kernel::{ApprovalId, Fault, Secret, Timestamp};
use chancery_model::{Approval, Client, Delivery, MarkKey, State};
use chancery_oauth::{ErrorCode, TokenAnswer};
use chancery_outbound::{NetFault, Request, Response};
use chancery_store::Who;
use chancery_store::outbox::{self, APPROVAL_MOVED, Reaction};
use chancery_store::tables::approvals;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Redeem;
use crate::Issuer;
use crate::bc_authorize::notify::Words;
use crate::grants::settle::Settled;

/// Tells clients what became of their backchannel requests.
pub struct Deliveries(pub Issuer);

impl React for Deliveries {
    fn topics(&self) -> &'static [&'static str] {
        &[APPROVAL_MOVED]
    }

    fn react(&self, reaction: Reaction) -> Reacting {
        let issuer = self.0.clone();
        Box::pin(async move { issuer.deliver(reaction).await.unwrap_or_else(|reacted| reacted) })
    }
}

#[derive(Serialize, Deserialize)]
struct Payload {
    approval: ApprovalId,
    /// The pushed answer, sealed, from the moment on that it may have left this house.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    answer: Option<String>,
}

/// What an attempt works with.
struct Call {
    reaction: Reaction,
    payload: Payload,
    asked: Approval,
    client: Arc<Client>,
    endpoint: String,
    hash: [u8; 32],
    words: Words,
}

type Attempt = Result<Reacted, Reacted>;

fn later(fault: Fault) -> Reacted {
    Reacted::Later(fault.log_line())
}

impl Issuer {
    async fn deliver(&self, reaction: Reaction) -> Attempt {
        let Some(call) = self.call(reaction).await? else { return Ok(Reacted::Done) };
        match call.asked.notify.as_ref().map(|notify| notify.delivery) {
            Some(Delivery::Ping) => self.ping(&call).await,
            Some(Delivery::Push) => self.push(&call).await,
            Some(Delivery::Poll) | None => Ok(Reacted::Done),
        }
    }

    /// None where nobody wants to be told any more.
    async fn call(&self, reaction: Reaction) -> Result<Option<Call>, Reacted> {
        let unreadable = |_| Reacted::Never("the reaction cannot be read".into());
        let payload: Payload = serde_json::from_str(&reaction.payload).map_err(unreadable)?;
        let (org, id) = (reaction.org, payload.approval);
        let found = self.db().read(move |sql| approvals::find(sql, org, id)).await;
        let Some(asked) = found.map_err(|fault| later(fault.into()))? else { return Ok(None) };
        let Some(notify) = &asked.notify else { return Ok(None) };
        let client = self.db().hot().clients.find(org, asked.client).cloned();
        let Some(client) = client.filter(|client| client.enabled) else { return Ok(None) };
        let settings = client.backchannel.as_deref().filter(|b| b.delivery == notify.delivery);
        let Some(endpoint) = settings.and_then(|b| b.endpoint.clone()) else { return Ok(None) };
        let unsealed = hash_of(&asked.ticket).and_then(|hash| Some((hash, self.words(&hash, notify)?)));
        let (hash, words) =
            unsealed.ok_or_else(|| Reacted::Never("what the client is called with does not open".into()))?;
        Ok(Some(Call { reaction, payload, asked, client, endpoint, hash, words }))
    }

    /// Sent on a yes, on a no and when it was taken back, but not when it has lapsed (§10.2).
    async fn ping(&self, call: &Call) -> Attempt {
        match call.asked.state_at(self.now()) {
            State::Approved | State::Denied | State::Canceled if !self.is_over(call) => {
                let sent = self.send(call, &json!({ "auth_req_id": call.words.auth_req_id.expose() })).await;
                Ok(outcome(sent))
            }
            _ => Ok(Reacted::Done),
        }
    }

    async fn push(&self, call: &Call) -> Attempt {
        match call.asked.state_at(self.now()) {
            State::Pending => Ok(Reacted::Done),
            State::Denied => self.push_error(call, ErrorCode::AccessDenied, "the person said no").await,
            State::Canceled => {
                self.push_error(call, ErrorCode::TransactionFailed, "the request was taken back").await
            }
            State::Expired => self.push_error(call, ErrorCode::ExpiredToken, "nobody answered in time").await,
            State::Approved => self.push_fresh(call, false).await,
            State::Redeemed => match &call.payload.answer {
                // It was decided, and nothing left this house.
                None if !self.is_over(call) => self.push_fresh(call, true).await,
                None => self.undelivered(call, "the request lapsed before its token was sent").await,
                Some(sealed) => self.push_again(call, sealed).await,
            },
        }
    }

    async fn push_error(&self, call: &Call, code: ErrorCode, text: &str) -> Attempt {
        let auth_req_id = call.words.auth_req_id.expose();
        let body = json!({ "auth_req_id": auth_req_id, "error": code.as_str(), "error_description": text });
        Ok(outcome(self.send(call, &body).await))
    }

    /// Decides, keeps, and sends.
    async fn push_fresh(&self, call: &Call, again: bool) -> Attempt {
        let redeem =
            Redeem { client: call.client.clone(), hash: call.hash, issuer: self.issuer().into(), again };
        let settled = self.db().write(call.asked.org, Who::SYSTEM, move |tx| redeem.run(tx)).await;
        let issue = match settled.map_err(later)? {
            Settled::Issued(issue) => issue,
            // The directory has the last word. The request ends here, and that is what the client is told.
            Settled::Refused(error) => return self.end(call, error.description()).await,
        };
        let answer = self.approved_answer(&issue, Some(call.words.auth_req_id.expose())).await;
        let answer = answer.map_err(|error| Reacted::Later(error.to_string()))?;
        let body = pushed(&call.words.auth_req_id, &answer);
        if !self.keep(call, &body).await? {
            return Ok(Reacted::Later("another node has it now".into()));
        }
        self.sent(call, &body).await
    }

    /// The same token again, if it still lives.
    async fn push_again(&self, call: &Call, sealed: &str) -> Attempt {
        let opened = BASE64URL_NOPAD.decode(sealed.as_bytes()).ok();
        let opened = opened.and_then(|sealed| self.vault().unseal(&purpose(&call.asked), &sealed).ok());
        let body = opened.and_then(|plain| serde_json::from_slice::<Value>(&plain).ok());
        let Some(body) = body else { return self.undelivered(call, "its sealed token does not open").await };
        if self.is_over(call) {
            return self.undelivered(call, "the request lapsed before its token was taken").await;
        }
        let token = body.get("access_token").and_then(Value::as_str).unwrap_or_default();
        let lives = self.read_own(token).is_ok_and(|own| !self.is_dead(&own) && self.stands(&own));
        if !lives {
            return self.push_error(call, ErrorCode::TransactionFailed, "what was approved was ended").await;
        }
        self.sent(call, &body).await
    }

    async fn sent(&self, call: &Call, body: &Value) -> Attempt {
        match outcome(self.send(call, body).await) {
            Reacted::Never(why) => self.undelivered(call, &why).await,
            other => Ok(other),
        }
    }

    async fn keep(&self, call: &Call, body: &Value) -> Result<bool, Reacted> {
        let sealed = self.vault().seal(&purpose(&call.asked), body.to_string().as_bytes());
        let sealed = BASE64URL_NOPAD.encode(&sealed.map_err(|fault| later(fault.into()))?);
        let payload = Payload { approval: call.asked.id, answer: Some(sealed) };
        let payload = serde_json::to_string(&payload).map_err(|e| Reacted::Later(e.to_string()))?;
        let reaction = call.reaction.clone();
        let kept = self.db().maintain(move |sql| outbox::keep(sql, &reaction, &payload)).await;
        kept.map_err(|fault| later(fault.into()))
    }

    /// Takes the request back, which is a reaction of its own.
    async fn end(&self, call: &Call, why: &str) -> Attempt {
        let (id, why) = (call.asked.id, why.to_owned());
        let write = self.db().write(call.asked.org, Who::SYSTEM, move |tx| {
            let present = tx.approval(id)?;
            let over = present.state != State::Approved;
            if !over {
                tx.cancel_all(vec![Arc::new(present.clone())], &why)?;
            }
            let event = Event::ApprovalUndelivered {
                approval: id,
                client: present.client,
                agent: present.agent,
                reason: Text::new(&why),
            };
            Ok::<_, Fault>(tx.record(event).with(()))
        });
        write.await.map(|()| Reacted::Done).map_err(later)
    }

    /// Nobody has the token, or nobody wanted it: it is dead from here on.
    async fn undelivered(&self, call: &Call, why: &str) -> Attempt {
        let Approval { id, grant, client, agent, .. } = call.asked;
        let reason = Text::new(why);
        let write = self.db().write(call.asked.org, Who::SYSTEM, move |tx| {
            let recorded = tx.record(Event::ApprovalUndelivered { approval: id, client, agent, reason });
            tx.mark(MarkKey::Grant(grant), recorded.pos)?;
            Ok::<_, Fault>(recorded.with(()))
        });
        write.await.map(|()| Reacted::Done).map_err(later)
    }

    fn is_over(&self, call: &Call) -> bool {
        let now: Timestamp = self.now();
        now >= call.asked.lapses
    }

    async fn send(&self, call: &Call, body: &Value) -> Result<Response, NetFault> {
        let request = Request::post(call.endpoint.as_str()).bearer(&call.words.token)?.json(body)?;
        self.platform().outbound.send(request).await
    }
}

fn purpose(asked: &Approval) -> String {
    format!("ciba_push:{}", asked.id)
}

/// The token answer with what it answers (§10.3.1).
fn pushed(auth_req_id: &Secret, answer: &TokenAnswer) -> Value {
    let mut body = serde_json::to_value(answer).unwrap_or_default();
    if let Some(members) = body.as_object_mut() {
        members.insert("auth_req_id".into(), auth_req_id.expose().into());
    }
    body
}

/// 2xx is heard. A redirect is not followed, and is no answer to wait for; neither is a refusal, except of a crowd.
fn outcome(sent: Result<Response, NetFault>) -> Reacted {
    match sent {
        Ok(answer) if answer.is_success() => Reacted::Done,
        Ok(answer) if matches!(answer.status, 408 | 425 | 429 | 500..) => {
            Reacted::Later(format!("the endpoint answered {}", answer.status))
        }
        Ok(answer) => Reacted::Never(format!("the endpoint answered {}", answer.status)),
        Err(fault) if fault.is_refusal() => Reacted::Never(fault.to_string()),
        Err(fault) => Reacted::Later(fault.to_string()),
    }
}

/// From the hexadecimal of the record.
fn hash_of(ticket: &str) -> Option<[u8; 32]> {
    data_encoding::HEXLOWER.decode(ticket.as_bytes()).ok()?.try_into().ok()
}

//! Signed messages for programs: Standard Webhooks 1.0.0 (symmetric signatures, `v1`).

use aws_lc_rs::hmac;
use chancery_kernel::{DeliveryId, Timestamp};
use chancery_model::{Approval, Told};
use chancery_outbound::smtp::base64;
use serde_json::{Value, json};

use super::key::bytes;

/// `webhook-signature`: one for each secret that is good now, parted by spaces.
pub(super) fn signature(keys: &[&str], id: DeliveryId, at: Timestamp, body: &[u8]) -> Option<String> {
    let signed = keys.iter().map(|key| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &bytes(key)?);
        let mut context = hmac::Context::with_key(&key);
        context.update(format!("{id}.{}.", at.seconds()).as_bytes());
        context.update(body);
        Some(format!("v1,{}", base64(context.sign().as_ref())))
    });
    Some(signed.collect::<Option<Vec<_>>>()?.join(" "))
}

/// Ids, the state and a link: enough to know that something happened, and to look; nothing that anybody could use.
pub(super) fn body(told: Told, since: Timestamp, asked: &Approval, now: Timestamp, link: &str) -> Value {
    json!({
        "type": format!("approval.{}", told.as_str()),
        "timestamp": since,
        "data": {
            "approval": asked.id,
            "organization": asked.org,
            "state": asked.state_at(now).as_str(),
            "user": asked.user,
            "agent": asked.agent,
            "client": asked.client,
            "application": asked.application,
            "run": asked.run,
            "lapses": asked.lapses,
            "link": link,
        },
    })
}

pub(super) fn test_body(since: Timestamp, org: chancery_kernel::OrgId) -> Value {
    json!({ "type": "endpoint.test", "timestamp": since, "data": { "organization": org } })
}

#[cfg(test)]
mod tests {
    use chancery_kernel::Id;
    use chancery_kernel::id::Uuid;

    use super::*;

    #[test]
    fn a_signature_is_over_id_time_and_body_with_the_bytes_behind_the_secret() {
        let id = DeliveryId::from_uuid(Uuid::nil());
        let at = Timestamp::from_seconds(1_614_265_330);
        let key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let signed = signature(&[key], id, at, br#"{"test": 2432232314}"#).unwrap();
        let both = signature(&[key, key], id, at, br#"{"test": 2432232314}"#).unwrap();
        assert_eq!(both, format!("{signed} {signed}"));
        // Computed apart, with Python's hmac over `del_000….1614265330.{"test": 2432232314}`.
        assert_eq!(signed, "v1,UEmyZn9O9F3npNTYrvR7YNZIGL0cInhmvLxQxyhoHU4=");
        assert!(signature(&["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], id, at, b"").is_none(), "no secret of ours");
    }
}

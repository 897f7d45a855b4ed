//! Vectors of the specifications, class confusion, and the refusals one by one.

#[cfg(test)]
mod confusion;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod wycheproof;

#[cfg(test)]
mod common {
    use chancery_jose::{Alg, Expect, Keys, SigningKey, b64};
    use serde_json::{Value, json};

    pub const NOW: i64 = 1_790_000_000;
    pub const ISSUER: &str = "https://id.example";
    pub const AUDIENCE: &str = "https://crm.example";

    pub fn key() -> SigningKey {
        SigningKey::generate(Alg::Es256).unwrap()
    }

    pub fn keys(key: &SigningKey) -> Keys {
        [key.public().clone()].into_iter().collect()
    }

    pub fn expect() -> Expect<'static> {
        Expect { issuer: Some(ISSUER), audiences: &[AUDIENCE], now: NOW, leeway: 5 }
    }

    pub fn claims() -> Value {
        json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "usr_1", "exp": NOW + 60, "iat": NOW, "jti": "tok_1"})
    }

    /// `claims()` with some members replaced; `null` removes one.
    pub fn claims_with(changes: Value) -> Value {
        let mut claims = claims();
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                value => claims[name] = value.clone(),
            }
        }
        claims
    }

    /// A token with any header and payload text, honestly signed.
    pub fn raw(key: &SigningKey, header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", b64(header.as_bytes()), b64(payload.as_bytes()));
        let signature = b64(&key.sign(signed.as_bytes()).unwrap());
        format!("{signed}.{signature}")
    }
}

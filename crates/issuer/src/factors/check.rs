//! Whether what was given proves one of a person's factors; and the using up of it, in the write that rests on it.

use std::net::IpAddr;

use chancery_audit::{Actor, Event, Text};
use chancery_factor::webauthn::{Assertion, Expect, Known, authenticate};
use chancery_factor::{recovery, totp};
use chancery_kernel::{FactorId, Fault, Kind, OrgId, Outcome, RequestId, Secret, SessionId, UserId};
use chancery_model::FactorKind;
use chancery_store::tables::factors::{self, Kept};
use chancery_store::{Tx, Who};

use super::challenge::Challenge;
use crate::Issuer;
use crate::throttle::Counters;

/// What a person gives.
pub enum Given {
    /// A one-time code, or a recovery code.
    Code(Secret),
    Passkey(Signed),
}

/// What a browser hands over of a passkey, and the challenge the page had.
pub struct Signed {
    pub challenge: String,
    pub credential: Vec<u8>,
    pub client_data: Vec<u8>,
    pub authenticator_data: Vec<u8>,
    pub signature: Vec<u8>,
}

/// The purpose of challenges to sign with a passkey.
pub const USE: &str = "use";

/// Whose proof it is said to be, and where it comes from.
#[derive(Clone, Copy)]
pub(super) struct Prover {
    pub org: OrgId,
    pub user: UserId,
    pub session: SessionId,
    pub address: Option<IpAddr>,
    pub request: RequestId,
}

impl Prover {
    pub fn address(&self) -> Text {
        Text::new(&self.address.map(|a| a.to_string()).unwrap_or_default())
    }

    pub fn who(&self) -> Who {
        Who { actor: Actor::User(self.user), request: Some(self.request) }
    }

    pub fn failed(&self, method: &str, reason: &str) -> Event {
        Event::SecondFactorFailed {
            user: self.user,
            method: Text::new(method),
            reason: Text::new(reason),
            address: self.address(),
        }
    }
}

/// A proof that is right, and not used up yet.
pub(super) struct Checked {
    what: What,
    pub counters: Counters,
}

enum What {
    Totp { id: FactorId, from: i64, to: i64 },
    Passkey { id: FactorId, from: i64, to: i64, challenge: Challenge },
    Recovery([u8; 32]),
}

impl Checked {
    /// As events name it.
    pub const fn method(&self) -> &'static str {
        match self.what {
            What::Totp { .. } => "totp",
            What::Passkey { .. } => "passkey",
            What::Recovery(_) => "recovery_code",
        }
    }

    /// Authentication methods (RFC 8176 §2), beside the password. A recovery code is none of those it names.
    pub const fn amr(&self) -> &'static [&'static str] {
        match self.what {
            What::Totp { .. } => &["otp", "mfa"],
            What::Passkey { .. } => &["pop", "user", "mfa"],
            What::Recovery(_) => &["mfa"],
        }
    }

    /// Uses it up; false if somebody else did. Whoever succeeds is forgiven earlier failures.
    pub fn use_up(&self, tx: &mut Tx<'_>, user: UserId) -> Outcome<bool> {
        let now = tx.now();
        let sql = tx.sql();
        let used = match &self.what {
            What::Totp { id, from, to } => factors::note_use(sql, *id, *from, *to, now)?,
            What::Passkey { id, from, to, challenge } => {
                challenge.spend(sql)? && factors::note_use(sql, *id, *from, *to, now)?
            }
            What::Recovery(hash) => factors::spend_code(sql, user, hash, now)?,
        };
        if used {
            self.counters.succeeded(sql)?;
        }
        Ok(used)
    }
}

impl Issuer {
    /// Checks a proof. Guesses are slowed down, and each failure is in the log.
    pub(super) async fn check_factor(&self, by: Prover, given: &Given) -> Outcome<Checked> {
        let (now, counters) = (self.now(), Counters::of_factor(self.vault(), by.user));
        let method = given.method();
        let asked = counters.clone();
        if let Some(until) = self.db().maintain(move |sql| asked.begin(sql, now)).await? {
            self.record_unproven(by, method, "too many attempts").await?;
            let wait = until.since(now).0.max(1);
            let text = format!("too many attempts: wait {wait} seconds and try again");
            return Err(Fault::new(Kind::TooMany, "throttled", text));
        }
        let user = by.user;
        let all = self.db().read(move |sql| factors::of_user(sql, user)).await?;
        let found = match given {
            Given::Code(code) => self.by_code(&all, code),
            Given::Passkey(signed) => self.by_passkey(by, &all, signed),
        };
        match found {
            Ok(what) => Ok(Checked { what, counters }),
            Err(reason) => {
                self.record_unproven(by, method, reason).await?;
                Err(refused())
            }
        }
    }

    fn by_code(&self, all: &[Kept], code: &Secret) -> Result<What, &'static str> {
        let mut known = false;
        for kept in all.iter().filter(|kept| kept.factor.kind == FactorKind::Totp) {
            let key = self.vault().unseal(&seal_of(kept.factor.id), &kept.secret);
            let Ok(key) = key else { return Err("the key cannot be opened") };
            let key = Secret::new(String::from_utf8_lossy(&key).into_owned());
            if let Some(step) = totp::verify(&key, code.expose(), self.now(), kept.counter) {
                return Ok(What::Totp { id: kept.factor.id, from: kept.counter, to: step });
            }
            known |= totp::verify(&key, code.expose(), self.now(), i64::MIN).is_some();
        }
        match recovery::read(code.expose()) {
            Some(code) => Ok(What::Recovery(self.vault().keyed_hash(&code))),
            None if known => Err("the code was used before"),
            None => Err("wrong code"),
        }
    }

    fn by_passkey(&self, by: Prover, all: &[Kept], signed: &Signed) -> Result<What, &'static str> {
        let place = self.place().ok_or("this server has no name that passkeys could be for")?;
        let challenge = self
            .read_challenge(by.session, USE, &signed.challenge)
            .ok_or("the challenge is not of this page, or too old")?;
        let kept = all
            .iter()
            .find(|kept| kept.credential.as_ref() == Some(&signed.credential))
            .ok_or("a passkey that is not theirs")?;
        let given = Assertion {
            client_data: &signed.client_data,
            authenticator_data: &signed.authenticator_data,
            signature: &signed.signature,
        };
        let counter = u32::try_from(kept.counter).map_err(|_| "the counter is damaged")?;
        let expect = Expect { rp_id: &place.rp_id, origin: &place.origin, challenge: &challenge.bytes };
        let proved = authenticate(&given, &Known { public: &kept.secret, counter }, &expect)
            .map_err(chancery_factor::webauthn::Refusal::reason)?;
        Ok(What::Passkey { id: kept.factor.id, from: kept.counter, to: i64::from(proved.counter), challenge })
    }

    async fn record_unproven(&self, by: Prover, method: &'static str, reason: &'static str) -> Outcome<()> {
        self.db()
            .write(by.org, by.who(), move |tx| Ok::<_, Fault>(tx.record(by.failed(method, reason)).with(())))
            .await
    }
}

impl Given {
    const fn method(&self) -> &'static str {
        match self {
            Self::Code(_) => "code",
            Self::Passkey(_) => "passkey",
        }
    }
}

/// What the seal of a key is bound to.
pub(super) fn seal_of(factor: FactorId) -> String {
    format!("totp:{factor}")
}

/// One sentence for wrong, used and unknown.
pub(super) fn refused() -> Fault {
    let text = "that did not match, or was used before: take a new code, or your passkey, and try again";
    Fault::new(Kind::Unauthenticated, "second_factor_failed", text)
}

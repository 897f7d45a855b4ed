//! Enrolling: a key is kept only after it has proven itself once.

use chancery_audit::{Event, Text};
use chancery_context::Cx;
use chancery_factor::webauthn::{Expect, Registration, register};
use chancery_factor::{base64url, qr, totp};
use chancery_kernel::{FactorId, Fault, Outcome, Seconds, Secret, SessionId, Timestamp, UserId};
use chancery_model::{Factor, FactorKind};
use chancery_store::tables::factors::{self, Kept};
use chancery_store::{Audited, Tx};

use super::challenge::Challenge;
use super::check::seal_of;
use super::own::{Codes, fresh_codes};
use super::settled;
use super::step::{proven, raised};
use crate::Issuer;
use crate::sessions::Present;

/// How long after a sign-in the first factor may be enrolled.
pub(super) const AFTER_SIGN_IN: Seconds = Seconds::minutes(15);
/// How long an offered key waits for its first code.
const OFFER_LASTS: Seconds = Seconds::minutes(15);
const MOST: i64 = 10;
const LONGEST_NAME: usize = 60;
/// The purpose of challenges to make a passkey.
pub const MAKE: &str = "make";

/// A key for an app, shown while it is enrolled and never again.
pub struct Offer {
    pub key: Secret,
    /// The symbol that holds it.
    pub svg: String,
    /// The key as the form carries it.
    pub sealed: String,
}

/// What a browser hands over of a new passkey, and the challenge the page had.
pub struct Made {
    pub challenge: String,
    pub client_data: Vec<u8>,
    pub attestation: Vec<u8>,
}

impl Issuer {
    /// A fresh key, for this session alone.
    pub fn offer_totp(&self, present: &Present) -> Outcome<Offer> {
        let key = totp::key(self.env());
        let plain = format!("{} {}", self.now().micros(), key.expose());
        let sealed = self.vault().seal(&offered(present), plain.as_bytes())?;
        self.offer(present, key, base64url::encode(&sealed))
    }

    /// The same key again, after a code that did not match.
    pub fn offer_again(&self, present: &Present, sealed: &str) -> Outcome<Offer> {
        let key = self.offered_key(present, sealed)?;
        self.offer(present, key, sealed.to_owned())
    }

    fn offer(&self, present: &Present, key: Secret, sealed: String) -> Outcome<Offer> {
        let org = present.org();
        let hot = self.db().hot();
        let title = hot.organizations.find(org, org).map_or("Chancery", |o| o.title.as_str());
        let uri = totp::uri(&key, title, &present.user.login);
        let svg = qr::svg(uri.expose()).unwrap_or_default();
        Ok(Offer { key, svg, sealed })
    }

    fn offered_key(&self, present: &Present, sealed: &str) -> Outcome<Secret> {
        let old = || Fault::invalid("offer_expired", "this key was offered too long ago: begin again");
        let sealed = base64url::decode(sealed).ok_or_else(old)?;
        let plain = self.vault().unseal(&offered(present), &sealed).map_err(|_| old())?;
        let plain = std::str::from_utf8(&plain).map_err(|_| old())?;
        let (at, key) = plain.split_once(' ').ok_or_else(old)?;
        let at = Timestamp::from_micros(at.parse().map_err(|_| old())?);
        if self.now().since(at) > OFFER_LASTS {
            return Err(old());
        }
        Ok(Secret::new(key))
    }

    /// Keeps the offered key of an app that shows its codes. Answers the recovery codes, where it is the first factor.
    pub async fn enroll_totp(
        &self,
        cx: &Cx,
        present: &Present,
        sealed: &str,
        code: &Secret,
        name: &str,
    ) -> Outcome<Vec<Secret>> {
        let key = self.offered_key(present, sealed)?;
        let step = totp::verify(&key, code.expose(), self.now(), i64::MIN).ok_or_else(|| {
            Fault::invalid(
                "wrong_code",
                "this is not the code of that key: look at the app's clock, and type the code it shows now",
            )
        })?;
        let id: FactorId = self.env().id();
        let secret = self.vault().seal(&seal_of(id), key.expose().as_bytes())?;
        let kept = Kept {
            factor: self.factor(id, present, FactorKind::Totp, name, "Authenticator app")?,
            credential: None,
            secret,
            counter: step,
        };
        self.enroll(cx, present, kept, None, &["otp", "mfa"]).await
    }

    /// What a browser needs to make a passkey.
    pub fn make_challenge(&self, session: SessionId) -> String {
        self.challenge(session, MAKE)
    }

    /// Keeps a passkey.
    pub async fn enroll_passkey(
        &self,
        cx: &Cx,
        present: &Present,
        made: &Made,
        name: &str,
    ) -> Outcome<Vec<Secret>> {
        let refused =
            |why: &str| Fault::invalid("passkey_refused", format!("this passkey cannot be kept: {why}"));
        let place = self.place().ok_or_else(|| refused("this server has no host name"))?;
        let challenge = self
            .read_challenge(present.session.id, MAKE, &made.challenge)
            .ok_or_else(|| refused("the page is too old, load it again"))?;
        let given = Registration { client_data: &made.client_data, attestation: &made.attestation };
        let expect = Expect { rp_id: &place.rp_id, origin: &place.origin, challenge: &challenge.bytes };
        let registered = register(&given, &expect).map_err(|why| refused(why.reason()))?;
        let kept = Kept {
            factor: self.factor(self.env().id(), present, FactorKind::Passkey, name, "Passkey")?,
            credential: Some(registered.id),
            secret: registered.public,
            counter: i64::from(registered.counter),
        };
        self.enroll(cx, present, kept, Some(challenge), &["pop", "user", "mfa"]).await
    }

    fn factor(
        &self,
        id: FactorId,
        present: &Present,
        kind: FactorKind,
        name: &str,
        usual: &str,
    ) -> Outcome<Factor> {
        let name = name.trim();
        if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            let text = format!("a name has {LONGEST_NAME} characters at most, in one line");
            return Err(Fault::invalid("factor_name", text));
        }
        let name = if name.is_empty() { usual } else { name }.to_owned();
        let (org, user) = (present.org(), present.user.id);
        Ok(Factor { id, org, user, kind, name, created: self.now(), used: None })
    }

    async fn enroll(
        &self,
        cx: &Cx,
        present: &Present,
        kept: Kept,
        challenge: Option<Challenge>,
        amr: &'static [&'static str],
    ) -> Outcome<Vec<Secret>> {
        let user = present.user.id;
        let has_any = self.db().read(move |sql| factors::count(sql, user)).await? > 0;
        settled(self, present, has_any)?;
        let codes = fresh_codes(self);
        let (hashes, session) = (codes.hashes, present.session.id);
        let enroll = Enroll { user, session, kept, challenge, amr, hashes, expected: has_any };
        let first = cx.db().write(cx.org, cx.who(), move |tx| enroll.run(tx)).await??;
        Ok(if first { codes.shown } else { Vec::new() })
    }
}

/// What the write needs.
struct Enroll {
    user: UserId,
    session: SessionId,
    kept: Kept,
    challenge: Option<Challenge>,
    amr: &'static [&'static str],
    hashes: Codes,
    /// Whether there was a factor when the session was looked at.
    expected: bool,
}

impl Enroll {
    /// Whether it is the first.
    fn run(self, tx: &mut Tx<'_>) -> Result<Audited<Outcome<bool>>, Fault> {
        let count = factors::count(tx.sql(), self.user)?;
        if count >= MOST {
            let text = format!("you have {MOST} already: remove one first");
            return Err(Fault::conflict("too_many_factors", text));
        }
        if (count > 0) != self.expected {
            return Err(Fault::conflict(
                "factors_changed",
                "your second factors have just changed: load the page again",
            ));
        }
        let fresh = self.challenge.as_ref().map_or(Ok(true), |challenge| challenge.spend(tx.sql()))?;
        if !fresh || !factors::insert(tx.sql(), &self.kept)? {
            return Err(Fault::conflict("passkey_known", "this passkey is enrolled already"));
        }
        let Factor { id, kind, name, .. } = &self.kept.factor;
        let recorded = tx.record(Event::FactorEnrolled {
            user: self.user,
            session: self.session,
            factor: *id,
            method: Text::new(kind.as_str()),
            name: Text::new(name),
        });
        if count == 0 {
            factors::set_codes(tx.sql(), self.user, &self.hashes)?;
            let _ = tx.record(Event::RecoveryCodesMade { user: self.user, session: self.session });
        }
        // To enroll is to have proven it.
        let amr = self.amr;
        raised(tx, self.session, |facts, now| proven(facts, amr, now))??;
        Ok(recorded.with(Ok(count == 0)))
    }
}

/// What the seal of an offered key is bound to: whoever copies it cannot enroll it for somebody else.
fn offered(present: &Present) -> String {
    format!("totp-offer:{}:{}", present.user.id, present.session.id)
}

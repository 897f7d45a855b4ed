//! Who is meant (CIBA §7.1). The agent's word is looked up and proves nothing: only the person's own answer does.

use chancery_jose::{Expect, LoginHint, Reject, verify};
use chancery_kernel::{Secret, UserId};
use chancery_model::{Client, User};
use chancery_oauth::signed_request::login_hint_token;
use chancery_oauth::{ErrorCode, Hint, OAuthError};
use chancery_store::tables::nouns;
use serde_json::{Map, Value};

use crate::Issuer;
use crate::grants::unavailable;

impl Issuer {
    /// The active person of the client's organization whom the hint names.
    pub(super) async fn meant(&self, client: &Client, hint: &Hint) -> Result<UserId, OAuthError> {
        let named;
        let hint = match hint {
            Hint::Token(token) => {
                named = self.named_by(client, token)?;
                &named
            }
            other => other,
        };
        let id = match hint {
            // A token names somebody by one of the other ways.
            Hint::Token(_) => None,
            Hint::Login(text) => self.by_login(client, text).await?,
            Hint::IssSub { iss, sub } => {
                // Some clients leave the slash at the end of the issuer, and some add one.
                let ours = iss.trim_end_matches('/') == self.issuer().trim_end_matches('/');
                sub.parse().ok().filter(|_| ours)
            }
            Hint::IdToken(token) => {
                let hint = self.hinted(token).filter(|h| h.client == client.id && h.org == client.org);
                let invalid = || {
                    OAuthError::invalid_request(
                        "id_token_hint is no ID token that this server gave to this client",
                    )
                };
                Some(hint.ok_or_else(invalid)?.user)
            }
        };
        let hot = self.db().hot();
        let known = id.filter(|id| hot.users.find(client.org, *id).is_some_and(|user| user.is_active()));
        known.ok_or_else(|| {
            OAuthError::new(ErrorCode::UnknownUserId, "nobody of this organization is meant by this hint")
        })
    }

    /// Whom a token names that the client signed with a key registered for it.
    fn named_by(&self, client: &Client, token: &Secret) -> Result<Hint, OAuthError> {
        let keys = self.0.client_keys.of(client);
        let audiences = [self.issuer()];
        let expect = Expect { issuer: None, audiences: &audiences, now: self.now().seconds(), leeway: 10 };
        let verified = verify::<LoginHint, Map<String, Value>>(token.expose(), &keys, &expect);
        let verified = verified.map_err(|why| match why {
            Reject::Expired => {
                OAuthError::new(ErrorCode::ExpiredLoginHintToken, "login_hint_token has expired: sign a new one")
            }
            _ => OAuthError::invalid_request(
                "login_hint_token is not believed: sign it with a key registered for this client, for this issuer, and for an hour at most",
            ),
        })?;
        login_hint_token(verified.claims(), &client.id.to_string())
    }

    /// By id, sign-in name, or an e-mail address that only one person has.
    async fn by_login(&self, client: &Client, text: &str) -> Result<Option<UserId>, OAuthError> {
        if let Ok(id) = text.parse::<UserId>() {
            return Ok(Some(id));
        }
        let (org, login) = (client.org, text.to_lowercase());
        let named = self.db().read(move |sql| nouns::by_name::<User>(sql, org, &login)).await;
        if let Some(user) = named.map_err(|fault| unavailable(fault.into()))? {
            return Ok(Some(user.id));
        }
        let hot = self.db().hot();
        let mut with_email = hot.users.of(client.org).filter(|user| user.email.eq_ignore_ascii_case(text));
        Ok(with_email.next().filter(|_| with_email.next().is_none()).map(|user| user.id))
    }
}

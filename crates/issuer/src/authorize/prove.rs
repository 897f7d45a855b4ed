//! What a person has to prove besides before a request goes on: what their organization wants of them, and what the
//! client asks for by `acr_values` (OpenID Connect Core §3.1.2.1 and §3.1.2.6, RFC 9470 §4 and §5).

use chancery_kernel::Outcome;
use chancery_oauth::{ACR, AuthorizeRequest, ErrorCode, OAuthError};
use chancery_store::tables::factors;

use crate::Issuer;
use crate::factors::Gate;
use crate::mint::class;
use crate::sessions::Present;

impl Issuer {
    /// What stands in the way, or what the client hears of it where no page may be shown or none would help.
    pub(super) async fn to_prove(
        &self,
        request: &AuthorizeRequest,
        present: &Present,
    ) -> Outcome<Result<Gate, OAuthError>> {
        let gate = match present.gate {
            Gate::Open if is_assured(request, present) => return Ok(Ok(Gate::Open)),
            Gate::Open if !self.has_factor(present).await? => {
                let text = "the person has no second factor to prove: they enroll one on their own page";
                return Ok(Err(OAuthError::new(ErrorCode::UnmetAuthenticationRequirements, text)));
            }
            Gate::Open => Gate::Prove,
            gate => gate,
        };
        if request.prompt.none {
            let text = "the person has to prove more than a password: send them without prompt=none";
            return Ok(Err(OAuthError::new(ErrorCode::InteractionRequired, text)));
        }
        Ok(Ok(gate))
    }

    async fn has_factor(&self, present: &Present) -> Outcome<bool> {
        let user = present.user.id;
        Ok(self.db().read(move |sql| factors::count(sql, user)).await? > 0)
    }
}

/// Whether the sign-in is of a class that would do. A class that is none of ours is a wish, and passed over.
fn is_assured(request: &AuthorizeRequest, present: &Present) -> bool {
    let [_, two] = ACR;
    let names = |class: &str| request.acr_values.iter().any(|named| named == class);
    !names(two) || names(class(&present.session.facts.amr))
}

//! What a client may ask for: grant types as boxes to tick and as words.

use chancery_model::GrantType;
use maud::{Markup, html};

use crate::parts::Form;

/// Each with the field it is ticked in.
pub const FIELDS: [(&str, GrantType); 5] = [
    ("grant.code", GrantType::AuthorizationCode),
    ("grant.refresh", GrantType::RefreshToken),
    ("grant.credentials", GrantType::ClientCredentials),
    ("grant.exchange", GrantType::TokenExchange),
    ("grant.ciba", GrantType::Ciba),
];

pub const fn word(grant: GrantType) -> &'static str {
    match grant {
        GrantType::AuthorizationCode => "sign people in",
        GrantType::RefreshToken => "stay signed in (refresh)",
        GrantType::ClientCredentials => "act for itself",
        GrantType::TokenExchange => "act for people (exchange)",
        GrantType::Ciba => "ask people elsewhere (CIBA)",
    }
}

const fn label(grant: GrantType) -> &'static str {
    match grant {
        GrantType::AuthorizationCode => "Sign people in: authorization_code",
        GrantType::RefreshToken => "Stay signed in: refresh_token",
        GrantType::ClientCredentials => "Act for itself: client_credentials",
        GrantType::TokenExchange => "Act for people: token exchange",
        GrantType::Ciba => "Ask people where they are: backchannel authentication (CIBA)",
    }
}

pub fn boxes(f: &Form<'_>, present: &[GrantType]) -> Markup {
    html! {
        fieldset.ticks {
            legend { "What it may ask for" }
            @for (field, grant) in FIELDS {
                (f.check(field, label(grant)).value(if present.contains(&grant) { "yes" } else { "" }))
            }
        }
    }
}

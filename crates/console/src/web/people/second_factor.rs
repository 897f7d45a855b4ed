//! The second step: it completes a sign-in, or proves a factor anew within a session.

use axum::extract::{Query, State};
use axum::response::Response;
use chancery_issuer::factors::{Given, Half, Signed};
use chancery_kernel::{Fault, Kind, Outcome, SessionId, UserId};
use chancery_model::User;
use chancery_oauth::safe_return_path;
use serde::Deserialize;

use super::factors::{bytes, known};
use crate::links;
use crate::pages::second_factor::{View, render};
use crate::parts::Draft;
use crate::parts::passkey::Ceremony;
use crate::web::Console;
use crate::web::answer::{page_leading_to, problem, see_other, status, with_status};
use crate::web::browser::Visit;
use crate::web::fields::Fields;
use crate::web::people::sign_in::onward_of;

#[derive(Deserialize)]
pub(super) struct Wanted {
    /// Path to come back to.
    #[serde(default)]
    request: String,
}

/// Who stands at the second step.
enum Standing<'v> {
    /// The password was right.
    Half(Box<Half>),
    /// Signed in.
    In(&'v chancery_issuer::sessions::Present),
}

impl Standing<'_> {
    fn session(&self) -> SessionId {
        match self {
            Self::Half(half) => half.session(),
            Self::In(present) => present.session.id,
        }
    }

    fn user(&self) -> &User {
        match self {
            Self::Half(half) => &half.user,
            Self::In(present) => &present.user,
        }
    }
}

/// A ticket goes before a session: who has just typed a password completes that.
async fn standing<'v>(console: &Console, visit: &'v Visit) -> Outcome<Option<Standing<'v>>> {
    if let Some(ticket) = &visit.ticket
        && let Some(half) = console.issuer.half(ticket).await?
    {
        return Ok(Some(Standing::Half(Box::new(half))));
    }
    Ok(visit.present.as_ref().map(Standing::In))
}

pub(super) async fn show(
    State(console): State<Console>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Response {
    let request = safe_return_path(&wanted.request).unwrap_or_default();
    match standing(&console, &visit).await {
        Ok(Some(at)) => match view(&console, &at, request, Draft::default()).await {
            Ok(view) => {
                let drawn = page_leading_to(render(&visit.frame(), &view), &onward_of(&console, request));
                visit.remember(drawn)
            }
            Err(fault) => problem(&visit.frame(), &fault, visit.request),
        },
        Ok(None) => see_other(&links::with(links::sign_in(), &[("request", request)])),
        Err(fault) => problem(&visit.frame(), &fault, visit.request),
    }
}

async fn view(console: &Console, at: &Standing<'_>, request: &str, draft: Draft) -> Outcome<View> {
    let user: UserId = at.user().id;
    let credentials = console.issuer.passkeys_of(user).await?;
    let place = console.issuer.place().filter(|_| !credentials.is_empty());
    let ceremony = place.map(|place| Ceremony {
        challenge: console.issuer.use_challenge(at.session()),
        rp_id: place.rp_id,
        known: known(&credentials),
        ..Ceremony::default()
    });
    let again = matches!(at, Standing::In(_));
    Ok(View { request: request.to_owned(), login: at.user().login.clone(), ceremony, again, draft })
}

pub(super) async fn code(State(console): State<Console>, visit: Visit, fields: Fields) -> Response {
    let given = Given::Code(fields.secret("one_time"));
    step(&console, &visit, &fields, Ok(given), "code").await
}

pub(super) async fn passkey(State(console): State<Console>, visit: Visit, fields: Fields) -> Response {
    let given = signed(&fields).map(Given::Passkey);
    step(&console, &visit, &fields, given, "passkey").await
}

fn signed(fields: &Fields) -> Outcome<Signed> {
    Ok(Signed {
        challenge: fields.text("challenge").to_owned(),
        credential: bytes(fields, "credential")?,
        client_data: bytes(fields, "client_data")?,
        authenticator_data: bytes(fields, "authenticator_data")?,
        signature: bytes(fields, "signature")?,
    })
}

async fn step(
    console: &Console,
    visit: &Visit,
    fields: &Fields,
    given: Outcome<Given>,
    form: &str,
) -> Response {
    let request = safe_return_path(fields.text("request")).unwrap_or_default();
    let at = match standing(console, visit).await {
        Ok(Some(at)) => at,
        Ok(None) => return see_other(&links::with(links::sign_in(), &[("request", request)])),
        Err(fault) => return problem(&visit.frame(), &fault, visit.request),
    };
    let work = async {
        visit.check(fields)?;
        done(console, visit, &at, given?, request).await
    };
    match work.await {
        Ok(response) => response,
        Err(fault)
            if matches!(
                fault.kind,
                Kind::Unauthenticated | Kind::TooMany | Kind::Forbidden | Kind::Invalid
            ) =>
        {
            again(console, visit, &at, request, form, &fault).await
        }
        Err(fault) => problem(&visit.frame(), &fault, visit.request),
    }
}

async fn done(
    console: &Console,
    visit: &Visit,
    at: &Standing<'_>,
    given: Given,
    request: &str,
) -> Outcome<Response> {
    let to = see_other(if request.is_empty() { "/" } else { request });
    match at {
        Standing::In(present) => {
            console.issuer.step_up(present, given, visit.address, visit.request).await?;
            Ok(to)
        }
        Standing::Half(half) => {
            let present = visit.session_cookie.clone();
            let signed_in =
                console.issuer.complete(half, given, visit.address, visit.request, present).await?;
            let known_by = console.issuer.device_name(half.user.org, &half.user.login);
            let response = visit.sign_in(visit.without_ticket(to), &signed_in.cookie);
            Ok(visit.know(response, &known_by, &signed_in.device))
        }
    }
}

async fn again(
    console: &Console,
    visit: &Visit,
    at: &Standing<'_>,
    request: &str,
    form: &str,
    fault: &Fault,
) -> Response {
    match view(console, at, request, Draft::of(form).problem("", &fault.public)).await {
        Ok(view) => visit.remember(with_status(status(fault.kind), render(&visit.frame(), &view))),
        Err(fault) => problem(&visit.frame(), &fault, visit.request),
    }
}

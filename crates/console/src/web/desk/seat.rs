//! The administrator behind a request, proven before a handler runs; and the form they sent, checked before it is read.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::Response;
use chancery_context::{Act, Cx};
use chancery_kernel::{Fault, Kind, Outcome};
use http::request::Parts;
use http::{Method, Uri};
use maud::Markup;

use super::flash::{self, Note};
use super::read::Refused;
use crate::frame::{Flash, Frame};
use crate::links;
use crate::parts::Draft;
use crate::web::Console;
use crate::web::answer::{page, problem, see_other, status, with_status};
use crate::web::browser::Visit;
use crate::web::fields::Fields;

/// A person with rights here, and what their last act left to say.
pub(super) struct Seat {
    pub visit: Visit,
    note: Option<&'static Note>,
}

impl FromRequestParts<Console> for Seat {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Response> {
        let visit = Visit::from_request_parts(parts, console).await?;
        let Some(present) = &visit.present else {
            let back = way_back(&parts.method, &parts.uri);
            return Err(see_other(&links::with(links::sign_in(), &[("request", &back)])));
        };
        // Whoever holds nothing at all is refused here, and the refusal recorded; all others by the use cases.
        if present.scopes.is_empty()
            && let Err(fault) = visit.cx().allowed(Act::OrganizationRead, parts.uri.path()).await
        {
            return Err(problem(&visit.frame(), &fault, visit.request));
        }
        let note = flash::read(&parts.headers);
        Ok(Self { visit, note })
    }
}

/// Where a sign-in leads back to. What is only posted to has no page of its own; the page before it is near.
fn way_back(method: &Method, uri: &Uri) -> String {
    if method == Method::GET {
        return uri.path_and_query().map_or_else(links::overview, ToString::to_string);
    }
    let parts: Vec<&str> = uri.path().split('/').take(4).collect();
    match parts.as_slice() {
        [
            "",
            "console",
            "agents" | "applications" | "clients" | "users" | "groups" | "approvals" | "secrets"
            | "endpoints" | "stores",
            _,
        ] => parts.join("/"),
        _ => links::overview(),
    }
}

impl Seat {
    /// Whether nobody who can act answers for an agent.
    pub fn ownerless(&self, agent: &chancery_model::Agent) -> bool {
        chancery_directory::agents::ownerless(&self.visit.console.platform.db.hot(), agent, None)
    }

    pub fn cx(&self) -> Cx {
        self.visit.cx()
    }

    pub fn console(&self) -> &Console {
        &self.visit.console
    }

    /// Whether to ask for a part of a page at all: what one may not see is left out of a page, not recorded as tried.
    pub fn may(&self, act: Act) -> bool {
        self.visit.present.as_ref().is_some_and(|present| present.caller().may(act))
    }

    pub fn frame(&self) -> Frame {
        let flash = self.note.map(|note| Flash { tone: note.tone, sentence: note.sentence.to_owned() });
        Frame { flash, ..self.visit.frame() }
    }

    pub fn page(&self, markup: Markup) -> Response {
        let mut response = page(markup);
        if self.note.is_some() {
            flash::forget(response.headers_mut(), self.secure());
        }
        response
    }

    /// The page, or why there is none.
    pub fn show<V>(&self, view: Outcome<V>, render: impl FnOnce(&Frame, &V) -> Markup) -> Response {
        match view {
            Ok(view) => self.page(render(&self.frame(), &view)),
            Err(fault) => self.problem(&fault),
        }
    }

    pub fn problem(&self, fault: &Fault) -> Response {
        problem(&self.frame(), fault, self.visit.request)
    }

    fn secure(&self) -> bool {
        self.visit.console.platform.settings.secure_cookies
    }
}

/// A form from a page that was shown to this very browser: there is no way to the fields around that check.
pub(super) struct Posted {
    pub seat: Seat,
    pub fields: Fields,
}

impl FromRequest<Console> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, console: &Console) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let seat = Seat::from_request_parts(&mut parts, console).await?;
        let fields = Fields::from_request(Request::from_parts(parts, body), console).await?;
        match seat.visit.check(&fields) {
            Ok(()) => Ok(Self { seat, fields }),
            Err(fault) => Err(seat.problem(&fault)),
        }
    }
}

impl Posted {
    pub fn cx(&self) -> Cx {
        self.seat.cx()
    }

    pub fn text(&self, name: &str) -> &str {
        self.fields.text(name)
    }

    /// On to a page that says what was done.
    pub fn done(&self, location: &str, note: &'static Note) -> Response {
        let mut response = see_other(location);
        flash::leave(response.headers_mut(), note, self.seat.secure());
        response
    }

    /// The answer of a button: it has no fields that could be mended.
    pub fn button<T, F: Into<Refused>>(
        &self,
        outcome: Result<T, F>,
        location: &str,
        note: &'static Note,
    ) -> Response {
        match outcome {
            Ok(_) => self.done(location, note),
            Err(refused) => self.seat.problem(&refused.into().fault),
        }
    }

    /// The page again, with what was typed and what to mend; a problem page where typing mends nothing.
    pub async fn again<V>(
        &self,
        form: &str,
        refused: Refused,
        view: impl Future<Output = Outcome<V>>,
        draw: impl FnOnce(&Frame, V, Draft) -> Markup,
    ) -> Response {
        let Refused { field, fault } = refused;
        if !matches!(fault.kind, Kind::Invalid | Kind::Conflict | Kind::Stale | Kind::TooLarge) {
            return self.seat.problem(&fault);
        }
        let field = if field.is_empty() { super::read::place(fault.code, &self.fields) } else { field };
        let draft = self.typed(form).problem(field, &fault.public);
        match view.await {
            Ok(view) => with_status(status(fault.kind), draw(&self.seat.frame(), view, draft)),
            Err(_) => self.seat.problem(&fault),
        }
    }

    fn typed(&self, form: &str) -> Draft {
        let own = ["csrf", "version"];
        let shown = self.fields.open().filter(|(name, _)| !own.contains(name));
        shown.fold(Draft::of(form), |draft, (name, text)| draft.value(name, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_leads_back_to_a_page_one_can_look_at() {
        let back = |method, uri: &'static str| way_back(&method, &Uri::from_static(uri));
        assert_eq!(back(Method::GET, "/console/audit?verdict=deny"), "/console/audit?verdict=deny");
        assert_eq!(back(Method::POST, "/console/agents/agt_1/stage"), "/console/agents/agt_1");
        assert_eq!(back(Method::POST, "/console/agents"), "/console");
        assert_eq!(back(Method::POST, "/console/clients/cli_1/disable"), "/console/clients/cli_1");
        assert_eq!(back(Method::POST, "/console/tokens/12/revoke"), "/console");
    }
}

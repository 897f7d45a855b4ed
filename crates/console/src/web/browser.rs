//! The browser behind a request: its cookies, the person it is signed in as, the token of its forms.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::response::Response;
use chancery_context::{Caller, ClientAddress, Cx, Requested};
use chancery_issuer::factors::Gate;
use chancery_issuer::sessions::Present;
use chancery_kernel::{Fault, OrgId, RequestId, Secret};
use chancery_oauth::metadata::path::{AUTHORIZE, LOGOUT};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};

use super::Console;
use super::answer::see_other;
use super::fields::Fields;
use crate::frame::{Frame, Viewer};
use crate::links;

/// A request of a browser.
pub(super) struct Visit {
    pub console: Console,
    pub present: Option<Present>,
    pub request: RequestId,
    pub address: Option<IpAddr>,
    pub agent: String,
    /// What forms are bound to: the session's cookie, else the visitor's.
    bound: Secret,
    /// The session's cookie as the browser sent it, valid or not.
    pub session_cookie: Option<Secret>,
    /// That a password was right, and the second factor is still to come.
    pub ticket: Option<Secret>,
    /// Cookies by which this browser is known for accounts that signed in with it.
    devices: Vec<(String, Secret)>,
    /// A visitor's cookie that was made just now and has to be set.
    fresh: Option<Secret>,
}

impl FromRequestParts<Console> for Visit {
    /// Where somebody is sent who has to do something else first.
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Response> {
        let secure = console.platform.settings.secure_cookies;
        let session_cookie = cookie(&parts.headers, session_name(secure));
        let present = match &session_cookie {
            // A database that cannot be read leaves the browser a stranger: deny by default.
            Some(value) => console.issuer.present(value).await.ok().flatten(),
            None => None,
        };
        if let Some(to) = present.as_ref().and_then(|present| gate(present.gate, parts.uri.path())) {
            return Err(see_other(&to));
        }
        let visitor = cookie(&parts.headers, visitor_name(secure));
        let fresh = (present.is_none() && visitor.is_none()).then(|| console.issuer.visitor_cookie());
        let bound = match (&present, &session_cookie) {
            (Some(_), Some(session)) => session.clone(),
            _ => visitor.or_else(|| fresh.clone()).unwrap_or_else(|| console.issuer.visitor_cookie()),
        };
        let agent = parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let request = parts.extensions.get::<Requested>().map(|r| r.0);
        Ok(Self {
            console: console.clone(),
            present,
            request: request.unwrap_or_else(|| console.platform.db.env().id()),
            address: parts.extensions.get::<ClientAddress>().map(|a| a.0),
            agent,
            bound,
            session_cookie,
            ticket: cookie(&parts.headers, ticket_name(secure)),
            devices: devices(&parts.headers),
            fresh,
        })
    }
}

/// Where somebody is sent who has to enroll or prove a second factor first. They may do that, sign in, and leave; what a
/// client asks for goes no further either, and is answered where its request is read.
fn gate(gate: Gate, path: &str) -> Option<String> {
    let within =
        |place: &str| path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let leaves =
        [links::log_out(), links::signed_out(), links::sign_in(), LOGOUT.to_owned(), AUTHORIZE.to_owned()]
            .iter()
            .any(|p| p == path);
    let (free, to) = match gate {
        Gate::Open => return None,
        Gate::Enroll => (within(&links::factors()), links::factors()),
        Gate::Prove => (within(&links::second_factor()), links::second_factor()),
    };
    (!free && !leaves).then_some(to)
}

impl Visit {
    /// What pages are drawn with.
    pub fn frame(&self) -> Frame {
        let db = &self.console.platform.db;
        let org = self
            .present
            .as_ref()
            .and_then(|p| db.hot().organizations.find(p.org(), p.org()).map(|o| o.title.clone()));
        Frame {
            org,
            viewer: self.present.as_ref().map(|p| Viewer {
                name: p.user.display_name.clone(),
                login: p.user.login.clone(),
                administrator: !p.scopes.is_empty(),
            }),
            csrf: self.console.issuer.csrf(&self.bound),
            now: db.env().now(),
            flash: None,
        }
    }

    /// The context of a call for the person who is signed in; a stranger's has no rights.
    pub fn cx(&self) -> Cx {
        match &self.present {
            Some(present) => Cx { org: present.org(), caller: present.caller(), ..self.stranger() },
            None => self.stranger(),
        }
    }

    /// The server's own hand, for setting up: of no organization.
    pub fn system(&self) -> Cx {
        Cx { caller: Caller::System, ..self.stranger() }
    }

    fn stranger(&self) -> Cx {
        let nowhere: OrgId = chancery_kernel::Id::from_uuid(chancery_kernel::id::Uuid::nil());
        let platform = self.console.platform.clone();
        Cx {
            platform,
            org: nowhere,
            caller: Caller::Anonymous,
            request: self.request,
            address: self.address,
            evidence: None,
        }
    }

    /// Refuses a form that did not come from a page shown to this browser.
    pub fn check(&self, fields: &Fields) -> Result<(), Fault> {
        if self.console.issuer.csrf_holds(&self.bound, fields.text("csrf")) {
            return Ok(());
        }
        Err(Fault::forbidden(
            "form_expired",
            "this form is too old or came from elsewhere: load the page again and repeat",
        ))
    }

    /// Sets the visitor's cookie, if one was made.
    pub fn remember(&self, mut response: Response) -> Response {
        if let Some(fresh) = &self.fresh {
            let secure = self.console.platform.settings.secure_cookies;
            set(response.headers_mut(), visitor_name(secure), fresh.expose(), secure, 3_600);
        }
        response
    }

    /// Sets the session's cookie, for as long as a session lasts at most; at the server it may end earlier.
    pub fn sign_in(&self, mut response: Response, cookie: &Secret) -> Response {
        let secure = self.console.platform.settings.secure_cookies;
        let age = self.console.platform.settings.session_absolute.0;
        set(response.headers_mut(), session_name(secure), cookie.expose(), secure, age);
        response
    }

    /// Sets the ticket for the second step.
    pub fn hand_ticket(&self, mut response: Response, ticket: &Secret) -> Response {
        let secure = self.console.platform.settings.secure_cookies;
        set(response.headers_mut(), ticket_name(secure), ticket.expose(), secure, 600);
        response
    }

    pub fn without_ticket(&self, mut response: Response) -> Response {
        let secure = self.console.platform.settings.secure_cookies;
        set(response.headers_mut(), ticket_name(secure), "", secure, 0);
        response
    }

    /// What this browser is known by for an account.
    pub fn device(&self, name: &str) -> Option<Secret> {
        let wanted = device_name(self.console.platform.settings.secure_cookies, name);
        self.devices.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone())
    }

    /// Sets what this browser is known by for an account from now on.
    pub fn know(&self, mut response: Response, name: &str, value: &Secret) -> Response {
        let secure = self.console.platform.settings.secure_cookies;
        set(response.headers_mut(), &device_name(secure, name), value.expose(), secure, KNOWN);
        response
    }

    pub fn sign_out(&self, mut response: Response) -> Response {
        let secure = self.console.platform.settings.secure_cookies;
        set(response.headers_mut(), session_name(secure), "", secure, 0);
        response
    }
}

/// `__Host-` binds a cookie to this host and to TLS; on plain loopback browsers would refuse it.
const fn session_name(secure: bool) -> &'static str {
    if secure { "__Host-chancery" } else { "chancery" }
}

const fn ticket_name(secure: bool) -> &'static str {
    if secure { "__Host-chancery-step" } else { "chancery-step" }
}

const fn visitor_name(secure: bool) -> &'static str {
    if secure { "__Host-chancery-visitor" } else { "chancery-visitor" }
}

/// A browser is known for half a year after the last sign-in.
const KNOWN: i64 = 180 * 24 * 3_600;

fn device_name(secure: bool, name: &str) -> String {
    if secure { format!("__Host-{name}") } else { name.to_owned() }
}

fn devices(headers: &HeaderMap) -> Vec<(String, Secret)> {
    let ours = |name: &str| name.trim_start_matches("__Host-").starts_with(chancery_issuer::device::PREFIX);
    pairs(headers)
        .filter(|(name, _)| ours(name))
        .map(|(name, value)| (name.to_owned(), Secret::new(value)))
        .collect()
}

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
}

pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<Secret> {
    pairs(headers).find(|(n, value)| *n == name && !value.is_empty()).map(|(_, value)| Secret::new(value))
}

pub(super) fn set(headers: &mut HeaderMap, name: &str, value: &str, secure: bool, age: i64) {
    let secure = if secure { "; Secure" } else { "" };
    // Lax: the way back from a client's page is a top-level navigation, forged posts are not.
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}");
    if let Ok(mut value) = HeaderValue::from_str(&text) {
        value.set_sensitive(true);
        headers.append(header::SET_COOKIE, value);
    }
}

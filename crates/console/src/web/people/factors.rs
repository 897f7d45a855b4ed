//! A person's second factors, under their own page.

use axum::extract::{Path, State};
use axum::response::Response;
use chancery_factor::base64url;
use chancery_issuer::factors::{Gate, Made, Offer, Own};
use chancery_issuer::sessions::Present;
use chancery_kernel::{FactorId, Fault, Id, Outcome, Secret};
use chancery_model::FactorKind;

use crate::links;
use crate::pages::factors::{Factor, View, render};
use crate::pages::{factor_codes, factor_totp};
use crate::parts::Draft;
use crate::parts::passkey::Ceremony;
use crate::web::Console;
use crate::web::answer::{page, problem, see_other, status, with_status};
use crate::web::browser::Visit;
use crate::web::fields::Fields;

fn to_sign_in() -> Response {
    see_other(&links::with(links::sign_in(), &[("request", &links::factors())]))
}

pub(super) async fn show(State(console): State<Console>, visit: Visit) -> Response {
    let Some(present) = &visit.present else { return to_sign_in() };
    match view(&console, present).await {
        Ok(view) => visit.remember(page(render(&visit.frame(), &view))),
        Err(fault) => problem(&visit.frame(), &fault, visit.request),
    }
}

async fn view(console: &Console, present: &Present) -> Outcome<View> {
    let own = console.issuer.own_factors(present).await?;
    let prove = console.issuer.check_settled(present, &own).err().map(|_| way(&own));
    let ceremony = console.issuer.place().map(|place| Ceremony {
        challenge: console.issuer.make_challenge(present.session.id),
        party: party(console, present),
        ..ceremony(&place.rp_id, &own, present)
    });
    let factor = |f: &chancery_model::Factor| Factor {
        id: f.id.to_string(),
        kind: match f.kind {
            FactorKind::Totp => "Authenticator app",
            FactorKind::Passkey => "Passkey",
        },
        name: f.name.clone(),
        created: f.created,
        used: f.used,
    };
    Ok(View {
        factors: own.factors.iter().map(factor).collect(),
        codes_left: own.codes_left,
        must: present.gate == Gate::Enroll,
        prove,
        ceremony,
        draft: Draft::default(),
    })
}

/// Where the proof is given that a change needs.
fn way(own: &Own) -> String {
    let to = if own.factors.is_empty() { links::sign_in() } else { links::second_factor() };
    links::with(to, &[("request", &links::factors())])
}

fn party(console: &Console, present: &Present) -> String {
    let hot = console.platform.db.hot();
    let org = hot.organizations.find(present.org(), present.org());
    org.map_or_else(|| "Chancery".to_owned(), |org| org.title.clone())
}

pub(super) fn ceremony(rp_id: &str, own: &Own, present: &Present) -> Ceremony {
    Ceremony {
        rp_id: rp_id.to_owned(),
        known: known(&own.credentials),
        user: base64url::encode(present.user.id.uuid().as_bytes()),
        login: present.user.login.clone(),
        name: present.user.display_name.clone(),
        ..Ceremony::default()
    }
}

pub(super) fn known(credentials: &[Vec<u8>]) -> String {
    credentials.iter().map(|id| base64url::encode(id)).collect::<Vec<_>>().join(" ")
}

pub(super) async fn offer_totp(State(console): State<Console>, visit: Visit) -> Response {
    let Some(present) = &visit.present else { return to_sign_in() };
    let offered = async {
        let own = console.issuer.own_factors(present).await?;
        if console.issuer.check_settled(present, &own).is_err() {
            return Ok(Err(way(&own)));
        }
        console.issuer.offer_totp(present).map(Ok)
    };
    match offered.await {
        Ok(Ok(offer)) => page(factor_totp::render(&visit.frame(), &totp(&offer, Draft::default()))),
        Ok(Err(way)) => see_other(&way),
        Err(fault) => problem(&visit.frame(), &fault, visit.request),
    }
}

fn totp(offer: &Offer, draft: Draft) -> factor_totp::View {
    let letters: Vec<char> = offer.key.expose().chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|four| four.iter().collect()).collect();
    factor_totp::View { key: groups.join(" "), svg: offer.svg.clone(), sealed: offer.sealed.clone(), draft }
}

pub(super) async fn enroll_totp(State(console): State<Console>, visit: Visit, fields: Fields) -> Response {
    let Some(present) = &visit.present else { return to_sign_in() };
    let sealed = fields.text("sealed");
    let work = async {
        visit.check(&fields)?;
        let code = fields.secret("one_time");
        console.issuer.enroll_totp(&visit.cx(), present, sealed, &code, fields.text("name")).await
    };
    match work.await {
        Ok(codes) => enrolled(&visit, &codes),
        Err(fault) if fault.code == "wrong_code" => match console.issuer.offer_again(present, sealed) {
            Ok(offer) => {
                let draft = Draft::of("totp").value("name", fields.text("name"));
                let view = totp(&offer, draft.problem("one_time", &fault.public));
                with_status(status(fault.kind), factor_totp::render(&visit.frame(), &view))
            }
            Err(fault) => problem(&visit.frame(), &fault, visit.request),
        },
        Err(fault) => problem(&visit.frame(), &fault, visit.request),
    }
}

/// With the first factor come the recovery codes, which are shown this once.
fn enrolled(visit: &Visit, codes: &[Secret]) -> Response {
    if codes.is_empty() {
        return see_other(&links::factors());
    }
    let codes = codes.to_vec();
    page(factor_codes::render(&visit.frame(), &factor_codes::View { codes }))
}

/// Bytes that the script wrote into a field.
pub(super) fn bytes(fields: &Fields, name: &str) -> Outcome<Vec<u8>> {
    base64url::decode(fields.text(name))
        .filter(|bytes| !bytes.is_empty())
        .ok_or_else(|| Fault::invalid("passkey_refused", "the browser sent no passkey: load the page again"))
}

pub(super) async fn enroll_passkey(State(console): State<Console>, visit: Visit, fields: Fields) -> Response {
    let Some(present) = &visit.present else { return to_sign_in() };
    let work = async {
        visit.check(&fields)?;
        let made = Made {
            challenge: fields.text("challenge").to_owned(),
            client_data: bytes(&fields, "client_data")?,
            attestation: bytes(&fields, "attestation")?,
        };
        console.issuer.enroll_passkey(&visit.cx(), present, &made, fields.text("name")).await
    };
    match work.await {
        Ok(codes) => enrolled(&visit, &codes),
        Err(fault) => match view(&console, present).await {
            Ok(view) => {
                let draft = Draft::of("passkey").value("name", fields.text("name"));
                let view = View { draft: draft.problem("", &fault.public), ..view };
                with_status(status(fault.kind), render(&visit.frame(), &view))
            }
            Err(_) => problem(&visit.frame(), &fault, visit.request),
        },
    }
}

pub(super) async fn remove(
    State(console): State<Console>,
    visit: Visit,
    Path(factor): Path<String>,
    fields: Fields,
) -> Response {
    let Some(present) = &visit.present else { return to_sign_in() };
    let work = async {
        visit.check(&fields)?;
        let id: FactorId = factor.parse().map_err(|_| Fault::not_found("factor"))?;
        console.issuer.remove_factor(&visit.cx(), present, id).await
    };
    match work.await {
        Ok(()) => see_other(&links::factors()),
        Err(fault) => stopped(&visit, &fault),
    }
}

pub(super) async fn renew_codes(State(console): State<Console>, visit: Visit, fields: Fields) -> Response {
    let Some(present) = &visit.present else { return to_sign_in() };
    let work = async {
        visit.check(&fields)?;
        console.issuer.renew_codes(&visit.cx(), present).await
    };
    match work.await {
        Ok(codes) => enrolled(&visit, &codes),
        Err(fault) => stopped(&visit, &fault),
    }
}

/// A button whose act needs a fresh proof leads to where it is given.
fn stopped(visit: &Visit, fault: &Fault) -> Response {
    match fault.code {
        "second_factor_required" => {
            see_other(&links::with(links::second_factor(), &[("request", &links::factors())]))
        }
        _ => problem(&visit.frame(), fault, visit.request),
    }
}

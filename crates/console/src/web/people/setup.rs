//! The printed link makes the organization and its first administrator.

use axum::extract::{Path, State};
use axum::response::Response;
use chancery_directory::{organizations, users::NewUser};
use chancery_issuer::sessions::{Entered, SignIn};
use chancery_kernel::{Fault, Outcome, Secret};

use crate::pages::setup::{View, render};
use crate::parts::Draft;
use crate::web::Console;
use crate::web::answer::{page, problem, see_other, status, with_status};
use crate::web::browser::Visit;
use crate::web::fields::Fields;

pub(super) async fn show(
    State(console): State<Console>,
    visit: Visit,
    Path(ticket): Path<String>,
) -> Response {
    match console.issuer.check_setup(&Secret::new(ticket.clone())).await {
        Ok(_) => visit.remember(page(render(&visit.frame(), &View { ticket, draft: Draft::default() }))),
        Err(fault) => problem(&visit.frame(), &fault, visit.request),
    }
}

pub(super) async fn submit(
    State(console): State<Console>,
    visit: Visit,
    Path(ticket): Path<String>,
    fields: Fields,
) -> Response {
    match create(&console, &visit, &ticket, &fields).await {
        Ok(cookie) => visit.sign_in(see_other("/"), &cookie),
        Err(fault) => {
            let draft = ["title", "slug", "login", "email"]
                .iter()
                .fold(Draft { form: "setup".to_owned(), ..Draft::default() }, |draft, name| {
                    draft.value(name, fields.text(name))
                })
                .problem("", &fault.public);
            let drawn = render(&visit.frame(), &View { ticket, draft });
            visit.remember(with_status(status(fault.kind), drawn))
        }
    }
}

/// The organization, its administrator, and the administrator signed in.
async fn create(console: &Console, visit: &Visit, ticket: &str, fields: &Fields) -> Outcome<Secret> {
    visit.check(fields)?;
    let proof = console.issuer.check_setup(&Secret::new(ticket)).await?;
    let (password, repeated) = (fields.secret("password"), fields.secret("password_again"));
    if !password.ct_eq(repeated.expose().as_bytes()) {
        return Err(Fault::invalid("passwords_differ", "the two passwords differ: type the same one twice"));
    }
    let login = fields.text("login").to_owned();
    let new = organizations::NewOrganization {
        slug: fields.text("slug").to_owned(),
        title: fields.text("title").to_owned(),
        administrator: NewUser {
            login: login.clone(),
            email: fields.text("email").to_owned(),
            display_name: login.clone(),
            manager: None,
            password: Some(password.clone()),
        },
    };
    let link = organizations::Link { setting: proof.setting, value: proof.value };
    let founded = organizations::create_by(&visit.system(), new, Some(link)).await?;
    console.issuer.record_setup().await?;
    let attempt = SignIn {
        device: None,
        org: founded.organization.id,
        login,
        password,
        address: visit.address,
        agent: visit.agent.clone(),
        request: visit.request,
        present: None,
    };
    match console.issuer.sign_in(attempt).await? {
        Entered::In(signed_in) => Ok(signed_in.cookie),
        Entered::Half { .. } => Err(Fault::internal("the first administrator has a second factor already")),
    }
}

//! Live tokens on the pages of agents, people and clients, and the end of one of them.

use axum::extract::Path;
use axum::response::Response;
use chancery_context::Act;
use chancery_kernel::{Fault, Outcome, PageRequest};
use chancery_watch::tokens::{self, Holder, LiveToken};

use super::flash;
use super::names::Names;
use super::seat::{Posted, Seat};
use crate::links;
use crate::parts::{Named, Token};

/// Tokens shown; the log has them all.
const MOST: usize = 50;

/// The tokens that live, and whether there are more; none for those who may not see them.
pub(super) async fn of(seat: &Seat, holder: Holder) -> Outcome<(Vec<Token>, bool)> {
    if !seat.may(Act::TokenRead) {
        return Ok((Vec::new(), false));
    }
    let found = tokens::list(&seat.cx(), Some(holder), &PageRequest::new(None, Some(MOST))).await?;
    let names = Names::of(seat);
    Ok((found.items.iter().map(|token| row(&names, token)).collect(), found.next.is_some()))
}

fn row(names: &Names, token: &LiveToken) -> Token {
    // What is for no application is for the server itself: it says who signed in.
    let own = || Named::new("", "this server: who signed in");
    Token {
        run: token.run.map(|id| id.to_string()),
        application: token.application.map_or_else(own, |id| names.application(id)),
        agent: token.agent.as_ref().map(|(id, name)| Named { name: name.clone(), ..names.agent(*id) }),
        user: token.user.as_ref().map(|(id, login)| Named { name: login.clone(), ..names.user(*id) }),
        client: names.client(token.client),
        scopes: token.scopes.iter().map(ToString::to_string).collect(),
        expires: token.expires,
        position: u64::try_from(token.pos).unwrap_or_default(),
    }
}

/// Ends one token, and goes back to the page whose list it stood in.
pub(super) async fn revoke(Path(position): Path<String>, posted: Posted) -> Response {
    let done = async {
        let decided = position.parse::<i64>().map_err(|_| Fault::not_found("token"))?;
        tokens::revoke(&posted.cx(), decided, None).await
    };
    let id = posted.text("id");
    let back = match posted.text("on") {
        "agent" => links::agent(id),
        "user" => links::user(id),
        "client" => links::client(id),
        _ => links::overview(),
    };
    posted.button(done.await, &back, &flash::TOKEN_REVOKED)
}

//! The organization, founded as an operator founds it: by the printed link and the form behind it.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context;

use super::Server;
use crate::load::{call, form, get, post};
use crate::plan::Plan;

const PASSWORD: &str = "a sentence that only the bench knows";

pub fn found(plan: &Plan, folder: &Path, address: SocketAddr, issuer: &str) -> anyhow::Result<()> {
    let server = Server::start(&Plan { profile: false, ..plan.clone() }, folder, address, issuer)?;
    let link = server.setup_link()?;
    let path = link.strip_prefix(issuer).context("the set-up link is of another issuer")?;
    let host = address.to_string();
    let page = call(address, &get(&host, path, "user-agent: bench\r\n"))?.wants(200)?;
    let cookie = page.header("set-cookie").and_then(|c| c.split(';').next()).context("no cookie")?;
    let fields = form(&[
        ("csrf", hidden(&page.body, "csrf").context("the form has no csrf")?),
        ("title", "Bench"),
        ("slug", "bench"),
        ("login", "ada@bench.example"),
        ("email", "ada@bench.example"),
        ("password", PASSWORD),
        ("password_again", PASSWORD),
    ]);
    let request = String::from_utf8(post(&host, path, None, &fields))?;
    let request = request.replacen("\r\n", &format!("\r\ncookie: {cookie}\r\nuser-agent: bench\r\n"), 1);
    call(address, request.as_bytes())?.wants(303)?;
    server.stop()
}

/// The value of a hidden field.
fn hidden<'p>(page: &'p str, name: &str) -> Option<&'p str> {
    let (_, rest) = page.split_once(&format!("name=\"{name}\""))?;
    rest.split_once("value=\"")?.1.split('"').next()
}

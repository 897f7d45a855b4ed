//! `secret_checkout`: a secret handed out under a lease, whatever its policy says of leases.

use axum::response::Response;

use super::reveal::{self, Reveal};
use crate::Problem;
use crate::extract::{Body, Call, SecretPath};

pub async fn handle(
    Call(cx): Call,
    SecretPath(spot): SecretPath,
    Body(asked): Body<Reveal>,
) -> Result<Response, Problem> {
    reveal::answer(&cx, &spot, asked.lent()).await
}

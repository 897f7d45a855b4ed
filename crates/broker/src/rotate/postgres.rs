//! The password of a PostgreSQL role, which changes it itself: nobody needs to hold more power than the role has.

use chancery_kernel::Secret;
use chancery_model::Rotator;
use chancery_store::elsewhere::{Refusal, Role};

use super::Failure;
use super::apply::Job;
use crate::value::Value;

fn role(job: &Job<'_>) -> Result<Role, Failure> {
    let rotator = job.secret.rotation.as_ref().map(|rotation| &rotation.rotator);
    let Some(Rotator::Postgres { host, port, database, tls }) = rotator else {
        return Err(Failure("nothing is set up to rotate it"));
    };
    let target = format!("{host}:{port}");
    if !job.rotators.postgres.contains(&target) {
        return Err(Failure("the operator has not named this server in rotation.postgres"));
    }
    let user = job.old.get("username").ok_or(Failure("the value has no username"))?.expose().to_owned();
    let roots = job.rotators.postgres_roots.clone();
    Ok(Role { host: host.clone(), port: *port, database: database.clone(), tls: *tls, user, roots })
}

fn password(value: &Value) -> Result<Secret, Failure> {
    value.get("password").cloned().ok_or(Failure("the value has no password"))
}

pub(super) async fn set(job: &Job<'_>) -> Result<(), Failure> {
    let (role, old, new) = (role(job)?, password(job.old)?, password(job.new)?);
    aside(move || role.set_password(old.expose(), new.expose())).await
}

pub(super) async fn sign_in(job: &Job<'_>) -> Result<(), Failure> {
    let (role, new) = (role(job)?, password(job.new)?);
    aside(move || role.sign_in(new.expose())).await
}

/// The driver is synchronous, and must not run on the threads that serve.
async fn aside(work: impl FnOnce() -> Result<(), Refusal> + Send + 'static) -> Result<(), Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(Refusal::Unreachable)) => Err(Failure("the server cannot be reached")),
        Ok(Err(Refusal::Password)) => Err(Failure("the server refuses the role's password")),
        Ok(Err(Refusal::Statement)) => Err(Failure("the server refuses to change the password")),
        Err(_) => Err(Failure("the rotation was interrupted")),
    }
}

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
    role.set_password(old.expose(), new.expose()).await.map_err(told)
}

pub(super) async fn sign_in(job: &Job<'_>) -> Result<(), Failure> {
    let (role, new) = (role(job)?, password(job.new)?);
    role.sign_in(new.expose()).await.map_err(told)
}

const fn told(refusal: Refusal) -> Failure {
    Failure(match refusal {
        Refusal::Unreachable => "the server cannot be reached",
        Refusal::Password => "the server refuses the role's password",
        Refusal::Statement => "the server refuses to change the password",
    })
}

//! Passwords of people: argon2id with the parameters of the OWASP cheat sheet (19 MiB, two passes, one lane),
//! written as PHC strings that carry their own parameters.
//!
//! One hash takes some 20 ms and 19 MiB. [`hash`] and [`verify`] therefore run aside, on blocking lanes, and no more
//! than [`AT_ONCE`] of them at a time: a flood of sign-ins waits instead of taking the memory of the whole server.

use std::sync::LazyLock;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use chancery_kernel::{Env, Fault, Kind, Outcome, Secret};
use tokio::sync::Semaphore;

/// How many passwords are looked at together.
pub const AT_ONCE: usize = 2;

/// The bound is one of the process's memory, so it is one per process.
static LANES: Semaphore = Semaphore::const_new(AT_ONCE);

/// Stands in for the hash of somebody who does not exist, so that unknown logins cost as much as known ones. It has
/// no known password, and would not be accepted if it had one.
static DECOY: LazyLock<Option<String>> = LazyLock::new(|| hash_now([0x5a; 16], &Secret::new("nobody")).ok());

/// Hashes a password, aside.
pub async fn hash(env: &Env, password: Secret) -> Outcome<String> {
    let salt = env.bytes();
    aside(move || hash_now(salt, &password)).await?
}

/// Whether this is the password, aside. `None`, where nobody of that name has one, takes as long and is false.
pub async fn verify(phc: Option<String>, password: Secret) -> Outcome<bool> {
    aside(move || match (phc, DECOY.as_deref()) {
        (Some(phc), _) => verify_now(&phc, &password),
        (None, decoy) => {
            verify_now(decoy.unwrap_or_default(), &password);
            false
        }
    })
    .await
}

/// The same as [`hash`], here and now: 19 MiB and some 20 ms of this thread.
pub fn hash_now(salt: [u8; 16], password: &Secret) -> Outcome<String> {
    let fail = |e: argon2::password_hash::Error| Fault::internal(format!("argon2: {e}"));
    let salt = SaltString::encode_b64(&salt).map_err(fail)?;
    let hash = engine()?.hash_password(password.expose().as_bytes(), &salt).map_err(fail)?;
    Ok(hash.to_string())
}

/// The same as [`verify`], here and now. A hash that cannot be read matches nothing.
pub fn verify_now(phc: &str, password: &Secret) -> bool {
    // The parameters come from the string, so that hashes made under older ones go on working.
    PasswordHash::new(phc)
        .is_ok_and(|hash| Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok())
}

fn engine() -> Outcome<Argon2<'static>> {
    let params = Params::new(19 * 1_024, 2, 1, None)
        .map_err(|e| Fault::internal(format!("argon2 parameters: {e}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Outcome<T> {
    let stopping =
        || Fault::new(Kind::Unavailable, "stopping", "the server is stopping: try again in a moment");
    let lane = LANES.acquire().await.map_err(|_| stopping())?;
    let done = tokio::task::spawn_blocking(work).await.map_err(|e| stopping().privately(e.to_string()))?;
    drop(lane);
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_password_matches_and_another_does_not() {
        let phc = hash_now([7; 16], &Secret::new("a long enough phrase")).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(verify_now(&phc, &Secret::new("a long enough phrase")));
        assert!(!verify_now(&phc, &Secret::new("a long enough phrasE")));
        assert!(!verify_now("not a hash", &Secret::new("a long enough phrase")));
    }

    #[test]
    fn nobody_has_no_password_not_even_the_decoys() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert!(!runtime.block_on(verify(None, Secret::new("nobody"))).unwrap());
    }
}

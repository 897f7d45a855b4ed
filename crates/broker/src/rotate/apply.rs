//! Putting a new value in place, whoever does it: tell the system, then try the value there.

use chancery_context::Cx;
use chancery_model::{Rotator, Vaulted};

use super::{Failure, Rotators, client, command, http, postgres};
use crate::value::Value;

pub(super) struct Job<'a> {
    pub cx: &'a Cx,
    pub rotators: &'a Rotators,
    pub secret: &'a Vaulted,
    pub old: &'a Value,
    pub new: &'a Value,
}

impl Job<'_> {
    /// A value that was stored earlier may be in place already: then nobody has to be told again, and the old value,
    /// which would not work any more, is not needed.
    pub async fn put_in_place(&self, fresh: bool) -> Result<(), Failure> {
        if !fresh && self.try_new().await.is_ok() {
            return Ok(());
        }
        self.tell().await?;
        self.try_new().await
    }

    fn rotator(&self) -> Result<&Rotator, Failure> {
        let rotation = self.secret.rotation.as_ref();
        rotation.map(|rotation| &rotation.rotator).ok_or(Failure("nothing is set up to rotate it"))
    }

    async fn tell(&self) -> Result<(), Failure> {
        match self.rotator()? {
            Rotator::Client => client::add(self).await,
            Rotator::Postgres { .. } => postgres::set(self).await,
            Rotator::Http { .. } => http::tell(self, "set").await,
            Rotator::Command { name } => command::run(self, name, "set").await,
        }
    }

    async fn try_new(&self) -> Result<(), Failure> {
        match self.rotator()? {
            Rotator::Client => client::proves(self),
            Rotator::Postgres { .. } => postgres::sign_in(self).await,
            Rotator::Http { .. } => http::tell(self, "verify").await,
            Rotator::Command { name } => command::run(self, name, "verify").await,
        }
    }
}

//! Names for ids, as they are at this moment. One look-up takes the facts for its own length only: two at once could
//! wait for a writer that waits for the first.

use chancery_audit::Actor;
use chancery_kernel::{AgentId, AppId, ClientId, GroupId, OrgId, UserId};
use chancery_model::Principal;

use super::seat::Seat;
use crate::parts::Named;
use crate::web::Console;

pub(super) struct Names {
    console: Console,
    org: OrgId,
}

/// What a person or thing is called that is no longer here: by its id, without a link.
fn gone(id: impl ToString) -> Named {
    Named::new("", id.to_string())
}

macro_rules! lookups {
    ($($(#[$doc:meta])* $name:ident($id:ty) $shelf:ident $field:ident;)*) => {
        $($(#[$doc])* pub fn $name(&self, id: $id) -> Named {
            let hot = self.console.platform.db.hot();
            hot.$shelf.find(self.org, id).map_or_else(|| gone(id), |n| Named::new(id.to_string(), &*n.$field))
        })*
    };
}

impl Names {
    pub fn of(seat: &Seat) -> Self {
        Self { console: seat.console().clone(), org: seat.cx().org }
    }

    lookups! {
        /// By login.
        user(UserId) users login;
        agent(AgentId) agents name;
        group(GroupId) groups name;
        application(AppId) applications name;
        client(ClientId) clients name;
    }

    pub fn organization(&self) -> String {
        let hot = self.console.platform.db.hot();
        hot.organizations.find(self.org, self.org).map(|org| org.title.clone()).unwrap_or_default()
    }

    pub fn principal(&self, principal: Principal) -> Named {
        match principal {
            Principal::User(id) => self.user(id),
            Principal::Group(id) => self.group(id),
            Principal::Agent(id) => self.agent(id),
            Principal::Client(id) => self.client(id),
        }
    }

    pub fn actor(&self, actor: Actor) -> String {
        match actor {
            Actor::System => "the server".to_owned(),
            Actor::Anonymous => "somebody unknown".to_owned(),
            Actor::User(id) => self.user(id).name,
            Actor::Agent(id) => self.agent(id).name,
            Actor::Client(id) => self.client(id).name,
        }
    }

    /// Who did something, as versions and containments write it.
    pub fn who(&self, text: &str) -> String {
        text.parse::<Actor>().map_or_else(|_| text.to_owned(), |actor| self.actor(actor))
    }

    /// A sentence of the log with names for the ids in it.
    pub fn spoken(&self, sentence: &str) -> String {
        let word = |word: &str| {
            let id = word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let named = match id.split('_').next().unwrap_or_default() {
                "usr" => id.parse().ok().map(|id| self.user(id)),
                "agt" => id.parse().ok().map(|id| self.agent(id)),
                "grp" => id.parse().ok().map(|id| self.group(id)),
                "app" => id.parse().ok().map(|id| self.application(id)),
                "cli" => id.parse().ok().map(|id| self.client(id)),
                _ => None,
            };
            named.map_or_else(|| word.to_owned(), |named| word.replace(id, &named.name))
        };
        sentence.split(' ').map(word).collect::<Vec<_>>().join(" ")
    }

    pub fn people(&self, ids: &[UserId]) -> Vec<Named> {
        ids.iter().map(|id| self.user(*id)).collect()
    }
}

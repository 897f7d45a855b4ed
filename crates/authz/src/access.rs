//! Who may do what in which store. A store that is unknown and one of another organization look the same, and a key opens
//! its own store alone: for every other it is as good as none.

use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_context::{Act, Cx, Platform};
use chancery_kernel::{Fault, Id, KeyId, Kind, Outcome, RequestId, StoreId, secret, ulid};
use chancery_model::{Level, Store};
use chancery_store::{Author, Who};

use crate::{Authz, fault};

/// Who asks, as far as the surface can say.
pub enum Asker {
    /// The bearer of a token for the management API, or a person who is signed in at the console.
    Token(Box<Cx>),
    /// Whoever holds what may be the key of a store: its hash, or none where it can be no key.
    Key { hash: Option<[u8; 32]>, request: RequestId },
}

impl Asker {
    /// What was shown is hashed where it stands, and before any look-up: no copy of it is made, and unknown and known stores take
    /// the same time.
    pub fn with_key(platform: &Platform, shown: &str, request: RequestId) -> Self {
        let can_be_key = secret::well_formed(shown, secret::SecretKind::StoreKey);
        Self::Key { hash: can_be_key.then(|| platform.vault.keyed_hash_in_place(shown)), request }
    }
}

/// A call that was let into a store.
#[derive(Clone)]
pub struct Here {
    pub store: Arc<Store>,
    /// The pre-shared key that opened it.
    pub key: Option<KeyId>,
    pub(crate) author: Author,
}

impl Here {
    /// The id of the store as OpenFGA writes it.
    pub fn id(&self) -> String {
        ulid::encode(self.store.id.uuid())
    }
}

/// What a level is called among acts.
const fn act(level: Level) -> Act {
    match level {
        Level::Read => Act::RelationRead,
        Level::Write => Act::RelationWrite,
        Level::Manage => Act::StoreManage,
    }
}

/// Reads the id of a store or a model.
pub(crate) fn read_id<I: Id>(text: &str) -> Option<I> {
    ulid::decode(text).map(I::from_uuid)
}

/// The prefix by which keys are told from tokens.
pub fn is_key(bearer: &str) -> bool {
    bearer.starts_with(secret::SecretKind::StoreKey.prefix())
}

fn refused() -> Fault {
    Fault::new(Kind::Unauthenticated, "unauthenticated", "unauthenticated")
}

impl Authz {
    /// Lets a caller into a store, or says why not; a refusal of somebody who proved who they are is recorded.
    pub async fn enter(&self, asker: &Asker, store: &str, level: Level) -> Outcome<Here> {
        match asker {
            Asker::Token(cx) => self.enter_by_token(cx, store, level).await,
            Asker::Key { hash, request } => self.enter_by_key(*hash, *request, store, level).await,
        }
    }

    async fn enter_by_token(&self, cx: &Cx, store: &str, level: Level) -> Outcome<Here> {
        // Before anything is looked up: the answer must not depend on what there is.
        cx.allowed(act(level), store).await?;
        let id = read_id::<StoreId>(store).ok_or_else(fault::no_store)?;
        let store = self.db().hot().stores.find(cx.org, id).cloned().ok_or_else(fault::no_store)?;
        Ok(Here { store, key: None, author: cx.who() })
    }

    async fn enter_by_key(
        &self,
        hash: Option<[u8; 32]>,
        request: RequestId,
        store: &str,
        level: Level,
    ) -> Outcome<Here> {
        self.platform().current()?;
        let hash = hash.ok_or_else(refused)?;
        let store =
            read_id::<StoreId>(store).and_then(|id| self.db().hot().stores.find_anywhere(id).cloned());
        let store = store.ok_or_else(refused)?;
        let mut found = None;
        for kept in &store.keys {
            if secret::same(&kept.hash, &hash) {
                found = Some((kept.id, kept.level));
            }
        }
        let (id, has) = found.ok_or_else(refused)?;
        let author: Author = Who { actor: chancery_audit::Actor::Anonymous, request: Some(request) }.into();
        let here = Here { store, key: Some(id), author };
        if has < level {
            self.record_refused(&here, id, level).await?;
            let text = format!("this key may not {} here: use one with more rights", level.as_str());
            return Err(Fault::forbidden("forbidden", text));
        }
        Ok(here)
    }

    async fn record_refused(&self, here: &Here, key: KeyId, level: Level) -> Outcome<()> {
        let event = Event::AccessDenied {
            act: Text::new(act(level).name()),
            target: Text::new(&here.store.id.to_string()),
            reason: Text::new(&format!("the key {key} may not {}", level.as_str())),
        };
        let write = move |tx: &mut chancery_store::Tx<'_>| Ok::<_, Fault>(tx.record(event).with(()));
        self.db().write(here.store.org, here.author.clone(), write).await
    }
}

/// Whether stores may be listed or made, which no key of a store allows.
pub(crate) async fn as_person(
    asker: &Asker,
    act: Act,
    target: &str,
) -> Outcome<(Cx, chancery_context::Allowed)> {
    let Asker::Token(cx) = asker else { return Err(refused()) };
    let allowed = cx.allowed(act, target).await?;
    Ok(((**cx).clone(), allowed))
}

//! Stores: made, listed, read, deleted.

use std::sync::Arc;

use chancery_audit::{Event, Text};
use chancery_context::Act;
use chancery_kernel::{Cursor, Fault, Outcome, PageRequest, StoreId};
use chancery_model::{Application, Level, MarkKey, Meta, ObjectIds, Store};
use chancery_store::Tx;

use crate::access::{Asker, Here, as_person, read_id};
use crate::{Authz, fault, rules, token, wire};

/// The stores of an organization, at most.
const MOST: usize = 10_000;

/// What a list of stores asks for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub page_size: Option<i64>,
    pub continuation_token: String,
    /// Exactly this.
    pub name: String,
}

/// Some stores, and how to get the next.
pub struct Listed {
    pub stores: Vec<Arc<Store>>,
    pub continuation_token: String,
}

/// A page's size, 50 unless said. [`rules::page`] has looked at it.
pub(crate) fn page_size(asked: Option<i64>) -> usize {
    asked.and_then(|size| usize::try_from(size).ok()).unwrap_or(50)
}

impl Authz {
    pub async fn create_store(&self, asker: &Asker, name: String) -> Outcome<Arc<Store>> {
        let (cx, _may) = as_person(asker, Act::StoreManage, "stores").await?;
        wire::CreateStore { name: name.clone() }.check_fields()?;
        self.db()
            .write(cx.org, cx.who(), move |tx| {
                if tx.hot().stores.of(tx.org()).count() >= MOST {
                    return Err(fault::too_many(format!(
                        "an organization has at most {MOST} stores: delete some"
                    )));
                }
                let (id, org, meta): (StoreId, _, _) = (tx.id(), tx.org(), Meta::new(tx.now()));
                let no = tx.open_log(id)?;
                let title = Text::new(&name);
                let keys = Vec::new();
                let (ids, latest, recorded) = (ObjectIds::default(), None, false);
                let store = tx.insert(Store { id, org, name, no, latest, keys, ids, recorded, meta })?;
                Ok(tx.record(Event::StoreCreated { store: id, name: title }).with(store))
            })
            .await
    }

    pub async fn list_stores(&self, asker: &Asker, wanted: &Wanted) -> Outcome<Listed> {
        let (cx, _may) = as_person(asker, Act::RelationRead, "stores").await?;
        rules::stores(wanted.page_size, &wanted.continuation_token, &wanted.name)?;
        let limit = page_size(wanted.page_size);
        let after = match wanted.continuation_token.as_str() {
            "" => None,
            text => {
                let id =
                    token::read(text).and_then(|id| read_id::<StoreId>(&id)).ok_or_else(fault::bad_token)?;
                Some(Cursor(id.to_string()))
            }
        };
        let request = PageRequest { limit, after };
        let named = |store: &Store| wanted.name.is_empty() || store.name == wanted.name;
        let page = self.db().hot().stores.page(cx.org, &request, named).ok_or_else(fault::bad_token)?;
        let next = page.next.and_then(|_| page.items.last()).map(|last| token::write(&ulid(last.id)));
        Ok(Listed { stores: page.items, continuation_token: next.unwrap_or_default() })
    }

    pub async fn get_store(&self, asker: &Asker, store: &str) -> Outcome<Arc<Store>> {
        Ok(self.enter(asker, store, Level::Read).await?.store)
    }

    /// Whether each decision leaves a line in the log.
    pub async fn set_recording(&self, asker: &Asker, store: &str, recorded: bool) -> Outcome<Arc<Store>> {
        let here = self.enter(asker, store, Level::Manage).await?;
        let id = here.store.id;
        self.db()
            .write(here.store.org, here.author, move |tx| {
                let present = tx.find::<Store>(id).ok_or_else(fault::no_store)?;
                let store = tx.update(Store { recorded, ..(*present).clone() })?;
                let values = vec![
                    Text::new(&format!("recorded - {}", present.recorded)),
                    Text::new(&format!("recorded + {recorded}")),
                ];
                let changed = vec![Text::word("recorded")];
                let event = Event::StoreUpdated { store: id, changed, values: Some(values) };
                Ok::<_, Fault>(tx.record(event).with(store))
            })
            .await
    }

    /// Deletes a store with all it has, and disables the application that stands for it. One that does not exist is as good as deleted.
    pub async fn delete_store(&self, asker: &Asker, store: &str) -> Outcome<()> {
        let here = match self.enter(asker, store, Level::Manage).await {
            Err(fault) if fault.code == "store_id_not_found" => return Ok(()),
            entered => entered?,
        };
        let Here { store, author, .. } = here;
        let (id, org) = (store.id, store.org);
        let done = self.db().write(org, author, move |tx| {
            let Some(present) = tx.find::<Store>(id) else { return Err(fault::no_store()) };
            tx.close_log(id)?;
            tx.delete(&present)?;
            disable_application(tx, id)?;
            let name = Text::new(&present.name);
            Ok(tx.record(Event::StoreDeleted { store: id, name }).with(()))
        });
        match done.await {
            // Somebody else was faster.
            Err(fault) if fault.code == "store_id_not_found" => Ok(()),
            done => done,
        }
    }
}

/// What stood for the store stands for nothing now: nobody gets tokens for it any more.
fn disable_application(tx: &mut Tx<'_>, store: StoreId) -> Outcome<()> {
    let stands_for = |app: &&Arc<Application>| app.store == Some(store) && app.enabled;
    let Some(app) = tx.hot().applications.of(tx.org()).find(stands_for).cloned() else { return Ok(()) };
    let application = app.id;
    tx.update(Application { enabled: false, ..Application::clone(&app) })?;
    let values = ["enabled - true", "enabled + false"].map(Text::new).to_vec();
    let changed = vec![Text::word("enabled")];
    let recorded = tx.record(Event::ApplicationUpdated { application, changed, values: Some(values) });
    tx.mark(MarkKey::Application(application), recorded.pos)?;
    Ok(())
}

pub(crate) fn ulid<I: chancery_kernel::Id>(id: I) -> String {
    chancery_kernel::ulid::encode(id.uuid())
}

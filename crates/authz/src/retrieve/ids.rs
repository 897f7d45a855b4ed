//! Numbers that a caller gives to objects, for an index that counts its rows: registered in batches, and durable. A node
//! keeps those of the stores it is asked about in memory, and reads what other nodes registered when the store's record says
//! that there is more.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use chancery_audit::{Digest, Event, merkle};
use chancery_kernel::{Fault, Kind, Outcome};
use chancery_model::{Level, ObjectIds, Store};
use chancery_rebac::names::Object;
use chancery_store::tables::object_ids::{self, Numbered};
use serde::Deserialize;

use crate::access::{Asker, Here};
use crate::stores::page_size;
use crate::{Authz, fault, rules, token};

/// Objects of one batch.
const MOST: usize = 1_000;
/// Numbers of one store: what it takes in memory is about a hundred bytes each.
const MOST_IN_STORE: i64 = 4_000_000;
/// Stores whose numbers are kept in memory.
const KEPT: usize = 32;

/// An object and the number its caller knows it by.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    pub object: String,
    pub id: u32,
}

/// What a batch changed.
pub struct IdsChanged {
    pub objects: usize,
    /// Counts the store's changes of numbers; a set says which it was made with.
    pub revision: i64,
}

/// What a list asks for.
#[derive(Clone, Debug, Default)]
pub struct IdsWanted {
    pub r#type: String,
    pub page_size: Option<i64>,
    pub continuation_token: String,
}

/// Some numbers of a type, in ascending order, and how to get the next.
pub struct IdsListed {
    pub ids: Vec<Pair>,
    pub continuation_token: String,
    /// All that the store has.
    pub total: i64,
}

/// The numbers of a store, as far as this node has read them.
#[derive(Default)]
pub(crate) struct Numbers {
    rev: i64,
    of: HashMap<String, HashMap<Box<str>, u32>>,
}

impl Numbers {
    fn learn(&mut self, new: Vec<Numbered>) {
        let known = self.rev;
        for Numbered { object, kind, number, rev } in new {
            // Somebody else may have read it meanwhile, and more.
            if rev <= known {
                continue;
            }
            let all = self.of.entry(kind).or_default();
            match number {
                Some(number) => all.insert(object.into(), number),
                None => all.remove(object.as_str()),
            };
            self.rev = self.rev.max(rev);
        }
    }

    pub(crate) const fn revision(&self) -> i64 {
        self.rev
    }

    /// Those of a type; none: nothing was registered for it.
    pub(crate) fn of(&self, kind: &str) -> Option<&HashMap<Box<str>, u32>> {
        self.of.get(kind).filter(|all| !all.is_empty())
    }
}

/// The numbers of the stores that were asked about.
#[derive(Default)]
pub(crate) struct Cache(Mutex<HashMap<chancery_kernel::StoreId, Arc<RwLock<Numbers>>>>);

impl Cache {
    fn of(&self, store: chancery_kernel::StoreId) -> Arc<RwLock<Numbers>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= KEPT && !all.contains_key(&store) {
            let one = all.keys().next().copied();
            one.map(|one| all.remove(&one));
        }
        all.entry(store).or_default().clone()
    }
}

impl Authz {
    /// Gives objects their numbers: all of a batch, or none. What is so already is left as it is.
    pub async fn register_ids(&self, asker: &Asker, store: &str, pairs: Vec<Pair>) -> Outcome<IdsChanged> {
        let here = self.enter(asker, store, Level::Write).await?;
        check_batch(&pairs)?;
        self.change_ids(here, move |tx, store| {
            let new = still_free(tx, store, pairs)?;
            let added = i64::try_from(new.len()).unwrap_or(i64::MAX);
            if store.ids.count.saturating_add(added) > MOST_IN_STORE {
                let text = format!("a store has ids for at most {MOST_IN_STORE} objects: remove some");
                return Err(fault::too_many(text));
            }
            Ok(new)
        })
        .await
    }

    /// Takes numbers away. Objects that have none are passed over.
    pub async fn remove_ids(&self, asker: &Asker, store: &str, objects: Vec<String>) -> Outcome<IdsChanged> {
        let here = self.enter(asker, store, Level::Write).await?;
        check_count(objects.len())?;
        self.change_ids(here, move |tx, store| {
            let names: Vec<&str> = objects.iter().map(String::as_str).collect();
            let mut seen = HashSet::new();
            let mut gone = tx.numbers_of(store, &names)?;
            gone.retain(|one| one.number.is_some() && seen.insert(one.object.clone()));
            gone.iter_mut().for_each(|one| one.number = None);
            Ok(gone)
        })
        .await
    }

    async fn change_ids(
        &self,
        here: Here,
        find: impl FnOnce(&mut chancery_store::Tx<'_>, &Store) -> Outcome<Vec<Numbered>> + Send + 'static,
    ) -> Outcome<IdsChanged> {
        let (id, key, org) = (here.store.id, here.key, here.store.org);
        let done = self.db().write(org, here.author, move |tx| {
            let store = tx.find::<Store>(id).ok_or_else(fault::no_store)?;
            let mut changed = find(tx, &store)?;
            if changed.is_empty() {
                return Err(Fault::conflict(NOTHING, "nothing is to be done"));
            }
            let rev = store.ids.rev + 1;
            let digest = Digest(merkle::sha256(text_of(&changed).as_bytes()));
            let came = changed.iter().filter(|one| one.number.is_some()).count();
            let went = changed.len() - came;
            changed.iter_mut().for_each(|one| one.rev = rev);
            tx.put_numbers(&store, &mut changed)?;
            let (came_n, went_n) = (count(came), count(went));
            let ids = ObjectIds { rev, count: store.ids.count + came_n - went_n };
            tx.update(Store { ids, ..Store::clone(&store) })?;
            let event =
                Event::ObjectIdsChanged { store: id, key, registered: came_n, removed: went_n, rev, digest };
            Ok(tx.record(event).with(IdsChanged { objects: changed.len(), revision: rev }))
        });
        match done.await {
            Err(fault) if fault.code == NOTHING => {
                let now = self.db().hot().stores.find(org, id).map_or(0, |store| store.ids.rev);
                Ok(IdsChanged { objects: 0, revision: now })
            }
            done => done,
        }
    }

    /// Lists the numbers of a type in ascending order.
    pub async fn list_ids(&self, asker: &Asker, store: &str, wanted: IdsWanted) -> Outcome<IdsListed> {
        let here = self.enter(asker, store, Level::Read).await?;
        rules::page("ReadObjectIdsRequest", wanted.page_size, &wanted.continuation_token)?;
        let limit = page_size(wanted.page_size);
        if !chancery_rebac::names::is_type(&wanted.r#type) {
            return Err(fault::invalid("name the type whose ids you want: ?type=document"));
        }
        let after = match wanted.continuation_token.as_str() {
            "" => None,
            text => Some(after(text, &wanted.r#type).ok_or_else(fault::bad_token)?),
        };
        let (store, kind) = (here.store.clone(), wanted.r#type.clone());
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.db().read(move |sql| object_ids::list(sql, &store, &kind, after, most)).await?;
        let pair = |one: Numbered| one.number.map(|id| Pair { object: one.object, id });
        let ids: Vec<Pair> = rows.into_iter().filter_map(pair).collect();
        let more = ids.last().filter(|_| ids.len() == limit);
        let next = more.map(|last| token::write(&format!("{}|{}", last.id, wanted.r#type)));
        Ok(IdsListed { ids, continuation_token: next.unwrap_or_default(), total: here.store.ids.count })
    }

    /// The numbers of a store as its record says there are.
    pub(crate) async fn numbers(&self, here: &Here) -> Outcome<Arc<RwLock<Numbers>>> {
        let kept = self.0.ids.of(here.store.id);
        let known = kept.read().unwrap_or_else(PoisonError::into_inner).rev;
        if known < here.store.ids.rev {
            let store = here.store.clone();
            let new = self.db().read(move |sql| object_ids::since(sql, &store, known)).await?;
            kept.write().unwrap_or_else(PoisonError::into_inner).learn(new);
        }
        Ok(kept)
    }
}

const NOTHING: &str = "nothing_to_do";

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn after(text: &str, kind: &str) -> Option<u32> {
    let text = token::read(text)?;
    let (number, of) = text.split_once('|')?;
    number.parse().ok().filter(|_| of == kind)
}

fn check_count(many: usize) -> Outcome<()> {
    match many {
        0 => Err(fault::invalid("name at least one object")),
        1..=MOST => Ok(()),
        _ => Err(fault::too_many(format!("a batch holds at most {MOST} objects: send several"))),
    }
}

fn check_batch(pairs: &[Pair]) -> Outcome<()> {
    check_count(pairs.len())?;
    let (mut objects, mut numbers) = (HashSet::new(), HashSet::new());
    for Pair { object, id } in pairs {
        let named = Object::parse(object).filter(|o| !o.is_wildcard() && object.chars().count() <= 256);
        let Some(named) = named else {
            return Err(fault::invalid(format!("'{object}' is no object: write it as type:id")));
        };
        if !objects.insert(object.as_str()) || !numbers.insert((named.type_name, *id)) {
            let text = format!("{object} or its id {id} stands twice in the batch");
            return Err(fault::invalid(text));
        }
    }
    Ok(())
}

/// Those that are new; refuses an object that has another number, and a number that another object has.
fn still_free(tx: &mut chancery_store::Tx<'_>, store: &Store, pairs: Vec<Pair>) -> Outcome<Vec<Numbered>> {
    let names: Vec<&str> = pairs.iter().map(|pair| pair.object.as_str()).collect();
    let had: HashMap<String, u32> = (tx.numbers_of(store, &names)?.into_iter())
        .filter_map(|one| Some((one.object, one.number?)))
        .collect();
    let mut new = Vec::new();
    let mut by_kind: HashMap<String, Vec<u32>> = HashMap::new();
    for Pair { object, id } in pairs {
        match had.get(&object) {
            Some(present) if *present == id => {}
            Some(present) => {
                return Err(taken(format!("{object} has the id {present}: remove that first")));
            }
            None => {
                let kind = object.split_once(':').map_or("", |(kind, _)| kind).to_owned();
                by_kind.entry(kind.clone()).or_default().push(id);
                new.push(Numbered { object, kind, number: Some(id), rev: 0 });
            }
        }
    }
    for (kind, numbers) in by_kind {
        if let Some(holder) = tx.holders_of(store, &kind, &numbers)?.into_iter().next() {
            let number = holder.number.unwrap_or_default();
            return Err(taken(format!(
                "the id {number} is that of {}: remove it there first",
                holder.object
            )));
        }
    }
    Ok(new)
}

fn taken(text: String) -> Fault {
    Fault::new(Kind::Conflict, "object_id_taken", text)
}

/// What was changed, as the digest of the event covers it.
fn text_of(all: &[Numbered]) -> String {
    let line = |one: &Numbered| match one.number {
        Some(number) => format!("{}\t{number}\n", one.object),
        None => format!("{}\t-\n", one.object),
    };
    all.iter().map(line).collect()
}

//! Where a reading goes on. Tokens are tagged with a key of the database's: they hold on every node and after every start, for
//! the store and the filter that they were given out for, and nobody makes them up.

use chancery_kernel::secret;
use chancery_rebac::engine::{Change, Filter, Graph, Order, Stored};
use chancery_rebac::tuple::TupleKey;
use chancery_store::tables::relations::Written;
use data_encoding::HEXLOWER;

use crate::access::Here;
use crate::{Authz, token};

/// The last that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// So many changes of this write.
    Write(u64, usize),
    /// In this order; none: at its beginning.
    Key(Order, Option<TupleKey>),
}

impl After {
    fn text(&self) -> String {
        match self {
            Self::Write(version, done) => format!("w {version} {done}"),
            Self::Key(order, key) => {
                let word = if *order == Order::Names { "k" } else { "h" };
                // None of the three holds a space.
                let parts = key.iter().flat_map(|key| [&key.object, &key.relation, &key.user]);
                parts.fold(word.to_owned(), |text, part| text + " " + part)
            }
        }
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let after = match parts.next()? {
            "w" => Self::Write(parts.next()?.parse().ok()?, parts.next()?.parse().ok()?),
            "k" => Self::Key(Order::Names, Some(TupleKey::new(parts.next()?, parts.next()?, parts.next()?))),
            "h" => Self::Key(Order::Hashes, Some(TupleKey::new(parts.next()?, parts.next()?, parts.next()?))),
            _ => return None,
        };
        parts.next().is_none().then_some(after)
    }
}

impl Authz {
    /// With the version at which the reading began: what stood then has to be read.
    pub(super) fn token_after(&self, here: &Here, filter: &Filter, after: &After, began: u64) -> String {
        let text = format!("{began} {}", after.text());
        let tag = HEXLOWER.encode(&self.tag(here, filter, &text));
        token::write(&format!("{tag} {text}"))
    }

    /// The place a token names, if it is one of ours for this store and filter, and when its reading began.
    pub(super) fn after(&self, here: &Here, filter: &Filter, text: &str) -> Option<(After, u64)> {
        let text = token::read(text)?;
        let (tag, text) = text.split_once(' ')?;
        let tag: [u8; 32] = HEXLOWER.decode(tag.as_bytes()).ok()?.try_into().ok()?;
        let own = secret::same(&tag, &self.tag(here, filter, text));
        let (began, place) = text.split_once(' ').filter(|_| own)?;
        Some((After::read(place)?, began.parse().ok()?))
    }

    fn tag(&self, here: &Here, filter: &Filter, text: &str) -> [u8; 32] {
        let Filter { object_type, object_id, relation, user } = filter;
        let parts = [object_type, object_id, relation, user].map(|part| part.as_deref().unwrap_or_default());
        let bound = format!("{}\n{}\n{text}", here.id(), parts.join("\n"));
        self.platform().vault.tag("read-continuation", bound.as_bytes())
    }
}

/// What a write wrote and is still there as it left it, after so many of its changes; with the place of each.
pub(super) fn standing(
    graph: &Graph,
    write: &Written,
    later: &[Written],
    skip: usize,
) -> Vec<(usize, Stored)> {
    let same_moment = || later.iter().take_while(|other| other.at == write.at);
    let written = write.changes.iter().enumerate().skip(skip).filter_map(|(n, change)| match change {
        Change::Write(tuple, _) => Some((n, &tuple.key)),
        Change::Delete(_) => None,
    });
    written
        .filter_map(|(n, key)| Some((n, graph.find(key)?)))
        .filter(|(_, stored)| stored.written_at == write.at.micros())
        .filter(|(_, stored)| {
            !same_moment().flat_map(|other| &other.changes).any(|change| key_of(change) == &stored.tuple.key)
        })
        .collect()
}

const fn key_of(change: &Change) -> &TupleKey {
    match change {
        Change::Write(tuple, _) => &tuple.key,
        Change::Delete(key) => key,
    }
}

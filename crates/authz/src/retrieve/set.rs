//! What a user can reach, as a set of numbers for an index that filters by them: those that the caller registered, or, of a
//! type for which none are, ids that are numbers. An estimate tells first whether it is better to filter before the search
//! or after it.

use std::sync::PoisonError;

use chancery_kernel::Outcome;
use serde::Deserialize;

use super::roaring;
use crate::access::Asker;
use crate::ask::{Ground, Terms};
use crate::{Authz, wire};

/// What stands for an object in a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ids {
    /// The number that was registered for it.
    Registered,
    /// Its id, where that is a number.
    Own,
}

impl Ids {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Own => "own",
        }
    }
}

/// What is asked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SetWanted {
    #[serde(flatten)]
    pub list: wire::ListObjects,
    /// How many there are, without them.
    pub estimate: bool,
    /// Absent: registered ones where the type has any.
    pub ids: Option<Ids>,
}

/// The set, and what it is of.
pub struct Set {
    pub ground: Ground,
    /// In the portable format of roaring bitmaps; empty in an estimate.
    pub bitmap: Vec<u8>,
    /// Numbers in the set.
    pub count: usize,
    /// Objects that the user reaches and that have no number: they are not in the set.
    pub unnumbered: usize,
    /// What the count is a share of: the registered objects of the type, or all that were ever named.
    pub of: usize,
    pub ids: Ids,
    /// How often registered numbers had changed when the set was made.
    pub revision: i64,
    pub complete: bool,
}

impl Authz {
    pub async fn list_set(
        &self,
        asker: &Asker,
        store: &str,
        wanted: SetWanted,
        at_least: Option<u64>,
    ) -> Outcome<Set> {
        let SetWanted { list, estimate, ids } = wanted;
        let terms = Terms {
            model: list.authorization_model_id,
            contextual: list.contextual_tuples.tuples(),
            context: list.context,
            exactness: list.consistency.with(at_least),
        };
        let asked = self.asked(asker, store, terms).await?;
        let kept = self.numbers(&asked.here).await?;
        let named = usize::try_from(asked.graph.objects_of(&list.r#type)).unwrap_or(usize::MAX);
        let kind = list.r#type.clone();
        let (objects, complete) = asked.objects(list.r#type, list.relation, list.user, usize::MAX).await?;
        let registry = kept.read().unwrap_or_else(PoisonError::into_inner);
        let registered = registry.of(&kind);
        let ids = ids.unwrap_or(if registered.is_some() { Ids::Registered } else { Ids::Own });
        let (mut numbers, of): (Vec<u32>, usize) = match ids {
            Ids::Own => (objects.iter().filter_map(|object| number(object)).collect(), named),
            Ids::Registered => {
                let find = |object: &String| registered.and_then(|all| all.get(object.as_str())).copied();
                (objects.iter().filter_map(find).collect(), registered.map_or(0, |all| all.len()))
            }
        };
        let revision = registry.revision();
        drop(registry);
        let unnumbered = objects.len() - numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        let bitmap = if estimate { Vec::new() } else { roaring::portable(&numbers) };
        let (ground, count) = (asked.ground(), numbers.len());
        Ok(Set { ground, bitmap, count, unnumbered, of, ids, revision, complete })
    }
}

/// The number an object's id is, in the one spelling that is this number's.
fn number(object: &str) -> Option<u32> {
    let (_, id) = object.split_once(':')?;
    let number: u32 = id.parse().ok()?;
    (!id.starts_with('+') && (id == "0" || !id.starts_with('0'))).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn only_one_spelling_is_a_number() {
        assert_eq!(number("document:4294967295"), Some(u32::MAX));
        assert_eq!(number("document:0"), Some(0));
        for odd in ["document:007", "document:+7", "document:-7", "document:7a", "document:4294967296", "7"] {
            assert_eq!(number(odd), None, "{odd}");
        }
    }
}

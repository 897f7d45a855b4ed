//! What a user can reach, as a set of numbers for an index that filters by them: objects whose ids are numbers, as an index
//! counts its rows. An estimate tells first whether it is better to filter before the search or after it.

use chancery_kernel::Outcome;
use serde::Deserialize;

use super::roaring;
use crate::access::Asker;
use crate::ask::{Ground, Terms};
use crate::{Authz, wire};

/// What is asked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SetWanted {
    #[serde(flatten)]
    pub list: wire::ListObjects,
    /// How many there are, without them.
    pub estimate: bool,
}

/// The set, and what it is of.
pub struct Set {
    pub ground: Ground,
    /// In the portable format of roaring bitmaps; empty in an estimate.
    pub bitmap: Vec<u8>,
    /// Numbers in the set.
    pub count: usize,
    /// Objects that the user reaches and whose ids are no numbers.
    pub unnumbered: usize,
    /// Objects of the type that were ever named, which the count is a share of.
    pub of: usize,
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
        let SetWanted { list, estimate } = wanted;
        let terms = Terms {
            model: list.authorization_model_id,
            contextual: list.contextual_tuples.tuples(),
            context: list.context,
            exactness: list.consistency.with(at_least),
        };
        let asked = self.asked(asker, store, terms).await?;
        let of = usize::try_from(asked.graph.objects_of(&list.r#type)).unwrap_or(usize::MAX);
        let (objects, complete) = asked.objects(list.r#type, list.relation, list.user, usize::MAX).await?;
        let mut numbers: Vec<u32> = objects.iter().filter_map(|object| number(object)).collect();
        let unnumbered = objects.len() - numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        let bitmap = if estimate { Vec::new() } else { roaring::portable(&numbers) };
        Ok(Set { ground: asked.ground(), bitmap, count: numbers.len(), unnumbered, of, complete })
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

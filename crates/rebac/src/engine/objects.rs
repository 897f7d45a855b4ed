//! The objects of a type by their numbers, for whoever keeps many of them for a while: four bytes each instead of a name.

use super::graph::Graph;
use super::names::Names;

/// The objects of one type that a graph has names for.
pub struct Objects<'a>(Option<&'a Names>);

impl Graph {
    pub fn objects(&self, type_name: &str) -> Objects<'_> {
        let sort = self.inner.words.type_id(type_name);
        Objects(sort.and_then(|sort| self.inner.names(sort)))
    }

    /// Whether an object that both know has the same number in both.
    pub fn numbers_as(&self, other: &Self) -> bool {
        self.inner.numbering == other.inner.numbering
    }
}

impl<'a> Objects<'a> {
    /// The id, without the type.
    pub fn id(&self, number: u32) -> Option<&'a str> {
        self.0?.get(number)
    }

    /// The ids of many, one after the other, as bytes: each is text. A number that is none of this graph's is passed over.
    pub fn each_id(&self, numbers: &[u32], mut give: impl FnMut(&[u8])) {
        if let Some(names) = self.0 {
            names.each(numbers, |_, id| id.into_iter().for_each(&mut give));
        }
    }

    pub fn number(&self, id: &str) -> Option<u32> {
        self.0?.find(id)
    }
}

//! A vector of pages that shares with its earlier versions whatever did not change: three levels of 64, so that a change
//! copies a few hundred pointers however long the vector is.

use std::sync::Arc;

const FAN: usize = 64;

type Leaf<T> = [T; FAN];
type Middle<T> = [Option<Arc<Leaf<T>>>; FAN];

#[derive(Clone)]
pub(super) struct Radix<T> {
    top: Vec<Option<Arc<Middle<T>>>>,
}

impl<T> Default for Radix<T> {
    fn default() -> Self {
        Self { top: Vec::new() }
    }
}

impl<T> Radix<T> {
    #[inline]
    pub(super) fn get(&self, at: usize) -> Option<&T> {
        let middle = self.top.get(at / (FAN * FAN))?.as_ref()?;
        let leaf = middle.get(at / FAN % FAN)?.as_ref()?;
        leaf.get(at % FAN)
    }

    /// What is there, with its place, in order.
    pub(super) fn iter_from(&self, at: usize) -> impl Iterator<Item = (usize, &T)> {
        let leaves = self.top.iter().enumerate().skip(at / (FAN * FAN)).flat_map(|(high, middle)| {
            let leaves = middle.iter().flat_map(|middle| middle.iter().enumerate());
            leaves.filter_map(move |(low, leaf)| Some(((high * FAN + low) * FAN, leaf.as_ref()?)))
        });
        let from = at / FAN * FAN;
        leaves
            .filter(move |(start, _)| *start >= from)
            .flat_map(|(start, leaf)| leaf.iter().enumerate().map(move |(i, item)| (start + i, item)))
            .filter(move |(place, _)| *place >= at)
    }
}

impl<T: Clone + Default> Radix<T> {
    /// The place, made if it was not there, for this version alone.
    pub(super) fn at_mut(&mut self, at: usize) -> &mut T {
        let high = at / (FAN * FAN);
        if self.top.len() <= high {
            self.top.resize_with(high + 1, || None);
        }
        #[expect(
            clippy::indexing_slicing,
            reason = "the vector was made long enough; the others are below 64"
        )]
        {
            let middle = self.top[high].get_or_insert_with(|| Arc::new(std::array::from_fn(|_| None)));
            let leaf = Arc::make_mut(middle)[at / FAN % FAN]
                .get_or_insert_with(|| Arc::new(std::array::from_fn(|_| T::default())));
            &mut Arc::make_mut(leaf)[at % FAN]
        }
    }
}

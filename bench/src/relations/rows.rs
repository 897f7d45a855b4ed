//! Many short lists in two arrays.

/// The items of row `n` stand in one piece.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Rows {
    /// From pairs of row and item; what stands twice is kept once.
    pub fn new(rows: usize, mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut starts = vec![0; rows + 1];
        for (row, _) in &pairs {
            if let Some(next) = starts.get_mut(*row as usize + 1) {
                *next += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Self { starts, items: pairs.into_iter().map(|(_, item)| item).collect() }
    }

    /// Items by row, in their order.
    pub fn get(&self, row: u32) -> &[u32] {
        let at = |place: usize| self.starts.get(place).map_or(0, |start| *start as usize);
        self.items.get(at(row as usize)..at(row as usize + 1)).unwrap_or_default()
    }

    pub fn has(&self, row: u32, item: u32) -> bool {
        self.get(row).binary_search(&item).is_ok()
    }

    pub fn pairs(&self) -> impl Iterator<Item = (u32, u32)> {
        (0..self.starts.len().saturating_sub(1) as u32)
            .flat_map(|row| self.get(row).iter().map(move |item| (row, *item)))
    }

    /// The same pairs, by item.
    pub fn turned(&self, items: usize) -> Self {
        Self::new(items, self.pairs().map(|(row, item)| (item, row)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_give_back_what_was_put_in() {
        let rows = Rows::new(4, vec![(2, 7), (0, 3), (2, 5), (2, 7)]);
        assert_eq!(
            (rows.get(0), rows.get(1), rows.get(2), rows.get(3)),
            (&[3][..], &[][..], &[5, 7][..], &[][..])
        );
        assert!(rows.has(2, 5) && !rows.has(2, 3));
        assert_eq!(rows.turned(8).get(7), &[2]);
    }
}

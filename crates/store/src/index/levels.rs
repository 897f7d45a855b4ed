//! When parts of the query index are merged: a search looks into each, so they must stay few, and each merge writes its
//! rows anew, so they must be rare.

use crate::tables::postings::Part;

/// Parts of one level before they are merged: of at least 1, 4, 16 … entries.
const FAN: usize = 4;
/// Parts of this level and above, a quarter of a million entries and more, stay as they are.
const TOP: u32 = 9;

fn level(part: &Part) -> u32 {
    u64::try_from(part.last - part.first + 1).unwrap_or(1).max(1).ilog(FAN as u64)
}

/// The newest parts that should become one, if any should. `live` are all parts of one log, oldest first.
pub(super) fn due(live: &[Part]) -> Option<&[Part]> {
    (0..TOP).find_map(|wanted| {
        let older = live.iter().rposition(|part| level(part) > wanted).map_or(0, |at| at + 1);
        let some = live.get(older..)?;
        (some.iter().filter(|part| level(part) == wanted).count() >= FAN).then_some(some)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds stretches of these lengths one after the other, merging whenever it is due; says what is left and how many
    /// entries were written again.
    fn run(lengths: impl Iterator<Item = i64>) -> (Vec<Part>, i64) {
        let (mut live, mut last, mut again): (Vec<Part>, i64, i64) = (Vec::new(), 0, 0);
        for (n, length) in lengths.enumerate() {
            live.push(Part { no: 1, part: n as i64, first: last + 1, last: last + length });
            last += length;
            while let Some(some) = due(&live).map(<[Part]>::to_vec) {
                live.truncate(live.len() - some.len());
                again += last + 1 - some[0].first;
                live.push(Part { last, ..some[0] });
            }
        }
        (live, again)
    }

    #[test]
    fn single_entries_and_full_portions_both_make_few_parts_at_little_cost() {
        let (live, again) = run(std::iter::repeat_n(1, 300_000));
        assert!(live.len() <= 28, "{}", live.len());
        assert!(again <= 10 * 300_000);
        let (live, again) = run(std::iter::repeat_n(65_536, 160));
        assert_eq!(live.len(), 40);
        assert_eq!(again, 160 * 65_536);
        let mixed = (0..2_000).map(|n| if n % 7 == 0 { 40_000 } else { n % 90 + 1 });
        assert!(run(mixed).0.len() <= 28 + 11_500_000 / 262_144);
    }

    #[test]
    fn what_is_merged_leaves_no_gap() {
        let (live, _) = run((0..5_000).map(|n| n * n % 1_000 + 1));
        assert_eq!(live[0].first, 1);
        assert!(live.windows(2).all(|pair| pair[0].last + 1 == pair[1].first));
    }
}

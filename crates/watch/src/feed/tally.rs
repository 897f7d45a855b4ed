//! Counting commits as their news passes by.

use std::collections::HashMap;

use chancery_kernel::OrgId;
use chancery_store::Commit;

use super::Figures;

#[derive(Default)]
pub(super) struct Tally {
    pub(super) figures: Figures,
    /// Size of each log at its last commit.
    sizes: HashMap<OrgId, i64>,
}

impl Tally {
    pub(super) fn count(&mut self, commit: &Commit) {
        // A log seen for the first time counts as grown by one: how long it was before is not told.
        let before = self.sizes.insert(commit.org, commit.size).unwrap_or(commit.size - 1);
        self.figures.commits += 1;
        self.figures.entries += u64::try_from(commit.size - before).unwrap_or(0);
        self.figures.marks += commit.marks.len() as u64;
    }
}

//! What is true in a drive, worked out from its own lists: the judge of every answer.

use std::collections::HashSet;

use super::drive::{Drive, Subject, up};

/// The groups a subject belongs to, in order, and the subject.
#[derive(Clone, Debug)]
pub struct Circle {
    pub subject: Subject,
    pub groups: Vec<u32>,
}

impl Drive {
    pub fn circle(&self, subject: Subject) -> Circle {
        let first = match subject {
            Subject::User(user) => self.groups_of_user.get(user),
            Subject::Agent(agent) => self.groups_of_agent.get(agent),
        };
        let mut groups = Vec::new();
        for group in first {
            let mut next = Some(*group);
            while let Some(group) = next {
                groups.push(group);
                next = up(&self.above, group);
            }
        }
        groups.sort_unstable();
        groups.dedup();
        Circle { subject, groups }
    }

    /// Whether the folder is open to them by itself, whatever stands above it.
    fn opens(&self, circle: &Circle, folder: u32) -> bool {
        let own = match circle.subject {
            Subject::User(user) => {
                self.folder_owner.get(folder as usize) == Some(&user) || self.folder_users.has(folder, user)
            }
            Subject::Agent(_) => false,
        };
        own || meets(self.folder_groups.get(folder), &circle.groups)
    }

    pub fn views_folder(&self, circle: &Circle, folder: u32) -> bool {
        let mut next = Some(folder);
        while let Some(folder) = next {
            if self.opens(circle, folder) {
                return true;
            }
            next = up(&self.folder_parent, folder);
        }
        false
    }

    pub fn views(&self, circle: &Circle, document: u32) -> bool {
        let own = match circle.subject {
            Subject::User(user) => {
                self.document_users.has(document, user) || self.public.binary_search(&document).is_ok()
            }
            Subject::Agent(_) => false,
        };
        own || meets(self.document_groups.get(document), &circle.groups)
            || up(&self.document_folder, document).is_some_and(|folder| self.views_folder(circle, folder))
    }

    pub fn can_read(&self, circle: &Circle, document: u32) -> bool {
        self.views(circle, document) && !self.blocks(circle.subject, document)
    }

    fn blocks(&self, subject: Subject, document: u32) -> bool {
        matches!(subject, Subject::User(user) if self.blocked.has(document, user))
    }

    /// With a time at which the grants for a time hold, or at which they are over.
    pub fn can_read_now(&self, circle: &Circle, document: u32, in_time: bool) -> bool {
        let timed = matches!(circle.subject, Subject::User(user) if self.timed.has(document, user));
        (timed && in_time) || self.can_read(circle, document)
    }

    /// Every document they can read, in order: what is shared with them and their groups, and what lies in open folders.
    pub fn readable(&self, circle: &Circle) -> Vec<u32> {
        let user = match circle.subject {
            Subject::User(user) => Some(user),
            Subject::Agent(_) => None,
        };
        let (own, public) =
            user.map_or((&[][..], &[][..]), |user| (self.documents_of_user.get(user), &self.public[..]));
        let folders = self.open_folders(circle, user);
        let by_group = circle.groups.iter().flat_map(|group| self.documents_of_group.get(*group));
        let by_folder = folders.iter().flat_map(|folder| self.documents_in.get(*folder));
        let mut all: Vec<u32> = own.iter().chain(public).chain(by_group).chain(by_folder).copied().collect();
        all.sort_unstable();
        all.dedup();
        all.retain(|document| !self.blocks(circle.subject, *document));
        all
    }

    /// Those that are open by themselves, and all below them.
    fn open_folders(&self, circle: &Circle, user: Option<u32>) -> Vec<u32> {
        let owned = (0..)
            .zip(&self.folder_owner)
            .filter(|(_, owner)| Some(**owner) == user)
            .map(|(folder, _)| folder);
        let shared = user.into_iter().flat_map(|user| self.folders_of_user.get(user)).copied();
        let by_group = circle.groups.iter().flat_map(|group| self.folders_of_group.get(*group)).copied();
        let mut open: Vec<u32> = owned.chain(shared).chain(by_group).collect();
        let mut met: HashSet<u32> = HashSet::new();
        let mut next = 0;
        open.retain(|folder| met.insert(*folder));
        while let Some(folder) = open.get(next).copied() {
            next += 1;
            open.extend(self.folders_in.get(folder).iter().filter(|below| met.insert(**below)));
        }
        open
    }
}

/// Whether two ordered lists share something.
fn meets(few: &[u32], many: &[u32]) -> bool {
    few.iter().any(|one| many.binary_search(one).is_ok())
}

#[cfg(test)]
mod tests {
    use super::super::drive::Sizes;
    use super::*;

    #[test]
    fn what_is_listed_is_what_is_checked() {
        let drive = Drive::grow(Sizes::of(20_000), 11);
        for subject in [Subject::User(0), Subject::User(77), Subject::Agent(3)] {
            let circle = drive.circle(subject);
            let listed = drive.readable(&circle);
            let all = 0..drive.sizes.documents as u32;
            let checked: Vec<u32> = all.filter(|document| drive.can_read(&circle, *document)).collect();
            assert!(!listed.is_empty() && listed == checked, "{subject:?}");
        }
    }

    #[test]
    fn a_drive_has_about_as_many_tuples_as_were_asked_for() {
        let drive = Drive::grow(Sizes::of(100_000), 5);
        let tuples = drive.tuples().count();
        assert!((90_000..110_000).contains(&tuples), "{tuples}");
    }

    #[test]
    fn the_same_seed_grows_the_same_drive() {
        let grow = |seed| Drive::grow(Sizes::of(10_000), seed).tuples().collect::<Vec<_>>();
        assert!(grow(1) == grow(1) && grow(1) != grow(2));
    }
}

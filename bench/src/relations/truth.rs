//! What is true in a drive, worked out from its own lists: the judge of every answer.

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

    /// Every document they can read, in order.
    pub fn readable(&self, circle: &Circle) -> Vec<u32> {
        let folders: Vec<bool> = self.open_folders(circle);
        let open = |document: &u32| {
            let folder = up(&self.document_folder, *document);
            let by_folder = folder.and_then(|folder| folders.get(folder as usize).copied()).unwrap_or(false);
            (by_folder || self.views(circle, *document)) && !self.blocks(circle.subject, *document)
        };
        (0..self.sizes.documents as u32).filter(open).collect()
    }

    /// Folder by folder; those above come first, as they were made first.
    fn open_folders(&self, circle: &Circle) -> Vec<bool> {
        let mut open: Vec<bool> = Vec::with_capacity(self.sizes.folders);
        for folder in 0..self.sizes.folders as u32 {
            let above = up(&self.folder_parent, folder)
                .and_then(|up| open.get(up as usize).copied())
                .unwrap_or(false);
            open.push(above || self.opens(circle, folder));
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

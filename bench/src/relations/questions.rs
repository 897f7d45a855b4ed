//! What is asked: the mixes, each question with its right answer.

use std::collections::HashMap;

use super::drive::{Drive, Subject, up};
use super::random::{Random, Zipf};
use super::truth::Circle;

/// One check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    pub subject: Subject,
    pub relation: &'static str,
    pub document: u32,
    /// Whether the time that is given lies within the grants for a time; without, none is given.
    pub in_time: Option<bool>,
    pub right: bool,
}

/// Many documents asked about at once, for all of these subjects.
#[derive(Clone, Debug)]
pub struct Asked {
    pub subjects: Vec<Subject>,
    pub documents: Vec<u32>,
    pub right: Vec<bool>,
}

/// Makes questions.
pub struct Questions<'d> {
    drive: &'d Drive,
    random: Random,
    /// Who asks often, the most frequent first.
    busy: Zipf,
    /// Which of somebody's documents they ask for.
    liked: Zipf,
    circles: HashMap<Subject, Circle>,
}

/// How a true answer comes about.
#[derive(Clone, Copy)]
enum Stratum {
    Direct,
    Group,
    Folder,
    Boolean,
}

/// Tries before somebody else is asked about.
const TRIES: usize = 30;

impl<'d> Questions<'d> {
    pub fn new(drive: &'d Drive, seed: u64) -> Self {
        let busy = Zipf::new((drive.sizes.users / 10).max(1), 1.0);
        Self { drive, random: Random::new(seed), busy, liked: Zipf::new(1_000, 1.0), circles: HashMap::new() }
    }

    fn circle(&mut self, subject: Subject) -> Circle {
        self.circles.entry(subject).or_insert_with(|| self.drive.circle(subject)).clone()
    }

    /// A few people ask most of it, seven in ten times about what they may see.
    pub fn usual(&mut self, many: usize) -> Vec<Question> {
        (0..many).map(|_| if self.random.chance(0.7) { self.yes() } else { self.no(true) }).collect()
    }

    /// Anybody about anything, and never allowed: all ways have to be looked at.
    pub fn refused(&mut self, many: usize) -> Vec<Question> {
        (0..many).map(|_| self.no(false)).collect()
    }

    /// Anybody about anything, half of it allowed.
    pub fn uniform(&mut self, many: usize) -> Vec<Question> {
        let anybody = |all: &mut Self| {
            loop {
                let user = all.random.below(all.drive.sizes.users) as u32;
                if let Some(question) = all.yes_for(user) {
                    return question;
                }
            }
        };
        (0..many).map(|n| if n % 2 == 0 { anybody(self) } else { self.no(false) }).collect()
    }

    fn somebody(&mut self) -> u32 {
        // Ranks are spread over all people: those who ask most did not come first.
        let rank = self.busy.rank(&mut self.random);
        (rank * 7_919 % self.drive.sizes.users) as u32
    }

    fn yes(&mut self) -> Question {
        loop {
            let user = self.somebody();
            if let Some(question) = self.yes_for(user) {
                return question;
            }
        }
    }

    fn yes_for(&mut self, user: u32) -> Option<Question> {
        let stratum = match self.random.below(10) {
            0..3 => Stratum::Direct,
            3..6 => Stratum::Group,
            6..9 => Stratum::Folder,
            _ => Stratum::Boolean,
        };
        let subject = Subject::User(user);
        let circle = self.circle(subject);
        for _ in 0..TRIES {
            let Some((document, relation)) = self.of_stratum(&circle, user, stratum) else { continue };
            if relation == "viewer" || self.drive.can_read(&circle, document) {
                return Some(Question { subject, relation, document, in_time: None, right: true });
            }
        }
        None
    }

    fn of_stratum(&mut self, circle: &Circle, user: u32, stratum: Stratum) -> Option<(u32, &'static str)> {
        match stratum {
            Stratum::Direct => Some((self.liked_of(self.drive.documents_of_user.get(user))?, "viewer")),
            Stratum::Group => Some((self.by_group(circle)?, "viewer")),
            Stratum::Folder => Some((self.by_folder(circle, user)?, "viewer")),
            Stratum::Boolean => Some((self.by_folder(circle, user)?, "can_read")),
        }
    }

    fn liked_of(&mut self, documents: &[u32]) -> Option<u32> {
        let rank = self.liked.rank(&mut self.random);
        documents.get(rank % documents.len().max(1)).copied()
    }

    fn by_group(&mut self, circle: &Circle) -> Option<u32> {
        let group = *self.random.pick(&circle.groups)?;
        self.liked_of(self.drive.documents_of_group.get(group))
    }

    /// Somewhere below a folder that is shared with them.
    fn by_folder(&mut self, circle: &Circle, user: u32) -> Option<u32> {
        let shared = if self.random.chance(0.5) {
            self.drive.folders_of_user.get(user)
        } else {
            let group = *self.random.pick(&circle.groups)?;
            self.drive.folders_of_group.get(group)
        };
        let mut folder = self.liked_of(shared)?;
        for _ in 0..self.random.below(8) {
            match self.random.pick(self.drive.folders_in.get(folder)) {
                Some(below) => folder = *below,
                None => break,
            }
        }
        self.liked_of(self.drive.documents_in.get(folder))
    }

    fn no(&mut self, busy: bool) -> Question {
        loop {
            let user = if busy { self.somebody() } else { self.random.below(self.drive.sizes.users) as u32 };
            let subject = Subject::User(user);
            let document = self.random.below(self.drive.sizes.documents) as u32;
            let circle = self.circle(subject);
            if !self.drive.can_read(&circle, document) {
                return Question { subject, relation: "can_read", document, in_time: None, right: false };
            }
        }
    }

    /// Grants for a time, half of them asked about when they are over.
    pub fn timed(&mut self, many: usize) -> Vec<Question> {
        let all: Vec<(u32, u32)> = self.drive.timed.pairs().collect();
        let one = |(document, user): (u32, u32), within: bool, right: bool| Question {
            subject: Subject::User(user),
            relation: "can_read_now",
            document,
            in_time: Some(within),
            right,
        };
        let mut questions = Vec::new();
        while let Some((document, user)) = self.random.pick(&all).copied().filter(|_| questions.len() < many)
        {
            let (circle, within) = (self.circle(Subject::User(user)), questions.len() % 2 == 0);
            questions.push(one((document, user), within, self.drive.can_read_now(&circle, document, within)));
        }
        questions
    }

    /// As many documents, about this share of them allowed to all of the subjects: a person, or a person and an agent.
    pub fn many(&mut self, documents: usize, share: f64, with_agent: bool) -> Asked {
        loop {
            let mut subjects = vec![Subject::User(self.somebody())];
            if with_agent {
                subjects.push(Subject::Agent(self.random.below(self.drive.sizes.agents) as u32));
            }
            if let Some(asked) = self.many_for(subjects, documents, share) {
                return asked;
            }
        }
    }

    /// Any documents, for a person and an agent: of folders the person can look into, or from all over.
    pub fn any(&mut self, documents: usize, of_theirs: bool) -> Option<Asked> {
        let user = Subject::User(self.random.below(self.drive.sizes.users) as u32);
        let agent = Subject::Agent(self.random.below(self.drive.sizes.agents) as u32);
        let (circles, drive) = ([self.circle(user), self.circle(agent)], self.drive);
        let theirs = if of_theirs { drive.readable(circles.first()?) } else { Vec::new() };
        let one = |random: &mut Random| {
            random.pick(&theirs).copied().unwrap_or_else(|| random.below(drive.sizes.documents) as u32)
        };
        let documents: Vec<u32> = (0..documents).map(|_| one(&mut self.random)).collect();
        let allowed = |document: &u32| circles.iter().all(|circle| drive.can_read(circle, *document));
        let right = documents.iter().map(allowed).collect();
        Some(Asked { subjects: vec![user, agent], documents, right })
    }

    fn many_for(&mut self, subjects: Vec<Subject>, many: usize, share: f64) -> Option<Asked> {
        let circles: Vec<Circle> = subjects.iter().map(|subject| self.circle(*subject)).collect();
        let drive = self.drive;
        let allowed = |document: u32| circles.iter().all(|circle| drive.can_read(circle, document));
        let common = self.common(&circles)?;
        let mut documents: Vec<u32> = Vec::with_capacity(many);
        for _ in 0..many * TRIES {
            let wanted = (documents.len() as f64) < many as f64 * share;
            let document = if wanted { *self.random.pick(&common)? } else { self.near(&circles)? };
            if !documents.contains(&document) && allowed(document) == wanted {
                documents.push(document);
            }
            if documents.len() == many {
                self.shuffle(&mut documents);
                let right = documents.iter().map(|document| allowed(*document)).collect();
                return Some(Asked { subjects, documents, right });
            }
        }
        None
    }

    /// Documents all of them can read: below the folders that are open to the first.
    fn common(&mut self, circles: &[Circle]) -> Option<Vec<u32>> {
        let (first, others) = circles.split_first()?;
        let all = self.drive.readable(first);
        let theirs = |document: &u32| others.iter().all(|circle| self.drive.can_read(circle, *document));
        Some(all.into_iter().filter(theirs).collect())
    }

    /// A document of a folder that somebody asks about, or any.
    fn near(&mut self, circles: &[Circle]) -> Option<u32> {
        let any = self.random.below(self.drive.sizes.documents) as u32;
        let folder = up(&self.drive.document_folder, any)?;
        let beside = self.random.pick(self.drive.documents_in.get(folder)).copied();
        circles.first().and(beside)
    }

    fn shuffle(&mut self, documents: &mut [u32]) {
        for at in (1..documents.len()).rev() {
            documents.swap(at, self.random.below(at + 1));
        }
    }

    /// People with about so many readable documents, and what those are.
    pub fn readers(&mut self, results: usize, many: usize) -> Vec<(Subject, Vec<u32>)> {
        let mut found: Vec<(Subject, Vec<u32>)> = Vec::new();
        for _ in 0..400 {
            let user = Subject::User(self.random.below(self.drive.sizes.users) as u32);
            let readable = self.drive.readable(&self.drive.circle(user));
            found.push((user, readable));
            if found.iter().filter(|(_, read)| close(read.len(), results)).count() >= many {
                break;
            }
        }
        found.sort_by_key(|(_, readable)| readable.len().abs_diff(results));
        found.truncate(many);
        found
    }
}

/// Within a tenth.
const fn close(found: usize, wanted: usize) -> bool {
    found.abs_diff(wanted) * 10 <= wanted
}

#[cfg(test)]
mod tests {
    use super::super::drive::Sizes;
    use super::*;

    fn drive() -> Drive {
        Drive::grow(Sizes::of(50_000), 3)
    }

    #[test]
    fn seven_in_ten_usual_questions_are_allowed_and_all_answers_are_true() {
        let drive = drive();
        let questions = Questions::new(&drive, 1).usual(2_000);
        let yes = questions.iter().filter(|question| question.right).count();
        assert!((1_300..1_500).contains(&yes), "{yes}");
        for question in &questions {
            let circle = drive.circle(question.subject);
            let truth = match question.relation {
                "viewer" => drive.views(&circle, question.document),
                _ => drive.can_read(&circle, question.document),
            };
            assert_eq!(truth, question.right, "{question:?}");
        }
        assert!(Questions::new(&drive, 1).refused(100).iter().all(|question| !question.right));
    }

    #[test]
    fn of_many_documents_the_wanted_share_is_allowed() {
        let drive = drive();
        let asked = Questions::new(&drive, 2).many(50, 0.5, false);
        assert_eq!((asked.documents.len(), asked.right.iter().filter(|right| **right).count()), (50, 25));
    }
}

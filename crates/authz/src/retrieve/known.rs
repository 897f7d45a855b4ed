//! What somebody who follows knows, and what is new to them. Objects are kept by their numbers, and named when they are told: a
//! crowd of readers who each see much would fill the memory with names.

use std::collections::BTreeMap;
use std::sync::Arc;

use chancery_rebac::engine::Graph;

use super::residue::{Residues, Seen};
use super::visible::Line;

/// What is seen at one version.
pub(crate) struct Known {
    /// In whose numbers.
    pub graph: Graph,
    /// In ascending order.
    pub sure: Vec<u32>,
    pub open: BTreeMap<u32, Box<Residues>>,
}

impl Known {
    /// Whether and why an object is seen; no residues: surely.
    fn find(&self, number: u32) -> Option<Option<&Residues>> {
        match self.sure.binary_search(&number) {
            Ok(_) => Some(None),
            Err(_) => self.open.get(&number).map(|residues| Some(&**residues)),
        }
    }

    fn all(&self) -> impl Iterator<Item = u32> {
        self.sure.iter().chain(self.open.keys()).copied()
    }

    /// What was seen before and is not any more, in the numbers of then; and what has come or is seen for another reason.
    fn since(&self, before: &Self, kind: &str) -> (Vec<u32>, Vec<u32>) {
        let (then, now) = (before.graph.objects(kind), self.graph.objects(kind));
        let same = self.graph.numbers_as(&before.graph);
        let in_now = |n: u32| if same { Some(n) } else { now.number(then.id(n)?) };
        let in_then = |n: u32| if same { Some(n) } else { then.number(now.id(n)?) };
        let gone = before.all().filter(|n| in_now(*n).and_then(|n| self.find(n)).is_none()).collect();
        let came = self.all().filter(|n| in_then(*n).and_then(|n| before.find(n)) != self.find(*n)).collect();
        (gone, came)
    }
}

/// What a caller has to hear, line by line.
pub struct News {
    kind: String,
    /// What the caller knew is void.
    restart: bool,
    before: Option<Arc<Known>>,
    now: Arc<Known>,
    gone: std::vec::IntoIter<u32>,
    came: std::vec::IntoIter<u32>,
    last: Option<Line>,
}

impl News {
    pub(crate) fn new(before: Option<Arc<Known>>, now: Arc<Known>, kind: &str, last: Line) -> Self {
        let (gone, came) = match &before {
            Some(before) => now.since(before, kind),
            None => (Vec::new(), now.all().collect()),
        };
        let (gone, came) = (gone.into_iter(), came.into_iter());
        Self { kind: kind.to_owned(), restart: before.is_none(), before, now, gone, came, last: Some(last) }
    }

    /// None but that.
    pub(crate) fn none(now: Arc<Known>, last: Line) -> Self {
        let none = || Vec::new().into_iter();
        Self {
            kind: String::new(),
            restart: false,
            before: None,
            now,
            gone: none(),
            came: none(),
            last: Some(last),
        }
    }

    fn named(&self, graph: &Graph, number: u32) -> Option<String> {
        Some([&self.kind, ":", graph.objects(&self.kind).id(number)?].concat())
    }
}

impl Iterator for News {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        if std::mem::take(&mut self.restart) {
            return Some(Line::Restart);
        }
        while let Some(number) = self.gone.next() {
            let name = self.before.as_ref().and_then(|before| self.named(&before.graph, number));
            if let Some(name) = name {
                return Some(Line::Delete(name));
            }
        }
        while let Some(number) = self.came.next() {
            let Some(name) = self.named(&self.now.graph, number) else { continue };
            let open = self.now.open.get(&number);
            return Some(Line::Insert(name, open.map_or(Seen::Surely, |open| Seen::If(open.clone()))));
        }
        self.last.take()
    }
}

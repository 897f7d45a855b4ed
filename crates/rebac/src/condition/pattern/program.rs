//! A pattern as a machine that is in many states at once, one character after the other.

use super::class::{Class, is_word};
use super::parse::{Assertion, Tree};

#[derive(Debug)]
enum Step {
    /// One character of the class, then the next step.
    Chars(Class),
    Assert(Assertion),
    /// Go on at both.
    Split(usize, usize),
    Jump(usize),
    Match,
}

#[derive(Debug)]
pub(super) struct Program {
    steps: Vec<Step>,
}

/// Larger programs are refused.
const MOST_STEPS: usize = 20_000;

impl Program {
    /// `None` if it would be too large.
    pub(super) fn of(tree: &Tree) -> Option<Self> {
        let mut program = Self { steps: Vec::new() };
        program.add(tree)?;
        program.steps.push(Step::Match);
        Some(program)
    }

    fn push(&mut self, step: Step) -> Option<usize> {
        self.steps.push(step);
        (self.steps.len() <= MOST_STEPS).then_some(self.steps.len() - 1)
    }

    fn set(&mut self, place: usize, step: Step) {
        if let Some(found) = self.steps.get_mut(place) {
            *found = step;
        }
    }

    fn add(&mut self, tree: &Tree) -> Option<()> {
        match tree {
            Tree::Empty => Some(()),
            Tree::Chars(class) => self.push(Step::Chars(class.clone())).map(|_| ()),
            Tree::Assert(assertion) => self.push(Step::Assert(*assertion)).map(|_| ()),
            Tree::All(parts) => parts.iter().try_for_each(|part| self.add(part)),
            Tree::Any(parts) => self.any(parts),
            Tree::Repeat { of, least, most } => self.repeat(of, *least, *most),
        }
    }

    fn any(&mut self, parts: &[Tree]) -> Option<()> {
        let mut ends = Vec::new();
        for (place, part) in parts.iter().enumerate() {
            if place + 1 == parts.len() {
                self.add(part)?;
                break;
            }
            let split = self.push(Step::Match)?;
            self.add(part)?;
            ends.push(self.push(Step::Match)?);
            self.set(split, Step::Split(split + 1, self.steps.len()));
        }
        for end in ends {
            self.set(end, Step::Jump(self.steps.len()));
        }
        Some(())
    }

    fn repeat(&mut self, of: &Tree, least: u32, most: Option<u32>) -> Option<()> {
        for _ in 0..least {
            self.add(of)?;
        }
        let Some(most) = most else {
            let split = self.push(Step::Match)?;
            self.add(of)?;
            self.push(Step::Jump(split))?;
            self.set(split, Step::Split(split + 1, self.steps.len()));
            return Some(());
        };
        let mut splits = Vec::new();
        for _ in least..most {
            splits.push(self.push(Step::Match)?);
            self.add(of)?;
        }
        for split in splits {
            self.set(split, Step::Split(split + 1, self.steps.len()));
        }
        Some(())
    }

    /// Whether the pattern matches anywhere in the text.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let mut current = States::new(self.steps.len());
        let mut next = States::new(self.steps.len());
        let mut before: Option<char> = None;
        let mut rest = text.chars();
        loop {
            let after = rest.clone().next();
            if self.enter(0, before, after, &mut current) {
                return true;
            }
            let Some(c) = rest.next() else { return false };
            let following = rest.clone().next();
            next.clear();
            for place in &current.list {
                if let Some(Step::Chars(class)) = self.steps.get(*place)
                    && class.has(c)
                    && self.enter(place + 1, Some(c), following, &mut next)
                {
                    return true;
                }
            }
            std::mem::swap(&mut current, &mut next);
            before = Some(c);
        }
    }

    /// Adds a state and all that follow from it without a character; true if the pattern has matched.
    fn enter(&self, start: usize, before: Option<char>, after: Option<char>, states: &mut States) -> bool {
        let mut open = vec![start];
        while let Some(place) = open.pop() {
            if !states.add(place) {
                continue;
            }
            match self.steps.get(place) {
                Some(Step::Match) => return true,
                Some(Step::Jump(to)) => open.push(*to),
                Some(Step::Split(one, other)) => open.extend([*other, *one]),
                Some(Step::Assert(assertion)) if holds(*assertion, before, after) => open.push(place + 1),
                Some(Step::Assert(_) | Step::Chars(_)) | None => {}
            }
        }
        false
    }
}

fn holds(assertion: Assertion, before: Option<char>, after: Option<char>) -> bool {
    let boundary = before.is_some_and(is_word) != after.is_some_and(is_word);
    match assertion {
        Assertion::TextStart => before.is_none(),
        Assertion::TextEnd => after.is_none(),
        Assertion::LineStart => before.is_none_or(|c| c == '\n'),
        Assertion::LineEnd => after.is_none_or(|c| c == '\n'),
        Assertion::WordBoundary => boundary,
        Assertion::NoWordBoundary => !boundary,
    }
}

struct States {
    list: Vec<usize>,
    has: Vec<bool>,
}

impl States {
    fn new(size: usize) -> Self {
        Self { list: Vec::new(), has: vec![false; size] }
    }

    fn clear(&mut self) {
        for place in self.list.drain(..) {
            if let Some(has) = self.has.get_mut(place) {
                *has = false;
            }
        }
    }

    fn add(&mut self, place: usize) -> bool {
        match self.has.get_mut(place) {
            Some(has) if !*has => {
                *has = true;
                self.list.push(place);
                true
            }
            _ => false,
        }
    }
}

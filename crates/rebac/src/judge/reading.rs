//! Where OpenFGA's answer depends on which of its strategies runs, its rules can be read in more than one way.

/// How the rules are read. The default is how OpenFGA's checks read them; the others are the answers it may also give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// A path that leads back to itself is a plain "no", so that `but not` grants where it cannot decide.
    pub cycles_are_no: bool,
    /// Tuples that by the model cannot lead to such a user are not looked at, nor are their conditions.
    pub looks_ahead: bool,
    /// A condition that cannot be evaluated is forgotten where another tuple beside it holds.
    pub forgets: bool,
    /// A condition matters only on a tuple whose userset or parent the user has: how OpenFGA's lists of objects read them.
    pub membership_first: bool,
    /// A condition that cannot be evaluated keeps the question unanswered even if another path grants.
    pub strict: bool,
}

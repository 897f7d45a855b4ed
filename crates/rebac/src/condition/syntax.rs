//! An expression as it was written, macros already unfolded.

use super::value::Value;

/// The names the checker and its complaints use for operators.
pub(super) mod operator {
    pub const CONDITIONAL: &str = "_?_:_";
    pub const AND: &str = "_&&_";
    pub const OR: &str = "_||_";
    pub const NOT: &str = "!_";
    pub const NEGATE: &str = "-_";
    pub const EQUALS: &str = "_==_";
    pub const NOT_EQUALS: &str = "_!=_";
    pub const LESS: &str = "_<_";
    pub const LESS_EQUALS: &str = "_<=_";
    pub const GREATER: &str = "_>_";
    pub const GREATER_EQUALS: &str = "_>=_";
    pub const IN: &str = "@in";
    pub const ADD: &str = "_+_";
    pub const SUBTRACT: &str = "_-_";
    pub const MULTIPLY: &str = "_*_";
    pub const DIVIDE: &str = "_/_";
    pub const MODULO: &str = "_%_";
    pub const INDEX: &str = "_[_]";
    pub const NOT_STRICTLY_FALSE: &str = "@not_strictly_false";
}

/// The variable a fold gathers its result in. No source text can name it.
pub(super) const ACCUMULATOR: &str = "@result";

#[derive(Clone, Debug)]
pub(super) struct Expr {
    /// Where it was written: characters before it.
    pub at: usize,
    pub kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Const(Value),
    Ident(String),
    Select {
        operand: Box<Expr>,
        field: String,
        test: bool,
    },
    Call {
        function: String,
        target: Option<Box<Expr>>,
        args: Vec<Expr>,
    },
    List(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
    Fold(Box<Fold>),
    /// A message of the named type.
    Message(String),
}

/// What the macros over lists and maps unfold to: go through `range`, gather in the accumulator while `proceed` holds.
#[derive(Clone, Debug)]
pub(super) struct Fold {
    pub variable: String,
    pub range: Expr,
    pub start: Expr,
    pub proceed: Expr,
    pub step: Expr,
    pub result: Expr,
}

impl Expr {
    pub(super) fn new(at: usize, kind: Kind) -> Self {
        Self { at, kind }
    }

    pub(super) fn call(at: usize, function: &str, args: Vec<Expr>) -> Self {
        Self::new(at, Kind::Call { function: function.to_owned(), target: None, args })
    }

    /// `a.b.c`, if that is all the expression is: a name may have dots in it.
    pub(super) fn dotted(&self) -> Option<String> {
        match &self.kind {
            Kind::Ident(name) => Some(name.clone()),
            Kind::Select { operand, field, test: false } => {
                operand.dotted().map(|start| format!("{start}.{field}"))
            }
            _ => None,
        }
    }
}

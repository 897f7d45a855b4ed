//! `has`, `all`, `exists`, `exists_one`, `map` and `filter`: calls that unfold to other expressions.

use super::lexer::Complaint;
use super::syntax::{ACCUMULATOR, Expr, Fold, Kind, operator};
use super::value::Value;

/// `name(…)`.
pub(super) fn global(at: usize, name: String, mut args: Vec<Expr>) -> Result<Expr, Complaint> {
    if name != "has" || args.len() != 1 {
        return Ok(Expr::new(at, Kind::Call { function: name, target: None, args }));
    }
    match args.pop().map(|one| (one.at, one.kind)) {
        Some((_, Kind::Select { operand, field, test: false })) => {
            Ok(Expr::new(at, Kind::Select { operand, field, test: true }))
        }
        other => {
            let at = other.map_or(at, |(at, _)| at);
            Err(Complaint { at, text: "invalid argument to has() macro".to_owned() })
        }
    }
}

/// `target.name(…)`.
pub(super) fn member(at: usize, target: Expr, name: String, args: Vec<Expr>) -> Result<Expr, Complaint> {
    let (variable, filter, body) = match (name.as_str(), args.as_slice()) {
        ("all" | "exists" | "exists_one" | "filter" | "map", [variable, body]) => (variable, None, body),
        ("map", [variable, filter, body]) => (variable, Some(filter.clone()), body),
        _ => return Ok(Expr::new(at, Kind::Call { function: name, target: Some(Box::new(target)), args })),
    };
    let variable_name = match &variable.kind {
        Kind::Ident(name) if !name.starts_with('.') => name.clone(),
        _ => return Err(Complaint { at: variable.at, text: "argument must be a simple name".to_owned() }),
    };
    let here = Here { at };
    let body = body.clone();
    let [start, proceed, step, result] = match name.as_str() {
        "all" => here.all(body),
        "exists" => here.exists(body),
        "filter" => here.gather(Some(body), variable.clone()),
        "map" => here.gather(filter, body),
        _ => here.exists_one(body),
    };
    let fold = Fold { variable: variable_name, range: target, start, proceed, step, result };
    Ok(Expr::new(at, Kind::Fold(Box::new(fold))))
}

/// Where a macro was called: what it unfolds to is said to be there.
struct Here {
    at: usize,
}

/// Start, condition to proceed, step, result.
type Pieces = [Expr; 4];

impl Here {
    fn accumulator(&self) -> Expr {
        Expr::new(self.at, Kind::Ident(ACCUMULATOR.to_owned()))
    }

    fn constant(&self, value: Value) -> Expr {
        Expr::new(self.at, Kind::Const(value))
    }

    fn call(&self, function: &str, args: Vec<Expr>) -> Expr {
        Expr::call(self.at, function, args)
    }

    fn all(&self, body: Expr) -> Pieces {
        let proceed = self.call(operator::NOT_STRICTLY_FALSE, vec![self.accumulator()]);
        let step = self.call(operator::AND, vec![self.accumulator(), body]);
        [self.constant(Value::Bool(true)), proceed, step, self.accumulator()]
    }

    fn exists(&self, body: Expr) -> Pieces {
        let none_yet = self.call(operator::NOT, vec![self.accumulator()]);
        let proceed = self.call(operator::NOT_STRICTLY_FALSE, vec![none_yet]);
        let step = self.call(operator::OR, vec![self.accumulator(), body]);
        [self.constant(Value::Bool(false)), proceed, step, self.accumulator()]
    }

    fn exists_one(&self, body: Expr) -> Pieces {
        let one_more = self.call(operator::ADD, vec![self.accumulator(), self.constant(Value::Int(1))]);
        let step = self.call(operator::CONDITIONAL, vec![body, one_more, self.accumulator()]);
        let result = self.call(operator::EQUALS, vec![self.accumulator(), self.constant(Value::Int(1))]);
        [self.constant(Value::Int(0)), self.constant(Value::Bool(true)), step, result]
    }

    /// A list of `item`, of each element for which `condition` holds.
    fn gather(&self, condition: Option<Expr>, item: Expr) -> Pieces {
        let grown = vec![self.accumulator(), Expr::new(self.at, Kind::List(vec![item]))];
        let grown = self.call(operator::ADD, grown);
        let step = match condition {
            Some(condition) => self.call(operator::CONDITIONAL, vec![condition, grown, self.accumulator()]),
            None => grown,
        };
        let start = Expr::new(self.at, Kind::List(Vec::new()));
        [start, self.constant(Value::Bool(true)), step, self.accumulator()]
    }
}

//! The type of every part of an expression, and the plan to evaluate it by.

use super::lexer::Complaint;
use super::overloads::{Cost, Overload, Signature, find};
use super::plan::{self, Node, Place};
use super::syntax::{ACCUMULATOR, Expr, Fold, Kind, operator};
use super::types::{Bindings, Type, more_general};
use super::value::Value;

/// Types by the names they have as values.
fn type_named(name: &str) -> Option<(&'static str, Type)> {
    Some(match name {
        "bool" => ("bool", Type::Bool),
        "bytes" => ("bytes", Type::Bytes),
        "double" => ("double", Type::Double),
        "int" => ("int", Type::Int),
        "list" => ("list", Type::list(Type::Dyn)),
        "map" => ("map", Type::map(Type::Dyn, Type::Dyn)),
        "null_type" => ("null_type", Type::Null),
        "string" => ("string", Type::String),
        "type" => ("type", Type::Kind(Box::new(Type::Dyn))),
        "uint" => ("uint", Type::Uint),
        "google.protobuf.Duration" => ("google.protobuf.Duration", Type::Duration),
        "google.protobuf.Timestamp" => ("google.protobuf.Timestamp", Type::Timestamp),
        _ => return None,
    })
}

pub(super) struct Checker<'a> {
    /// Parameters by name; their places are their positions here.
    parameters: &'a [(String, Type)],
    /// Variables of the folds around, innermost last.
    locals: Vec<(String, Type)>,
    bindings: Bindings,
    pub complaints: Vec<Complaint>,
    /// Why the plan cannot be made, although the types fit: the first constant that does not convert.
    pub unplanned: Option<String>,
}

impl<'a> Checker<'a> {
    pub(super) fn new(parameters: &'a [(String, Type)]) -> Self {
        Self {
            parameters,
            locals: Vec::new(),
            bindings: Bindings::default(),
            complaints: Vec::new(),
            unplanned: None,
        }
    }

    /// The plan, and the type of what it gives.
    pub(super) fn check(&mut self, expr: &Expr) -> (Node, Type) {
        let (node, found) = self.expr(expr);
        (node, self.bindings.resolve(&found, true))
    }

    fn complain(&mut self, at: usize, text: String) -> (Node, Type) {
        self.complaints.push(Complaint { at, text });
        (Node::Const(Value::Null), Type::Wrong)
    }

    fn planned(&mut self, made: Result<Node, String>) -> Node {
        made.unwrap_or_else(|why| {
            self.unplanned.get_or_insert(why);
            Node::Const(Value::Null)
        })
    }

    fn expr(&mut self, expr: &Expr) -> (Node, Type) {
        match &expr.kind {
            Kind::Const(value) => (Node::Const(value.clone()), type_of_constant(value)),
            Kind::Ident(name) => match self.find(name) {
                Some(found) => found,
                None => self.undeclared(expr.at, name),
            },
            Kind::Select { operand, field, test } => self.select(expr, operand, field, *test),
            Kind::Call { function, target, args } => self.call(expr.at, function, target.as_deref(), args),
            Kind::List(items) => self.list(items),
            Kind::Map(entries) => self.map(entries),
            Kind::Fold(fold) => self.fold(expr.at, fold),
            Kind::Message(name) => self.undeclared(expr.at, name),
        }
    }

    fn undeclared(&mut self, at: usize, name: &str) -> (Node, Type) {
        let name = name.trim_start_matches('.');
        self.complain(at, format!("undeclared reference to '{name}' (in container '')"))
    }

    fn find(&self, name: &str) -> Option<(Node, Type)> {
        let rooted = name.strip_prefix('.');
        if rooted.is_none()
            && let Some(place) = self.locals.iter().rposition(|(one, _)| one == name)
        {
            let found = self.locals.get(place).map(|(_, found)| found.clone())?;
            return Some((plan::variable(Place::Local(place)), found));
        }
        let name = rooted.unwrap_or(name);
        if let Some(place) = self.parameters.iter().position(|(one, _)| one == name) {
            let found = self.parameters.get(place).map(|(_, found)| found.clone())?;
            return Some((plan::variable(Place::Parameter(place)), found));
        }
        let (known, of) = type_named(name)?;
        Some((Node::Const(Value::Type(known)), Type::Kind(Box::new(of))))
    }

    fn select(&mut self, whole: &Expr, operand: &Expr, field: &str, test: bool) -> (Node, Type) {
        if !test
            && let Some(name) = whole.dotted()
            && let Some(found) = self.find(&name)
        {
            return found;
        }
        let (node, found) = self.expr(operand);
        let gives = match self.bindings.resolve(&found, false) {
            Type::Wrong => Type::Wrong,
            Type::Map(_, values) => *values,
            unknown @ Type::Var(_) => {
                self.bindings.fit(&Type::Dyn, &unknown);
                Type::Dyn
            }
            Type::Dyn | Type::Any => Type::Dyn,
            other => {
                return self.complain(whole.at, format!("type '{other}' does not support field selection"));
            }
        };
        let gives = if test && gives != Type::Wrong { Type::Bool } else { gives };
        (plan::select(node, Value::text(field), test), gives)
    }

    fn call(&mut self, at: usize, function: &str, target: Option<&Expr>, written: &[Expr]) -> (Node, Type) {
        let args: Vec<(Node, Type)> = target.into_iter().chain(written).map(|one| self.expr(one)).collect();
        let overloads = find(function);
        if overloads.is_empty() {
            return self.undeclared(at, function);
        }
        let places: Vec<usize> = written.iter().map(|one| one.at).collect();
        let (nodes, types): (Vec<Node>, Vec<Type>) = args.into_iter().unzip();
        if matches!(function, operator::AND | operator::OR) {
            return self.decide(function, nodes, &types, &places);
        }
        let member = target.is_some();
        let fitting = overloads.iter().filter(|one| one.member == member);
        let Some((gives, cost)) = self.resolve(fitting, &types) else {
            return self.no_overload(at, function, &types, member);
        };
        let node = plan::call(function, nodes, cost);
        (self.planned(node), gives)
    }

    /// What a call with arguments of these types gives, and its cost: only a call that one signature fits is costed by it.
    fn resolve<'o>(
        &mut self,
        overloads: impl Iterator<Item = &'o Overload>,
        types: &[Type],
    ) -> Option<(Type, Cost)> {
        let mut found: Option<(Type, Cost)> = None;
        for overload in overloads {
            let mut signature = Signature::new();
            let wanted: Vec<Type> =
                overload.takes.iter().map(|sort| signature.type_of(*sort, &mut self.bindings)).collect();
            let result = signature.type_of(overload.gives, &mut self.bindings);
            if !self.bindings.fit_all(types, &wanted) {
                continue;
            }
            let result = self.bindings.resolve(&result, false);
            found = Some(match found {
                Some((earlier, _)) if !earlier.is_dyn() && earlier != result => (Type::Dyn, Cost::One),
                Some((earlier, _)) => (earlier, Cost::One),
                None => (result, overload.cost),
            });
        }
        found
    }

    /// `&&` and `||`: each side is complained about by itself.
    fn decide(&mut self, function: &str, nodes: Vec<Node>, types: &[Type], places: &[usize]) -> (Node, Type) {
        for (found, at) in types.iter().zip(places) {
            self.expect(*at, found, &Type::Bool);
        }
        let node = plan::call(function, nodes, Cost::One);
        (self.planned(node), Type::Bool)
    }

    fn no_overload(&mut self, at: usize, function: &str, types: &[Type], member: bool) -> (Node, Type) {
        let names: Vec<String> =
            types.iter().map(|one| self.bindings.resolve(one, true).to_string()).collect();
        let applied = match names.split_first() {
            Some((target, args)) if member => format!("{target}.({})", args.join(", ")),
            _ => format!("({})", names.join(", ")),
        };
        self.complain(at, format!("found no matching overload for '{function}' applied to '{applied}'"))
    }

    fn list(&mut self, items: &[Expr]) -> (Node, Type) {
        let mut of: Option<Type> = None;
        let mut nodes = Vec::new();
        for item in items {
            let (node, found) = self.expr(item);
            nodes.push(node);
            of = Some(self.join(of, found));
        }
        let of = of.unwrap_or_else(|| self.bindings.fresh());
        (plan::list(nodes), Type::list(of))
    }

    fn map(&mut self, entries: &[(Expr, Expr)]) -> (Node, Type) {
        let (mut keys, mut values) = (None, None);
        let mut nodes = Vec::new();
        for (key, value) in entries {
            let (key, found) = self.expr(key);
            keys = Some(self.join(keys, found));
            let (value, found) = self.expr(value);
            values = Some(self.join(values, found));
            nodes.push((key, value));
        }
        let keys = keys.unwrap_or_else(|| self.bindings.fresh());
        let values = values.unwrap_or_else(|| self.bindings.fresh());
        let node = plan::map(nodes);
        (self.planned(node), Type::map(keys, values))
    }

    /// The type of elements some of which are of one type and some of another.
    fn join(&mut self, earlier: Option<Type>, next: Type) -> Type {
        match earlier {
            None => next,
            Some(earlier) if self.bindings.fit(&earlier, &next) => more_general(&earlier, &next),
            Some(_) => Type::Dyn,
        }
    }

    fn fold(&mut self, at: usize, fold: &Fold) -> (Node, Type) {
        let (range, found) = self.expr(&fold.range);
        let (start, gathered) = self.expr(&fold.start);
        let item = match self.bindings.resolve(&found, false) {
            Type::List(item) => *item,
            Type::Map(keys, _) => *keys,
            Type::Wrong => Type::Wrong,
            Type::Dyn => Type::Dyn,
            unknown @ Type::Var(_) => {
                self.bindings.fit(&unknown, &Type::Dyn);
                Type::Dyn
            }
            other => {
                let text = "cannot be range of a comprehension (must be list, map, or dynamic)";
                self.complain(fold.range.at, format!("expression of type '{other}' {text}"));
                Type::Wrong
            }
        };
        self.locals.push((ACCUMULATOR.to_owned(), gathered.clone()));
        self.locals.push((fold.variable.clone(), item));
        let (proceed, found) = self.expr(&fold.proceed);
        self.expect(at, &found, &Type::Bool);
        let (step, found) = self.expr(&fold.step);
        self.expect(at, &found, &gathered);
        self.locals.pop();
        let (result, found) = self.expr(&fold.result);
        self.locals.pop();
        let gives = self.bindings.resolve(&found, false);
        (plan::fold(range, start, proceed, step, result), gives)
    }

    fn expect(&mut self, at: usize, found: &Type, wanted: &Type) {
        if !self.bindings.fit(wanted, found) {
            let (found, wanted) = (self.bindings.resolve(found, true), self.bindings.resolve(wanted, true));
            self.complain(at, format!("expected type '{wanted}' but found '{found}'"));
        }
    }
}

fn type_of_constant(value: &Value) -> Type {
    match value {
        Value::Bool(_) => Type::Bool,
        Value::Int(_) => Type::Int,
        Value::Uint(_) => Type::Uint,
        Value::Double(_) => Type::Double,
        Value::Text(_) => Type::String,
        Value::Bytes(_) => Type::Bytes,
        _ => Type::Null,
    }
}

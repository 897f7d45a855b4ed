//! Evaluates a plan, and counts what it costs as cel-go does: an evaluation that would cost more than its limit ends.

use super::compare::find_key;
use super::functions::{self, Function, apply};
use super::overloads::Cost;
use super::plan::{self, Attribute, Fold, Node, Place, Root, Step};
use super::value::Value;

/// Why a part of an expression has no value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Lack {
    /// It rests on a parameter that was not given.
    Unknown,
    Error(String),
    /// The evaluation has cost too much; nothing makes up for it.
    TooCostly,
}

pub(super) type Outcome = Result<Value, Lack>;

/// What one evaluation may cost.
const COST_LIMIT: u64 = 100;
const LIST_COST: u64 = 10;
const MAP_COST: u64 = 30;

pub(super) struct Evaluation<'a> {
    /// By place; absent where not given.
    parameters: &'a [Option<Value>],
    locals: Vec<Outcome>,
    cost: u64,
}

fn fail<T>(why: &str) -> Result<T, Lack> {
    Err(Lack::Error(why.to_owned()))
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(parameters: &'a [Option<Value>]) -> Self {
        Self { parameters, locals: Vec::new(), cost: 0 }
    }

    pub(super) fn evaluate(&mut self, node: &Node) -> Outcome {
        match node {
            Node::Const(value) => Ok(value.clone()),
            Node::Attribute(attribute) => self.attribute(attribute),
            Node::And(sides) => self.decide(sides, false),
            Node::Or(sides) => self.decide(sides, true),
            Node::Call { function, args, cost } => self.call(*function, args, *cost),
            Node::Among(element, items) => {
                let element = self.evaluate(element)?;
                Ok(Value::Bool(plan::is_among(&element, items)))
            }
            Node::Matches { text, pattern, length, cost } => {
                let text = self.evaluate(text);
                if matches!(text, Err(Lack::Error(_) | Lack::TooCostly)) {
                    return text;
                }
                self.charge(if *cost == Cost::Matches { matching(size_of(&text), *length) } else { 1 })?;
                match text? {
                    Value::Text(text) => Ok(Value::Bool(pattern.is_in(&text))),
                    _ => fail("no such overload"),
                }
            }
            Node::List(items) => self.list(items),
            Node::Map(entries) => self.map(entries),
            Node::Fold(fold) => self.fold(fold),
        }
    }

    fn charge(&mut self, cost: u64) -> Result<(), Lack> {
        self.cost = self.cost.saturating_add(cost);
        if self.cost > COST_LIMIT { Err(Lack::TooCostly) } else { Ok(()) }
    }

    /// `&&` and `||`: either side may decide, whatever becomes of the other.
    fn decide(&mut self, sides: &[Node; 2], deciding: bool) -> Outcome {
        let [left, right] = sides;
        let left = self.evaluate(left);
        if left == Ok(Value::Bool(deciding)) || left == Err(Lack::TooCostly) {
            return left;
        }
        let right = self.evaluate(right);
        if right == Ok(Value::Bool(deciding)) || right == Err(Lack::TooCostly) {
            return right;
        }
        match (left, right) {
            (Ok(Value::Bool(_)), Ok(Value::Bool(_))) => Ok(Value::Bool(!deciding)),
            (Err(Lack::Unknown), _) | (_, Err(Lack::Unknown)) => Err(Lack::Unknown),
            (Err(why), _) | (_, Err(why)) => Err(why),
            _ => fail("no such overload"),
        }
    }

    /// An error on the left ends it; whatever else is the matter, both sides are evaluated and paid for.
    fn call(&mut self, function: Function, args: &[Node], cost: Cost) -> Outcome {
        let mut outcomes = Vec::with_capacity(args.len());
        for (place, arg) in args.iter().enumerate() {
            let outcome = self.evaluate(arg);
            let left_of_more = place + 1 < args.len();
            match outcome {
                Err(Lack::TooCostly) => return outcome,
                Err(Lack::Error(_)) if left_of_more => return outcome,
                _ => outcomes.push(outcome),
            }
        }
        self.charge(call_cost(cost, &outcomes))?;
        if function == Function::NotStrictlyFalse {
            return Ok(Value::Bool(outcomes.first() != Some(&Ok(Value::Bool(false)))));
        }
        let mut values = Vec::with_capacity(outcomes.len());
        let mut unknown = false;
        for outcome in outcomes {
            match outcome {
                Err(Lack::Unknown) => unknown = true,
                other => values.push(other?),
            }
        }
        if unknown { Err(Lack::Unknown) } else { apply(function, &values).map_err(Lack::Error) }
    }

    /// The values of nodes. An error among them ends it; what is unknown is so only once all are evaluated.
    fn all<'n>(&mut self, nodes: impl Iterator<Item = &'n Node>, cost: u64) -> Result<Vec<Value>, Lack> {
        let mut values = Vec::new();
        let mut lack = None;
        for node in nodes {
            match self.evaluate(node) {
                Ok(value) => values.push(value),
                Err(Lack::Unknown) => lack = Some(Lack::Unknown),
                Err(Lack::TooCostly) => return Err(Lack::TooCostly),
                Err(why) => {
                    lack = Some(why);
                    break;
                }
            }
        }
        self.charge(cost)?;
        lack.map_or(Ok(values), Err)
    }

    fn list(&mut self, items: &[Node]) -> Outcome {
        self.all(items.iter(), LIST_COST).map(|values| Value::List(values.into()))
    }

    fn map(&mut self, entries: &[(Node, Node)]) -> Outcome {
        let mut values =
            self.all(entries.iter().flat_map(|(key, value)| [key, value]), MAP_COST)?.into_iter();
        let pairs = std::iter::from_fn(|| Some((values.next()?, values.next()?)));
        plan::build_map(pairs).map_err(Lack::Error)
    }

    fn attribute(&mut self, attribute: &Attribute) -> Outcome {
        let outcome = self.path(attribute);
        if outcome != Err(Lack::TooCostly) && !matches!(attribute.root, Root::Choice(_)) {
            self.charge(1)?;
        }
        outcome
    }

    /// The value an attribute leads to, without what an attribute costs by itself.
    fn path(&mut self, attribute: &Attribute) -> Outcome {
        let mut value = match self.root(&attribute.root) {
            Err(Lack::Unknown) => return self.unknown_path(attribute),
            other => other?,
        };
        let last = attribute.path.len().wrapping_sub(1);
        for (place, step) in attribute.path.iter().enumerate() {
            if attribute.test && place == last {
                return self.test(&value, step);
            }
            value = self.step(&value, step)?;
        }
        Ok(value)
    }

    /// What the steps into an unknown parameter rest on is looked at all the same: an error there is one here.
    fn unknown_path(&mut self, attribute: &Attribute) -> Outcome {
        if !matches!(attribute.root, Root::Variable(Place::Parameter(_))) {
            return Err(Lack::Unknown);
        }
        // It is not paid for, but none of it may cost more than a whole evaluation.
        let paid = std::mem::take(&mut self.cost);
        let mut error = None;
        for step in &attribute.path {
            if let Err(why @ (Lack::Error(_) | Lack::TooCostly)) = self.key(step) {
                error = Some(why);
                break;
            }
        }
        self.cost = paid;
        error.map_or(Err(Lack::Unknown), Err)
    }

    fn root(&mut self, root: &Root) -> Outcome {
        match root {
            Root::Variable(Place::Parameter(place)) => {
                self.parameters.get(*place).cloned().flatten().ok_or(Lack::Unknown)
            }
            Root::Variable(Place::Local(place)) => {
                self.locals.get(*place).cloned().unwrap_or(Err(Lack::Unknown))
            }
            Root::Of(node) => self.evaluate(node),
            Root::Choice(choice) => match self.evaluate(&choice.condition)? {
                Value::Bool(true) => self.path(&choice.yes),
                Value::Bool(false) => self.path(&choice.no),
                _ => fail("no such overload"),
            },
        }
    }

    fn step(&mut self, of: &Value, step: &Step) -> Outcome {
        let key = self.key(step);
        if key == Err(Lack::TooCostly) {
            return key;
        }
        self.charge(1)?;
        functions::index(of, &key?).map_err(Lack::Error)
    }

    fn key(&mut self, step: &Step) -> Outcome {
        match step {
            Step::Constant(value) => Ok(value.clone()),
            Step::Attribute(attribute) => self.path(attribute),
            Step::Computed(node) => self.evaluate(node),
        }
    }

    fn test(&mut self, of: &Value, step: &Step) -> Outcome {
        self.charge(1)?;
        let Step::Constant(field) = step else { return fail("no such overload") };
        match of {
            Value::Map(entries) => {
                Ok(Value::Bool(field.key().is_some_and(|key| find_key(entries, &key).is_some())))
            }
            Value::List(_) => fail("unsupported index type 'string' in list"),
            _ => Ok(Value::Bool(false)),
        }
    }

    fn fold(&mut self, fold: &Fold) -> Outcome {
        let items: Vec<Value> = match self.evaluate(&fold.range)? {
            Value::List(items) => items.to_vec(),
            Value::Map(entries) => entries.keys().map(super::value::Key::value).collect(),
            other => return Err(Lack::Error(format!("got '{}', expected iterable type", other.type_name()))),
        };
        let start = self.evaluate(&fold.start);
        let accumulator = self.locals.len();
        self.locals.push(start);
        for item in items {
            self.locals.push(Ok(item));
            let proceed = self.evaluate(&fold.proceed);
            let go_on = proceed != Ok(Value::Bool(false)) && proceed != Err(Lack::TooCostly);
            let step = if go_on { self.evaluate(&fold.step) } else { proceed };
            self.locals.truncate(accumulator + 1);
            if step == Err(Lack::TooCostly) {
                return step;
            }
            if !go_on {
                break;
            }
            if let Some(gathered) = self.locals.get_mut(accumulator) {
                *gathered = step;
            }
        }
        let result = self.evaluate(&fold.result);
        self.locals.truncate(accumulator);
        result
    }
}

fn size_of(outcome: &Outcome) -> usize {
    outcome.as_ref().map_or(1, Value::size)
}

fn tenth(size: usize) -> u64 {
    (size as f64 * 0.1).ceil() as u64
}

fn matching(text: usize, pattern: usize) -> u64 {
    let pattern = (pattern as f64 * 0.25).ceil() as u64;
    tenth(text.saturating_add(1)).saturating_mul(pattern)
}

fn call_cost(cost: Cost, args: &[Outcome]) -> u64 {
    let size = |place: usize| args.get(place).map_or(1, size_of);
    match cost {
        Cost::One => 1,
        Cost::First => tenth(size(0)),
        Cost::Part => tenth(size(1)),
        Cost::Second => size(1) as u64,
        Cost::Smaller => tenth(size(0).min(size(1))),
        Cost::Both => tenth(size(0).saturating_add(size(1))),
        Cost::Matches => matching(size(0), size(1)),
        Cost::Contains => tenth(size(0)).saturating_mul(tenth(size(1))),
    }
}

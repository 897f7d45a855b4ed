//! An expression ready to be evaluated: names are places, constants are folded, and membership in constant lists and constant
//! patterns are prepared. What is folded costs nothing, as in cel-go's optimizer.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::compare::equal;
use super::functions::{Function, apply};
use super::overloads::Cost;
use super::pattern::Pattern;
use super::syntax::operator;
use super::value::Value;

#[derive(Debug)]
pub(super) enum Node {
    Const(Value),
    Attribute(Box<Attribute>),
    And(Box<[Node; 2]>),
    Or(Box<[Node; 2]>),
    Call {
        function: Function,
        args: Vec<Node>,
        cost: Cost,
    },
    /// Whether an element is in a constant list.
    Among(Box<Node>, Arc<[Value]>),
    /// Text against a constant pattern; the pattern's length is for the cost.
    Matches {
        text: Box<Node>,
        pattern: Box<Pattern>,
        length: usize,
        cost: Cost,
    },
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    Fold(Box<Fold>),
}

/// A value, then fields and indexes into it. Qualifying costs less than a call, and a choice between attributes is one too.
#[derive(Debug)]
pub(super) struct Attribute {
    pub root: Root,
    pub path: Vec<Step>,
    /// Whether it is only asked if the last step leads anywhere.
    pub test: bool,
}

#[derive(Debug)]
pub(super) enum Root {
    Variable(Place),
    Choice(Box<Choice>),
    Of(Node),
}

/// One of two attributes.
#[derive(Debug)]
pub(super) struct Choice {
    pub condition: Node,
    pub yes: Attribute,
    pub no: Attribute,
}

#[derive(Debug)]
pub(super) enum Step {
    Constant(Value),
    Attribute(Attribute),
    Computed(Node),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Parameter(usize),
    Local(usize),
}

#[derive(Debug)]
pub(super) struct Fold {
    pub range: Node,
    pub start: Node,
    pub proceed: Node,
    pub step: Node,
    pub result: Node,
}

pub(super) fn variable(place: Place) -> Node {
    attribute(Root::Variable(place))
}

fn attribute(root: Root) -> Node {
    Node::Attribute(Box::new(Attribute { root, path: Vec::new(), test: false }))
}

/// The node as what a path may start at.
fn as_attribute(node: Node) -> Attribute {
    match node {
        Node::Attribute(found) => *found,
        other => Attribute { root: Root::Of(other), path: Vec::new(), test: false },
    }
}

fn qualify(node: Node, step: Step, test: bool) -> Node {
    let mut found = match as_attribute(node) {
        // What a test says is a value of its own, not the one that it looked for.
        tested if tested.test => {
            Attribute { root: Root::Of(Node::Attribute(Box::new(tested))), path: Vec::new(), test: false }
        }
        other => other,
    };
    found.path.push(step);
    found.test = test;
    Node::Attribute(Box::new(found))
}

pub(super) fn select(node: Node, field: Value, test: bool) -> Node {
    qualify(node, Step::Constant(field), test)
}

fn pair(nodes: Vec<Node>) -> Result<Box<[Node; 2]>, String> {
    <[Node; 2]>::try_from(nodes).map(Box::new).map_err(|_| "no such overload".to_owned())
}

pub(super) fn call(name: &str, mut args: Vec<Node>, cost: Cost) -> Result<Node, String> {
    match name {
        operator::AND => Ok(Node::And(pair(args)?)),
        operator::OR => Ok(Node::Or(pair(args)?)),
        operator::INDEX => {
            let [of, index] = *pair(args)?;
            let step = match index {
                Node::Const(value) => Step::Constant(value),
                Node::Attribute(found) => Step::Attribute(*found),
                other => Step::Computed(other),
            };
            Ok(qualify(of, step, false))
        }
        operator::CONDITIONAL => {
            let (no, yes) = (args.pop(), args.pop());
            let (Some(no), Some(yes), Some(condition)) = (no, yes, args.pop()) else {
                return Err("no such overload".to_owned());
            };
            let choice = Choice { condition, yes: as_attribute(yes), no: as_attribute(no) };
            Ok(attribute(Root::Choice(Box::new(choice))))
        }
        _ => plain_call(name, args, cost),
    }
}

fn plain_call(name: &str, args: Vec<Node>, cost: Cost) -> Result<Node, String> {
    let function = Function::find(name).ok_or_else(|| format!("no such overload: {name}"))?;
    match (function, args.as_slice()) {
        (Function::In, [_, Node::Const(Value::List(items))]) if cost == Cost::Second => {
            let items = items.clone();
            let [element, list] = *pair(args)?;
            if items.is_empty() {
                return Ok(Node::Const(Value::Bool(false)));
            }
            if items.iter().all(is_primitive) {
                return Ok(Node::Among(Box::new(element), items));
            }
            Ok(Node::Call { function, args: vec![element, list], cost })
        }
        (Function::Matches, [_, Node::Const(Value::Text(source))]) => {
            let (length, pattern) = (source.chars().count(), Pattern::compile(source)?);
            let [text, _] = *pair(args)?;
            Ok(Node::Matches { text: Box::new(text), pattern: Box::new(pattern), length, cost })
        }
        (convert, [Node::Const(value)]) if convert.is_conversion() => {
            apply(convert, std::slice::from_ref(value)).map(Node::Const)
        }
        _ => Ok(Node::Call { function, args, cost }),
    }
}

fn is_primitive(value: &Value) -> bool {
    matches!(
        value,
        Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Double(_) | Value::Text(_) | Value::Bytes(_)
    )
}

/// Whether `element` is among `items` as the evaluator means it.
pub(super) fn is_among(element: &Value, items: &[Value]) -> bool {
    items.iter().any(|item| equal(item, element) == Ok(true))
}

pub(super) fn list(items: Vec<Node>) -> Node {
    let constants: Option<Vec<Value>> = items.iter().map(constant).collect();
    constants.map_or_else(|| Node::List(items), |found| Node::Const(Value::List(found.into())))
}

pub(super) fn map(entries: Vec<(Node, Node)>) -> Result<Node, String> {
    let constants: Option<Vec<(Value, Value)>> =
        entries.iter().map(|(key, value)| Some((constant(key)?, constant(value)?))).collect();
    match constants {
        Some(found) => build_map(found).map(Node::Const),
        None => Ok(Node::Map(entries)),
    }
}

pub(super) fn build_map(entries: impl IntoIterator<Item = (Value, Value)>) -> Result<Value, String> {
    let mut built = BTreeMap::new();
    for (key, value) in entries {
        let key = key.key().ok_or_else(|| format!("unsupported key type: {}", key.type_name()))?;
        built.insert(key, value);
    }
    Ok(Value::Map(Arc::new(built)))
}

fn constant(node: &Node) -> Option<Value> {
    match node {
        Node::Const(value) => Some(value.clone()),
        _ => None,
    }
}

pub(super) fn fold(range: Node, start: Node, proceed: Node, step: Node, result: Node) -> Node {
    Node::Fold(Box::new(Fold { range, start, proceed, step, result }))
}

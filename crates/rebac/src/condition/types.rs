//! The types of expressions, and when one fits where another is wanted.

use std::collections::HashMap;
use std::fmt;

use crate::model::ParameterType;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Type {
    /// Known only when the expression is evaluated.
    Dyn,
    /// A parameter of any type: as [`Type::Dyn`], but nothing goes through it item by item.
    Any,
    /// Stands for an expression that has been complained about already.
    Wrong,
    Null,
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Duration,
    Timestamp,
    IpAddress,
    List(Box<Type>),
    Map(Box<Type>, Box<Type>),
    /// Of types themselves, where they are used as values.
    Kind(Box<Type>),
    /// To be found out; see [`Bindings`].
    Var(u32),
}

impl Type {
    pub(super) fn list(of: Self) -> Self {
        Self::List(Box::new(of))
    }

    pub(super) fn map(keys: Self, values: Self) -> Self {
        Self::Map(Box::new(keys), Box::new(values))
    }

    pub(super) fn is_dyn(&self) -> bool {
        matches!(self, Self::Dyn | Self::Any | Self::Wrong)
    }

    fn may_be_null(&self) -> bool {
        matches!(self, Self::IpAddress | Self::Duration | Self::Timestamp | Self::Null)
    }
}

impl Type {
    /// With the full names of the types that protocol buffers define.
    pub(super) fn full_name(&self) -> String {
        let name = self.to_string();
        name.replace("duration", "google.protobuf.Duration").replace("timestamp", "google.protobuf.Timestamp")
    }
}

impl From<&ParameterType> for Type {
    fn from(parameter: &ParameterType) -> Self {
        match parameter {
            ParameterType::Any => Self::Any,
            ParameterType::Bool => Self::Bool,
            ParameterType::String => Self::String,
            ParameterType::Int => Self::Int,
            ParameterType::Uint => Self::Uint,
            ParameterType::Double => Self::Double,
            ParameterType::Duration => Self::Duration,
            ParameterType::Timestamp => Self::Timestamp,
            ParameterType::IpAddress => Self::IpAddress,
            ParameterType::List(of) => Self::list(Self::from(&**of)),
            ParameterType::Map(of) => Self::map(Self::String, Self::from(&**of)),
        }
    }
}

impl fmt::Display for Type {
    /// As the checker's complaints spell types.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dyn => f.write_str("dyn"),
            Self::Any => f.write_str("any"),
            Self::Wrong => f.write_str("!error!"),
            Self::Null => f.write_str("null"),
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Uint => f.write_str("uint"),
            Self::Double => f.write_str("double"),
            Self::String => f.write_str("string"),
            Self::Bytes => f.write_str("bytes"),
            Self::Duration => f.write_str("duration"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::IpAddress => f.write_str("IPAddress"),
            Self::List(of) => write!(f, "list({of})"),
            Self::Map(keys, values) => write!(f, "map({keys}, {values})"),
            Self::Kind(of) => write!(f, "type({of})"),
            Self::Var(number) => write!(f, "_var{number}"),
        }
    }
}

/// What the unknown types of an expression have turned out to be.
#[derive(Clone, Default)]
pub(super) struct Bindings {
    bound: HashMap<u32, Type>,
    fresh: u32,
}

impl Bindings {
    pub(super) fn fresh(&mut self) -> Type {
        self.fresh += 1;
        Type::Var(self.fresh - 1)
    }

    /// The type with everything known put in; what stays unknown becomes dynamic if `settle`.
    pub(super) fn resolve(&self, of: &Type, settle: bool) -> Type {
        match of {
            Type::Var(number) => match self.bound.get(number) {
                Some(found) => self.resolve(found, settle),
                None if settle => Type::Dyn,
                None => of.clone(),
            },
            Type::List(item) => Type::list(self.resolve(item, settle)),
            Type::Map(keys, values) => Type::map(self.resolve(keys, settle), self.resolve(values, settle)),
            Type::Kind(of) => Type::Kind(Box::new(self.resolve(of, settle))),
            other => other.clone(),
        }
    }

    /// Whether values of each of `given` may stand where `wanted` is; keeps what was learned only if all do.
    pub(super) fn fit_all(&mut self, given: &[Type], wanted: &[Type]) -> bool {
        if given.len() != wanted.len() {
            return false;
        }
        let mut trial = self.clone();
        let fits = given.iter().zip(wanted).all(|(given, wanted)| trial.assign(given, wanted));
        if fits {
            *self = trial;
        }
        fits
    }

    pub(super) fn fit(&mut self, given: &Type, wanted: &Type) -> bool {
        self.fit_all(std::slice::from_ref(given), std::slice::from_ref(wanted))
    }

    fn assign(&mut self, one: &Type, other: &Type) -> bool {
        if let Type::Var(number) = other {
            match self.substitute(one, *number) {
                (true, _) => return true,
                (false, true) => return false,
                (false, false) => {}
            }
        }
        if let Type::Var(number) = one {
            return self.substitute(other, *number).0;
        }
        if one.is_dyn() || other.is_dyn() {
            return true;
        }
        match (one, other) {
            (Type::Null, other) | (other, Type::Null) => other.may_be_null(),
            (Type::List(a), Type::List(b)) => self.assign(a, b),
            (Type::Map(a, b), Type::Map(c, d)) => self.assign(a, c) && self.assign(b, d),
            (Type::Kind(_), Type::Kind(_)) => true,
            (one, other) => one == other,
        }
    }

    /// Takes `given` for the unknown type `number`: whether it may be, and whether something was known before.
    fn substitute(&mut self, given: &Type, number: u32) -> (bool, bool) {
        if *given == Type::Var(number) {
            return (true, true);
        }
        if let Some(known) = self.bound.get(&number).cloned() {
            if *given == known {
                return (true, true);
            }
            if !self.assign(given, &known) {
                return (false, true);
            }
            let general = more_general(given, &known);
            if !self.mentions(&general, number) {
                self.bound.insert(number, general);
            }
            return (true, true);
        }
        if self.mentions(given, number) {
            return (false, false);
        }
        self.bound.insert(number, given.clone());
        (true, false)
    }

    fn mentions(&self, of: &Type, number: u32) -> bool {
        match of {
            Type::Var(one) if *one == number => true,
            Type::Var(one) => self.bound.get(one).is_some_and(|found| self.mentions(found, number)),
            Type::List(item) => self.mentions(item, number),
            Type::Map(keys, values) => self.mentions(keys, number) || self.mentions(values, number),
            Type::Kind(of) => self.mentions(of, number),
            _ => false,
        }
    }
}

pub(super) fn more_general(one: &Type, other: &Type) -> Type {
    if is_as_general(one, other) { one.clone() } else { other.clone() }
}

fn is_as_general(one: &Type, other: &Type) -> bool {
    match (one, other) {
        (Type::Dyn | Type::Any | Type::Wrong | Type::Var(_), _) => true,
        (_, Type::Dyn | Type::Any | Type::Wrong | Type::Var(_)) => false,
        (Type::List(a), Type::List(b)) => is_as_general(a, b),
        (Type::Map(a, b), Type::Map(c, d)) => is_as_general(a, c) && is_as_general(b, d),
        (Type::Kind(_), Type::Kind(_)) => true,
        (one, other) => one == other,
    }
}

//! Every function with the types it takes and gives, and what a call of it costs.

use super::syntax::operator as op;
use super::types::{Bindings, Type};

/// A type in a signature; `A` and `B` stand for any, the same throughout one signature.
#[derive(Clone, Copy)]
pub(super) enum Sort {
    A,
    B,
    ListA,
    MapAB,
    Dyn,
    Bool,
    Int,
    Uint,
    Double,
    Text,
    Bytes,
    Duration,
    Time,
    Ip,
    /// The type of `A`.
    Type,
}

/// How the cost of a call follows from the sizes of its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cost {
    One,
    /// A tenth of the first argument's size.
    First,
    /// A tenth of the second argument's size.
    Part,
    /// The second argument's size.
    Second,
    /// A tenth of the smaller size.
    Smaller,
    /// A tenth of both sizes together.
    Both,
    /// Text times a pattern.
    Matches,
    /// Text times what is looked for.
    Contains,
}

pub(super) struct Overload {
    pub member: bool,
    pub takes: &'static [Sort],
    pub gives: Sort,
    pub cost: Cost,
}

use Cost::{Both, Contains, First, Matches, One, Part, Second, Smaller};
use Sort::{
    A, B, Bool, Bytes, Double, Duration, Dyn, Int, Ip, ListA, MapAB, Text, Time, Type as TypeSort, Uint,
};

const fn plain(takes: &'static [Sort], gives: Sort, cost: Cost) -> Overload {
    Overload { member: false, takes, gives, cost }
}

const fn member(takes: &'static [Sort], gives: Sort, cost: Cost) -> Overload {
    Overload { member: true, takes, gives, cost }
}

/// Numbers of different types are compared only where the types are dynamic.
const ORDER: &[Overload] = &[
    plain(&[Bool, Bool], Bool, One),
    plain(&[Int, Int], Bool, One),
    plain(&[Uint, Uint], Bool, One),
    plain(&[Double, Double], Bool, One),
    plain(&[Text, Text], Bool, Smaller),
    plain(&[Bytes, Bytes], Bool, Smaller),
    plain(&[Time, Time], Bool, One),
    plain(&[Duration, Duration], Bool, One),
];

const ADD: &[Overload] = &[
    plain(&[Bytes, Bytes], Bytes, Both),
    plain(&[Double, Double], Double, One),
    plain(&[Duration, Duration], Duration, One),
    plain(&[Duration, Time], Time, One),
    plain(&[Time, Duration], Time, One),
    plain(&[Int, Int], Int, One),
    plain(&[ListA, ListA], ListA, One),
    plain(&[Text, Text], Text, Both),
    plain(&[Uint, Uint], Uint, One),
];

const SUBTRACT: &[Overload] = &[
    plain(&[Double, Double], Double, One),
    plain(&[Duration, Duration], Duration, One),
    plain(&[Int, Int], Int, One),
    plain(&[Time, Duration], Time, One),
    plain(&[Time, Time], Duration, One),
    plain(&[Uint, Uint], Uint, One),
];

const PRODUCT: &[Overload] =
    &[plain(&[Double, Double], Double, One), plain(&[Int, Int], Int, One), plain(&[Uint, Uint], Uint, One)];

const MODULO: &[Overload] = &[plain(&[Int, Int], Int, One), plain(&[Uint, Uint], Uint, One)];

const SIZE: &[Overload] = &[
    plain(&[Bytes], Int, One),
    member(&[Bytes], Int, One),
    plain(&[ListA], Int, One),
    member(&[ListA], Int, One),
    plain(&[MapAB], Int, One),
    member(&[MapAB], Int, One),
    plain(&[Text], Int, One),
    member(&[Text], Int, One),
];

const TO_INT: &[Overload] = &[
    plain(&[Int], Int, One),
    plain(&[Double], Int, One),
    plain(&[Duration], Int, One),
    plain(&[Text], Int, One),
    plain(&[Time], Int, One),
    plain(&[Uint], Int, One),
];

const TO_TEXT: &[Overload] = &[
    plain(&[Text], Text, One),
    plain(&[Bool], Text, One),
    plain(&[Bytes], Text, First),
    plain(&[Double], Text, One),
    plain(&[Duration], Text, One),
    plain(&[Int], Text, One),
    plain(&[Time], Text, One),
    plain(&[Uint], Text, One),
];

const CALENDAR: &[Overload] = &[member(&[Time], Int, One), member(&[Time, Text], Int, One)];

const CLOCK: &[Overload] =
    &[member(&[Time], Int, One), member(&[Time, Text], Int, One), member(&[Duration], Int, One)];

/// By function; operators under the names of [`op`].
pub(super) fn find(function: &str) -> &'static [Overload] {
    match function {
        op::CONDITIONAL => const { &[plain(&[Bool, A, A], A, One)] },
        op::AND | op::OR => const { &[plain(&[Bool, Bool], Bool, One)] },
        op::NOT | op::NOT_STRICTLY_FALSE => const { &[plain(&[Bool], Bool, One)] },
        op::NEGATE => const { &[plain(&[Double], Double, One), plain(&[Int], Int, One)] },
        op::EQUALS | op::NOT_EQUALS => const { &[plain(&[A, A], Bool, Smaller)] },
        op::LESS | op::LESS_EQUALS | op::GREATER | op::GREATER_EQUALS => ORDER,
        op::ADD => ADD,
        op::SUBTRACT => SUBTRACT,
        op::MULTIPLY | op::DIVIDE => PRODUCT,
        op::MODULO => MODULO,
        op::INDEX => const { &[plain(&[ListA, Int], A, One), plain(&[MapAB, A], B, One)] },
        op::IN => const { &[plain(&[A, ListA], Bool, Second), plain(&[A, MapAB], Bool, One)] },
        "size" => SIZE,
        "type" => const { &[plain(&[A], TypeSort, One)] },
        "dyn" => const { &[plain(&[A], Dyn, One)] },
        "bool" => const { &[plain(&[Bool], Bool, One), plain(&[Text], Bool, One)] },
        "bytes" => const { &[plain(&[Bytes], Bytes, One), plain(&[Text], Bytes, First)] },
        "double" => {
            const {
                &[
                    plain(&[Double], Double, One),
                    plain(&[Int], Double, One),
                    plain(&[Text], Double, One),
                    plain(&[Uint], Double, One),
                ]
            }
        }
        "duration" => const { &[plain(&[Duration], Duration, One), plain(&[Text], Duration, One)] },
        "int" => TO_INT,
        "string" => TO_TEXT,
        "timestamp" => {
            const { &[plain(&[Time], Time, One), plain(&[Int], Time, One), plain(&[Text], Time, One)] }
        }
        "uint" => {
            const {
                &[
                    plain(&[Uint], Uint, One),
                    plain(&[Double], Uint, One),
                    plain(&[Int], Uint, One),
                    plain(&[Text], Uint, One),
                ]
            }
        }
        "contains" => const { &[member(&[Text, Text], Bool, Contains)] },
        "startsWith" | "endsWith" => const { &[member(&[Text, Text], Bool, Part)] },
        "matches" => const { &[plain(&[Text, Text], Bool, Matches), member(&[Text, Text], Bool, Matches)] },
        "ipaddress" => const { &[plain(&[Text], Ip, One)] },
        "in_cidr" => const { &[member(&[Ip, Text], Bool, One)] },
        "getFullYear" | "getMonth" | "getDayOfYear" | "getDayOfMonth" | "getDate" | "getDayOfWeek" => {
            CALENDAR
        }
        "getHours" | "getMinutes" | "getSeconds" | "getMilliseconds" => CLOCK,
        _ => &[],
    }
}

/// The types of one signature, with fresh unknowns for `A` and `B`.
pub(super) struct Signature {
    a: Option<Type>,
    b: Option<Type>,
}

impl Signature {
    pub(super) fn new() -> Self {
        Self { a: None, b: None }
    }

    pub(super) fn type_of(&mut self, sort: Sort, bindings: &mut Bindings) -> Type {
        match sort {
            A => self.a.get_or_insert_with(|| bindings.fresh()).clone(),
            B => self.b.get_or_insert_with(|| bindings.fresh()).clone(),
            ListA => Type::list(self.type_of(A, bindings)),
            MapAB => Type::map(self.type_of(A, bindings), self.type_of(B, bindings)),
            Dyn => Type::Dyn,
            Bool => Type::Bool,
            Int => Type::Int,
            Uint => Type::Uint,
            Double => Type::Double,
            Text => Type::String,
            Bytes => Type::Bytes,
            Duration => Type::Duration,
            Time => Type::Timestamp,
            Ip => Type::IpAddress,
            TypeSort => Type::Kind(Box::new(self.type_of(A, bindings))),
        }
    }
}

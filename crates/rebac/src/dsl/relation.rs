//! What stands after `define name:`.

use super::error::DslError;
use super::parser::Parser;
use super::token::Kind;
use crate::model::{ReferenceKind, Relation, TypeReference, Userset};

const MIXED: &str =
    "`or`, `and` and `but not` do not mix, and `but not` comes once: put one part in parentheses";
/// Protects the stack.
const DEEPEST: usize = 50;

pub fn read(parser: &mut Parser<'_>) -> Result<Relation, DslError> {
    let mut reading = Reading { parser, assignable: None };
    let rewrite = reading.expression(0, true)?;
    let assignable = reading.assignable.unwrap_or_default();
    Ok(Relation { rewrite, assignable, source: None })
}

struct Reading<'p, 'a> {
    parser: &'p mut Parser<'a>,
    /// The list in brackets, which comes once at most.
    assignable: Option<Vec<TypeReference>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Or,
    And,
    ButNot,
}

impl Reading<'_, '_> {
    fn expression(&mut self, depth: usize, may_list: bool) -> Result<Userset, DslError> {
        let first = self.operand(depth, may_list)?;
        let Some(operator) = self.operator()? else { return Ok(first) };
        let mut operands = vec![first, self.operand(depth, false)?];
        loop {
            let place = self.parser.tokens().peek();
            match self.operator()? {
                None => break,
                Some(next) if next == operator && next != Operator::ButNot => {
                    operands.push(self.operand(depth, false)?);
                }
                Some(_) => return Err(place.wrong(MIXED)),
            }
        }
        Ok(match operator {
            Operator::Or => Userset::Union(operands),
            Operator::And => Userset::Intersection(operands),
            Operator::ButNot => difference(operands),
        })
    }

    /// The operator that comes next on this line, if one does.
    fn operator(&mut self) -> Result<Option<Operator>, DslError> {
        let next = self.parser.tokens().peek();
        let operator = match next.text {
            _ if next.first => return Ok(None),
            "or" => Operator::Or,
            "and" => Operator::And,
            "but" => Operator::ButNot,
            _ => return Ok(None),
        };
        self.parser.tokens().next();
        if operator == Operator::ButNot {
            let not = self.parser.tokens().next();
            if not.text != "not" || not.first {
                return Err(not.wrong("after `but` comes `not`"));
            }
        }
        let operand = self.parser.tokens().peek();
        if !next.spaced || !operand.spaced {
            return Err(next.wrong(&format!("put spaces around `{}`", next.text)));
        }
        Ok(Some(operator))
    }

    fn operand(&mut self, depth: usize, may_list: bool) -> Result<Userset, DslError> {
        let next = self.parser.tokens().peek();
        if depth > DEEPEST {
            return Err(next.wrong("parentheses may be nested 50 deep: split the relation in several"));
        }
        if next.first || next.kind == Kind::End {
            return Err(next.wrong("the relation is not complete: finish it on the line of its `define`"));
        }
        match next.text {
            "(" => {
                self.parser.tokens().next();
                let inner = self.expression(depth + 1, may_list)?;
                self.parser.sign(")", "close the parenthesis on the same line")?;
                Ok(inner)
            }
            "[" if may_list && self.assignable.is_none() => {
                self.assignable = Some(self.list()?);
                Ok(Userset::This)
            }
            "[" => Err(next.wrong("the list of types comes once, and first: move it to the beginning")),
            _ => self.named(),
        }
    }

    fn named(&mut self) -> Result<Userset, DslError> {
        let name = self.parser.name("a relation, `[types]` or `(`")?;
        let next = self.parser.tokens().peek();
        if next.text != "from" || next.first {
            return Ok(Userset::Computed(name));
        }
        self.parser.tokens().next();
        let tupleset = self.parser.name("a relation after `from`")?;
        Ok(Userset::TupleToUserset { tupleset, computed: name })
    }

    /// `[user, user:* with c, group#member]`, which may run over several lines.
    fn list(&mut self) -> Result<Vec<TypeReference>, DslError> {
        self.parser.tokens().next();
        let mut list = Vec::new();
        loop {
            list.push(self.reference()?);
            let next = self.parser.tokens().next();
            match next.text {
                "," => {}
                "]" => return Ok(list),
                _ => {
                    let mend = "separate types with `,` and close the list with `]`";
                    return Err(next.wrong(&next.instead_of("`,` or `]`", mend)));
                }
            }
        }
    }

    fn reference(&mut self) -> Result<TypeReference, DslError> {
        let next = self.parser.tokens().peek();
        if next.text == "]" {
            return Err(next.wrong("a list of types names at least one, as in `[user]`"));
        }
        let type_name = self.parser.name_anywhere("a type")?;
        let next = self.parser.tokens().peek();
        let kind = match next.text {
            ":" if !next.spaced => {
                self.parser.tokens().next();
                self.parser.sign("*", "everybody of a type is `type:*`")?;
                ReferenceKind::Wildcard
            }
            "#" if !next.spaced => {
                self.parser.tokens().next();
                ReferenceKind::Userset(self.parser.name_anywhere("a relation after `#`")?)
            }
            _ => ReferenceKind::Object,
        };
        let condition = if self.parser.tokens().peek().text == "with" {
            self.parser.tokens().next();
            Some(self.parser.name_anywhere("a condition after `with`")?)
        } else {
            None
        };
        Ok(TypeReference { type_name, kind, condition })
    }
}

fn difference(operands: Vec<Userset>) -> Userset {
    let mut operands = operands.into_iter().map(Box::new);
    match (operands.next(), operands.next()) {
        (Some(base), Some(subtract)) => Userset::Difference { base, subtract },
        (Some(only), None) => *only,
        (None, _) => Userset::Union(Vec::new()),
    }
}

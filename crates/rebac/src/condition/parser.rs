//! Tokens into an expression.

use super::lexer::{Complaint, Placed, Token, tokens};
use super::macros;
use super::syntax::{Expr, Kind, operator};
use super::value::Value;

/// How deep expressions may nest.
const DEEPEST: usize = 250;

const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

const STARTERS: &str = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/// Binary operators, and how tightly each binds.
const BINARY: &[(&str, &str, u8)] = &[
    ("||", operator::OR, 1),
    ("&&", operator::AND, 2),
    ("<", operator::LESS, 3),
    ("<=", operator::LESS_EQUALS, 3),
    (">=", operator::GREATER_EQUALS, 3),
    (">", operator::GREATER, 3),
    ("==", operator::EQUALS, 3),
    ("!=", operator::NOT_EQUALS, 3),
    ("in", operator::IN, 3),
    ("+", operator::ADD, 4),
    ("-", operator::SUBTRACT, 4),
    ("*", operator::MULTIPLY, 5),
    ("/", operator::DIVIDE, 5),
    ("%", operator::MODULO, 5),
];

pub(super) fn parse(source: &str) -> Result<Expr, Vec<Complaint>> {
    let (tokens, mut complaints) = tokens(source);
    let mut parser = Parser { tokens: &tokens, next: 0, depth: 0 };
    match parser.whole() {
        Ok(found) if complaints.is_empty() => Ok(found),
        Ok(_) => Err(complaints),
        Err(complaint) => {
            complaints.push(complaint);
            Err(complaints)
        }
    }
}

struct Parser<'a> {
    tokens: &'a [Placed],
    next: usize,
    depth: usize,
}

fn spell(token: &Token) -> String {
    match token {
        Token::Ident(text) | Token::Int(text) | Token::Uint(text) | Token::Double(text) => text.clone(),
        Token::Text(text) => format!("\"{text}\""),
        Token::Bytes(_) => "b\"…\"".to_owned(),
        Token::Sign(sign) => (*sign).to_owned(),
        Token::End => "<EOF>".to_owned(),
    }
}

impl Parser<'_> {
    fn whole(&mut self) -> Result<Expr, Complaint> {
        let found = self.expression()?;
        match self.peek() {
            Token::End => Ok(found),
            other => Err(self.complain(format!("extraneous input '{}' expecting <EOF>", spell(other)))),
        }
    }

    fn peek(&self) -> &Token {
        self.tokens.get(self.next).map_or(&Token::End, |one| &one.token)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).or(self.tokens.last()).map_or(0, |one| one.at)
    }

    fn complain(&self, text: String) -> Complaint {
        Complaint { at: self.at(), text: format!("Syntax error: {text}") }
    }

    fn accept(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(one) if *one == sign);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), Complaint> {
        if self.accept(sign) {
            return Ok(());
        }
        Err(self.complain(format!("mismatched input '{}' expecting '{sign}'", spell(self.peek()))))
    }

    fn name(&mut self) -> Result<String, Complaint> {
        let Token::Ident(name) = self.peek() else {
            return Err(
                self.complain(format!("mismatched input '{}' expecting IDENTIFIER", spell(self.peek())))
            );
        };
        let name = name.clone();
        self.next += 1;
        Ok(name)
    }

    /// `a ? b : c`, or anything that binds tighter.
    fn expression(&mut self) -> Result<Expr, Complaint> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Complaint { at: 0, text: format!("expression recursion limit exceeded: {DEEPEST}") });
        }
        let condition = self.binary(0)?;
        let at = self.at();
        let found = if self.accept("?") {
            let yes = self.binary(0)?;
            self.expect(":")?;
            let no = self.expression()?;
            Expr::call(at, operator::CONDITIONAL, vec![condition, yes, no])
        } else {
            condition
        };
        self.depth -= 1;
        Ok(found)
    }

    /// Operands joined by operators that bind at least as tightly as `least`.
    fn binary(&mut self, least: u8) -> Result<Expr, Complaint> {
        let mut left = self.unary()?;
        loop {
            let at = self.at();
            let Token::Sign(sign) = self.peek() else { return Ok(left) };
            let Some((_, function, tightness)) = BINARY.iter().find(|(one, _, _)| one == sign) else {
                return Ok(left);
            };
            if *tightness < least {
                return Ok(left);
            }
            self.next += 1;
            let right = self.binary(tightness + 1)?;
            left = Expr::call(at, function, vec![left, right]);
        }
    }

    /// A run of `!` or of `-`; two of them are none.
    fn unary(&mut self) -> Result<Expr, Complaint> {
        let at = self.at();
        for (sign, function) in [("!", operator::NOT), ("-", operator::NEGATE)] {
            let mut count = 0;
            while self.accept(sign) {
                count += 1;
            }
            if count == 0 {
                continue;
            }
            if count == 1 && sign == "-" && self.at_signed_number() {
                let literal = self.literal(at, "-")?;
                return self.members(literal);
            }
            let operand = self.member()?;
            return Ok(if count % 2 == 0 { operand } else { Expr::call(at, function, vec![operand]) });
        }
        self.member()
    }

    fn member(&mut self) -> Result<Expr, Complaint> {
        let first = self.primary()?;
        self.members(first)
    }

    /// What follows a primary: `.field`, `.method(…)`, `[index]`.
    fn members(&mut self, first: Expr) -> Result<Expr, Complaint> {
        let mut found = first;
        let mut count = 0;
        loop {
            count += 1;
            if count > DEEPEST {
                return Err(Complaint {
                    at: 0,
                    text: format!("expression recursion limit exceeded: {DEEPEST}"),
                });
            }
            let at = self.at();
            if self.accept(".") {
                let field = self.name()?;
                let call = self.at();
                found = if self.accept("(") {
                    let args = self.list(")")?;
                    macros::member(call, found, field, args)?
                } else {
                    Expr::new(at, Kind::Select { operand: Box::new(found), field, test: false })
                };
                found = self.message(found)?;
            } else if self.accept("[") {
                let index = self.expression()?;
                self.expect("]")?;
                found = Expr::call(at, operator::INDEX, vec![found, index]);
            } else {
                return Ok(found);
            }
        }
    }

    fn primary(&mut self) -> Result<Expr, Complaint> {
        let at = self.at();
        if self.accept("(") {
            let inner = self.expression()?;
            self.expect(")")?;
            return Ok(inner);
        }
        if self.accept("[") {
            return Ok(Expr::new(at, Kind::List(self.list("]")?)));
        }
        if self.accept("{") {
            return Ok(Expr::new(at, Kind::Map(self.entries()?)));
        }
        let rooted = self.accept(".");
        if rooted || matches!(self.peek(), Token::Ident(_)) {
            return self.ident(at, rooted);
        }
        let negative = self.accept("-");
        if negative && !self.at_signed_number() {
            self.next -= 1;
        }
        self.literal(at, if negative { "-" } else { "" })
    }

    fn at_signed_number(&self) -> bool {
        matches!(self.peek(), Token::Int(_) | Token::Double(_))
    }

    fn ident(&mut self, at: usize, rooted: bool) -> Result<Expr, Complaint> {
        let name = self.name()?;
        if RESERVED.contains(&name.as_str()) {
            return Err(Complaint { at, text: format!("reserved identifier: {name}") });
        }
        let call = self.at();
        if self.accept("(") {
            let args = self.list(")")?;
            return macros::global(call, name, args);
        }
        let name = if rooted { format!(".{name}") } else { name };
        self.message(Expr::new(at, Kind::Ident(name)))
    }

    /// `Name{field: value}`, if it goes on like that: a message, of which there are none here.
    fn message(&mut self, named: Expr) -> Result<Expr, Complaint> {
        let at = self.at();
        let Some(name) = named.dotted().filter(|_| matches!(self.peek(), Token::Sign("{"))) else {
            return Ok(named);
        };
        self.next += 1;
        while !self.accept("}") {
            self.name()?;
            self.expect(":")?;
            self.expression()?;
            if !self.accept(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(Expr::new(at, Kind::Message(name)))
    }

    /// Expressions up to `close`, with commas between and perhaps after.
    fn list(&mut self, close: &str) -> Result<Vec<Expr>, Complaint> {
        let mut found = Vec::new();
        loop {
            if self.accept(close) {
                return Ok(found);
            }
            found.push(self.expression()?);
            if !self.accept(",") {
                self.expect(close)?;
                return Ok(found);
            }
            if close == ")" && matches!(self.peek(), Token::Sign(")")) {
                return Err(self.complain(format!("mismatched input ')' expecting {STARTERS}")));
            }
        }
    }

    fn entries(&mut self) -> Result<Vec<(Expr, Expr)>, Complaint> {
        let mut found = Vec::new();
        while !self.accept("}") {
            let key = self.expression()?;
            self.expect(":")?;
            found.push((key, self.expression()?));
            if !self.accept(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(found)
    }

    fn literal(&mut self, at: usize, sign: &str) -> Result<Expr, Complaint> {
        let invalid = |what: &str| Complaint { at, text: format!("invalid {what} literal") };
        let value = match self.peek() {
            Token::Int(text) => Value::Int(integer(sign, text).ok_or_else(|| invalid("int"))?),
            Token::Uint(text) => Value::Uint(unsigned(text).ok_or_else(|| invalid("uint"))?),
            Token::Double(text) => {
                let number: f64 = format!("{sign}{text}").parse().map_err(|_| invalid("double"))?;
                Value::Double(Some(number).filter(|one| one.is_finite()).ok_or_else(|| invalid("double"))?)
            }
            Token::Text(text) => Value::text(text),
            Token::Bytes(bytes) => Value::Bytes(bytes.as_slice().into()),
            Token::Sign("true") => Value::Bool(true),
            Token::Sign("false") => Value::Bool(false),
            Token::Sign("null") => Value::Null,
            other => {
                return Err(
                    self.complain(format!("mismatched input '{}' expecting {STARTERS}", spell(other)))
                );
            }
        };
        self.next += 1;
        Ok(Expr::new(at, Kind::Const(value)))
    }
}

fn integer(sign: &str, text: &str) -> Option<i64> {
    match text.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(&format!("{sign}{digits}"), 16).ok(),
        None => format!("{sign}{text}").parse().ok(),
    }
}

fn unsigned(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

//! Headers, types and the lines of their relations.

use std::collections::BTreeMap;

use super::error::DslError;
use super::token::{Kind, Token, Tokens};
use super::{condition, relation};
use crate::model::{AuthorizationModel, Condition, Schema, TypeDefinition};

/// Words with a meaning of their own, which nothing can be called.
const RESERVED: &[&str] =
    &["and", "or", "from", "with", "define", "relations", "condition", "in", "true", "false", "null"];

/// What ends a mistake: the next line that begins with one of these is read again.
const BEGINNINGS: &[&str] = &["type", "extend", "define", "condition", "relations", "model", "module"];

/// Where something is defined: line and column, from 1.
pub type Place = (usize, usize);

/// Where the parts of a text are defined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    pub types: BTreeMap<String, Place>,
    /// By type and relation.
    pub relations: BTreeMap<(String, String), Place>,
    pub conditions: BTreeMap<String, Place>,
}

/// What a text holds, whether a whole model or one module of several.
#[derive(Default)]
pub struct Parts {
    pub types: Vec<Typed>,
    pub conditions: BTreeMap<String, Condition>,
    pub places: Places,
}

pub struct Typed {
    pub definition: TypeDefinition,
    /// Adds relations to a type of another module.
    pub extends: bool,
    pub place: Place,
}

pub struct Parser<'a> {
    tokens: Tokens<'a>,
    errors: Vec<DslError>,
    parts: Parts,
}

type Parsed<T> = Result<T, DslError>;

pub fn model(text: &str) -> Result<(AuthorizationModel, Places), Vec<DslError>> {
    let mut parser = Parser::new(text);
    let schema = parser.model_header().map_err(|error| parser.errors.push(error)).ok();
    parser.definitions();
    let Parser { mut errors, parts, .. } = parser;
    errors.extend(parts.types.iter().filter(|one| one.extends).map(|one| {
        let message = "`extend type` belongs to a module: begin the file with `module name`".to_owned();
        DslError { line: one.place.0, column: one.place.1, message }
    }));
    errors.sort();
    match schema {
        Some(schema) if errors.is_empty() => {
            let types = parts.types.into_iter().map(|one| one.definition).collect();
            Ok((AuthorizationModel { schema, types, conditions: parts.conditions }, parts.places))
        }
        _ => Err(errors),
    }
}

/// One module: its name and what it defines.
pub fn module(text: &str) -> Result<(String, Parts), Vec<DslError>> {
    let mut parser = Parser::new(text);
    let name = parser.module_header().map_err(|error| parser.errors.push(error)).ok();
    parser.definitions();
    match name {
        Some(name) if parser.errors.is_empty() => Ok((name, parser.parts)),
        _ => Err(parser.errors),
    }
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Self { tokens: Tokens::new(text), errors: Vec::new(), parts: Parts::default() }
    }

    fn model_header(&mut self) -> Parsed<Schema> {
        self.keyword("model", "begin the text with `model`, and `schema 1.1` in the next line")?;
        self.keyword("schema", "say `schema 1.1` after `model`")?;
        let version = self.tokens.next();
        match version.text {
            "1.1" => Ok(Schema::V1_1),
            "1.2" => Ok(Schema::V1_2),
            other => {
                Err(version.wrong(&format!("there is no schema `{other}`: say 1.1, or 1.2 for modules")))
            }
        }
    }

    fn module_header(&mut self) -> Parsed<String> {
        self.keyword("module", "begin the file with `module name`")?;
        self.name("a module's name")
    }

    fn definitions(&mut self) {
        loop {
            let token = self.tokens.next();
            let read = match token.text {
                _ if token.kind == Kind::End => return,
                "type" if token.first => self.type_definition(token, false),
                "extend" if token.first => match self.tokens.next() {
                    word if word.text == "type" => self.type_definition(token, true),
                    other => Err(other.wrong("say `extend type name`")),
                },
                "condition" if token.first => self.condition(),
                other => Err(token.wrong(&format!(
                    "`{other}` begins nothing: a line here begins with `type`, `extend type` or `condition`"
                ))),
            };
            if let Err(error) = read {
                self.errors.push(error);
                self.recover();
            }
        }
    }

    fn type_definition(&mut self, at: Token<'a>, extends: bool) -> Parsed<()> {
        let place = self.tokens.peek();
        let name = self.name("a type's name")?;
        let mut definition = TypeDefinition { name: name.clone(), ..TypeDefinition::default() };
        if !extends {
            self.parts.places.types.insert(name.clone(), (place.line, place.column));
        }
        if self.next_line_begins_with("relations") {
            self.tokens.next();
            if !self.next_line_begins_with("define") {
                let message = "`relations` needs at least one: add `define name: …`, or leave the word out";
                self.errors.push(self.tokens.peek().wrong(message));
            }
            while self.next_line_begins_with("define") {
                self.tokens.next();
                if let Err(error) = self.relation(&mut definition) {
                    self.errors.push(error);
                    self.recover();
                }
            }
        }
        self.parts.types.push(Typed { definition, extends, place: (at.line, at.column) });
        Ok(())
    }

    fn relation(&mut self, of: &mut TypeDefinition) -> Parsed<()> {
        let place = self.tokens.peek();
        let name = self.name("a relation's name")?;
        self.sign(":", "say `define name: …`")?;
        let relation = relation::read(self)?;
        let next = self.tokens.peek();
        if !next.first && next.kind != Kind::End {
            let message = "the relation ends here: put what follows on a line of its own, or join it with `or`, `and` or `but not`";
            return Err(next.wrong(message));
        }
        self.parts.places.relations.insert((of.name.clone(), name.clone()), (place.line, place.column));
        if of.relations.insert(name.clone(), relation).is_some() {
            return Err(
                place.wrong(&format!("`{name}` is already defined in type `{}`: rename one", of.name))
            );
        }
        Ok(())
    }

    fn condition(&mut self) -> Parsed<()> {
        let place = self.tokens.peek();
        let condition = condition::read(self)?;
        let name = condition.name.clone();
        self.parts.places.conditions.insert(name.clone(), (place.line, place.column));
        if self.parts.conditions.insert(name.clone(), condition).is_some() {
            return Err(place.wrong(&format!("condition `{name}` is already defined: rename one")));
        }
        Ok(())
    }

    fn next_line_begins_with(&self, word: &str) -> bool {
        let next = self.tokens.peek();
        next.first && next.text == word
    }

    /// Passes over what is left of a mistake.
    fn recover(&mut self) {
        loop {
            let next = self.tokens.peek();
            if next.kind == Kind::End || (next.first && BEGINNINGS.contains(&next.text)) {
                return;
            }
            self.tokens.next();
        }
    }

    fn keyword(&mut self, word: &str, mend: &str) -> Parsed<()> {
        let token = self.tokens.next();
        if token.text == word {
            Ok(())
        } else {
            Err(token.wrong(&token.instead_of(&format!("`{word}`"), mend)))
        }
    }

    pub fn tokens(&mut self) -> &mut Tokens<'a> {
        &mut self.tokens
    }

    pub fn sign(&mut self, sign: &str, mend: &str) -> Parsed<Token<'a>> {
        let next = self.tokens.peek();
        if next.text == sign {
            return Ok(self.tokens.next());
        }
        // What stands there instead may begin a line that is right.
        Err(next.wrong(&next.instead_of(&format!("`{sign}`"), mend)))
    }

    /// A name on the same line.
    pub fn name(&mut self, what: &str) -> Parsed<String> {
        let next = self.tokens.peek();
        if next.first {
            return Err(next.wrong(&next.instead_of(what, "it belongs on the line before")));
        }
        self.name_anywhere(what)
    }

    /// A name that may stand on a line of its own.
    pub fn name_anywhere(&mut self, what: &str) -> Parsed<String> {
        let token = self.tokens.next();
        if token.kind != Kind::Word {
            return Err(token.wrong(&token.instead_of(what, "names begin with a letter or `_`")));
        }
        if RESERVED.contains(&token.text) {
            let message = format!("`{}` is a word of the language: give {what} another name", token.text);
            return Err(token.wrong(&message));
        }
        let separated = |pair: &str| token.text.contains(pair);
        if ["..", "//", "./", "/.", "-.", ".-", "-/", "/-"].into_iter().any(separated)
            || token.text.ends_with(['.', '/'])
        {
            let message = format!("`{}`: `.` and `/` stand between letters or digits", token.text);
            return Err(token.wrong(&message));
        }
        Ok(token.text.to_owned())
    }
}

impl Token<'_> {
    pub fn wrong(&self, message: &str) -> DslError {
        DslError { line: self.line, column: self.column, message: message.to_owned() }
    }

    pub fn instead_of(&self, wanted: &str, mend: &str) -> String {
        let found = match self.kind {
            Kind::End => "the end of the text".to_owned(),
            _ => format!("`{}`", self.text),
        };
        format!("expected {wanted}, found {found}: {mend}")
    }
}

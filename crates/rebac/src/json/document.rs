//! One object of a JSON document, read by the rules of protobuf's JSON mapping, knowing its place for error messages.

use serde_json::{Map, Value};

use crate::model_error::ModelError;

pub struct Document<'a> {
    place: String,
    fields: &'a Map<String, Value>,
}

impl<'a> Document<'a> {
    pub fn new(place: &str, value: &'a Value) -> Result<Self, ModelError> {
        match value {
            Value::Object(fields) => Ok(Self { place: place.to_owned(), fields }),
            other => Err(unexpected(place, "an object", other)),
        }
    }

    /// Text, empty where the field is absent.
    pub fn text(&self, name: &str) -> Result<&'a str, ModelError> {
        match self.value(name)? {
            None => Ok(""),
            Some(Value::String(text)) => Ok(text),
            Some(other) => Err(unexpected(&self.place_of(name), "a string", other)),
        }
    }

    pub fn find(&self, name: &str) -> Result<Option<Self>, ModelError> {
        self.value(name)?.map(|value| Self::new(&self.place_of(name), value)).transpose()
    }

    /// The objects of a list, none where it is absent.
    pub fn list(&self, name: &str) -> Result<Vec<Self>, ModelError> {
        let place = self.place_of(name);
        let items = match self.value(name)? {
            None => return Ok(Vec::new()),
            Some(Value::Array(items)) => items,
            Some(other) => return Err(unexpected(&place, "a list", other)),
        };
        items.iter().enumerate().map(|(at, one)| Self::new(&format!("{place}[{at}]"), one)).collect()
    }

    /// The objects of a map by their names, none where it is absent.
    pub fn map(&self, name: &str) -> Result<Vec<(&'a str, Self)>, ModelError> {
        let Some(map) = self.find(name)? else { return Ok(Vec::new()) };
        let entry = |(key, value)| Ok((String::as_str(key), Self::new(&map.place_of(key), value)?));
        map.fields.iter().map(entry).collect()
    }

    /// The value of a field, under either spelling; both at once would be ambiguous.
    pub fn value(&self, name: &str) -> Result<Option<&'a Value>, ModelError> {
        let camel = camel_case(name);
        let mut found = None;
        let spellings = if camel == name { vec![name] } else { vec![name, camel.as_str()] };
        for value in spellings.iter().filter_map(|spelling| self.fields.get(*spelling)) {
            if found.replace(value).is_some() {
                let message = format!("{}: duplicate field, as {name} and as {camel}", self.place_of(name));
                return Err(ModelError::shape(message));
            }
        }
        Ok(found.filter(|value| !value.is_null()))
    }

    pub fn refuse(&self, what: &str) -> ModelError {
        ModelError::shape(if self.place.is_empty() {
            what.to_owned()
        } else {
            format!("{}: {what}", self.place)
        })
    }

    fn place_of(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) }
    }
}

fn unexpected(place: &str, wanted: &str, found: &Value) -> ModelError {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    let place = if place.is_empty() { "the document" } else { place };
    ModelError::shape(format!("{place}: expected {wanted}, found {found}"))
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

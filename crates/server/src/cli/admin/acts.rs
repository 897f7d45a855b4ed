//! What can be done to a record besides the verbs that all nouns share: one request of the API each.

use std::path::Path;

use anyhow::Context;
use http::Method;
use serde_json::{Value, json};

use super::rest::Rest;
use super::{Verb, show, table};
use crate::out;

/// What a noun's command asks for.
pub enum Asked {
    Verb(Verb),
    Act(Act),
}

/// One request.
#[derive(Debug, PartialEq)]
pub struct Act {
    pub method: Method,
    pub path: String,
    pub body: Option<Value>,
}

impl Act {
    pub(super) fn asked(method: Method, path: String, body: Option<Value>) -> Asked {
        Asked::Act(Self { method, path, body })
    }

    pub(super) fn get(path: String) -> Asked {
        Self::asked(Method::GET, path, None)
    }

    pub(super) fn post(path: String, body: Option<Value>) -> Asked {
        Self::asked(Method::POST, path, body)
    }

    pub async fn run(self, rest: &Rest, json: bool) -> anyhow::Result<()> {
        let answer = rest.send(self.method, &self.path, self.body.as_ref(), None).await?;
        match answer
            .get("items")
            .or_else(|| answer.get("groups"))
            .or_else(|| answer.get("stores"))
            .and_then(Value::as_array)
        {
            Some(items) if !json => Ok(out::line(table::of(items))?),
            _ if answer.is_null() => Ok(out::note("done")?),
            _ => show(&answer, json),
        }
    }
}

pub(super) fn reason(text: &str) -> Option<Value> {
    Some(json!({ "reason": text }))
}

/// A file's text; `-` is standard input, so that a secret stands on no command line.
pub(super) fn read(file: &Path) -> anyhow::Result<String> {
    if file.as_os_str() == "-" {
        return std::io::read_to_string(std::io::stdin()).context("standard input");
    }
    std::fs::read_to_string(file).with_context(|| file.display().to_string())
}

#[cfg(test)]
mod tests;

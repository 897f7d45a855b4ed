//! Fields of a record on the command line: `name=text`, `name:=json`, or all of them in a file.

use std::io::Read;
use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use clap::Args;
use serde_json::Value;

use super::Body;

#[derive(Debug, Args)]
pub struct Fields {
    /// name=text, or name:=json for numbers, lists and the like
    fields: Vec<String>,
    /// A JSON object with fields; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Fields {
    pub fn read(&self) -> anyhow::Result<Value> {
        let mut body = self.file.as_ref().map_or_else(|| Ok(Body::new()), from_file)?;
        for field in &self.fields {
            let (name, value) = parse(field)?;
            body.insert(name, value);
        }
        ensure!(!body.is_empty(), "no fields are given: write name=value");
        Ok(Value::Object(body))
    }
}

fn from_file(path: &PathBuf) -> anyhow::Result<Body> {
    let mut text = String::new();
    if path.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut text)?;
    } else {
        text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    }
    serde_json::from_str(&text).with_context(|| format!("{} is not a JSON object", path.display()))
}

fn parse(field: &str) -> anyhow::Result<(String, Value)> {
    let Some((name, value)) = field.split_once('=') else { bail!("`{field}`: write name=value") };
    Ok(match name.strip_suffix(':') {
        Some(name) => {
            let value =
                serde_json::from_str(value).with_context(|| format!("`{field}`: the value is not JSON"))?;
            (name.to_owned(), value)
        }
        None => (name.to_owned(), Value::String(value.to_owned())),
    })
}

/// Names and values of a filter.
pub fn pairs(filter: &[String]) -> anyhow::Result<Vec<(String, String)>> {
    let pair = |text: &String| {
        let (name, value) = text.split_once('=').with_context(|| format!("`{text}`: write name=value"))?;
        Ok((name.to_owned(), value.to_owned()))
    };
    filter.iter().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_json_are_told_apart() {
        assert_eq!(parse("name=a=b").expect("text"), ("name".into(), Value::String("a=b".into())));
        assert_eq!(parse("scopes:=[\"a\"]").expect("json"), ("scopes".into(), serde_json::json!(["a"])));
        assert!(parse("name").is_err() && parse("n:={").is_err());
    }
}

//! `fga.mod`: which files make a modular model. It is YAML; read is what such files consist of: the schema, and the list of
//! contents, one file on each line.

use super::error::DslError;
use crate::model::Schema;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    pub schema: Schema,
    /// Paths relative to the manifest, with forward slashes.
    pub contents: Vec<String>,
}

pub fn read_manifest(text: &str) -> Result<Manifest, Vec<DslError>> {
    let mut reading = Reading::default();
    for (at, line) in text.lines().enumerate() {
        reading.line(at + 1, line);
    }
    reading.finish()
}

#[derive(Default)]
struct Reading {
    schema: Option<Schema>,
    contents: Vec<String>,
    in_contents: bool,
    has_contents: bool,
    errors: Vec<DslError>,
}

impl Reading {
    fn line(&mut self, number: usize, line: &str) {
        let written = without_comment(line).trim();
        let column = line.chars().take_while(|c| c.is_whitespace()).count() + 1;
        let mut wrong = |message: String| self.errors.push(DslError { line: number, column, message });
        if written.is_empty() || written == "---" {
            return;
        }
        if let Some(file) = written.strip_prefix("- ").filter(|_| self.in_contents) {
            return match check_path(unquoted(file)) {
                Ok(path) => self.contents.push(path),
                Err(message) => wrong(message),
            };
        }
        match written.split_once(':').map(|(key, value)| (key.trim(), unquoted(value))) {
            Some(("schema", "1.2")) => self.schema = Some(Schema::V1_2),
            Some(("schema", other)) => wrong(format!("a modular model has schema 1.2, not `{other}`")),
            Some(("contents", "")) => (self.in_contents, self.has_contents) = (true, true),
            Some(("contents", _)) => {
                wrong("list the files under `contents:`, each as `- name.fga`".to_owned())
            }
            _ => wrong(format!("`{written}` is not known here: `schema` and `contents` are")),
        }
    }

    fn finish(mut self) -> Result<Manifest, Vec<DslError>> {
        let missing = [("contents:", !self.has_contents), ("schema: '1.2'", self.schema.is_none())];
        if self.errors.is_empty() {
            let missing = missing.iter().filter(|(_, is_missing)| *is_missing);
            self.errors.extend(missing.map(|(what, _)| {
                let message = format!("`{what}` is missing: add it");
                DslError { line: 1, column: 1, message }
            }));
        }
        match self.schema {
            Some(schema) if self.errors.is_empty() => Ok(Manifest { schema, contents: self.contents }),
            _ => Err(self.errors),
        }
    }
}

fn check_path(path: &str) -> Result<String, String> {
    let path = path.replace('\\', "/").replace("%2F", "/").replace("%2f", "/");
    // A lone return would end the comment that names the file where the model is printed.
    if path.contains(char::is_control) {
        let shown = path.escape_debug();
        return Err(format!("`{shown}` has a character that cannot be seen: rename the file"));
    }
    if path.starts_with('/') || path.split('/').any(|part| part == "..") {
        return Err(format!("`{path}` leads out of the folder: name files below the manifest"));
    }
    if !path.ends_with(".fga") {
        return Err(format!("`{path}` is no module: their names end in `.fga`"));
    }
    Ok(path)
}

fn without_comment(line: &str) -> &str {
    match line.trim_start().starts_with('#') {
        true => "",
        false => line.split_once(" #").map_or(line, |(before, _)| before),
    }
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(text)
}

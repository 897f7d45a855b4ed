//! The files that a model is written in: JSON, the text form (`.fga`), and the manifest of a modular model (`fga.mod`), whose
//! modules stand beside it.

use std::fmt::Display;
use std::path::Path;

use anyhow::{Context, bail};
use chancery_rebac::dsl::{self, DslError, File};
use serde_json::Value;

use super::acts::read;

/// The model in JSON, as the server takes it. Each mistake is told with its file, line and column.
pub fn model(file: &Path) -> anyhow::Result<Value> {
    let text = read(file)?;
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("fga") => {
            let model = dsl::parse(&text);
            Ok(model.map_err(|errors| told(errors.iter().map(|one| placed(&file.display(), one))))?.to_json())
        }
        Some("mod") => modular(file, &text),
        _ => serde_json::from_str(&text)
            .context("the model is no JSON (text goes in a file that ends in .fga)"),
    }
}

/// The model for retrieval.
pub fn documents() -> anyhow::Result<Value> {
    let model = dsl::parse(chancery_rebac::retrieval::DOCUMENTS);
    Ok(model.map_err(|errors| told(errors.iter().map(|one| placed(&"documents", one))))?.to_json())
}

fn modular(manifest: &Path, text: &str) -> anyhow::Result<Value> {
    let read_manifest = dsl::read_manifest(text);
    let files =
        read_manifest.map_err(|errors| told(errors.iter().map(|one| placed(&manifest.display(), one))))?;
    let folder = manifest.parent().unwrap_or(Path::new(""));
    let (mut modules, mut wrong) = (Vec::new(), Vec::new());
    for name in &files.contents {
        let text = read(&folder.join(name))?;
        match dsl::parse_module(File { name, text: &text }) {
            Ok(module) => modules.push(module),
            Err(errors) => wrong.extend(errors.iter().map(|one| placed(name, one))),
        }
    }
    if !wrong.is_empty() {
        bail!(told(wrong.into_iter()));
    }
    let composed = dsl::compose(files.schema, modules);
    Ok(composed.map_err(|errors| told(errors.iter().map(|(name, one)| placed(name, one))))?.to_json())
}

fn placed(file: &impl Display, error: &DslError) -> String {
    format!("{file}:{}:{}: {}", error.line, error.column, error.message)
}

fn told(mistakes: impl Iterator<Item = String>) -> anyhow::Error {
    anyhow::Error::msg(mistakes.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_for_documents_is_there_without_a_file() {
        let model = documents().unwrap().to_string();
        assert!(["chunk", "unquotable", "task"].iter().all(|word| model.contains(word)), "{model}");
    }

    /// The model of some files, of which the first is named, or what is said about it.
    fn of(files: &[(&str, &str)]) -> Result<Value, String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let said =
            |why: anyhow::Error| format!("{why:#}").replace(&format!("{}/", folder.path().display()), "");
        model(&folder.path().join(files[0].0)).map_err(said)
    }

    #[test]
    fn text_and_json_say_the_same() {
        let text = "model\n  schema 1.1\ntype user\ntype doc\n  relations\n    define owner: [user]\n";
        let read = of(&[("model.fga", text)]).unwrap();
        assert_eq!(of(&[("model.json", &read.to_string())]).unwrap(), read);
        assert_eq!(read["type_definitions"][1]["type"], "doc");
    }

    #[test]
    fn a_mistake_has_its_file_line_and_column() {
        let text = "model\n  schema 1.1\ntype user\ntype doc\n  relations\n    define owner: [user] or b c\n";
        let said = of(&[("model.fga", text)]).unwrap_err();
        assert!(said.starts_with("model.fga:6:"), "{said}");
        assert!(of(&[("model.json", text)]).unwrap_err().contains(".fga"), "the mend is named");
    }

    #[test]
    fn modules_beside_their_manifest_make_one_model() {
        let manifest = ("fga.mod", "schema: '1.2'\ncontents:\n  - core.fga\n  - notes.fga\n");
        let core =
            ("core.fga", "module core\n\ntype user\n\ntype team\n  relations\n    define member: [user]\n");
        let notes = "module notes\n\nextend type team\n  relations\n    define can_note: member\n";
        let made = of(&[manifest, core, ("notes.fga", notes)]).unwrap();
        assert_eq!(made["schema_version"], "1.2");
        assert_eq!(made["type_definitions"][1]["metadata"]["relations"]["can_note"]["module"], "notes");
        let twice = of(&[manifest, core, ("notes.fga", core.1)]).unwrap_err();
        assert!(twice.contains("notes.fga:"), "{twice}");
        let broken = of(&[manifest, core, ("notes.fga", "module notes\ntyp x\n")]).unwrap_err();
        assert!(broken.starts_with("notes.fga:2:"), "{broken}");
        assert!(of(&[manifest, core]).unwrap_err().contains("notes.fga"), "which file is missing");
    }
}

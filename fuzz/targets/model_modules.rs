//! `fga.mod` and the modules it names, one after another with a line `%%` between: whatever they are, no panic; a manifest
//! names files below itself and can be written again; what composes does so in any order, prints, and survives JSON.

#![no_main]

use chancery_rebac::dsl::{self, DslError, File};
use chancery_rebac::model::{AuthorizationModel, Schema};
use chancery_rebac::validate;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| {
    let mut parts = data.split("\n%%\n");
    let manifest = parts.next().unwrap_or_default();
    let names = contents(manifest);
    let texts: Vec<&str> = parts.collect();
    let default = |at: usize| format!("{at}.fga");
    let names: Vec<String> =
        (0..texts.len()).map(|at| names.get(at).cloned().unwrap_or_else(|| default(at))).collect();
    let mut files: Vec<File<'_>> =
        names.iter().zip(&texts).map(|(name, text)| File { name: name.as_str(), text: *text }).collect();
    let model = composed(&files);
    files.reverse();
    let reversed = composed(&files);
    let Some(model) = model else { return assert_eq!(reversed, None) };
    assert_eq!(reversed.map(sorted).as_ref(), Some(&sorted(model.clone())));
    let named = |file: &str| names.iter().any(|name| name == file);
    assert!(model.types.iter().all(|one| one.source.as_ref().is_some_and(|source| named(&source.file))));
    // JSON has more rules: how long names may be, and how files may be called.
    if let Ok(read) = AuthorizationModel::from_json(&model.to_json()) {
        assert_eq!(read, model);
    }
    let printed = dsl::print(&model).expect("what can be written can be printed");
    assert_eq!(dsl::parse(&printed).map(bare).as_ref(), Ok(&bare(model.clone())), "{printed}");
    let _ = validate::check(&model);
});

/// The files that a manifest names.
fn contents(text: &str) -> Vec<String> {
    let manifest = match dsl::read_manifest(text) {
        Ok(manifest) => manifest,
        Err(errors) => {
            stand_in(&errors, text);
            return Vec::new();
        }
    };
    let mut again = "schema: '1.2'\ncontents:\n".to_owned();
    for path in &manifest.contents {
        assert!(
            path.ends_with(".fga") && !path.starts_with('/') && !path.contains(['\\', '\n', '\r']),
            "{path:?}"
        );
        assert!(path.split('/').all(|part| part != ".."), "{path} leads out of the folder");
        again.push_str(&format!("  - '{path}'\n"));
    }
    assert_eq!(dsl::read_manifest(&again).as_ref(), Ok(&manifest), "{again}");
    manifest.contents
}

/// The model, where every file can be read and they fit together.
fn composed(files: &[File<'_>]) -> Option<AuthorizationModel> {
    let mut modules = Vec::new();
    for file in files {
        match dsl::parse_module(*file) {
            Ok(module) => modules.push(module),
            Err(errors) => stand_in(&errors, file.text),
        }
    }
    if modules.len() < files.len() {
        return None;
    }
    let composed = dsl::compose(Schema::V1_2, modules);
    for (name, error) in composed.as_ref().err().into_iter().flatten() {
        let file = files.iter().filter(|file| file.name == name);
        assert!(file.count() > 0, "{name}: {error}");
    }
    composed.ok()
}

/// Every mistake has a place, and it is in the text.
fn stand_in(errors: &[DslError], text: &str) {
    assert!(!errors.is_empty());
    for error in errors {
        let line = text.split('\n').nth(error.line.saturating_sub(1));
        let line = line.unwrap_or_else(|| panic!("{error}"));
        assert!((1..=line.chars().count() + 1).contains(&error.column), "{error}: {line:?}");
    }
}

fn sorted(mut model: AuthorizationModel) -> AuthorizationModel {
    model.types.sort_by(|a, b| a.name.cmp(&b.name));
    model
}

/// Without where its parts come from.
fn bare(model: AuthorizationModel) -> AuthorizationModel {
    let mut model = sorted(model);
    for one in &mut model.types {
        one.source = None;
        one.relations.values_mut().for_each(|relation| relation.source = None);
    }
    model.conditions.values_mut().for_each(|condition| condition.source = None);
    model
}

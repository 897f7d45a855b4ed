//! Lists, not magic: what lies in a folder is on that folder's list, and every file is part of its crate.

use super::Breach;
use crate::house::{File, House};
use crate::rust::{count_word, has_word, parts};

pub const RULE: &str = "a file that lies in a folder is on that folder's one visible list";

/// Folders whose files are entries of a list, and the file that holds the list.
const LISTS: &[(&str, &str)] = &[
    ("crates/store/src/tables/", "crates/store/src/tables/mod.rs"),
    ("crates/console/src/pages/", "crates/console/src/pages/mod.rs"),
    ("crates/server/src/config/", "crates/server/src/config/mod.rs"),
    ("xtask/src/tidy/", "xtask/src/tidy/mod.rs"),
];

pub fn find(house: &House) -> Vec<Breach> {
    let mut found = unlisted(house);
    found.extend(house.rust("").filter(|file| is_orphan(house, file)).map(|file| {
        let mend = "declare it with `mod` in its parent, or delete it";
        Breach::new(&file.path, "is compiled by nobody", mend)
    }));
    found.extend(migrations(house));
    found
}

fn unlisted(house: &House) -> Vec<Breach> {
    let mut found = Vec::new();
    for (folder, list) in LISTS {
        let Some(text) = house.text(list) else { continue };
        let code = parts(text).code;
        for file in house.rust(folder).filter(|file| file.path != *list) {
            let entry = file.path.trim_start_matches(folder);
            // Files of a deeper folder belong to their own parent.
            let Some(name) = entry.strip_suffix(".rs").filter(|name| !name.contains('/')) else { continue };
            // A list that is a macro declares what it lists.
            let mentions = if code.contains(BY_MACRO) { 1 } else { 2 };
            if count_word(&code, name) < mentions {
                let mend = "add it to the list below its `mod` line";
                found.push(Breach::new(&file.path, format!("is not on the list of {list}"), mend));
            }
        }
    }
    found
}

/// Neither a root, nor declared by the file above it.
fn is_orphan(house: &House, file: &File) -> bool {
    let Some((folder, name)) = file.path.rsplit_once('/') else { return false };
    let Some(at) = file.path.find("/src/") else { return false };
    let root = folder.len() == at + "/src".len();
    if root && matches!(name, "lib.rs" | "main.rs") || folder.contains("/src/bin") {
        return false;
    }
    let (module, above) = match name.strip_suffix(".rs") {
        Some("mod") => folder.rsplit_once('/').map_or(("", folder), |(above, module)| (module, above)),
        Some(module) => (module, folder),
        None => return false,
    };
    // The nearest file above may name it inside `mod folder { … }`.
    let mut parents = Vec::new();
    let mut above = Some(above);
    while let Some(folder) = above.filter(|folder| folder.len() >= at + "/src".len()) {
        parents.extend(["/mod.rs", "/lib.rs", "/main.rs", ".rs"].map(|end| format!("{folder}{end}")));
        above = folder.rsplit_once('/').map(|(above, _)| above);
    }
    !parents.iter().filter_map(|path| house.text(path)).any(|text| declares(text, module))
}

/// How a macro declares the modules it is given.
const BY_MACRO: &str = "mod $name;";

fn declares(text: &str, module: &str) -> bool {
    if text.contains(BY_MACRO) && has_word(&parts(text).code, module) {
        return true;
    }
    text.lines().any(|line| {
        let line = line.trim();
        line.ends_with(';') && has_word(line, "mod") && has_word(line, module.trim_start_matches("r#"))
    })
}

fn migrations(house: &House) -> Vec<Breach> {
    let migrations = house.files.iter().filter(|file| file.path.starts_with("crates/store/migrations/"));
    let unlisted = migrations.filter(|migration| {
        let name = migration.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".sql");
        !house.rust("crates/store/src/").any(|file| file.text.contains(name))
    });
    unlisted
        .map(|file| {
            Breach::new(&file.path, "is run by nobody", "add it to the list of migrations in crates/store")
        })
        .collect()
}

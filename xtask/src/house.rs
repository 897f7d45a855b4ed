//! What the checks look at: the members with their dependencies, and the texts of the tree.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use serde::Deserialize;

/// The whole tree.
pub struct House {
    pub rooms: Vec<Room>,
    /// Names of the packages that are built here. The lock file also holds what no chosen feature asks for.
    pub built: Vec<String>,
    /// Every text under the folders of members, `docs/` and the root, by path relative to the root.
    pub files: Vec<File>,
}

/// One member of the workspace.
pub struct Room {
    /// Package name without the prefix every room carries.
    pub name: String,
    /// Folder relative to the root, such as `crates/kernel`.
    pub folder: String,
    /// What it is built from; dependencies of its tests are left out.
    pub needs: Vec<String>,
}

pub struct File {
    pub path: String,
    pub text: String,
}

impl File {
    /// Tests may do what the product may not.
    pub fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }
}

#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

/// Package names carry it, folder names do not.
pub const PREFIX: &str = "chancery-";

impl House {
    pub fn read() -> anyhow::Result<Self> {
        let metadata = cargo(&["metadata", "--no-deps", "--format-version", "1"])?;
        let metadata: Metadata = serde_json::from_str(&metadata).context("reading cargo metadata")?;
        let built = cargo(&["tree", "--workspace", "--prefix", "none", "--format", "{p}"])?;
        let built = built.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
        let root = metadata.workspace_root;
        let rooms = metadata.packages.into_iter().map(|package| room(&root, package)).collect();
        let mut files = Vec::new();
        walk(&root, &root, &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { rooms, built, files })
    }

    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }

    /// Rust sources below a folder.
    pub fn rust<'a>(&'a self, under: &'a str) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |file| file.path.starts_with(under) && file.path.ends_with(".rs"))
    }
}

fn cargo(arguments: &[&str]) -> anyhow::Result<String> {
    let done = Command::new("cargo").args(arguments).output()?;
    let told = String::from_utf8_lossy(&done.stderr);
    ensure!(done.status.success(), "cargo {}: {told}", arguments.join(" "));
    Ok(String::from_utf8(done.stdout)?)
}

fn room(root: &Path, package: Package) -> Room {
    let folder = package.manifest_path.parent().unwrap_or(root);
    let folder = folder.strip_prefix(root).unwrap_or(folder).to_string_lossy().replace('\\', "/");
    let needs =
        package.dependencies.into_iter().filter(|need| need.kind.is_none()).map(|need| need.name).collect();
    Room { name: package.name.trim_start_matches(PREFIX).to_owned(), folder, needs }
}

const SKIPPED: &[&str] = &["target", "node_modules", ".git", "corpus"];
const TEXTS: &[&str] = &["rs", "toml", "md", "sql", "lock", "css", "js", "json", "sh"];

fn walk(root: &Path, folder: &Path, files: &mut Vec<File>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !SKIPPED.contains(&name.as_str()) {
                walk(root, &path, files)?;
            }
            continue;
        }
        let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        if TEXTS.contains(&extension.as_str()) {
            let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let path = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            files.push(File { path, text });
        }
    }
    Ok(())
}

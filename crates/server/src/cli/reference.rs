//! `chancery reference`: the generated pages of docs/reference, from the lists of the code.

use std::path::Path;

use anyhow::Context;

use crate::{config, out};

/// Every page, and what writes it.
type Page = (&'static str, fn() -> anyhow::Result<String>);

const PAGES: &[Page] = &[("configuration.md", || Ok(config::reference()))];

pub fn write(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    for (name, page) in PAGES {
        let path = folder.join(name);
        std::fs::write(&path, page()?).with_context(|| path.display().to_string())?;
        out::line(path.display())?;
    }
    Ok(())
}

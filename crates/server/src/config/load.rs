//! Reading the settings from all their sources, refusing what nobody reads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Deserialize;
use toml::{Table, Value};

use super::{Config, Key, SECTIONS, Section};

/// Names the file in the environment.
pub const CONFIG_VARIABLE: &str = "CHANCERY_CONFIG";

/// Where settings come from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file asked for on the command line.
    pub file: Option<PathBuf>,
    pub environment: BTreeMap<String, String>,
    /// `section.key` and value, from the command line; the last one counts.
    pub flags: Vec<(String, String)>,
}

pub fn load(sources: &Sources) -> anyhow::Result<Config> {
    let named = sources.file.clone().or_else(|| sources.environment.get(CONFIG_VARIABLE).map(PathBuf::from));
    let mut table = named.map_or_else(|| Ok(Table::new()), |path| read(&path))?;
    for (section, key) in keys() {
        let variable = section.variable(key);
        if let Some(text) = sources.environment.get(&variable) {
            put(&mut table, section, key, text)
                .with_context(|| format!("the environment variable {variable}"))?;
        }
    }
    for (path, text) in &sources.flags {
        let Some((section, key)) = keys().find(|(section, key)| section.path(key) == *path) else {
            let known: Vec<String> = keys().map(|(section, key)| section.path(key)).collect();
            bail!("there is no setting `{path}`; there are: {}", known.join(", "));
        };
        put(&mut table, section, key, text)
            .with_context(|| format!("the setting {path} of the command line"))?;
    }
    let config = Config::deserialize(table).context("the settings do not fit")?;
    config.check()?;
    Ok(config)
}

fn keys() -> impl Iterator<Item = (&'static Section, &'static Key)> {
    SECTIONS.iter().flat_map(|section| section.keys.iter().map(move |key| (*section, key)))
}

/// Reads the file twice: as a whole first, because that reading knows lines and columns.
fn read(path: &Path) -> anyhow::Result<Table> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("the configuration file {}", path.display()))?;
    let named = || format!("the configuration file {}", path.display());
    toml::from_str::<Config>(&text).with_context(named)?;
    toml::from_str(&text).with_context(named)
}

fn put(table: &mut Table, section: &Section, key: &Key, text: &str) -> anyhow::Result<()> {
    let value = key.form.value(text)?;
    // Read by itself, so that a mistake is told with its name.
    let alone = Table::from_iter([(
        section.name.to_owned(),
        Value::Table(Table::from_iter([(key.name.to_owned(), value.clone())])),
    )]);
    Config::deserialize(alone)?;
    let entry = table.entry(section.name).or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(entry) = entry {
        entry.insert(key.name.to_owned(), value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(file: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> anyhow::Result<Config> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("chancery.toml");
        std::fs::write(&path, file)?;
        let own = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
        load(&Sources {
            file: Some(path),
            environment: environment.iter().map(own).collect(),
            flags: flags.iter().map(own).collect(),
        })
    }

    #[test]
    fn the_command_line_wins_over_the_environment_and_that_over_the_file() {
        let file = "[listen]\naddress = \"127.0.0.1:1\"\ndrain = 3\n";
        let variable =
            [("CHANCERY_LISTEN_ADDRESS", "127.0.0.1:2"), ("CHANCERY_PROXY_TRUSTED", "10.0.0.0/8, ::1/128")];
        let config = from(file, &variable, &[("listen.address", "127.0.0.1:3")]).expect("settings");
        assert_eq!((config.listen.address.port(), config.listen.drain), (3, 3));
        assert_eq!(config.proxy.trusted.len(), 2);
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_place() {
        let error =
            format!("{:#}", from("[listen]\naddres = \"127.0.0.1:1\"\n", &[], &[]).expect_err("typo"));
        assert!(error.contains("line 2, column 1") && error.contains("addres"), "{error}");
        let error = format!("{:#}", from("", &[], &[("listen.addres", "x")]).expect_err("typo"));
        assert!(error.contains("listen.address"), "{error}");
    }

    #[test]
    fn a_bad_value_is_told_with_its_name() {
        let error =
            format!("{:#}", from("", &[("CHANCERY_LISTEN_DRAIN", "soon")], &[]).expect_err("no number"));
        assert!(error.contains("CHANCERY_LISTEN_DRAIN"), "{error}");
        let error = format!("{:#}", from("", &[], &[("log.format", "xml")]).expect_err("no format"));
        assert!(error.contains("log.format") && error.contains("human"), "{error}");
    }

    #[test]
    fn every_setting_of_the_program_is_on_the_lists_and_the_other_way_round() {
        let mut config = Config::default();
        config.tls.certificate = Some(PathBuf::new());
        config.tls.key = Some(PathBuf::new());
        config.issuer.url = Some(String::new());
        config.database.authorities = Some(PathBuf::new());
        config.database.master_key = Some(PathBuf::new());
        config.database.master_key_text = Some(String::new());
        config.database.master_key_command = vec![String::new()];
        config.database.previous_master_key = Some(PathBuf::new());
        config.rotation.authorities = Some(PathBuf::new());
        config.rotation.data_keys_days = Some(1);
        config.outbound.authorities = Some(PathBuf::new());
        config.mail.host = Some(String::new());
        config.mail.port = Some(0);
        config.mail.from = Some(String::new());
        config.mail.username = Some(String::new());
        config.mail.password_file = Some(PathBuf::new());
        let table = Table::try_from(&config).expect("table");
        let mut written: Vec<String> = Vec::new();
        for (section, keys) in &table {
            written.extend(keys.as_table().expect("section").keys().map(|key| format!("{section}.{key}")));
        }
        let mut listed: Vec<String> = keys().map(|(section, key)| section.path(key)).collect();
        written.sort();
        listed.sort();
        assert_eq!(written, listed);
    }
}

//! What a setting is called, in the file, in the environment and on the command line.

/// How a text from the environment or the command line is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Text,
    Number,
    /// Separated by commas.
    List,
}

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    pub name: &'static str,
    pub form: Form,
    /// The default in words, as the reference shows it.
    pub default: &'static str,
    pub doc: &'static str,
}

/// One table of the file.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    pub name: &'static str,
    pub doc: &'static str,
    pub keys: &'static [Key],
}

impl Section {
    /// The setting's name on the command line: `--set listen.address=…`.
    pub fn path(&self, key: &Key) -> String {
        format!("{}.{}", self.name, key.name)
    }

    /// Its name in the environment: `CHANCERY_LISTEN_ADDRESS`.
    pub fn variable(&self, key: &Key) -> String {
        format!("CHANCERY_{}_{}", self.name, key.name).to_uppercase()
    }
}

impl Form {
    /// Reads a text as a value of this form.
    pub fn value(self, text: &str) -> anyhow::Result<toml::Value> {
        Ok(match self {
            Self::Text => toml::Value::String(text.to_owned()),
            Self::Number => {
                toml::Value::Integer(text.trim().parse().map_err(|_| anyhow::anyhow!("not a whole number"))?)
            }
            Self::List => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                toml::Value::Array(items.map(|item| toml::Value::String(item.to_owned())).collect())
            }
        })
    }
}

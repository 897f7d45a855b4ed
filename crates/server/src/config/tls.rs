//! `[tls]`: the server's certificate, if it speaks TLS itself.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::key::{Form, Key, Section};

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
}

pub const SECTION: Section = Section {
    name: "tls",
    doc: "The server's certificate. Without it the server speaks plain HTTP: on loopback, or behind a proxy that speaks \
          TLS. Changed files are taken up within a second, without a restart.",
    keys: &[
        Key {
            name: "certificate",
            form: Form::Text,
            default: "none",
            doc: "PEM file of the certificate and those that vouch for it, the server's own first.",
        },
        Key { name: "key", form: Form::Text, default: "none", doc: "PEM file of its private key." },
    ],
};

/// Both files.
#[derive(Clone, Debug)]
pub struct Files {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Tls {
    pub fn files(&self) -> anyhow::Result<Option<Files>> {
        match (self.certificate.clone(), self.key.clone()) {
            (Some(certificate), Some(key)) => Ok(Some(Files { certificate, key })),
            (None, None) => Ok(None),
            (Some(_), None) => {
                anyhow::bail!("tls.certificate is given and tls.key is not: name the file of the key too")
            }
            (None, Some(_)) => {
                anyhow::bail!("tls.key is given and tls.certificate is not: name that file too")
            }
        }
    }
}

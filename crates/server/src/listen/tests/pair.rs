//! A certificate for `localhost` and its key, made for one test.

use std::path::Path;

use rustls_pki_types::CertificateDer;

use crate::config::{Files, Tls};

pub struct Pair {
    pub files: Files,
    /// What a client has to trust.
    pub root: CertificateDer<'static>,
}

pub fn write(folder: &Path) -> Pair {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("certificate");
    let files = Files { certificate: folder.join("tls.crt"), key: folder.join("tls.key") };
    std::fs::write(&files.certificate, made.cert.pem()).expect("written");
    std::fs::write(&files.key, made.signing_key.serialize_pem()).expect("written");
    Pair { files, root: made.cert.der().clone() }
}

impl Pair {
    pub fn tls(&self) -> Tls {
        let Files { certificate, key } = self.files.clone();
        Tls { certificate: Some(certificate), key: Some(key) }
    }
}

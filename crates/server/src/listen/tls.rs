//! TLS with certificates that may change while the server runs.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use anyhow::{Context, ensure};
use aws_lc_rs::digest;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::config::Files;

/// The certificate in use, and where newer ones are looked for.
pub struct Certificates {
    files: Files,
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<CertifiedKey>>,
    /// Digest of the files as they were last looked at, good or bad: a bad pair is complained of once.
    seen: Mutex<Vec<u8>>,
}

impl Certificates {
    pub fn open(files: Files) -> anyhow::Result<Arc<Self>> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let current = read(&files, &provider)?;
        let seen = Mutex::new(fingerprint(&files)?);
        Ok(Arc::new(Self { files, provider, current: RwLock::new(Arc::new(current)), seen }))
    }

    /// Takes up changed files. What cannot be used is logged, and the old certificate stays.
    pub fn refresh(&self) {
        let Ok(found) = fingerprint(&self.files) else { return };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == found {
            return;
        }
        *seen = found;
        match read(&self.files, &self.provider) {
            Ok(fresh) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
                tracing::info!(certificate = %self.files.certificate.display(), "took up the new certificate");
            }
            Err(error) => tracing::error!("the new certificate cannot be used, the old one stays: {error:#}"),
        }
    }

    pub fn acceptor(self: &Arc<Self>) -> anyhow::Result<TlsAcceptor> {
        let mut config = ServerConfig::builder_with_provider(self.provider.clone())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(self.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates").field("files", &self.files).finish_non_exhaustive()
    }
}

/// Reads a pair and shows that both halves belong together.
fn read(files: &Files, provider: &CryptoProvider) -> anyhow::Result<CertifiedKey> {
    let named = |path: &Path| path.display().to_string();
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect)
        .with_context(|| named(&files.certificate))?;
    ensure!(!chain.is_empty(), "{} holds no certificate", named(&files.certificate));
    let key = PrivateKeyDer::from_pem_file(&files.key).with_context(|| named(&files.key))?;
    let key = provider.key_provider.load_private_key(key).with_context(|| named(&files.key))?;
    let pair = CertifiedKey::new(chain, key);
    pair.keys_match()
        .with_context(|| format!("{} is not the key of {}", named(&files.key), named(&files.certificate)))?;
    Ok(pair)
}

fn fingerprint(files: &Files) -> std::io::Result<Vec<u8>> {
    let mut context = digest::Context::new(&digest::SHA256);
    for path in [&files.certificate, &files.key] {
        context.update(&std::fs::read(path)?);
        context.update(&[0]);
    }
    Ok(context.finish().as_ref().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listen::tests::pair;

    fn write(folder: &Path) -> Files {
        pair::write(folder).files
    }

    fn shown(certificates: &Certificates) -> Vec<u8> {
        certificates.current.read().expect("lock").cert.first().expect("certificate").to_vec()
    }

    #[test]
    fn changed_files_are_taken_up_and_damaged_ones_are_not() {
        let folder = tempfile::tempdir().expect("folder");
        let files = write(folder.path());
        let certificates = Certificates::open(files.clone()).expect("opened");
        let first = shown(&certificates);
        write(folder.path());
        certificates.refresh();
        let second = shown(&certificates);
        assert_ne!(first, second);
        std::fs::write(&files.certificate, "-----BEGIN nonsense").expect("written");
        certificates.refresh();
        assert_eq!(second, shown(&certificates));
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let (one, other) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
        let files = Files { key: write(other.path()).key, ..write(one.path()) };
        let error = format!("{:#}", Certificates::open(files).expect_err("mismatch"));
        assert!(error.contains("is not the key of"), "{error}");
    }
}

//! Whom to trust, and encrypted streams.

use std::path::Path;
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::fault::NetFault;

/// Where systems keep the certificates they trust.
const SYSTEM: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

pub(crate) struct Trust(Arc<ClientConfig>);

impl Trust {
    /// The authorities of the system, and those of this file. A system without any is no fault until somebody calls.
    pub(crate) fn new(authorities: Option<&Path>) -> Result<Self, NetFault> {
        let mut roots = RootCertStore::empty();
        if let Some(system) = SYSTEM.iter().map(Path::new).find(|path| path.exists())
            && let Ok(found) = CertificateDer::pem_file_iter(system)
        {
            roots.add_parsable_certificates(found.filter_map(Result::ok));
        }
        if let Some(file) = authorities {
            let broken = |why: String| NetFault::Authorities { file: file.display().to_string(), why };
            let found = CertificateDer::pem_file_iter(file).map_err(|e| broken(e.to_string()))?;
            let (added, _) = roots.add_parsable_certificates(found.filter_map(Result::ok));
            if added == 0 {
                return Err(broken("it holds no certificate".into()));
            }
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| NetFault::Tls { host: String::new(), why: e.to_string() })?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(Arc::new(config)))
    }

    /// Encrypts the stream, and verifies the other side's certificate and name.
    pub(crate) async fn connect<S>(&self, stream: S, host: &str) -> Result<TlsStream<S>, NetFault>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let broken = |why: String| NetFault::Tls { host: host.to_owned(), why };
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(name).map_err(|e| broken(e.to_string()))?;
        TlsConnector::from(self.0.clone()).connect(name, stream).await.map_err(|e| broken(e.to_string()))
    }
}

//! TLS to the database.
//!
//! `sslmode=require` (and the stricter modes of libpq) checks the server's certificate and name. `prefer`, the default,
//! promises no identity, because it would go on without TLS as well; like libpq it then encrypts without checking, so
//! a server with a self-signed certificate works out of the box. `--tls-ca-file` always means checking.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

/// The connector for a mode.
pub fn connector(mode: SslMode, ca_file: Option<&Path>) -> anyhow::Result<MakeRustlsConnect> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .context("TLS could not be set up")?;
    let config = match (mode, ca_file) {
        (_, Some(file)) => builder.with_root_certificates(roots_of(file)?),
        (SslMode::Require, None) => builder.with_root_certificates(system_roots()?),
        (_, None) => builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyIdentity(provider))),
    };
    Ok(MakeRustlsConnect::new(config.with_no_client_auth()))
}

fn roots_of(file: &Path) -> anyhow::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certificates = certificates.with_context(|| format!("--tls-ca-file {} cannot be read", file.display()))?;
    let (added, _) = roots.add_parsable_certificates(certificates);
    anyhow::ensure!(added > 0, "--tls-ca-file {} contains no certificate", file.display());
    Ok(roots)
}

fn system_roots() -> anyhow::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    anyhow::ensure!(added > 0, "this system has no trusted certificates; name some with --tls-ca-file");
    Ok(roots)
}

/// Encrypts without asking who is there; signatures are still checked, so the session belongs to the certificate.
#[derive(Debug)]
struct AnyIdentity(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyIdentity {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

//! The certificates in a PEM text, all of them or none.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{Error, PemObject as _};

use crate::build_error::BuildError;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";

/// Returns the text without the byte order mark that some editors put before it: the reader would take no notice of the first line.
pub(crate) fn without_bom(pem: &[u8]) -> &[u8] {
    pem.strip_prefix(b"\xef\xbb\xbf").unwrap_or(pem)
}

/// Returns the certificates in a PEM text, in DER.
///
/// The reader takes no notice of a section whose first line it does not know. Here it is an error: a certificate that nobody trusts, or
/// a chain without one of its issuers, would show only later, and as something else.
pub(crate) fn certificates_in(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, BuildError> {
    let pem = without_bom(pem);
    let begun: Vec<_> = pem.split(|byte| matches!(byte, b'\n' | b'\r')).filter_map(begins_certificate).collect();
    if let Some(index) = begun.iter().position(|is_exact| !is_exact) {
        return Err(unusable(index, "its first line is not -----BEGIN CERTIFICATE-----"));
    }
    let mut certificates = Vec::with_capacity(begun.len());
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| unusable(certificates.len(), &detail(&error)))?;
        certificates.push(certificate);
    }
    match certificates.len() {
        0 if begun.is_empty() => Err(BuildError::NoCertificate),
        read if read < begun.len() => Err(unusable(read, NO_END)),
        _ => Ok(certificates),
    }
}

/// Returns the root certificates in a PEM text, in DER: those that can be trusted.
pub(crate) fn root_certificates_in(pem: &[u8]) -> Result<Vec<Vec<u8>>, BuildError> {
    let certificates = certificates_in(pem)?;
    let usable = |(index, der): (usize, CertificateDer<'static>)| {
        let bytes = der.to_vec();
        RootCertStore::empty().add(der).map_err(|error| unusable(index, &error.to_string()))?;
        Ok(bytes)
    };
    certificates.into_iter().enumerate().map(usable).collect()
}

/// `None` for a line that begins no certificate, and else whether it does so as it should.
fn begins_certificate(line: &[u8]) -> Option<bool> {
    let line = String::from_utf8_lossy(line);
    let begins = line.contains("-----BEGIN ") && line.contains("CERTIFICATE") && !line.contains("REQUEST");
    begins.then(|| line.trim_end() == BEGIN)
}

const NO_END: &str = "its last line, -----END CERTIFICATE-----, is missing";

/// What is wrong with a section, without the bytes that the reader's own words have in them.
fn detail(error: &Error) -> String {
    match error {
        Error::MissingSectionEnd { .. } => NO_END.to_owned(),
        Error::IllegalSectionStart { .. } => "the first line of a section is damaged".to_owned(),
        Error::Base64Decode(_) => "it is not in Base64".to_owned(),
        error => error.to_string(),
    }
}

fn unusable(index: usize, detail: &str) -> BuildError {
    BuildError::PemCertificate { number: index + 1, detail: detail.to_owned() }
}

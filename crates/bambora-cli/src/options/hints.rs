//! Which option may help, if a request failed.

const UNREACHED: &str = "if the API is reached only through a proxy, name that with --proxy";

const CLIENT_CERTIFICATE: &str = "the server may want a client certificate: name one with --client-cert";

const OTHER_CLIENT_CERTIFICATE: &str =
    "the server may want another client certificate than the one that --client-cert names";

/// How servers turn down a client without a certificate, or with another one than they want.
const ALERTS: [&str; 10] = [
    "CertificateRequired",
    "HandshakeFailure",
    "UnknownCA",
    "BadCertificate",
    "UnsupportedCertificate",
    "CertificateUnknown",
    "CertificateExpired",
    "CertificateRevoked",
    "AccessDenied",
    // Of another authority of the same name.
    "DecryptError",
];

/// What to advise depends on the options that were given, and on what the base URL says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hints {
    pub(super) is_https: bool,
    pub(super) has_roots: bool,
    pub(super) has_system_roots: bool,
    pub(super) has_client_certificate: bool,
    pub(super) has_proxy_credentials: bool,
}

impl Hints {
    /// Returns which option may help, if a request failed for this reason.
    pub(crate) fn of(self, cause: &str) -> Option<&'static str> {
        self.of_certificates(cause).or_else(|| self.of_addresses(cause))
    }

    fn of_certificates(self, cause: &str) -> Option<&'static str> {
        if cause.contains("UnknownIssuer") || cause.contains("BadSignature") {
            // A bad signature is that of another authority of the same name.
            Some(self.untrusted())
        } else if cause.contains("CaUsedAsEndEntity") {
            Some(
                "the server's certificate is an authority's own: have the server use one that the authority issued, and name the \
                 authority with --cacert",
            )
        } else if ALERTS.iter().any(|alert| cause.contains(&format!("fatal alert: {alert}"))) {
            Some(if self.has_client_certificate { OTHER_CLIENT_CERTIFICATE } else { CLIENT_CERTIFICATE })
        } else if self.is_https && !self.has_client_certificate && cause.contains(" 400 without a problem document") {
            // A server that asks for a certificate and goes on without one, to refuse in HTTP.
            Some(CLIENT_CERTIFICATE)
        } else {
            None
        }
    }

    fn untrusted(self) -> &'static str {
        match (self.has_roots, self.has_system_roots) {
            (false, false) => {
                "if the server's certificate is of a private authority, name that with --cacert, or use --system-roots"
            }
            (true, false) => {
                "if the server's certificate is of another authority than --cacert names, name that with --cacert too, or use \
                 --system-roots"
            }
            (false, true) => {
                "if the server's certificate is of an authority that the system does not trust, name that with --cacert"
            }
            (true, true) => {
                "if the server's certificate is of another authority than --cacert names, name that with --cacert too"
            }
        }
    }

    fn of_addresses(self, cause: &str) -> Option<&'static str> {
        [
            (
                "the proxy opened no tunnel within the connect timeout",
                "check --proxy; if the proxy is only slow, use a longer --connect-timeout",
            ),
            ("the look-up of the proxy's name failed", "check --proxy"),
            ("the connection to the proxy failed", "check --proxy"),
            ("status 407", self.refused_by_proxy()),
            ("the look-up of the host's name failed", UNREACHED),
            ("the name look-up took longer", UNREACHED),
            (
                "the connection took longer than the connect timeout",
                "if the API is reached only through a proxy, name that with --proxy; if it is only slow, use a longer \
                 --connect-timeout",
            ),
            ("the exchange took longer than the total timeout", "if the API is only slow, use a longer --timeout"),
        ]
        .into_iter()
        .find_map(|(part, hint)| cause.contains(part).then_some(hint))
        // Without TLS it is a server of this machine, which does not run.
        .or_else(|| (self.is_https && cause.contains("the connection failed")).then_some(UNREACHED))
    }

    fn refused_by_proxy(self) -> &'static str {
        match self.has_proxy_credentials {
            true => "the proxy wants other credentials than those in BAMBORA_PROXY_USER and BAMBORA_PROXY_PASSWORD",
            false => "the proxy wants credentials: set BAMBORA_PROXY_USER and BAMBORA_PROXY_PASSWORD",
        }
    }
}

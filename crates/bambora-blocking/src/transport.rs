//! One request, one answer, by ureq: with every default that a payment cannot live with changed.

use bambora_core::{BuildError, ClientSettings, TransportError};
use http::{HeaderMap, Request, Response, Version, header};
use ureq::Agent;
use ureq::config::AutoHeaderValue;
use ureq::unversioned::transport::{Connector as _, TcpConnector};

use crate::exchange_span::ExchangeSpan;
use crate::guard::{self, GuardConnector};
use crate::name_lookup::NameLookup;
use crate::tls::{TlsConnector, tls_config};
use crate::withheld_authorization;

/// The longest head of an answer, in bytes.
const MAX_HEAD: usize = 64 * 1024;
/// How many connections are kept for reuse, where that is asked for.
const MAX_IDLE: usize = 64;
const USER_AGENT: &str = concat!("bambora-blocking/", env!("CARGO_PKG_VERSION"));

/// Carries requests.
#[derive(Clone)]
pub(crate) struct Transport {
    agent: Agent,
    body_limit: usize,
}

impl Transport {
    pub(crate) fn new(settings: &ClientSettings) -> Result<Self, BuildError> {
        let idle = if settings.reuse_connections {
            MAX_IDLE
        } else {
            0
        };
        let user_agent = settings.user_agent.as_deref().unwrap_or(USER_AGENT);
        let config = Agent::config_builder()
            // Every answer is an answer: a 402 has a body that says why.
            .http_status_as_error(false)
            // A redirect is an answer too; followed, it could turn a POST into a GET, or take the credentials elsewhere.
            .max_redirects(0)
            .max_redirects_will_error(false)
            // The environment does not decide where credentials go.
            .proxy(None)
            // The request says everything that is to be said.
            .accept(AutoHeaderValue::None)
            .accept_encoding(AutoHeaderValue::None)
            .user_agent(user_agent)
            .max_response_header_size(MAX_HEAD)
            .max_idle_connections(idle)
            .max_idle_connections_per_host(idle)
            .timeout_resolve(Some(settings.connect_timeout))
            .timeout_connect(Some(settings.connect_timeout))
            .timeout_global(Some(settings.total_timeout))
            .build();
        let connector =
            ().chain(TcpConnector::default())
                .chain(TlsConnector(tls_config(&settings.root_certificates)?))
                .chain(GuardConnector);
        Ok(Self {
            agent: Agent::with_parts(config, connector, NameLookup::default()),
            body_limit: settings.body_limit,
        })
    }

    pub(crate) fn carry(
        &self,
        operation: &'static str,
        request: Request<Vec<u8>>,
    ) -> Result<Response<Vec<u8>>, TransportError> {
        let span = ExchangeSpan::begin(operation);
        guard::begin_exchange();
        let result = self.exchange(request).map_err(|error| {
            if guard::handed_over() {
                TransportError::unknown(error)
            } else {
                TransportError::not_sent(error)
            }
        });
        span.end(&result);
        result
    }

    fn exchange(&self, mut request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Failure> {
        withheld_authorization::withhold(&mut request);
        let (head, body) = self.agent.run(request)?.into_parts();
        let untrusted = match head.status.as_u16() {
            200..=599 => framing_is_untrusted(head.version, &head.headers),
            _ => true,
        };
        if untrusted {
            return Err(Failure::Untrusted);
        }
        let limit = u64::try_from(self.body_limit).unwrap_or(u64::MAX);
        let mut body = body;
        let body = body.with_config().limit(limit).read_to_vec()?;
        let mut response = Response::new(body);
        *response.status_mut() = head.status;
        *response.version_mut() = head.version;
        *response.headers_mut() = head.headers;
        Ok(response)
    }
}

/// HTTP/1.0 knows no chunks: ureq would hand the chunks' own lines on as the body.
fn framing_is_untrusted(version: Version, headers: &HeaderMap) -> bool {
    version < Version::HTTP_11 && headers.contains_key(header::TRANSFER_ENCODING)
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the answer's status or framing cannot be trusted")]
    Untrusted,
    #[error(transparent)]
    Http(#[from] ureq::Error),
}

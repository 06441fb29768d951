//! The one origin that a client talks to.

use bambora_core::BaseUrl;
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Request, Version};

use crate::proxy::Proxy;

/// The origin of a client's base URL: where its connections go, and what they are for.
#[derive(Clone, Debug)]
pub struct Origin {
    base_url: BaseUrl,
    host_header: HeaderValue,
}

/// Why a client does not send a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRequest {
    /// The URL is not one of the client's base URL: another scheme, host or port, or a user in it.
    #[error("the request goes to another origin than the client's base URL, and a client talks to one origin only")]
    OtherOrigin,
    /// It asks for another version of HTTP.
    #[error("the request asks for another version than HTTP/1.1")]
    Version,
    /// It has a `host` header.
    #[error("the request has a host header: leave it out, the client adds it")]
    Host,
    /// Its `content-length` is not the body's, or it has a `transfer-encoding`.
    #[error("the request's content-length is not the length of its body, or it has a transfer-encoding")]
    Framing,
}

impl Origin {
    /// Returns the origin of `base_url`.
    #[must_use]
    pub fn new(base_url: BaseUrl) -> Self {
        let authority = base_url.authority();
        let text = match authority.port_u16() {
            Some(port) if port == own_port(&base_url) => authority.host(),
            _ => authority.as_str(),
        };
        #[allow(clippy::expect_used, reason = "an authority is visible ASCII, which every header value may hold")]
        let host_header = HeaderValue::from_str(text).expect("an authority is a header value");
        Self { base_url, host_header }
    }

    /// Returns `true` if connections are encrypted.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.base_url.is_https()
    }

    /// Returns the host without a port, and without the brackets of an IPv6 address.
    #[must_use]
    pub fn host(&self) -> &str {
        self.base_url.host()
    }

    /// Returns the port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.base_url.port()
    }

    /// Returns the host, without the brackets of an IPv6 address, and the port to connect to: the proxy's if there is one, else the
    /// origin's.
    #[must_use]
    pub fn hop<'a>(&'a self, proxy: Option<&'a Proxy>) -> (&'a str, u16) {
        match proxy {
            Some(proxy) => (proxy.host(), proxy.port()),
            None => (self.host(), self.port()),
        }
    }

    /// Returns host and port, as in a request for a tunnel: with the brackets of an IPv6 address, and always with a port.
    pub(crate) fn authority_with_port(&self) -> String {
        format!("{}:{}", self.base_url.authority().host(), self.port())
    }

    /// Returns the value of the `host` header: the host, and the port unless it is the scheme's own.
    #[must_use]
    pub fn host_header(&self) -> &HeaderValue {
        &self.host_header
    }

    /// Checks that a client can send `request` as it is. [`Api::request`](bambora_core::Api::request) makes only such ones; one
    /// that was made or changed by hand is rejected rather than sent as something else.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`] names the reason.
    pub fn check(&self, request: &Request<Vec<u8>>) -> Result<(), InvalidRequest> {
        let headers = request.headers();
        if !self.is_origin_of(request.uri().scheme(), request.uri().authority()) {
            Err(InvalidRequest::OtherOrigin)
        } else if request.version() != Version::HTTP_11 {
            Err(InvalidRequest::Version)
        } else if headers.contains_key(HOST) {
            Err(InvalidRequest::Host)
        } else if headers.contains_key(TRANSFER_ENCODING) || !has_own_length(request) {
            Err(InvalidRequest::Framing)
        } else {
            Ok(())
        }
    }

    fn is_origin_of(&self, scheme: Option<&Scheme>, authority: Option<&Authority>) -> bool {
        let (Some(scheme), Some(authority)) = (scheme, authority) else {
            return false;
        };
        let ours = self.base_url.authority();
        if scheme != self.base_url.scheme() {
            return false;
        }
        // Mostly the very same text; else the same host and port, written in another way, and nothing beside them.
        authority == ours || {
            let after_host = authority.as_str().strip_prefix(authority.host());
            authority.host().eq_ignore_ascii_case(ours.host())
                && match after_host {
                    Some("") => self.port() == own_port(&self.base_url),
                    Some(port) => port.strip_prefix(':').and_then(|port| port.parse().ok()) == Some(self.port()),
                    None => false,
                }
        }
    }
}

fn own_port(base_url: &BaseUrl) -> u16 {
    if base_url.is_https() { 443 } else { 80 }
}

/// No `content-length`, or one that is the body's.
fn has_own_length(request: &Request<Vec<u8>>) -> bool {
    let mut lengths = request.headers().get_all(CONTENT_LENGTH).iter();
    let is_the_bodys = |length: &HeaderValue| {
        let text = length.to_str().unwrap_or_default();
        text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse() == Ok(request.body().len())
    };
    lengths.next().is_none_or(is_the_bodys) && lengths.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bambora_core::operations::{AuthorizeTokenPayment, CardToken};
    use bambora_core::{Amount, Api, CancelPayment, Credentials, MerchantNumber, MerchantSecret, MerchantToken};

    fn origin(base_url: &str) -> Origin {
        Origin::new(BaseUrl::new(base_url).unwrap())
    }

    #[test]
    fn connections_go_to_the_proxy_if_there_is_one() {
        let proxy = Proxy::new("http://proxy.example:3128").unwrap();
        for (base_url, is_https, hop) in
            [("https://h.example", true, ("h.example", 443)), ("http://[::1]:8080", false, ("::1", 8080))]
        {
            let origin = origin(base_url);
            assert_eq!((origin.is_https(), origin.host(), origin.port()), (is_https, hop.0, hop.1));
            assert_eq!(origin.hop(None), hop);
            assert_eq!(origin.hop(Some(&proxy)), ("proxy.example", 3128));
        }
        assert_eq!(format!("{proxy:?}"), r#"Proxy { url: "http://proxy.example:3128", authorization: None }"#);
    }

    #[test]
    fn what_core_builds_can_be_sent() {
        let api = Api::new(Credentials::new(
            MerchantNumber::new("1").unwrap(),
            MerchantToken::new("token").unwrap(),
            MerchantSecret::new("secret").unwrap(),
        ));
        let cancel = CancelPayment::new("A".parse().unwrap());
        let authorize = AuthorizeTokenPayment::new(
            "A".parse().unwrap(),
            "EUR".parse().unwrap(),
            Amount::from(1),
            CardToken::new("t").unwrap(),
        );
        for base_url in [
            "https://h.example",
            "https://h.example:8443/prefix",
            "http://127.0.0.1:1",
            "http://[::1]:65535",
            "http://[::1]",
        ] {
            let api = api.clone().with_base_url(BaseUrl::new(base_url).unwrap());
            let origin = origin(base_url);
            assert_eq!(origin.check(&api.request(&cancel)), Ok(()));
            assert_eq!(origin.check(&api.request(&authorize)), Ok(()));
        }
    }

    #[test]
    fn no_other_origin_is_talked_to() {
        let check = |base_url: &str, url: &str| {
            let request = Request::builder().uri(url).body(Vec::new()).unwrap();
            origin(base_url).check(&request)
        };
        for (base_url, url) in [
            ("http://127.0.0.1:80", "http://127.0.0.1/x"),
            ("http://localhost", "http://LOCALHOST:80/"),
            ("https://h.example:443", "https://h.example/"),
        ] {
            assert_eq!(check(base_url, url), Ok(()), "{url}");
        }
        for (base_url, url) in [
            ("http://127.0.0.1:1", "/payments/A/"),
            ("http://127.0.0.1:1", "https://127.0.0.1:1/"),
            ("https://127.0.0.1:1", "http://127.0.0.1:1/"),
            ("http://127.0.0.1:1", "http://127.0.0.1:2/"),
            ("http://127.0.0.1:1", "http://127.0.0.1/"),
            ("http://127.0.0.1", "http://127.0.0.2/"),
            ("http://127.0.0.1:80", "http://user:pw@127.0.0.1:80/"),
            ("http://127.0.0.1:80", "http://user@127.0.0.1:80/"),
            ("http://127.0.0.1", "http://127.0.0.1:99999/"),
            ("http://127.0.0.1", "http://127.0.0.1:0/"),
            ("http://127.0.0.1:1", "ftp://127.0.0.1:1/"),
        ] {
            assert_eq!(check(base_url, url), Err(InvalidRequest::OtherOrigin), "{url}");
        }
    }

    #[test]
    fn what_would_be_sent_as_something_else_is_rejected() {
        let check = |version: Version, headers: &[(&str, &str)]| {
            let mut request = Request::builder().uri("http://127.0.0.1/").version(version);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            origin("http://127.0.0.1").check(&request.body(b"abc".to_vec()).unwrap())
        };
        for version in [Version::HTTP_09, Version::HTTP_10, Version::HTTP_2, Version::HTTP_3] {
            assert_eq!(check(version, &[]), Err(InvalidRequest::Version));
        }
        for (headers, reason) in [
            (&[("host", "evil.example")][..], InvalidRequest::Host),
            (&[("content-length", "1")], InvalidRequest::Framing),
            (&[("content-length", "+3")], InvalidRequest::Framing),
            (&[("content-length", "3"), ("content-length", "3")], InvalidRequest::Framing),
            (&[("transfer-encoding", "chunked")], InvalidRequest::Framing),
        ] {
            assert_eq!(check(Version::HTTP_11, headers), Err(reason), "{headers:?}");
        }
        assert_eq!(check(Version::HTTP_11, &[("content-length", "3")]), Ok(()));
        assert_eq!(check(Version::HTTP_11, &[]), Ok(()));
    }

    #[test]
    fn the_host_header_has_a_port_unless_it_is_the_schemes_own() {
        for (base_url, header) in [
            ("https://h.example", "h.example"),
            ("https://h.example:443", "h.example"),
            ("https://h.example:80", "h.example:80"),
            ("http://[::1]:80", "[::1]"),
            ("http://[::1]:8080", "[::1]:8080"),
        ] {
            assert_eq!(origin(base_url).host_header(), header);
        }
    }
}

//! An HTTP proxy that opens tunnels.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use bambora_core::BaseUrl;
use bambora_core::errors::InvalidBaseUrl;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// An HTTP proxy through which a client reaches its origin: for each connection, it is asked by `CONNECT` for a tunnel.
///
/// Inside the tunnel everything is as it is without a proxy, TLS with the origin included: the proxy sees the origin's host and
/// port, and how much is sent. The client looks up the proxy's name and connects to it in clear text; the origin's name is looked
/// up by the proxy. What the environment says about proxies is ignored.
///
/// ```
/// use bambora_client::Proxy;
///
/// let proxy = Proxy::new("http://proxy.example:3128")?.basic_auth("shop", "PASSWORD")?;
/// assert_eq!(proxy.to_string(), "http://proxy.example:3128");
/// assert!(!format!("{proxy:?}").contains("PASSWORD"));
/// # Ok::<(), bambora_client::InvalidProxy>(())
/// ```
#[derive(Clone)]
pub struct Proxy {
    /// Scheme, host and port, and nothing else.
    url: BaseUrl,
    /// The value of the `proxy-authorization` header.
    authorization: Option<Arc<Zeroizing<String>>>,
}

impl Proxy {
    /// Creates the proxy at `url`, such as `http://proxy.example:3128`: with a port, and without a user, a password or a path.
    ///
    /// # Errors
    ///
    /// [`InvalidProxy`] names the rule that `url` breaks.
    pub fn new(url: &str) -> Result<Self, InvalidProxy> {
        // The credentials that go through the proxy are inside TLS, or on this machine: `Settings::check` sees to that.
        let url = BaseUrl::dangerously_allow_cleartext_credentials(url).map_err(|error| match error {
            InvalidBaseUrl::Userinfo => InvalidProxy::Userinfo,
            // It has none before the host if it is no URL, but was meant to.
            _ if url.contains('@') => InvalidProxy::Userinfo,
            _ => InvalidProxy::NotAUrl,
        })?;
        if url.is_https() {
            Err(InvalidProxy::Https)
        } else if url.authority().port_u16().is_none() {
            Err(InvalidProxy::Port)
        } else if url.to_string() != format!("http://{}", url.authority()) {
            Err(InvalidProxy::Path)
        } else {
            Ok(Self { url, authorization: None })
        }
    }

    /// Authenticates to the proxy by the Basic scheme. The proxy's user and password cross the network to the proxy in clear text,
    /// as the scheme has it.
    ///
    /// # Errors
    ///
    /// [`InvalidProxy`] if the user has a colon in it, or one of the two a control character.
    pub fn basic_auth(mut self, user: &str, password: &str) -> Result<Self, InvalidProxy> {
        if user.contains(':') {
            return Err(InvalidProxy::Colon);
        }
        if user.chars().chain(password.chars()).any(char::is_control) {
            return Err(InvalidProxy::ControlCharacter);
        }
        let pair = Zeroizing::new([user.as_bytes(), b":", password.as_bytes()].concat());
        let mut value = Zeroizing::new(String::with_capacity(6 + pair.len().div_ceil(3) * 4));
        value.push_str("Basic ");
        STANDARD.encode_string(&*pair, &mut value);
        self.authorization = Some(Arc::new(value));
        Ok(self)
    }

    /// Returns the proxy's host without the brackets of an IPv6 address.
    #[must_use]
    pub fn host(&self) -> &str {
        self.url.host()
    }

    /// Returns the proxy's port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.url.port()
    }

    pub(crate) fn url(&self) -> &BaseUrl {
        &self.url
    }

    pub(crate) fn authorization(&self) -> Option<&str> {
        self.authorization.as_deref().map(|value| value.as_str())
    }
}

impl FromStr for Proxy {
    type Err = InvalidProxy;

    fn from_str(url: &str) -> Result<Self, InvalidProxy> {
        Self::new(url)
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authorization = self.authorization.as_ref().map(|_| "[redacted]");
        f.debug_struct("Proxy").field("url", &self.to_string()).field("authorization", &authorization).finish()
    }
}

/// Why a proxy cannot be used. Never repeats what was given, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidProxy {
    /// Not an absolute URL with a host that can be used.
    #[error("the proxy's URL is not usable: write it like http://proxy.example:3128")]
    NotAUrl,
    /// `https`, or TLS to the proxy.
    #[error("the proxy's URL is https: TLS to a proxy is not supported, write it like http://proxy.example:3128")]
    Https,
    /// No port.
    #[error("the proxy's URL has no port: write it like http://proxy.example:3128")]
    Port,
    /// A path.
    #[error("the proxy's URL has a path: take out what follows the port")]
    Path,
    /// `user@` or `user:password@` before the host.
    #[error(
        "the proxy's URL has a user or password in it: take it out, the proxy's credentials are given by themselves"
    )]
    Userinfo,
    /// A colon in the user.
    #[error("the proxy's user has a colon in it, which Basic authentication cannot carry")]
    Colon,
    /// A control character in the user or the password.
    #[error("the proxy's user or password has a control character in it, such as a line break: take it out")]
    ControlCharacter,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_scheme_host_and_port_and_nothing_else() {
        for (url, host, port) in [
            ("http://proxy.example:3128", "proxy.example", 3128),
            ("http://proxy.example:80/", "proxy.example", 80),
            ("http://127.0.0.1:1", "127.0.0.1", 1),
            ("http://[::1]:65535", "::1", 65535),
        ] {
            let proxy = Proxy::new(url).unwrap();
            assert_eq!((proxy.host(), proxy.port()), (host, port), "{url}");
        }
        for (url, reason) in [
            ("proxy.example:3128", InvalidProxy::NotAUrl),
            ("socks5://proxy.example:1080", InvalidProxy::NotAUrl),
            ("http://proxy.example:0", InvalidProxy::NotAUrl),
            ("http://proxy.example:3128?x", InvalidProxy::NotAUrl),
            ("http://pro xy.example:3128", InvalidProxy::NotAUrl),
            ("", InvalidProxy::NotAUrl),
            ("https://proxy.example:3128", InvalidProxy::Https),
            ("http://proxy.example", InvalidProxy::Port),
            ("http://proxy.example:3128/x", InvalidProxy::Path),
            ("http://shop:PLANTED@proxy.example:3128", InvalidProxy::Userinfo),
            ("shop:PLANTED@proxy.example:3128", InvalidProxy::Userinfo),
            ("http://shop:PLANTED PLANTED@proxy.example:3128", InvalidProxy::Userinfo),
        ] {
            let error = Proxy::new(url).unwrap_err();
            assert_eq!(error, reason, "{url}");
            assert!(!format!("{error} {error:?}").contains("PLANTED"));
        }
    }

    #[test]
    fn credentials_become_a_header_and_do_not_show() {
        let proxy = Proxy::new("http://proxy.example:3128").unwrap();
        assert_eq!(proxy.authorization(), None);
        let proxy = proxy.basic_auth("shop", "PLÄNTED: x").unwrap();
        let value = format!("Basic {}", STANDARD.encode("shop:PLÄNTED: x"));
        assert_eq!(proxy.authorization(), Some(value.as_str()));
        for shown in [format!("{proxy:?}"), proxy.to_string()] {
            assert!(!shown.contains("PL") && !shown.contains("Basic"), "{shown}");
        }
        let proxy = Proxy::new("http://proxy.example:3128").unwrap();
        assert_eq!(proxy.clone().basic_auth("a:b", "c").unwrap_err(), InvalidProxy::Colon);
        assert_eq!(proxy.clone().basic_auth("a", "b\r\nx: y").unwrap_err(), InvalidProxy::ControlCharacter);
        assert_eq!(proxy.basic_auth("a\0", "b").unwrap_err(), InvalidProxy::ControlCharacter);
    }
}

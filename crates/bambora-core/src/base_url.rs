//! The address of the API.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use http::Uri;
use http::uri::{Authority, Scheme};

use crate::text_type::stored_as_text;

/// The address that every path of the API is appended to.
///
/// `https`, or `http` if the host is a loopback address (`127.0.0.0/8`, `[::1]` or the name `localhost`), so that
/// credentials never cross a network in clear text by accident. No userinfo, query or fragment. A path prefix is kept,
/// and a trailing slash makes no difference. The default is the beta API of 2016, `https://api-beta.bambora.com`.
///
/// ```
/// use bambora_core::BaseUrl;
///
/// let proxy = BaseUrl::new("https://payments.example/bambora/")?;
/// assert_eq!(proxy.to_string(), "https://payments.example/bambora");
/// assert!(BaseUrl::new("http://payments.example").is_err());
/// # Ok::<(), bambora_core::errors::InvalidBaseUrl>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    scheme: Scheme,
    authority: Authority,
    prefix: String,
}

impl BaseUrl {
    /// The maximum length in bytes. It keeps every request's URI below the length that `http::Uri` holds.
    pub const MAX_BYTES: usize = 2_000;

    /// Returns the address of the beta API of 2016: `https://api-beta.bambora.com`.
    #[must_use]
    pub fn beta() -> Self {
        Self { scheme: Scheme::HTTPS, authority: Authority::from_static("api-beta.bambora.com"), prefix: String::new() }
    }

    /// Checks `text`.
    ///
    /// # Errors
    ///
    /// [`InvalidBaseUrl`] names the rule that `text` breaks.
    pub fn new(text: &str) -> Result<Self, InvalidBaseUrl> {
        let url = Self::check(text)?;
        if url.scheme == Scheme::HTTP && !url.is_loopback() {
            return Err(InvalidBaseUrl::Cleartext);
        }
        Ok(url)
    }

    /// Checks `text`, and accepts `http` for any host: **the credentials then cross the network in clear text**.
    ///
    /// For closed test networks only. No setting, environment variable or command-line option does the same.
    ///
    /// # Errors
    ///
    /// [`InvalidBaseUrl`] names the rule that `text` breaks.
    pub fn dangerously_allow_cleartext_credentials(text: &str) -> Result<Self, InvalidBaseUrl> {
        Self::check(text)
    }

    fn check(text: &str) -> Result<Self, InvalidBaseUrl> {
        if text.len() > Self::MAX_BYTES {
            return Err(InvalidBaseUrl::TooLong { bytes: text.len() });
        }
        // `http::Uri` drops a fragment without a word, so it has to be looked for before.
        if text.contains('#') {
            return Err(InvalidBaseUrl::Fragment);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidBaseUrl::NotAUrl);
        }
        let uri: Uri = text.parse().map_err(|_| InvalidBaseUrl::NotAUrl)?;
        let parts = uri.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(InvalidBaseUrl::NotAUrl);
        };
        if scheme != Scheme::HTTPS && scheme != Scheme::HTTP {
            return Err(InvalidBaseUrl::Scheme);
        }
        check_authority(&authority)?;
        let path_and_query = parts.path_and_query;
        let path = path_and_query.as_ref().map_or("", |both| both.path());
        if path_and_query.as_ref().is_some_and(|both| both.query().is_some()) {
            return Err(InvalidBaseUrl::Query);
        }
        let prefix = path.strip_suffix('/').unwrap_or(path);
        check_prefix(prefix)?;
        Ok(Self { scheme, authority, prefix: prefix.to_owned() })
    }

    /// Returns `true` if requests are encrypted.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// Returns the scheme, `https` or `http`.
    #[must_use]
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// Returns the host, and the port if the URL has one.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Returns the host without a port, and without the brackets of an IPv6 address.
    #[must_use]
    pub fn host(&self) -> &str {
        let host = self.authority.host();
        bracketed(host).unwrap_or(host)
    }

    /// Returns the port: the one in the URL, or the scheme's own.
    #[must_use]
    pub fn port(&self) -> u16 {
        let default = if self.is_https() { 443 } else { 80 };
        self.authority.port_u16().unwrap_or(default)
    }

    fn is_loopback(&self) -> bool {
        let host = self.host();
        host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Empty, or a path that starts with a slash and does not end with one.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }
}

/// Checks host and port on the authority's own text: `http` accepts more than a host and a port, and then reads it in its own way.
fn check_authority(authority: &Authority) -> Result<(), InvalidBaseUrl> {
    let text = authority.as_str();
    if text.contains('@') {
        return Err(InvalidBaseUrl::Userinfo);
    }
    let host = authority.host();
    let host_is_valid = match bracketed(host) {
        Some(inner) => inner.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)),
    };
    if host_is_valid && text.strip_prefix(host).is_some_and(is_port) { Ok(()) } else { Err(InvalidBaseUrl::Host) }
}

/// Returns `true` for nothing at all, and for a colon with a port from 1 to 65535 in digits.
fn is_port(after_host: &str) -> bool {
    after_host.is_empty()
        || after_host.strip_prefix(':').is_some_and(|port| {
            port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
        })
}

/// The prefix goes through other people's URL code too, which resolves `.` and `..`, encoded or not, folds `//`, and encodes
/// whatever RFC 3986 does not have in a path.
fn check_prefix(prefix: &str) -> Result<(), InvalidBaseUrl> {
    let Some(segments) = prefix.strip_prefix('/') else {
        return Ok(());
    };
    for segment in segments.split('/') {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        if plain.is_empty() || plain == "." || plain == ".." || !segment.bytes().all(is_in_paths) {
            return Err(InvalidBaseUrl::Prefix);
        }
    }
    Ok(())
}

fn is_in_paths(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%".contains(&byte)
}

fn bracketed(host: &str) -> Option<&str> {
    host.strip_prefix('[')?.strip_suffix(']')
}

impl Default for BaseUrl {
    fn default() -> Self {
        Self::beta()
    }
}

impl FromStr for BaseUrl {
    type Err = InvalidBaseUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

stored_as_text!(BaseUrl);

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.prefix)
    }
}

/// Why a text is not a [`BaseUrl`]. Never repeats the text, which may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidBaseUrl {
    /// Not an absolute URL of visible ASCII characters.
    #[error("the base URL is not an absolute URL: write it like https://api-beta.bambora.com")]
    NotAUrl,
    /// Longer than [`BaseUrl::MAX_BYTES`].
    #[error("the base URL has {bytes} bytes, more than the {max} allowed", max = BaseUrl::MAX_BYTES)]
    #[non_exhaustive]
    TooLong {
        /// How many bytes it has.
        bytes: usize,
    },
    /// Neither `https` nor `http`.
    #[error("the base URL is neither https nor http: write it like https://api-beta.bambora.com")]
    Scheme,
    /// `http` to a host that is not a loopback address.
    #[error(
        "the base URL is http, which would send the credentials in clear text: use https \
         (http is for loopback addresses only)"
    )]
    Cleartext,
    /// `user@` or `user:password@` before the host.
    #[error("the base URL has a user or password in it: take it out, credentials are given by themselves")]
    Userinfo,
    /// The host or the port cannot be used.
    #[error("the base URL's host or port is not usable: write it like https://host or https://host:8443")]
    Host,
    /// `?` and what follows.
    #[error("the base URL has a query: take out the `?` and what follows")]
    Query,
    /// `#` and what follows.
    #[error("the base URL has a fragment: take out the `#` and what follows")]
    Fragment,
    /// A path with an empty, `.` or `..` segment, or with a character that RFC 3986 does not have in a path.
    #[error(
        "the base URL's path has an empty, `.` or `..` segment, or a character that no path has, which HTTP stacks rewrite: \
         write the path out"
    )]
    Prefix,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_trailing_slash_makes_no_difference() {
        for (with, without) in [
            ("https://h.example/", "https://h.example"),
            ("https://h.example:8443/a/b/", "https://h.example:8443/a/b"),
            ("http://127.0.0.1:80/", "http://127.0.0.1:80"),
        ] {
            assert_eq!(BaseUrl::new(with), BaseUrl::new(without));
            assert_eq!(BaseUrl::new(with).unwrap().to_string(), without);
        }
    }

    #[test]
    fn clear_text_is_for_loopback_only() {
        for text in
            ["http://127.0.0.1", "http://127.8.9.10:99", "http://[::1]:8080", "http://localhost:1", "http://LOCALHOST"]
        {
            assert!(BaseUrl::new(text).is_ok(), "{text}");
        }
        for text in [
            "http://api-beta.bambora.com",
            "http://localhost.example",
            "http://127.0.0.1.example",
            "http://128.0.0.1",
            "http://0.0.0.0",
            "http://127.1",
            "http://2130706433",
            "http://[::ffff:127.0.0.1]",
            "http://[::]",
            "http://localhost.",
            "HTTP://example.com",
        ] {
            assert_eq!(BaseUrl::new(text), Err(InvalidBaseUrl::Cleartext), "{text}");
            assert!(BaseUrl::dangerously_allow_cleartext_credentials(text).is_ok());
        }
    }

    #[test]
    fn each_rule_has_its_own_refusal() {
        use InvalidBaseUrl as No;
        for (text, refusal) in [
            ("", No::NotAUrl),
            ("api-beta.bambora.com", No::NotAUrl),
            ("/payments", No::NotAUrl),
            ("https://", No::NotAUrl),
            (" https://h", No::NotAUrl),
            ("https://h\n", No::NotAUrl),
            ("https://h\u{e9}", No::NotAUrl),
            ("ftp://h", No::Scheme),
            ("https://user@h", No::Userinfo),
            ("https://user:pw@h", No::Userinfo),
            ("https://h?x=1", No::Query),
            ("https://h/?", No::Query),
            ("https://h/#x", No::Fragment),
            ("https://h#x", No::Fragment),
            ("https://h:0", No::Host),
            ("http://localhost:1[::0]:80", No::Host),
            ("http://localhost:+80", No::Host),
            ("http://[::1]x:80", No::Host),
            ("http://localhost:", No::Host),
            ("https://h:99999", No::Host),
            ("https://[::1%25eth0]", No::Host),
            ("https://h!", No::Host),
            ("https://h*.example", No::Host),
            ("https://:80", No::Host),
            ("https://h//a", No::Prefix),
            ("https://h/./a", No::Prefix),
            ("https://h/a/%2e", No::Prefix),
            ("https://h/a//", No::Prefix),
            ("https://h/../a", No::Prefix),
            ("https://h/%2E./a", No::Prefix),
            ("https://h/a\\b", No::Prefix),
            ("https://h/a\"b", No::Prefix),
            ("https://h/a/{b}", No::Prefix),
        ] {
            let got = BaseUrl::new(text);
            assert!(
                got == Err(refusal.clone()) || (refusal == No::Host && got == Err(No::NotAUrl)),
                "{text}: {got:?} instead of {refusal:?}"
            );
        }
        let long = |bytes: usize| format!("https://h/{}", "a".repeat(bytes - 10));
        assert_eq!(BaseUrl::new(&long(2_001)), Err(No::TooLong { bytes: 2_001 }));
        assert_eq!(BaseUrl::new(&long(2_000)).unwrap().to_string(), long(2_000));
    }

    #[test]
    fn what_a_connection_needs_is_taken_from_the_url() {
        for (text, is_https, host, port) in [
            ("https://h.example", true, "h.example", 443),
            ("https://h.example:8443/a", true, "h.example", 8443),
            ("http://localhost", false, "localhost", 80),
            ("http://[::1]:65535", false, "::1", 65535),
            ("https://a-b_c.example:1", true, "a-b_c.example", 1),
        ] {
            let url: BaseUrl = text.parse().unwrap();
            assert_eq!((url.is_https(), url.host(), url.port()), (is_https, host, port), "{text}");
            assert_eq!(url.scheme().as_str(), if is_https { "https" } else { "http" });
            assert_eq!(format!("{}://{}{}", url.scheme(), url.authority(), url.prefix()), text);
        }
        assert_eq!(BaseUrl::default(), BaseUrl::beta());
        assert_eq!(BaseUrl::beta().to_string(), "https://api-beta.bambora.com");
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_printed_so_that_it_reads_back(text in "(https?://)?[ -~]{0,40}") {
            if let Ok(url) = BaseUrl::new(&text) {
                prop_assert_eq!(BaseUrl::new(&url.to_string()), Ok(url));
            }
        }

        #[test]
        fn no_refusal_repeats_a_password(password in "[a-z]{12}") {
            let error = BaseUrl::new(&format!("https://user:{password}@h")).unwrap_err();
            let shown = format!("{error} {error:?}");
            prop_assert!(!shown.contains(&password));
        }
    }
}

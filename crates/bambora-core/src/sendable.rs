//! Which requests a client can send as they are.

use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::uri::Scheme;
use http::{Request, Version};

use crate::Api;
use crate::base_url::has_sound_port;

/// Why a request is not sent: HTTP stacks make different things of it, none of which is what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum UnsendableRequest {
    /// The URL has no scheme or no host.
    #[error("the request's URL has no scheme or no host: write it out, like https://host/path")]
    Relative,
    /// The URL is neither `https` nor `http`.
    #[error("the request's URL is neither https nor http")]
    Scheme,
    /// The URL is `http`, and the API's base URL is `https`.
    #[error(
        "the request's URL is not https, and the API's base URL is: credentials would go in clear text"
    )]
    ClearText,
    /// The URL has a user or a password in it.
    #[error("the request's URL has a user or a password in it: take it out")]
    Userinfo,
    /// The URL's port is none.
    #[error("the request's URL has a port that is none: give one from 1 to 65535, or leave it out")]
    Port,
    /// It asks for another version of HTTP.
    #[error("the request asks for another version than HTTP/1.1")]
    Version,
    /// It has a `host` header.
    #[error("the request has a host header: leave it out, the URL says which host is meant")]
    Host,
    /// Its `content-length` is not the body's, or it has a `transfer-encoding`.
    #[error(
        "the request's content-length is not the length of its body, or it has a transfer-encoding"
    )]
    Framing,
}

impl Api {
    /// Whether a client can send `request` as it is. [`request`](Api::request) makes only such ones; one that was made or
    /// changed by hand is refused rather than sent as something else.
    ///
    /// # Errors
    ///
    /// [`UnsendableRequest`] says what is in the way.
    pub fn check(&self, request: &Request<Vec<u8>>) -> Result<(), UnsendableRequest> {
        use UnsendableRequest as No;
        let url = request.uri();
        let (Some(scheme), Some(authority)) = (url.scheme(), url.authority()) else {
            return Err(No::Relative);
        };
        let headers = request.headers();
        let is_https = *scheme == Scheme::HTTPS;
        if !is_https && *scheme != Scheme::HTTP {
            Err(No::Scheme)
        } else if !is_https && self.base_url().is_https() {
            Err(No::ClearText)
        } else if authority.as_str().contains('@') {
            Err(No::Userinfo)
        } else if authority.host().is_empty() {
            Err(No::Relative)
        } else if !has_sound_port(authority) {
            Err(No::Port)
        } else if request.version() != Version::HTTP_11 {
            Err(No::Version)
        } else if headers.contains_key(HOST) {
            Err(No::Host)
        } else if headers.contains_key(TRANSFER_ENCODING) || !has_sound_length(request) {
            Err(No::Framing)
        } else {
            Ok(())
        }
    }
}

/// No `content-length`, or one that is the body's.
fn has_sound_length(request: &Request<Vec<u8>>) -> bool {
    let mut lengths = request.headers().get_all(CONTENT_LENGTH).iter();
    let is_the_bodys = |length: &http::HeaderValue| {
        let text = length.to_str().unwrap_or_default();
        text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse() == Ok(request.body().len())
    };
    lengths.next().is_none_or(is_the_bodys) && lengths.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AuthorizeTokenPayment, BaseUrl, CancelPayment, CardToken, Credentials, MerchantNumber,
        MerchantSecret, MerchantToken,
    };

    fn api(base_url: &str) -> Api {
        let credentials = Credentials::new(
            MerchantNumber::new("1").unwrap(),
            MerchantToken::new("token").unwrap(),
            MerchantSecret::new("secret").unwrap(),
        );
        Api::new(credentials).with_base_url(BaseUrl::new(base_url).unwrap())
    }

    #[test]
    fn what_core_builds_can_be_sent() {
        let cancel = CancelPayment::new("A".parse().unwrap());
        let currency = "EUR".parse().unwrap();
        let token = CardToken::new("t").unwrap();
        let authorize = AuthorizeTokenPayment::new("A".parse().unwrap(), currency, 1.into(), token);
        for base_url in [
            "https://h.example",
            "https://h.example:8443/prefix",
            "http://127.0.0.1:1",
            "http://[::1]:65535",
            "http://[::1]",
        ] {
            let api = api(base_url);
            assert_eq!(api.check(&api.request(&cancel)), Ok(()));
            assert_eq!(api.check(&api.request(&authorize)), Ok(()));
        }
    }

    #[test]
    fn what_would_be_sent_as_something_else_is_refused() {
        use UnsendableRequest as No;
        let plain = api("http://127.0.0.1:1");
        for (url, refusal) in [
            ("/payments/A/", No::Relative),
            ("ftp://127.0.0.1/", No::Scheme),
            ("http://user:pw@127.0.0.1/", No::Userinfo),
            ("http://user@127.0.0.1:80/", No::Userinfo),
            ("http://127.0.0.1:99999/", No::Port),
            ("http://127.0.0.1:0/", No::Port),
        ] {
            let request = Request::builder().uri(url).body(Vec::new()).unwrap();
            assert_eq!(plain.check(&request), Err(refusal), "{url}");
        }
        let in_clear_text = Request::builder().uri("http://127.0.0.1/").body(Vec::new());
        let refusal = api("https://h.example").check(&in_clear_text.unwrap());
        assert_eq!(refusal, Err(No::ClearText));

        let of_version = |version| {
            let request = Request::builder().uri("http://127.0.0.1/").version(version);
            plain.check(&request.body(Vec::new()).unwrap())
        };
        for version in [
            Version::HTTP_09,
            Version::HTTP_10,
            Version::HTTP_2,
            Version::HTTP_3,
        ] {
            assert_eq!(of_version(version), Err(No::Version));
        }
        assert_eq!(of_version(Version::HTTP_11), Ok(()));

        let with = |headers: &[(&str, &str)]| {
            let mut request = Request::builder().uri("http://127.0.0.1/");
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            plain.check(&request.body(b"abc".to_vec()).unwrap())
        };
        for (headers, refusal) in [
            (&[("host", "evil.example")][..], No::Host),
            (&[("content-length", "1")], No::Framing),
            (&[("content-length", "+3")], No::Framing),
            (
                &[("content-length", "3"), ("content-length", "3")],
                No::Framing,
            ),
            (&[("transfer-encoding", "chunked")], No::Framing),
        ] {
            assert_eq!(with(headers), Err(refusal), "{headers:?}");
        }
        assert_eq!(with(&[("content-length", "3")]), Ok(()));
        assert_eq!(with(&[]), Ok(()));
    }
}

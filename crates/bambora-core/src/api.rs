//! Builds requests from operations.

use std::sync::Arc;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};

use crate::base_url::BaseUrl;
use crate::credentials::Credentials;
use crate::merchant::Merchant;
use crate::operations::Operation;
use crate::reference::encode;

/// Builds the requests of one merchant: the API's address, and the merchant's credentials.
///
/// ```
/// use bambora_core::{Api, CancelPayment, Credentials, MerchantNumber, MerchantSecret, MerchantToken};
///
/// let api = Api::new(Credentials::new(
///     MerchantNumber::new("123456789")?,
///     MerchantToken::new("abcdefg")?,
///     MerchantSecret::new("7AQu7FGB2Kwm")?,
/// ));
/// let request = api.request(&CancelPayment::new("ORDER-1001".parse()?));
/// assert_eq!(request.method(), "POST");
/// assert_eq!(request.uri(), "https://api-beta.bambora.com/payments/ORDER-1001/cancel/");
/// assert_eq!(request.headers()["api-version"], "1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Cloning is cheap: a clone shares everything.
#[derive(Clone, Debug)]
pub struct Api(Arc<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    credentials: Credentials,
    merchant: Merchant,
    /// The headers of a request without a body, made once.
    headers: HeaderMap,
}

impl Api {
    /// Creates the beta API of 2016, at `https://api-beta.bambora.com`.
    #[must_use]
    pub fn new(credentials: Credentials) -> Self {
        let mut headers = HeaderMap::with_capacity(5);
        headers.insert(AUTHORIZATION, credentials.authorization().clone());
        headers.insert(HeaderName::from_static("api-version"), HeaderValue::from_static("1"));
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(0_u64));
        Self(Arc::new(Parts {
            merchant: Merchant::new(BaseUrl::beta(), credentials.merchant_number().clone()),
            credentials,
            headers,
        }))
    }

    /// Uses another address of the API: a sandbox, or a gateway.
    #[must_use]
    pub fn with_base_url(self, base_url: BaseUrl) -> Self {
        let mut parts = Arc::unwrap_or_clone(self.0);
        parts.merchant.base_url = base_url;
        Self(Arc::new(parts))
    }

    /// Returns the address of the API.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.0.merchant.base_url
    }

    /// Returns the merchant whose payments the requests are about.
    #[must_use]
    pub fn merchant(&self) -> &Merchant {
        &self.0.merchant
    }

    /// Returns the merchant's credentials.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.0.credentials
    }

    /// Builds the request for `operation`. It cannot fail: every part was checked when it was made.
    ///
    /// The request is complete: method, absolute URI, `authorization` (marked sensitive), `api-version`, `accept`,
    /// `content-length` equal to the body's length in bytes (also if it is zero: some gateways reject a POST without one), and
    /// `content-type` if there is a body. A transport adds `host` and `user-agent`, and nothing else.
    #[must_use]
    pub fn request<O: Operation>(&self, operation: &O) -> Request<Vec<u8>> {
        let body = operation.body();
        let mut headers = self.0.headers.clone();
        if !body.is_empty() {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let mut request = Request::new(body);
        *request.method_mut() = O::METHOD;
        *request.uri_mut() = self.uri(operation);
        *request.headers_mut() = headers;
        request
    }

    fn uri<O: Operation>(&self, operation: &O) -> Uri {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.0.merchant.base_url.scheme().clone());
        parts.authority = Some(self.0.merchant.base_url.authority().clone());
        parts.path_and_query = Some(path(self.0.merchant.base_url.prefix(), operation));
        #[allow(clippy::expect_used, reason = "a URI with scheme, authority and path lacks nothing")]
        Uri::from_parts(parts).expect("scheme, authority and path make a URI")
    }
}

/// Writes the path and query. Their length is bounded, far below the 65,534 bytes that `http::Uri` holds: a base URL has at
/// most 2,000 bytes, a reference 2,000 characters of at most 12 bytes each, a merchant number 256 of them.
fn path<O: Operation>(prefix: &str, operation: &O) -> PathAndQuery {
    const {
        assert!(
            O::ACTION.is_none() || matches!(O::ACTION, Some(action) if is_action(action)),
            "an operation's ACTION has 1 to 64 letters, digits, `-` and `_`"
        );
    }
    // A string of exactly the right length becomes the URI's without a copy and without another allocation.
    let mut bytes = 0;
    for_each_piece(prefix, operation, |piece| bytes += piece.len());
    let mut path = String::with_capacity(bytes);
    for_each_piece(prefix, operation, |piece| path.push_str(piece));
    #[allow(
        clippy::expect_used,
        reason = "percent-encoded segments are ASCII that every path may hold, and the length is bounded"
    )]
    PathAndQuery::try_from(path).expect("percent-encoded segments make a path")
}

/// Returns `true` if `action` is the same percent-encoded. Those of the API are.
const fn is_action(action: &str) -> bool {
    let mut rest = action.as_bytes();
    while let [byte, others @ ..] = rest {
        if !(byte.is_ascii_alphanumeric() || *byte == b'-' || *byte == b'_') {
            return false;
        }
        rest = others;
    }
    !action.is_empty() && action.len() <= 64
}

fn for_each_piece<O: Operation>(prefix: &str, operation: &O, mut each: impl FnMut(&str)) {
    each(prefix);
    each("/payments/");
    encode(operation.reference().as_str()).for_each(&mut each);
    each("/");
    if let Some(action) = O::ACTION {
        each(action);
        each("/");
    }
    if let Some(merchant) = operation.merchant() {
        each("?merchant=");
        encode(merchant.as_str()).for_each(&mut each);
    }
}

#[cfg(test)]
mod tests {
    use super::is_action;

    #[test]
    fn an_action_is_one_segment_of_a_path_as_it_is() {
        let longest = "a".repeat(64);
        for action in ["a", "cancel", "encrypted_card_authorization", "Z-9", longest.as_str()] {
            assert!(is_action(action), "{action}");
        }
        let too_long = "a".repeat(65);
        for action in ["", ".", "..", "a/b", "a b", "a%2e", "a?b", "ä", too_long.as_str()] {
            assert!(!is_action(action), "{action}");
        }
    }
}

//! Which heads of a response are trusted.

use bambora_client::{Failure, check_response_head};
use http::{HeaderMap, HeaderValue, StatusCode, Version};

#[test]
fn a_final_status_that_http_knows_is_trusted_and_no_other() {
    for status in 100..1000 {
        let checked = check_response_head(StatusCode::from_u16(status).unwrap(), Version::HTTP_11, &HeaderMap::new());
        assert_eq!(checked.is_ok(), (200..600).contains(&status), "{status}");
    }
}

/// HTTP/1.0 has no chunks: what looks like some may be the body itself.
#[test]
fn chunks_are_trusted_from_http_1_1_on() {
    let mut chunked = HeaderMap::new();
    chunked.insert("transfer-encoding", HeaderValue::from_static("chunked"));
    for (version, is_trusted) in [(Version::HTTP_09, false), (Version::HTTP_10, false), (Version::HTTP_11, true)] {
        assert!(check_response_head(StatusCode::OK, version, &HeaderMap::new()).is_ok());
        let checked = check_response_head(StatusCode::OK, version, &chunked);
        assert_eq!(checked.is_ok(), is_trusted, "{version:?}");
        assert!(checked.is_ok() || matches!(checked, Err(Failure::UntrustedHead)));
    }
}

//! Retry policies with the rules of two widely used clients, without their waits.

use std::future::{Ready, ready};

use http::{Request, Response, StatusCode};
use tower::retry::Policy;

type Sent = Request<Vec<u8>>;

/// As `RetryConfig::Simple(3)` of octocrab 0.54.9, its default: again after any error, and after a 429 or any status from 500.
#[derive(Clone)]
pub(crate) struct LikeOctocrab(pub(crate) usize);

impl<E> Policy<Sent, Response<Vec<u8>>, E> for LikeOctocrab {
    type Future = Ready<()>;

    fn retry(&mut self, _: &mut Sent, result: &mut Result<Response<Vec<u8>>, E>) -> Option<Ready<()>> {
        let is_wanted = match result {
            Ok(response) => response.status().is_server_error() || response.status() == StatusCode::TOO_MANY_REQUESTS,
            Err(_) => true,
        };
        (is_wanted && self.0 > 0).then(|| {
            self.0 -= 1;
            ready(())
        })
    }

    fn clone_request(&mut self, request: &Sent) -> Option<Sent> {
        Some(request.clone())
    }
}

/// As `RetryPolicy::server_retry()` of kube-client 5.0.0, its default: again after 429, 503 and 504.
#[derive(Clone)]
pub(crate) struct LikeKube(pub(crate) usize);

impl<E> Policy<Sent, Response<Vec<u8>>, E> for LikeKube {
    type Future = Ready<()>;

    fn retry(&mut self, _: &mut Sent, result: &mut Result<Response<Vec<u8>>, E>) -> Option<Ready<()>> {
        let is_wanted = result.as_ref().is_ok_and(|response| {
            let status = response.status();
            status == StatusCode::TOO_MANY_REQUESTS
                || status == StatusCode::SERVICE_UNAVAILABLE
                || status == StatusCode::GATEWAY_TIMEOUT
        });
        (is_wanted && self.0 > 0).then(|| {
            self.0 -= 1;
            ready(())
        })
    }

    fn clone_request(&mut self, request: &Sent) -> Option<Sent> {
        Some(request.clone())
    }
}

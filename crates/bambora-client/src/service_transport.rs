//! Any `tower` service as a transport.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;

use bambora_core::{BaseUrl, Delivery, TransportError};
use http::{Request, Response};
use tower_service::Service;

use crate::failure::Failure;
use crate::origin::Origin;
use crate::response_head::check_response_head;

/// Sends requests over any `tower` [`Service`], once each.
///
/// It reports an error of [`poll_ready`](Service::poll_ready) as *not sent*, since the service does not have the request then, and
/// any other error as *unknown*, unless [`map_delivery`](ServiceTransport::map_delivery) says more. Bodies are whole: map those of the
/// service, within a limit, by tower's `map_request` and `and_then`.
///
/// # What the service must not do
///
/// **A `Retry` layer around a payment sends it again.** The service has to send each request once, or not at all: no retries, no hedging
/// and no redirects, at any layer. The project's `docs/tower.md` shows what such layers do to a payment, and `bambora-conformance` finds them.
///
/// ```
/// use bambora_client::ServiceTransport;
/// use bambora_core::{BaseUrl, Delivery, TransportError};
/// use http::{Request, Response};
/// use tower::service_fn;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let service = service_fn(|request: Request<Vec<u8>>| async move {
///     assert_eq!(request.uri().path(), "/payments/A/");
///     Err::<Response<Vec<u8>>, _>(std::io::Error::from(std::io::ErrorKind::ConnectionRefused))
/// });
/// let base_url = BaseUrl::new("https://payments.example")?;
/// let request = || Request::builder().uri("https://payments.example/payments/A/").body(Vec::new());
///
/// let mut transport = ServiceTransport::new(service, base_url);
/// let error = transport.exchange(request()?).await.unwrap_err();
/// assert_eq!(error.delivery(), Delivery::Unknown);
///
/// // A program that knows the service can say more:
/// let mut transport = transport.map_delivery(|error: &std::io::Error| match error.kind() {
///     std::io::ErrorKind::ConnectionRefused => Delivery::NotSent,
///     _ => Delivery::Unknown,
/// });
/// let error = transport.exchange(request()?).await.unwrap_err();
/// assert_eq!(error.delivery(), Delivery::NotSent);
/// # Ok(())
/// # }
/// ```
pub struct ServiceTransport<S: Service<Request<Vec<u8>>>> {
    service: S,
    origin: Origin,
    delivery: Arc<MapDelivery<S::Error>>,
}

/// What an error of a service means for its request.
type MapDelivery<E> = dyn Fn(&E) -> Delivery + Send + Sync;

impl<S> ServiceTransport<S>
where
    S: Service<Request<Vec<u8>>, Response = Response<Vec<u8>>>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
{
    /// Sends requests to the origin of `base_url` over `service`.
    #[must_use]
    pub fn new(service: S, base_url: BaseUrl) -> Self {
        Self { service, origin: Origin::new(base_url), delivery: Arc::new(|_| Delivery::Unknown) }
    }

    /// Lets `map` say what an error of a call means. It must return [`Delivery::NotSent`] only if no byte of the request was written:
    /// in doubt, [`Delivery::Unknown`].
    #[must_use]
    pub fn map_delivery(self, map: impl Fn(&S::Error) -> Delivery + Send + Sync + 'static) -> Self {
        Self { delivery: Arc::new(map), ..self }
    }

    /// Sends `request` once, and returns the response as it came.
    ///
    /// A call that is dropped before it ends may have sent the request, and some services go on with it in tasks of their own.
    ///
    /// # Errors
    ///
    /// [`TransportError`] if the service fails, or returns a response that cannot be trusted. A request to any other origin is not
    /// sent.
    pub async fn exchange(&mut self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        let checked = self.origin.check(&request).map_err(Failure::from);
        checked.map_err(TransportError::not_sent)?;
        poll_fn(|cx| self.service.poll_ready(cx)).await.map_err(TransportError::not_sent)?;
        let called = self.service.call(request).await;
        let response = called.map_err(|error| match (self.delivery)(&error) {
            Delivery::NotSent => TransportError::not_sent(error),
            Delivery::Unknown => TransportError::unknown(error),
        })?;
        let checked = check_response_head(response.status(), response.version(), response.headers());
        checked.map_err(TransportError::unknown)?;
        Ok(response)
    }
}

impl<S: Service<Request<Vec<u8>>> + Clone> Clone for ServiceTransport<S> {
    fn clone(&self) -> Self {
        let (service, origin, delivery) = (self.service.clone(), self.origin.clone(), Arc::clone(&self.delivery));
        Self { service, origin, delivery }
    }
}

impl<S: Service<Request<Vec<u8>>>> fmt::Debug for ServiceTransport<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceTransport").field("origin", &self.origin).finish_non_exhaustive()
    }
}

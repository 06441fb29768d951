//! Requests over tower services: what each error means, and what docs/tower.md says of `Buffer`.

use std::future::{Ready, ready};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use bambora_client::ServiceTransport;
use bambora_core::{BaseUrl, Delivery, TransportError};
use http::{Request, Response};
use tokio::sync::oneshot;
use tower::buffer::Buffer;
use tower::buffer::error::ServiceError;
use tower::{BoxError, Service, service_fn};

type Sent = Request<Vec<u8>>;

const BASE_URL: &str = "http://127.0.0.1:1";

/// A service that is ready or not, and counts its calls.
#[derive(Clone)]
struct Counting {
    is_ready: bool,
    calls: Arc<AtomicUsize>,
    status: u16,
}

impl Counting {
    fn new(is_ready: bool, status: u16) -> Self {
        Self { is_ready, calls: Arc::default(), status }
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl Service<Sent> for Counting {
    type Response = Response<Vec<u8>>;
    type Error = BoxError;
    type Future = Ready<Result<Response<Vec<u8>>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(if self.is_ready { Ok(()) } else { Err("it is not ready".into()) })
    }

    fn call(&mut self, _: Sent) -> Self::Future {
        self.calls.fetch_add(1, Ordering::SeqCst);
        ready(match self.status {
            0 => Err("it broke".into()),
            status => Ok(Response::builder().status(status).body(Vec::new()).unwrap()),
        })
    }
}

fn request(base_url: &str) -> Sent {
    Request::builder().uri(format!("{base_url}/payments/A/")).body(Vec::new()).unwrap()
}

fn transport<S>(service: S) -> ServiceTransport<S>
where
    S: Service<Sent, Response = Response<Vec<u8>>, Error = BoxError>,
{
    ServiceTransport::new(service, BaseUrl::new(BASE_URL).unwrap())
}

async fn delivery(service: &Counting, base_url: &str) -> Delivery {
    transport(service.clone()).exchange(request(base_url)).await.unwrap_err().delivery()
}

#[tokio::test]
async fn what_a_service_does_not_get_is_not_sent() {
    let (unready, ready) = (Counting::new(false, 200), Counting::new(true, 200));
    assert_eq!(delivery(&unready, BASE_URL).await, Delivery::NotSent);
    assert_eq!(delivery(&ready, "http://127.0.0.1:2").await, Delivery::NotSent);
    assert_eq!((unready.calls(), ready.calls()), (0, 0));
}

#[tokio::test]
async fn any_other_error_is_unknown_unless_it_is_mapped() {
    for status in [0, 101, 600] {
        let service = Counting::new(true, status);
        assert_eq!(delivery(&service, BASE_URL).await, Delivery::Unknown, "{status}");
        assert_eq!(service.calls(), 1);
    }
    let not_sent = |service: Counting| transport(service).map_delivery(|_| Delivery::NotSent);
    let mapped = |error: TransportError| error.delivery();
    let broken = not_sent(Counting::new(true, 0)).exchange(request(BASE_URL)).await;
    assert_eq!(broken.map_err(mapped).unwrap_err(), Delivery::NotSent);
    // A response is no error of the service's.
    let untrusted = not_sent(Counting::new(true, 101)).exchange(request(BASE_URL)).await;
    assert_eq!(untrusted.map_err(mapped).unwrap_err(), Delivery::Unknown);
}

#[tokio::test]
async fn a_buffer_tells_late_that_the_service_behind_it_failed_and_is_over_then() {
    let unready = Counting::new(false, 200);
    let mut transport = transport(Buffer::new(unready.clone(), 4));
    let first = transport.exchange(request(BASE_URL)).await.unwrap_err();
    assert_eq!(first.delivery(), Delivery::Unknown);
    let source = std::error::Error::source(&first).unwrap();
    assert!(source.is::<ServiceError>(), "{source:?}");
    for _ in 0..2 {
        let later = transport.exchange(request(BASE_URL)).await.unwrap_err();
        assert_eq!(later.delivery(), Delivery::NotSent);
    }
    assert_eq!(unready.calls(), 0);
}

#[tokio::test]
async fn a_call_that_is_dropped_in_a_buffers_queue_is_not_sent() {
    // The first call is with the service, which is not ready again until the gate opens.
    let (open, gate) = oneshot::channel::<()>();
    let gate = Arc::new(Mutex::new(Some(gate)));
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let service = tower::limit::ConcurrencyLimit::new(
        service_fn(move |_: Sent| {
            counter.fetch_add(1, Ordering::SeqCst);
            let gate = gate.lock().unwrap().take();
            async move {
                if let Some(gate) = gate {
                    gate.await.map_err(std::io::Error::other)?;
                }
                Ok::<_, std::io::Error>(Response::new(Vec::new()))
            }
        }),
        1,
    );
    let buffer = Buffer::new(service, 4);
    let mut first = transport(buffer.clone());
    let first = tokio::spawn(async move { first.exchange(request(BASE_URL)).await.map(drop) });
    while calls.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    {
        let mut second = transport(buffer.clone());
        let mut second = std::pin::pin!(second.exchange(request(BASE_URL)));
        let polled = second.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
    }
    open.send(()).unwrap();
    first.await.unwrap().unwrap();
    transport(buffer).exchange(request(BASE_URL)).await.unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

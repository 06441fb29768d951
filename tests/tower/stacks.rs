//! The stacks: a service that sends each request once, below layers of tower's.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bambora_client::ServiceTransport;
use bambora_conformance::{Settings, Suite};
use bambora_core::{
    Api, BaseUrl, Credentials, Delivery, MerchantNumber, MerchantSecret, MerchantToken, TransportError,
};
use bambora_hyper::Client;
use http::{Request, Response};
use tokio::runtime::Runtime;
use tower::buffer::Buffer;
use tower::retry::Retry;
use tower::timeout::Timeout;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Service, service_fn};

use crate::retries::{LikeKube, LikeOctocrab};

type Sent = Request<Vec<u8>>;

/// A service whose errors are boxed, as most layers have them.
type Stack = BoxCloneSyncService<Sent, Response<Vec<u8>>, BoxError>;

/// Each stack with its name in docs/tower.md.
pub(crate) fn all() -> Vec<(&'static str, Suite)> {
    let patient = Duration::from_secs(60);
    vec![
        stack("none", |settings| mapped(once(settings, settings.connect_timeout, settings.total_timeout), settings)),
        stack("none, errors not mapped", |settings| {
            let once = once(settings, settings.connect_timeout, settings.total_timeout);
            ServiceTransport::new(boxed(once), base_url(settings))
        }),
        stack("`Timeout`, and no other limit", move |settings| {
            let once = once(settings, patient, 2 * patient);
            mapped(Timeout::new(once, settings.total_timeout), settings)
        }),
        stack("`Buffer`", |settings| {
            mapped(LazyBuffer::new(once(settings, settings.connect_timeout, settings.total_timeout)), settings)
        }),
        stack("`Retry` as in octocrab 0.54.9", |settings| {
            let once = once(settings, settings.connect_timeout, settings.total_timeout);
            mapped(Retry::new(LikeOctocrab(3), once), settings)
        }),
        stack("`Retry` as in kube-client 5.0.0", |settings| {
            let once = once(settings, settings.connect_timeout, settings.total_timeout);
            mapped(Retry::new(LikeKube(15), once), settings)
        }),
    ]
}

fn stack(
    name: &'static str,
    make: impl Fn(&Settings) -> ServiceTransport<Stack> + Send + Sync + 'static,
) -> (&'static str, Suite) {
    let suite = Suite::asynchronous(
        name,
        || {
            let runtime = Runtime::new().unwrap();
            move |future| runtime.block_on(future)
        },
        move |settings| {
            let transport = make(settings);
            move |request| {
                let mut transport = transport.clone();
                async move { transport.exchange(request).await }
            }
        },
    );
    (name, suite.races(300))
}

fn boxed<S>(service: S) -> Stack
where
    S: Service<Sent, Response = Response<Vec<u8>>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
{
    BoxCloneSyncService::new(tower::ServiceBuilder::new().map_err(Into::into).service(service))
}

/// An error of the innermost service knows what it means. All others are the layers'.
fn mapped<S>(service: S, settings: &Settings) -> ServiceTransport<Stack>
where
    S: Service<Sent, Response = Response<Vec<u8>>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
{
    ServiceTransport::new(boxed(service), base_url(settings))
        .map_delivery(|error: &BoxError| error.downcast_ref().map_or(Delivery::Unknown, TransportError::delivery))
}

fn base_url(settings: &Settings) -> BaseUrl {
    BaseUrl::new(&settings.base_url).unwrap()
}

/// Sends each request once, by `bambora-hyper`, with these limits of time.
fn once(
    settings: &Settings,
    connect_timeout: Duration,
    total_timeout: Duration,
) -> impl Service<Sent, Response = Response<Vec<u8>>, Error = TransportError, Future: Send> + Clone + Send + Sync + 'static
{
    let credentials = Credentials::new(
        MerchantNumber::new("1").unwrap(),
        MerchantToken::new("token").unwrap(),
        MerchantSecret::new("secret").unwrap(),
    );
    let mut builder =
        Client::builder().connect_timeout(connect_timeout).total_timeout(total_timeout).body_limit(settings.body_limit);
    for certificate in &settings.root_certificates {
        builder = builder.add_root_certificate(certificate.clone());
    }
    let client = builder.build(Api::new(credentials).with_base_url(base_url(settings))).unwrap();
    service_fn(move |request| {
        let client = client.clone();
        async move { client.exchange(request).await }
    })
}

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A `Buffer` whose worker starts with the first call, when there is a runtime.
struct LazyBuffer<F> {
    buffer: Buffer<Sent, F>,
    worker: Arc<Mutex<Option<Work>>>,
}

impl<F: Send + 'static> LazyBuffer<F> {
    fn new(service: impl Service<Sent, Error: Into<BoxError> + Send + Sync, Future = F> + Send + 'static) -> Self {
        let (buffer, worker) = Buffer::pair(service, 16);
        Self { buffer, worker: Arc::new(Mutex::new(Some(Box::pin(worker)))) }
    }
}

impl<F, E> Service<Sent> for LazyBuffer<F>
where
    F: Future<Output = Result<Response<Vec<u8>>, E>> + Send + 'static,
    E: Into<BoxError>,
{
    type Response = Response<Vec<u8>>;
    type Error = BoxError;
    type Future = <Buffer<Sent, F> as Service<Sent>>::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        let worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(worker) = worker {
            tokio::spawn(worker);
        }
        self.buffer.poll_ready(cx)
    }

    fn call(&mut self, request: Sent) -> Self::Future {
        self.buffer.call(request)
    }
}

impl<F: Send + 'static> Clone for LazyBuffer<F> {
    fn clone(&self) -> Self {
        Self { buffer: self.buffer.clone(), worker: Arc::clone(&self.worker) }
    }
}

//! The asynchronous rows: bare sockets, hyper, hyper-util, reqwest, and the async client, all on tokio.

use std::future::Future;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use bambora_core::{OperationExt as _, Outcome};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::blocking::{build_client, is_whole, request_bytes, tls_config};
use crate::load::{Load, Samples};

/// The total timeout of this project's clients, and their limit on bodies.
const TOTAL: Duration = Duration::from_secs(30);
const LIMIT: usize = 1024 * 1024;

pub(crate) fn run(row: &str, load: &Load) -> Option<Vec<Samples>> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        Some(match row {
            "raw" => workers(load, || raw(load.clone())).await,
            "hyper http1" => workers(load, || http1(load.clone())).await,
            "hyper-util" => {
                let client = hyper_util_client(load);
                workers(load, || hyper_util(load.clone(), client.clone())).await
            }
            "reqwest" => {
                let client = reqwest_client(load);
                workers(load, || reqwest(load.clone(), client.clone())).await
            }
            "bambora-hyper" => {
                let client = bambora_client(load);
                workers(load, || bambora(load.clone(), client.clone())).await
            }
            _ => return None,
        })
    })
}

async fn workers<T>(load: &Load, work: impl Fn() -> T) -> Vec<Samples>
where
    T: Future<Output = Samples> + Send + 'static,
{
    let workers: Vec<_> = (0..load.in_flight).map(|_| tokio::spawn(work())).collect();
    let mut samples = Vec::new();
    for worker in workers {
        samples.push(worker.await.unwrap());
    }
    samples
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

async fn connect(port: u16, tls: Option<&Arc<ClientConfig>>) -> Box<dyn Stream> {
    let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    socket.set_nodelay(true).unwrap();
    match tls {
        None => Box::new(socket),
        Some(config) => {
            let connector = TlsConnector::from(Arc::clone(config));
            let name = "localhost".try_into().unwrap();
            Box::new(connector.connect(name, socket).await.unwrap())
        }
    }
}

/// Sends the same bytes over bare sockets, which no client can do without.
async fn raw(load: Load) -> Samples {
    let mut samples = Samples::new(&load);
    let tls = load.root.as_ref().map(|root| tls_config(root));
    let request = request_bytes(&load);
    let mut kept = None;
    while samples.begin() {
        let mut stream = match kept.take() {
            Some(stream) => stream,
            None => connect(load.port, tls.as_ref()).await,
        };
        stream.write_all(&request).await.unwrap();
        stream.flush().await.unwrap();
        let mut response = [0; 4096];
        let mut filled = 0;
        while !is_whole(&response[..filled]) {
            filled += stream.read(&mut response[filled..]).await.unwrap();
        }
        kept = load.reuse.then_some(stream);
        samples.end();
    }
    samples
}

type Sender = SendRequest<Full<Bytes>>;

async fn handshake(load: &Load, tls: Option<&Arc<ClientConfig>>) -> Sender {
    let stream = TokioIo::new(connect(load.port, tls).await);
    let (sender, connection) = http1::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    sender
}

/// Sends through hyper's own connection, without a pool.
async fn http1(load: Load) -> Samples {
    let mut samples = Samples::new(&load);
    let tls = load.root.as_ref().map(|root| tls_config(root));
    let (api, cancel) = (load.api(), load.cancel());
    let host = http::HeaderValue::from_str(&format!("localhost:{}", load.port)).unwrap();
    let mut kept = None;
    while samples.begin() {
        let mut sender = match kept.take() {
            Some(sender) => sender,
            None => handshake(&load, tls.as_ref()).await,
        };
        sender.ready().await.unwrap();
        let mut request = api.request(&cancel).map(|body| Full::new(Bytes::from(body)));
        let path = request.uri().path_and_query().unwrap().clone();
        *request.uri_mut() = path.into();
        request.headers_mut().insert("host", host.clone());
        let response = timeout(TOTAL, whole(sender.send_request(request))).await;
        cancel.parse(&response.unwrap()).unwrap();
        kept = load.reuse.then_some(sender);
        samples.end();
    }
    samples
}

async fn whole<E: std::fmt::Debug>(
    response: impl Future<Output = Result<Response<hyper::body::Incoming>, E>>,
) -> Response<Bytes> {
    let (head, body) = response.await.unwrap().into_parts();
    let body = Limited::new(body, LIMIT).collect().await.unwrap();
    Response::from_parts(head, body.to_bytes())
}

type HyperUtil = legacy::Client<hyper_rustls::HttpsConnector<HttpConnector>, Full<Bytes>>;

fn hyper_util_client(load: &Load) -> HyperUtil {
    let mut http = HttpConnector::new();
    http.set_nodelay(true);
    http.enforce_http(false);
    http.set_connect_timeout(Some(Duration::from_secs(5)));
    let tls = tls_config_of(load);
    let connector = hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(http);
    let mut builder = legacy::Client::builder(TokioExecutor::new());
    if !load.reuse {
        builder.pool_max_idle_per_host(0);
    }
    builder.build(connector)
}

fn tls_config_of(load: &Load) -> ClientConfig {
    match &load.root {
        Some(root) => Arc::unwrap_or_clone(tls_config(root)),
        None => {
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth()
        }
    }
}

async fn hyper_util(load: Load, client: HyperUtil) -> Samples {
    let mut samples = Samples::new(&load);
    let (api, cancel) = (load.api(), load.cancel());
    while samples.begin() {
        let request = api.request(&cancel).map(|body| Full::new(Bytes::from(body)));
        let response = timeout(TOTAL, whole(client.request(request))).await;
        cancel.parse(&response.unwrap()).unwrap();
        samples.end();
    }
    samples
}

fn reqwest_client(load: &Load) -> reqwest::Client {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls_config_of(load))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(Duration::from_secs(5))
        .timeout(TOTAL);
    if !load.reuse {
        builder = builder.pool_max_idle_per_host(0);
    }
    builder.build().unwrap()
}

async fn reqwest(load: Load, client: reqwest::Client) -> Samples {
    let mut samples = Samples::new(&load);
    let (api, cancel) = (load.api(), load.cancel());
    while samples.begin() {
        let request: Request<Vec<u8>> = api.request(&cancel);
        let request = reqwest::Request::try_from(request).unwrap();
        let response = client.execute(request).await.unwrap();
        let body = response.bytes().await.unwrap();
        cancel.parse(&Response::new(body)).unwrap();
        samples.end();
    }
    samples
}

fn bambora_client(load: &Load) -> bambora_hyper::Client {
    build_client(load, bambora_hyper::Client::builder())
}

async fn bambora(load: Load, client: bambora_hyper::Client) -> Samples {
    let mut samples = Samples::new(&load);
    let cancel = load.cancel();
    while samples.begin() {
        client.send(&cancel).await.unwrap();
        samples.end();
    }
    samples
}

/// Measures a single exchange and a flow, by turns.
pub(crate) fn turns(load: &Load) -> [Samples; 2] {
    let client = bambora_client(load);
    let (cancel, reference) = (load.cancel(), "ORDER-1001".parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (mut exchange, mut flow) = (Samples::new(load), Samples::new(load));
        while exchange.begin() {
            client.send(&cancel).await.unwrap();
            exchange.end();
            flow.begin();
            let outcome = client.cancel(&reference).await;
            flow.end();
            assert!(matches!(outcome, Outcome::Canceled(_)));
        }
        [exchange, flow]
    })
}

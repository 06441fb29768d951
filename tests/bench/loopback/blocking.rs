//! The rows that block: bare sockets, ureq as it comes, and the blocking client.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bambora_core::{BuildClient, ClientBuilder, Operation as _, Outcome};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::load::{Load, Samples};

pub(crate) fn run(row: &str, load: &Load) -> Option<Vec<Samples>> {
    match row {
        "raw, blocking" => Some(workers(load, raw(load))),
        "ureq" => Some(workers(load, ureq(load))),
        "bambora-blocking" => Some(workers(load, client(load))),
        _ => None,
    }
}

/// Runs as many workers at once as there are to be requests in flight, each with a call of its own.
fn workers<C: FnMut() + Send>(load: &Load, call: impl Fn() -> C + Sync) -> Vec<Samples> {
    let work = || {
        let mut call = call();
        let mut samples = Samples::new(load);
        while samples.begin() {
            call();
            samples.end();
        }
        samples
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..load.in_flight).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap())
            .collect()
    })
}

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// The bytes that core's request becomes.
pub(crate) fn wording(load: &Load) -> Vec<u8> {
    let request = load.api().request(&load.cancel());
    let mut bytes = format!("POST {} HTTP/1.1\r\n", request.uri().path()).into_bytes();
    for (name, value) in request.headers() {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    bytes.extend(format!("host: localhost:{}\r\n\r\n", load.port).as_bytes());
    bytes
}

/// Where an answer ends: all are the same, and come whole or in two pieces.
pub(crate) fn is_whole(answer: &[u8]) -> bool {
    answer.ends_with(b"}")
}

fn raw(load: &Load) -> impl Fn() -> Box<dyn FnMut() + Send> {
    let tls = load.root.as_ref().map(|root| tls_config(root));
    let (wording, reuse, port) = (wording(load), load.reuse, load.port);
    move || {
        let (tls, wording) = (tls.clone(), wording.clone());
        let mut kept = None;
        Box::new(move || {
            let mut stream = kept.take().unwrap_or_else(|| connect(port, tls.as_ref()));
            stream.write_all(&wording).unwrap();
            let mut answer = [0; 4096];
            let mut filled = 0;
            while !is_whole(&answer[..filled]) {
                filled += stream.read(&mut answer[filled..]).unwrap();
            }
            kept = reuse.then_some(stream);
        })
    }
}

fn connect(port: u16, tls: Option<&Arc<ClientConfig>>) -> Box<dyn Stream> {
    let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    socket.set_nodelay(true).unwrap();
    match tls {
        None => Box::new(socket),
        Some(config) => {
            let name = "localhost".try_into().unwrap();
            let connection = ClientConnection::new(Arc::clone(config), name).unwrap();
            Box::new(StreamOwned::new(connection, socket))
        }
    }
}

pub(crate) fn tls_config(root: &[u8]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(root.to_vec().into()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

/// ureq as it comes, with the same timeouts.
fn ureq(load: &Load) -> impl Fn() -> Box<dyn FnMut() + Send> {
    let mut config = ureq::Agent::config_builder()
        .timeout_connect(Some(Duration::from_secs(5)))
        .timeout_global(Some(Duration::from_secs(30)));
    if !load.reuse {
        config = config
            .max_idle_connections(0)
            .max_idle_connections_per_host(0);
    } else {
        config = config
            .max_idle_connections_per_host(load.in_flight)
            .max_idle_connections(load.in_flight);
    }
    if let Some(root) = &load.root {
        let root = ureq::tls::Certificate::from_der(root).to_owned();
        let tls = ureq::tls::TlsConfig::builder()
            .root_certs(ureq::tls::RootCerts::new_with_certs(&[root]))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        config = config.tls_config(tls);
    }
    let agent = ureq::Agent::new_with_config(config.build());
    let (api, cancel) = (load.api(), load.cancel());
    move || {
        let (agent, api, cancel) = (agent.clone(), api.clone(), cancel.clone());
        Box::new(move || {
            let mut answer = agent.run(api.request(&cancel)).unwrap();
            let body = answer.body_mut().read_to_vec().unwrap();
            cancel.parse(&http::Response::new(body)).unwrap();
        })
    }
}

/// A client of this project, with everything as it comes, but for what the load says.
pub(crate) fn set_up<C: BuildClient>(load: &Load, builder: ClientBuilder<C>) -> C {
    let builder = builder.reuse_connections(load.reuse);
    let builder = match &load.root {
        Some(root) => builder.add_root_certificate(root.clone()),
        None => builder,
    };
    builder.build(load.api()).unwrap()
}

fn client(load: &Load) -> impl Fn() -> Box<dyn FnMut() + Send> {
    let client = set_up(load, bambora_blocking::Client::builder());
    let cancel = load.cancel();
    move || {
        let (client, cancel) = (client.clone(), cancel.clone());
        Box::new(move || drop(client.send(&cancel).unwrap()))
    }
}

/// A single exchange and a flow, by turns.
pub(crate) fn turns(load: &Load) -> [Samples; 2] {
    let client = set_up(load, bambora_blocking::Client::builder());
    let (cancel, reference) = (load.cancel(), "ORDER-1001".parse().unwrap());
    let (mut exchange, mut flow) = (Samples::new(load), Samples::new(load));
    while exchange.begin() {
        client.send(&cancel).unwrap();
        exchange.end();
        flow.begin();
        let outcome = client.cancel(&reference);
        flow.end();
        assert!(matches!(outcome, Outcome::Canceled(_)));
    }
    [exchange, flow]
}

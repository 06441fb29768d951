//! Connectors of the caller's own: a network in memory, whose every byte a test decides, and a Unix socket.

#[cfg(unix)]
#[allow(dead_code, reason = "an example has a main function of its own")]
#[path = "../../examples/unix_socket.rs"]
mod unix_socket;

use std::future::pending;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bambora_core::flow::Confirmation;
use bambora_hyper::{
    Api, BaseUrl, CancelPolicy, Client, Credentials, Delivery, Error, MerchantNumber, MerchantSecret, MerchantToken,
    Outcome, PaymentReference, Proxy,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufStream, DuplexStream, duplex};
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::timeout;

const CANCELED: &str = r#"{"payment": "A", "state": "Canceled"}"#;

fn reference() -> PaymentReference {
    "A".parse().unwrap()
}

fn api(base_url: &str) -> Api {
    Api::new(Credentials::new(
        MerchantNumber::new("1").unwrap(),
        MerchantToken::new("token").unwrap(),
        MerchantSecret::new("secret").unwrap(),
    ))
    .with_base_url(BaseUrl::new(base_url).unwrap())
}

fn client() -> Client {
    let policy = CancelPolicy::builder().further_cancels(1).waits(Duration::ZERO, Duration::ZERO).build().unwrap();
    Client::builder().cancel_policy(policy).build(api("http://localhost:7")).unwrap()
}

/// What a simulated network does with a connection.
#[derive(Clone, Copy)]
enum Link {
    Refuses,
    SwallowsPackets,
    /// Closes before anything was sent.
    Closes,
    /// Delivers this many bytes of the request, and breaks.
    BreaksAfter(usize),
    /// Delivers the request, and loses the response.
    LosesTheResponse,
    Works,
}

/// A network in memory, with a server that cancels payment A, and counts the cancel requests that it read.
#[derive(Clone, Default)]
struct Network {
    links: Arc<Mutex<Vec<Link>>>,
    cancels: Arc<AtomicUsize>,
}

impl Network {
    /// A network with these links for the connections to come, and working ones after that.
    fn with(links: &[Link]) -> Self {
        let network = Self::default();
        network.links.lock().unwrap().extend(links.iter().rev());
        network
    }

    async fn connect(self) -> io::Result<DuplexStream> {
        let link = self.links.lock().unwrap().pop().unwrap_or(Link::Works);
        let (near, far) = duplex(64);
        match link {
            Link::Refuses => return Err(io::ErrorKind::ConnectionRefused.into()),
            Link::SwallowsPackets => pending().await,
            Link::Closes => drop(far),
            _ => drop(tokio::spawn(self.serve(far, link))),
        }
        Ok(near)
    }

    async fn serve(self, mut far: DuplexStream, link: Link) -> io::Result<()> {
        let mut request = Vec::new();
        let limit = if let Link::BreaksAfter(bytes) = link { bytes } else { usize::MAX };
        while !request.ends_with(b"\r\n\r\n") && request.len() < limit {
            request.push(far.read_u8().await?);
        }
        if !request.ends_with(b"\r\n\r\n") {
            return Ok(());
        }
        if request.starts_with(b"POST") {
            self.cancels.fetch_add(1, Ordering::SeqCst);
        }
        if !matches!(link, Link::LosesTheResponse) {
            let length = CANCELED.len();
            let response = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{CANCELED}");
            far.write_all(response.as_bytes()).await?;
        }
        Ok(())
    }

    fn client(&self) -> Client {
        let network = self.clone();
        client().over(move |_: &str, _: u16| network.clone().connect())
    }
}

/// Sends one cancel request, and returns what is known of it.
async fn delivery(link: Link) -> (Delivery, usize) {
    let network = Network::with(&[link]);
    let cancel = bambora_hyper::CancelPayment::new(reference());
    let Err(Error::Transport(error)) = network.client().send(&cancel).await else {
        panic!("there is a response");
    };
    (error.delivery(), network.cancels.load(Ordering::SeqCst))
}

#[tokio::test(start_paused = true)]
async fn the_delivery_is_exact_over_a_network_in_memory() {
    assert_eq!(delivery(Link::Refuses).await, (Delivery::NotSent, 0));
    assert_eq!(delivery(Link::SwallowsPackets).await, (Delivery::NotSent, 0));
    assert_eq!(delivery(Link::BreaksAfter(1)).await, (Delivery::Unknown, 0));
    assert_eq!(delivery(Link::BreaksAfter(100)).await, (Delivery::Unknown, 0));
    assert_eq!(delivery(Link::LosesTheResponse).await, (Delivery::Unknown, 1));
    // The connection was there, so an attempt to write counts, although nothing arrived.
    assert_eq!(delivery(Link::Closes).await.1, 0);
}

#[tokio::test(start_paused = true)]
async fn a_cancel_is_resolved_over_a_network_in_memory() {
    let network = Network::with(&[Link::Refuses, Link::LosesTheResponse, Link::BreaksAfter(20)]);
    let Outcome::Canceled(canceled) = network.client().cancel(&reference()).await else {
        panic!("not canceled");
    };
    assert_eq!(canceled.confirmation, Confirmation::Query);
    assert_eq!(network.cancels.load(Ordering::SeqCst), 1);
    let refusing = Network::with(&[Link::Refuses, Link::SwallowsPackets]);
    let outcome = refusing.client().cancel(&reference()).await;
    assert!(matches!(outcome, Outcome::NotSent(_)), "{outcome}");
    assert_eq!(refusing.cancels.load(Ordering::SeqCst), 0);
}

/// A socket may hold back what is written to it until it is told to flush.
#[tokio::test(start_paused = true)]
async fn a_socket_that_buffers_is_flushed() {
    let network = Network::default();
    let buffered = network.clone();
    let client = client().over(move |_: &str, _: u16| {
        let network = buffered.clone();
        async move { Ok(BufStream::new(network.connect().await?)) }
    });
    let outcome = client.cancel(&reference()).await;
    assert!(matches!(outcome, Outcome::Canceled(_)), "{outcome}");
    assert_eq!(network.cancels.load(Ordering::SeqCst), 1);
}

/// Even if connections are to be reused: what arrives on a caller's socket unasked cannot be known.
#[tokio::test(start_paused = true)]
async fn a_connection_over_a_callers_socket_is_closed_after_its_exchange() {
    let (closed, mut closings) = unbounded_channel();
    let reusing = Client::builder().reuse_connections(true).build(api("http://localhost:7")).unwrap();
    let client = reusing.over(move |_: &str, _: u16| {
        let closed = closed.clone();
        async move {
            let (near, mut far) = duplex(1024);
            tokio::spawn(async move {
                let response = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{CANCELED}", CANCELED.len());
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    request.push(far.read_u8().await.unwrap());
                }
                far.write_all(response.as_bytes()).await.unwrap();
                far.read_to_end(&mut Vec::new()).await.unwrap();
                closed.send(()).unwrap();
            });
            Ok(near)
        }
    });
    for _ in 0..2 {
        client.query(&reference()).await.unwrap();
        timeout(Duration::from_secs(60), closings.recv()).await.expect("it is open").unwrap();
    }
}

#[tokio::test]
async fn it_connects_to_the_proxy_if_there_is_one() {
    let seen = Arc::new(Mutex::new(None));
    let log = Arc::clone(&seen);
    let proxy = Proxy::new("http://[::1]:3128").unwrap();
    let client = Client::builder().proxy(proxy).build(api("https://payments.example")).unwrap();
    let client = client.over(move |host: &str, port: u16| {
        *log.lock().unwrap() = Some((host.to_owned(), port));
        async {
            let (near, mut far) = duplex(1024);
            far.write_all(b"HTTP/1.1 503 No\r\n\r\n").await?;
            // Keeps the other end open.
            tokio::spawn(async move { far.read_to_end(&mut Vec::new()).await });
            Ok(near)
        }
    });
    let error = client.query(&reference()).await.unwrap_err();
    let Error::Transport(error) = error else {
        panic!("{error}");
    };
    assert_eq!(error.delivery(), Delivery::NotSent);
    assert_eq!(*seen.lock().unwrap(), Some(("::1".to_owned(), 3128)));
}

#[cfg(unix)]
#[tokio::test]
async fn it_goes_over_a_unix_socket() {
    unix_socket::run().await.unwrap();
}

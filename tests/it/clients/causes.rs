//! Outcomes and errors name their cause, and no secret.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bambora_client::{CancelEvent, ClientBuilder, Proxy};
use bambora_core::{Api, BaseUrl, CancelPolicy, Credentials, MerchantNumber, MerchantSecret, MerchantToken, Outcome};
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection};
use socket2::{Domain, Socket, Type};

use crate::clients::{AnyClient, for_each_client};
use crate::connect_proxy::{ConnectProxy, Tunnel};

const TOKEN: &str = "TOKENPLANTED";
const SECRET: &str = "SECRETPLANTED";
/// What a request has of the credentials: `TOKENPLANTED@123456789:SECRETPLANTED`.
const ENCODED: &str = "VE9LRU5QTEFOVEVEQDEyMzQ1Njc4OTpTRUNSRVRQTEFOVEVE";

fn api(base_url: &str) -> Api {
    Api::new(Credentials::new(
        MerchantNumber::new("123456789").unwrap(),
        MerchantToken::new(TOKEN).unwrap(),
        MerchantSecret::new(SECRET).unwrap(),
    ))
    .with_base_url(BaseUrl::new(base_url).unwrap())
}

/// One cancel request, and one query.
fn builder<C: AnyClient>(connect_timeout: Duration) -> ClientBuilder<C> {
    let policy =
        CancelPolicy::builder().further_cancels(0).queries(1).waits(Duration::ZERO, Duration::ZERO).build().unwrap();
    ClientBuilder::<C>::new().connect_timeout(connect_timeout).cancel_policy(policy)
}

fn client<C: AnyClient>(base_url: &str, connect_timeout: Duration) -> C {
    builder(connect_timeout).build(api(base_url)).unwrap()
}

fn proxied<C: AnyClient>(base_url: &str, proxy: &str, connect_timeout: Duration) -> C {
    builder(connect_timeout).proxy(Proxy::new(proxy).unwrap()).build(api(base_url)).unwrap()
}

const PATIENT: Duration = Duration::from_secs(20);

/// Cancels, and checks that `causes` are named by what the outcome displays, by its source, and by what the observer is told.
/// Nothing that can be printed may show a secret.
fn cancel_and_check<C: AnyClient>(client: &C, causes: &[&str]) -> Outcome {
    let (tell, told) = std::sync::mpsc::channel();
    let outcome = client.cancel_with(&"A".parse().unwrap(), move |event| {
        tell.send(event).unwrap();
        std::ops::ControlFlow::Continue(())
    });
    let source = match &outcome {
        Outcome::NotSent(not_sent) => not_sent.source(),
        Outcome::Unknown(unknown) => unknown.source(),
        other => panic!("{other}"),
    };
    let source = source.unwrap().to_string();
    let displayed = outcome.to_string();
    let mut shown = format!("{client:?} {outcome:?} {displayed} {source}");
    let mut failed = String::new();
    for event in told {
        shown += &format!("{event} {event:?}");
        if let CancelEvent::Failed(error) = event {
            failed = chain(&error);
        }
    }
    for cause in causes {
        for text in [&displayed, &source, &failed] {
            assert!(text.contains(cause), "{cause} is not in {text}");
        }
    }
    shown += &failed;
    for planted in [TOKEN, SECRET, ENCODED] {
        assert!(!shown.contains(planted), "{shown}");
    }
    outcome
}

fn chain(error: &dyn Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut next = error.source();
    while let Some(error) = next {
        text += &format!(": {error} {error:?}");
        next = error.source();
    }
    text
}

fn not_sent<C: AnyClient>(client: &C, causes: &[&str]) {
    let outcome = cancel_and_check(client, causes);
    assert!(matches!(outcome, Outcome::NotSent(_)), "{outcome}");
}

fn a_refused_connection<C: AnyClient>() {
    // Nobody else gets the port while it is bound, and nobody listens.
    let port = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    port.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    let address = port.local_addr().unwrap().as_socket().unwrap();
    let client = client::<C>(&format!("http://{address}"), PATIENT);
    not_sent(&client, &["the connection failed", "refused"]);
}

fn a_name_that_does_not_exist<C: AnyClient>() {
    // Reserved for this: nobody can register it. A resolver that is out of reach answers too late instead.
    let client = client::<C>("https://bambora.invalid", Duration::from_secs(5));
    not_sent(&client, &["look-up"]);
}

fn a_certificate_that_is_not_trusted<C: AnyClient>() {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key.into())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            // The client breaks it off.
            let _ = connection.complete_io(&mut socket.unwrap());
        }
    });
    let client = client::<C>(&format!("https://localhost:{port}"), PATIENT);
    not_sent(&client, &["TLS handshake", "certificate"]);
}

fn a_connection_that_takes_too_long<C: AnyClient>() {
    // The system accepts connections for a listener, and nobody makes the handshake.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let client = client::<C>(&format!("https://{address}"), Duration::from_millis(100));
    not_sent(&client, &["longer than the connect timeout"]);
}

fn a_proxy_that_does_not_respond<C: AnyClient>() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let proxy = format!("http://{}", silent.local_addr().unwrap());
    let client = proxied::<C>("http://127.0.0.1:9", &proxy, Duration::from_millis(100));
    not_sent(&client, &["the proxy opened no tunnel within the connect timeout"]);
}

/// The proxy has done its part.
fn a_handshake_in_a_tunnel_that_takes_too_long<C: AnyClient>() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = silent.local_addr().unwrap();
    let proxy = ConnectProxy::start(|_| Tunnel::Open);
    let client = proxied::<C>(&format!("https://{address}"), &proxy.url(), Duration::from_millis(300));
    not_sent(&client, &["the connection took longer than the connect timeout"]);
}

fn a_response_that_never_comes<C: AnyClient>() {
    let sandbox = Sandbox::builder().accept_credentials("123456789", TOKEN, SECRET).start().unwrap();
    sandbox.authorize("A");
    let lost = Fault::new(Effect::Apply, FaultResponse::Drop);
    sandbox.fault_always(Operation::Cancel, lost);
    sandbox.fault_always(Operation::Query, lost);
    let client = client::<C>(&sandbox.base_url(), PATIENT);
    let outcome = cancel_and_check(&client, &["the HTTP exchange failed"]);
    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome}");
}

for_each_client! {
    a_refused_connection,
    a_name_that_does_not_exist,
    a_certificate_that_is_not_trusted,
    a_connection_that_takes_too_long,
    a_proxy_that_does_not_respond,
    a_handshake_in_a_tunnel_that_takes_too_long,
    a_response_that_never_comes,
}

//! Cancels through an HTTP proxy: what each of its failures means for a payment, and that its credentials do not show.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bambora_client::{CancelEvent, ClientBuilder, Proxy};
use bambora_core::flow::Confirmation;
use bambora_core::{CancelPolicy, Outcome};
use bambora_sandbox::{Operation, Sandbox};
use socket2::{Domain, Socket, Type};

use crate::clients::{AnyClient, for_each_client};
use crate::connect_proxy::{ConnectProxy, Tunnel};

const USER: &str = "USERPLANTED";
const PASSWORD: &str = "PASSWORDPLANTED";
/// What a request for a tunnel has of them: `USERPLANTED:PASSWORDPLANTED`.
const ENCODED: &str = "VVNFUlBMQU5URUQ6UEFTU1dPUkRQTEFOVEVE";

fn builder<C: AnyClient>(proxy: &str) -> ClientBuilder<C> {
    let policy = CancelPolicy::builder().further_cancels(1).waits(Duration::ZERO, Duration::ZERO).build().unwrap();
    let proxy = Proxy::new(proxy).unwrap().basic_auth(USER, PASSWORD).unwrap();
    ClientBuilder::<C>::new().cancel_policy(policy).proxy(proxy)
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize("A");
    sandbox
}

fn operations(sandbox: &Sandbox) -> Vec<Operation> {
    sandbox.requests().into_iter().filter_map(|request| Some(request.operation?.0)).collect()
}

/// Cancels, and returns the outcome with everything that can be printed on the way, which must not show the credentials.
fn cancel<C: AnyClient>(builder: &ClientBuilder<C>, sandbox: &Sandbox) -> (Outcome, String) {
    let client = builder.clone().build(sandbox.api()).unwrap();
    let shown = Arc::new(Mutex::new(format!("{builder:?} {client:?}")));
    let observed = Arc::clone(&shown);
    let outcome = client.cancel_with(&"A".parse().unwrap(), move |event| {
        let mut text = format!("{event} {event:?}");
        if let CancelEvent::Failed(error) = &event {
            let mut next: Option<&dyn Error> = Some(error);
            while let Some(error) = next {
                text += &format!(" {error} {error:?}");
                next = error.source();
            }
        }
        *observed.lock().unwrap() += &text;
        ControlFlow::Continue(())
    });
    let shown = format!("{} {outcome} {outcome:?}", shown.lock().unwrap());
    for planted in [USER, PASSWORD, ENCODED] {
        assert!(!shown.contains(planted), "{shown}");
    }
    (outcome, shown)
}

fn a_cancel_goes_through_it<C: AnyClient>() {
    let (sandbox, proxy) = (sandbox(), ConnectProxy::start(|_| Tunnel::Open));
    for reuse in [false, true] {
        let (outcome, _) = cancel(&builder::<C>(&proxy.url()).reuse_connections(reuse), &sandbox);
        assert!(matches!(outcome, Outcome::Canceled(_)), "{outcome}");
    }
    let heads = proxy.heads();
    let target = sandbox.base_url().replace("http://", "");
    for head in &heads {
        assert!(head.starts_with(&format!("CONNECT {target} HTTP/1.1\r\n")), "{head}");
        assert!(head.contains(&format!("\r\nproxy-authorization: Basic {ENCODED}\r\n")), "{head}");
        assert!(!head.contains("\r\nauthorization"), "{head}");
    }
    // As many as connections: the sandbox saw no request that came another way.
    assert_eq!(heads.len(), sandbox.requests().len());
}

fn a_refusal_is_not_sent<C: AnyClient>() {
    for (status, said) in [(407, "with status 407: it wants other credentials"), (502, "with status 502")] {
        let (sandbox, proxy) = (sandbox(), ConnectProxy::start(move |_| Tunnel::Refuse(status)));
        let (outcome, shown) = cancel(&builder::<C>(&proxy.url()), &sandbox);
        assert!(matches!(outcome, Outcome::NotSent(_)), "{outcome}");
        assert!(outcome.to_string().contains(said), "{outcome}");
        assert!(shown.contains("there is no tunnel through the proxy"), "{shown}");
        assert_eq!(proxy.heads().len(), 2);
        assert!(sandbox.requests().is_empty());
    }
}

fn an_unreachable_one_is_not_sent_and_there_is_no_way_around_it<C: AnyClient>() {
    let sandbox = sandbox();
    // Nobody else gets the port while it is bound, and nobody listens.
    let port = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    port.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    let address = port.local_addr().unwrap().as_socket().unwrap();
    let (outcome, _) = cancel(&builder::<C>(&format!("http://{address}")), &sandbox);
    assert!(matches!(outcome, Outcome::NotSent(_)), "{outcome}");
    assert!(outcome.to_string().contains("the connection to the proxy failed"), "{outcome}");
    assert!(sandbox.requests().is_empty());
}

fn a_tunnel_that_breaks_leaves_a_doubt_which_a_query_resolves<C: AnyClient>() {
    let sandbox = sandbox();
    let proxy = ConnectProxy::start(|number| match number {
        0 => Tunnel::CutBeforeResponse,
        _ => Tunnel::Open,
    });
    let (outcome, _) = cancel(&builder::<C>(&proxy.url()), &sandbox);
    let Outcome::Canceled(canceled) = outcome else {
        panic!("{outcome}");
    };
    assert_eq!(canceled.confirmation, Confirmation::Query);
    assert_eq!(operations(&sandbox), [Operation::Cancel, Operation::Query]);
}

fn tunnels_that_always_break_leave_it_unknown<C: AnyClient>() {
    let (sandbox, proxy) = (sandbox(), ConnectProxy::start(|_| Tunnel::CutBeforeResponse));
    let (outcome, _) = cancel(&builder::<C>(&proxy.url()), &sandbox);
    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome}");
    assert!(sandbox.is_canceled("A"));
}

for_each_client! {
    a_cancel_goes_through_it,
    a_refusal_is_not_sent,
    an_unreachable_one_is_not_sent_and_there_is_no_way_around_it,
    a_tunnel_that_breaks_leaves_a_doubt_which_a_query_resolves,
    tunnels_that_always_break_leave_it_unknown,
}

//! A tower service as a transport.

use std::io;

use bambora_client::ServiceTransport;
use bambora_core::{BaseUrl, Delivery};
use http::{Request, Response};
use tower::service_fn;

fn request(host: &str) -> Request<Vec<u8>> {
    Request::builder().uri(format!("https://{host}/payments/A/")).body(Vec::new()).unwrap()
}

fn base_url() -> BaseUrl {
    BaseUrl::new("https://h.example").unwrap()
}

#[tokio::test]
async fn a_response_comes_back_whole_and_only_from_the_own_origin() {
    let service = service_fn(|request: Request<Vec<u8>>| async move {
        Ok::<_, io::Error>(Response::builder().status(402).body(request.uri().path().as_bytes().to_vec()).unwrap())
    });
    let mut transport = ServiceTransport::new(service, base_url());
    let response = transport.exchange(request("h.example")).await.unwrap();
    assert_eq!((response.status().as_u16(), response.body().as_slice()), (402, &b"/payments/A/"[..]));
    let elsewhere = transport.exchange(request("elsewhere.example")).await.unwrap_err();
    assert_eq!(elsewhere.delivery(), Delivery::NotSent);
    assert!(format!("{transport:?}").contains("h.example"));
}

#[tokio::test]
async fn an_error_is_in_doubt_unless_its_user_knows_better() {
    let service = service_fn(|_: Request<Vec<u8>>| async {
        Err::<Response<Vec<u8>>, _>(io::Error::from(io::ErrorKind::ConnectionRefused))
    });
    let mut transport = ServiceTransport::new(service, base_url());
    assert_eq!(transport.exchange(request("h.example")).await.unwrap_err().delivery(), Delivery::Unknown);
    let mut mapped = transport.map_delivery(|error: &io::Error| match error.kind() {
        io::ErrorKind::ConnectionRefused => Delivery::NotSent,
        _ => Delivery::Unknown,
    });
    assert_eq!(mapped.clone().exchange(request("h.example")).await.unwrap_err().delivery(), Delivery::NotSent);
    assert_eq!(mapped.exchange(request("h.example")).await.unwrap_err().delivery(), Delivery::NotSent);
}

//! Who may look at a sandbox and change it: programs on this machine and the sandbox's own page, but no other website that the
//! person at the browser has open.

use std::net::SocketAddr;

use crate::logged_request::LoggedRequest;
use crate::response_bytes::ResponseBytes;

use super::fields::problem;

/// Another website's page can send a request with this header only if the sandbox grants it to, which it never does.
const REQUIRED: &str = "bambora-sandbox";

/// Checks where a request comes from. `local` is the address that it arrived at.
pub(super) fn check(request: &LoggedRequest, local: SocketAddr) -> Result<(), ResponseBytes> {
    if !names_this_server(request, local) {
        // Another website could have its own name resolve to this machine. Its pages would then count as the sandbox's own.
        return Err(problem(421, "The Host header does not have the address of this sandbox."));
    }
    // Every browser of today says which site a request comes from; other programs do not.
    let mut sites = request.header("sec-fetch-site");
    let is_safe = matches!(request.method.as_str(), "GET" | "HEAD");
    let is_page = request.path() == "/";
    if !is_page && sites.any(|site| site != b"same-origin" && site != b"none") {
        return Err(problem(403, "The request comes from another website."));
    }
    if !is_safe && request.header(REQUIRED).next().is_none() {
        return Err(problem(403, "A request that changes something needs the header Bambora-Sandbox: 1."));
    }
    Ok(())
}

/// Returns `true` if the one `Host` is this server's address. Behind an address that other machines reach, a port may have been
/// mapped to another one, so any address counts there; a name, which could resolve to anything, never does, except `localhost`.
fn names_this_server(request: &LoggedRequest, local: SocketAddr) -> bool {
    let [host] = request.header("host").collect::<Vec<_>>()[..] else {
        return false;
    };
    let Ok(host) = std::str::from_utf8(host) else {
        return false;
    };
    let with_port = if host.ends_with(']') || !host.contains(':') { format!("{host}:80") } else { host.to_owned() };
    let local_ip = local.ip().to_canonical();
    if let Ok(named) = with_port.parse::<SocketAddr>() {
        return !local_ip.is_loopback() || (named.ip().to_canonical(), named.port()) == (local_ip, local.port());
    }
    let Some((name, port)) = with_port.split_once(':') else {
        return false;
    };
    name.eq_ignore_ascii_case("localhost") && (!local_ip.is_loopback() || port.parse() == Ok(local.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(head: &str) -> LoggedRequest {
        LoggedRequest {
            method: "POST".to_owned(),
            target: "/_sandbox/reset".to_owned(),
            head: format!("POST /_sandbox/reset HTTP/1.1\r\n{head}\r\n\r\n").into_bytes(),
            ..LoggedRequest::default()
        }
    }

    #[test]
    fn only_an_address_of_its_own_is_a_host() {
        let host =
            |host: &str, local: &str| names_this_server(&request(&format!("Host: {host}")), local.parse().unwrap());
        for own in ["127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080"] {
            assert!(host(own, "127.0.0.1:8080"), "{own}");
        }
        assert!(host("127.0.0.1", "127.0.0.1:80"));
        assert!(host("[::1]:8080", "[::1]:8080"));
        assert!(host("[::1]", "[::1]:80"));
        assert!(host("127.0.0.1:8080", "[::ffff:127.0.0.1]:8080"));
        for foreign in [
            "evil.example:8080",
            "evil.example",
            "localhost.evil.example:8080",
            "127.0.0.1.evil.example:8080",
            "localhost",
            "localhost:8081",
            "127.0.0.1:8081",
            "127.0.0.2:8080",
            "[::1]:8080",
            "localhost:8080:8080",
            "",
        ] {
            assert!(!host(foreign, "127.0.0.1:8080"), "{foreign}");
        }
        assert!(host("127.0.0.1:9000", "172.17.0.2:8080"), "a mapped port");
        assert!(host("localhost:9000", "172.17.0.2:8080"), "a mapped port");
        assert!(!host("evil.example:8080", "172.17.0.2:8080"));
        assert!(!names_this_server(&request("Host: localhost:1\r\nHost: localhost:1"), "127.0.0.1:1".parse().unwrap()));
        assert!(!names_this_server(&request("Accept: */*"), "127.0.0.1:1".parse().unwrap()));
    }

    #[test]
    fn a_change_needs_a_header_that_another_website_cannot_send() {
        let check = |headers: &str| {
            let request = request(&format!("Host: 127.0.0.1:1\r\n{headers}"));
            check(&request, "127.0.0.1:1".parse().unwrap()).map_err(|refused| refused.status)
        };
        assert_eq!(check("Bambora-Sandbox: 1"), Ok(()));
        assert_eq!(check("Bambora-Sandbox: 1\r\nSec-Fetch-Site: same-origin"), Ok(()));
        assert_eq!(check("Content-Type: application/json"), Err(403));
        assert_eq!(check("Bambora-Sandbox: 1\r\nSec-Fetch-Site: cross-site"), Err(403));
        assert_eq!(check("Bambora-Sandbox: 1\r\nSec-Fetch-Site: same-site"), Err(403));
    }
}

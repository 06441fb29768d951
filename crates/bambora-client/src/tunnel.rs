//! The `CONNECT` exchange with a proxy, without I/O.

use http::StatusCode;
use zeroize::Zeroizing;

use crate::origin::Origin;
use crate::proxy::Proxy;
use crate::proxy_failure::ProxyFailure;

/// The longest head of a proxy's response, in bytes.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// Opens a tunnel to an origin through a proxy: write the [`request`](Tunnel::request), then [`feed`](Tunnel::feed) what the proxy
/// sends until the tunnel is open.
///
/// ```
/// use bambora_client::{Origin, Proxy, Tunnel};
/// use bambora_core::BaseUrl;
///
/// let proxy = Proxy::new("http://proxy.example:3128")?;
/// let mut tunnel = Tunnel::new(&proxy, &Origin::new(BaseUrl::beta()));
/// assert!(tunnel.request().starts_with(b"CONNECT api-beta.bambora.com:443 HTTP/1.1\r\n"));
/// assert!(!tunnel.feed(b"HTTP/1.1 200 Connection")?);
/// assert!(tunnel.feed(b" established\r\n\r\n")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Tunnel {
    request: Zeroizing<Vec<u8>>,
    head: Vec<u8>,
}

impl Tunnel {
    /// Creates a tunnel that is not open yet.
    #[must_use]
    pub fn new(proxy: &Proxy, origin: &Origin) -> Self {
        let authorization = proxy.authorization().unwrap_or_default();
        let target = origin.authority_with_port();
        let mut request = Zeroizing::new(Vec::with_capacity(2 * target.len() + authorization.len() + 64));
        let mut push = |parts: &[&str]| parts.iter().for_each(|part| request.extend_from_slice(part.as_bytes()));
        push(&["CONNECT ", &target, " HTTP/1.1\r\nhost: ", &target, "\r\n"]);
        if !authorization.is_empty() {
            push(&["proxy-authorization: ", authorization, "\r\n"]);
        }
        push(&["\r\n"]);
        Self { request, head: Vec::new() }
    }

    /// Returns the bytes to write to the proxy. They hold its credentials.
    #[must_use]
    pub fn request(&self) -> &[u8] {
        &self.request
    }

    /// Takes bytes that the proxy sent, none at the end of the connection, and returns `true` as soon as the tunnel is open.
    ///
    /// # Errors
    ///
    /// [`ProxyFailure`] if the proxy refuses, breaks off, or sends anything but the head of a response.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<bool, ProxyFailure> {
        if bytes.is_empty() {
            return Err(ProxyFailure::Broken(std::io::ErrorKind::UnexpectedEof.into()));
        }
        let known = self.head.len().saturating_sub(3);
        self.head.extend_from_slice(bytes);
        // The rest of a refusal does not matter, however long it is.
        let accepted = accepts(&self.head)?;
        let new = self.head.get(known..).unwrap_or_default();
        let end = new.windows(4).position(|window| window == b"\r\n\r\n").map(|start| known + start + 4);
        if end.unwrap_or(self.head.len()) > MAX_HEAD_BYTES {
            return Err(ProxyFailure::TooLong { limit: MAX_HEAD_BYTES });
        }
        match end {
            Some(end) if accepted && end == self.head.len() => Ok(true),
            Some(_) if accepted => Err(ProxyFailure::Surplus),
            _ => Ok(false),
        }
    }
}

/// Returns `true` for a head that begins with a status of success, and `false` if that is still open.
fn accepts(head: &[u8]) -> Result<bool, ProxyFailure> {
    // As far as there is one: "HTTP/1.x nnn", and a space or the end of the line.
    let matches = |position: usize, byte: u8| match position {
        0..=6 => b"HTTP/1.".get(position) == Some(&byte),
        7 => matches!(byte, b'0' | b'1'),
        8 => byte == b' ',
        9..=11 => byte.is_ascii_digit(),
        _ => matches!(byte, b' ' | b'\r'),
    };
    if !head.iter().take(13).enumerate().all(|(position, byte)| matches(position, *byte)) {
        return Err(ProxyFailure::NotHttp);
    }
    let (Some(digits), Some(_)) = (head.get(9..12), head.get(12)) else {
        return Ok(false);
    };
    let status = StatusCode::from_bytes(digits).map_err(|_| ProxyFailure::NotHttp)?;
    if status.is_success() { Ok(true) } else { Err(ProxyFailure::Refused(status)) }
}

impl std::fmt::Debug for Tunnel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tunnel").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use bambora_core::BaseUrl;

    use super::*;

    fn tunnel(base_url: &str) -> Tunnel {
        let proxy = Proxy::new("http://proxy.example:3128").unwrap();
        Tunnel::new(&proxy, &Origin::new(BaseUrl::new(base_url).unwrap()))
    }

    /// Feeds `bytes` in pieces of `size`, and the end if the tunnel is not open then.
    fn fed(bytes: &[u8], size: usize) -> Result<usize, ProxyFailure> {
        let mut tunnel = tunnel("https://h.example");
        for (number, piece) in bytes.chunks(size).enumerate() {
            if tunnel.feed(piece)? {
                return Ok(number * size + piece.len());
            }
        }
        tunnel.feed(b"").map(|_| 0)
    }

    #[test]
    fn the_request_names_the_origin_with_its_port() {
        for (base_url, target) in [
            ("https://h.example/prefix", "h.example:443"),
            ("https://h.example:8443", "h.example:8443"),
            ("http://[::1]", "[::1]:80"),
        ] {
            let expected = format!("CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n\r\n");
            assert_eq!(tunnel(base_url).request(), expected.as_bytes());
        }
        let proxy = Proxy::new("http://proxy.example:3128").unwrap().basic_auth("shop", "PASSWORD").unwrap();
        let tunnel = Tunnel::new(&proxy, &Origin::new(BaseUrl::beta()));
        let request = std::str::from_utf8(tunnel.request()).unwrap();
        assert!(request.ends_with("\r\nproxy-authorization: Basic c2hvcDpQQVNTV09SRA==\r\n\r\n"), "{request}");
        assert_eq!(format!("{tunnel:?}"), "Tunnel { .. }");
    }

    #[test]
    fn any_status_of_success_opens_it_however_the_head_is_cut() {
        for head in [
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.0 200 Connection established\r\nProxy-Agent: x\r\n\r\n",
            "HTTP/1.1 204\r\nContent-Length: 5\r\n\r\n",
            "HTTP/1.1 299 \r\nTransfer-Encoding: chunked\r\n\r\n",
        ] {
            for size in 1..=head.len() {
                assert_eq!(fed(head.as_bytes(), size).unwrap(), head.len(), "{head}");
            }
        }
        let rest = "HTTP/1.1 200 OK\r\nx: \r\n\r\n".len();
        let longest = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(MAX_HEAD_BYTES - rest));
        assert_eq!(fed(longest.as_bytes(), longest.len()).unwrap(), MAX_HEAD_BYTES);
    }

    #[test]
    fn whatever_else_comes_is_a_failure_however_it_is_cut() {
        let long = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(MAX_HEAD_BYTES));
        for (sent, expected) in [
            ("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno", "status 407"),
            ("HTTP/1.1 502\r\n", "status 502"),
            ("HTTP/1.1 301 Moved\r\nLocation: http://h.example\r\n\r\n", "status 301"),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "status 100"),
            ("HTTP/1.1 000 OK\r\n\r\n", "not HTTP"),
            ("HTTP/1.1 2000 OK\r\n\r\n", "not HTTP"),
            ("HTTP/1.1 20", "broke"),
            ("HTTP/2.0 200 OK\r\n\r\n", "not HTTP"),
            ("HTTP/1.1\r200 OK\r\n\r\n", "not HTTP"),
            ("\u{5}\u{0}", "not HTTP"),
            ("SSH-2.0", "not HTTP"),
            ("HTTP/1.1 200 OK\r\nx: y\r\n", "broke"),
            ("", "broke"),
            (&long, "longer than 16384 bytes"),
        ] {
            for size in [1, 2, 13, 1024, usize::MAX] {
                let failure = fed(sent.as_bytes(), size).unwrap_err();
                assert!(failure.to_string().contains(expected), "{sent}: {failure}");
            }
        }
        let surplus = fed(b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 40);
        assert!(matches!(surplus, Err(ProxyFailure::Surplus)));
    }
}

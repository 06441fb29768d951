//! Keeps the `Authorization` header from ureq until its bytes leave.
//!
//! ureq writes all that it sends to the log, at the level of traces, as a dump of bytes: the credentials, too. So it is given
//! asterisks of the same length, and whoever hands the bytes to the network puts the real ones in their place.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::mem;

use http::header::AUTHORIZATION;
use http::{HeaderValue, Request};

thread_local! {
    /// What was withheld from the exchange that this thread is in, in the order of its headers. ureq does all of an exchange's
    /// writing on the thread that called it.
    static WITHHELD: RefCell<VecDeque<HeaderValue>> = const { RefCell::new(VecDeque::new()) };
}

/// Takes the values out of a request, for this thread's next exchange. Forgets those of an exchange that never came so far.
pub(crate) fn withhold(request: &mut Request<Vec<u8>>) {
    let mut withheld = VecDeque::new();
    for (name, value) in request.headers_mut() {
        if name == AUTHORIZATION && !value.is_empty() {
            withheld.push_back(mem::replace(value, asterisks(value.len())));
        }
    }
    WITHHELD.set(withheld);
}

fn asterisks(length: usize) -> HeaderValue {
    #[allow(
        clippy::expect_used,
        reason = "an asterisk is a visible ASCII character, which every header value may hold"
    )]
    let mut value = HeaderValue::from_str(&"*".repeat(length)).expect("asterisks make a value");
    value.set_sensitive(true);
    value
}

/// Puts the values back into a head, or a part of one, that is about to leave.
///
/// # Errors
///
/// Where the head ends without them: it must not leave then.
pub(crate) fn restore(output: &mut [u8]) -> io::Result<()> {
    WITHHELD.with_borrow_mut(|withheld| {
        let mut rest = output;
        while let Some(value) = withheld.front() {
            let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
                // The head goes on with the next output.
                return Ok(());
            };
            let (line, after) = rest.split_at_mut(end + 1);
            rest = after;
            if line == b"\r\n" {
                return Err(io::Error::other(
                    "the head has lost its Authorization header",
                ));
            }
            if let Some(place) = place_in(line, value.len()) {
                place.copy_from_slice(value.as_bytes());
                withheld.pop_front();
            }
        }
        Ok(())
    })
}

/// Where a value of this length belongs in a line, if that is the header's.
fn place_in(line: &mut [u8], length: usize) -> Option<&mut [u8]> {
    let (name, value) = line.split_at_mut_checked(AUTHORIZATION.as_str().len())?;
    let end = value.len().checked_sub(b"\r\n".len())?;
    let place = value.get_mut(end.checked_sub(length)?..end)?;
    let is_ours = name.eq_ignore_ascii_case(AUTHORIZATION.as_str().as_bytes())
        && place.iter().all(|byte| *byte == b'*');
    is_ours.then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn withheld(values: &[&str]) -> Request<Vec<u8>> {
        let mut request = Request::builder().uri("http://127.0.0.1/");
        for value in values {
            request = request.header("authorization", *value);
        }
        let mut request = request.body(Vec::new()).unwrap();
        withhold(&mut request);
        request
    }

    #[test]
    fn what_was_taken_out_is_put_back_in_its_place() {
        let request = withheld(&["Basic c2VjcmV0"]);
        let shown = format!(
            "{:?}",
            request.headers().get("authorization").unwrap().as_bytes()
        );
        assert_eq!(shown, format!("{:?}", "*".repeat(14).as_bytes()));
        let mut head = format!(
            "POST / HTTP/1.1\r\nx: **************\r\nauthorization: {}\r\naccept: */*\r\n\r\n",
            "*".repeat(14)
        )
        .into_bytes();
        restore(&mut head).unwrap();
        let head = String::from_utf8(head).unwrap();
        assert_eq!(
            head,
            "POST / HTTP/1.1\r\nx: **************\r\nauthorization: Basic c2VjcmV0\r\naccept: */*\r\n\r\n"
        );
    }

    #[test]
    fn a_head_may_leave_in_parts_and_with_several_values() {
        withheld(&["one", "three"]);
        let mut first = b"GET / HTTP/1.1\r\nAuthorization: ***\r\n".to_vec();
        restore(&mut first).unwrap();
        assert!(first.ends_with(b"Authorization: one\r\n"));
        let mut second = b"authorization: *****\r\n\r\nauthorization: *****\r\n".to_vec();
        restore(&mut second).unwrap();
        assert_eq!(
            second,
            b"authorization: three\r\n\r\nauthorization: *****\r\n"
        );
    }

    #[test]
    fn a_head_without_its_place_does_not_leave() {
        withheld(&["one"]);
        let mut head = b"GET / HTTP/1.1\r\nauthorization: **\r\n\r\n".to_vec();
        assert!(restore(&mut head).is_err());
    }

    #[test]
    fn what_an_earlier_exchange_left_is_forgotten() {
        withheld(&["one"]);
        withheld(&[]);
        let mut head = b"GET / HTTP/1.1\r\n\r\n".to_vec();
        restore(&mut head).unwrap();
    }
}

//! The page at `/`, for a person to look at, and the control API below `/_sandbox/`, which the page uses as tests do.
//!
//! Both are apart from the payments API: none of their requests is logged, meets a fault or needs credentials.

mod caller;
mod control;
mod document;
mod events;
mod fields;
mod listing;
mod protection;
mod requests;
mod view;

use std::io::{self, Write as _};
use std::net::TcpStream;

use crate::logged_request::LoggedRequest;
use crate::shared::Shared;

/// Where the page is.
const PAGE: &str = "/";
/// At this path and below it is the control API.
const CONTROL: &str = "/_sandbox";

/// Returns `true` if a request is for the page or the control API, and not for the payments API.
pub(crate) fn is_addressed(request: &LoggedRequest) -> bool {
    let is_page = request.path() == PAGE && matches!(request.method.as_str(), "GET" | "HEAD");
    is_page || control_path(request).is_some()
}

/// Responds to a request for the page or the control API. Returns `true` if the connection stays open.
pub(crate) fn respond(request: &LoggedRequest, mut stream: &TcpStream, shared: &Shared) -> io::Result<bool> {
    let (head_only, close) = (request.method == "HEAD", request.wants_close());
    let checked = caller::check(request, stream.local_addr()?);
    let response = match (checked, control_path(request)) {
        (Err(refused), _) => refused,
        (Ok(()), None) => document::document(),
        (Ok(()), Some("/events")) if request.method == "GET" => match events::Viewer::admit(shared) {
            Ok(viewer) => return viewer.tell(stream).map(|()| false),
            Err(refused) => refused,
        },
        (Ok(()), Some(path)) => control::respond(request, path, shared),
    };
    stream.write_all(&protection::protected(response).to_bytes(close, head_only))?;
    Ok(!close)
}

/// Returns the part of the path that is below the control API's.
fn control_path(request: &LoggedRequest) -> Option<&str> {
    request.path().strip_prefix(CONTROL).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

//! Makes calls, and checks what holds for each of them in any case.

use std::error::Error;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::case::{CREDENTIALS, Call};
use crate::expect::is_not_sent;
use crate::proxied;
use crate::transport::{Exchange, Transport};

pub(crate) struct Caller {
    pub(crate) transport: Transport,
    pub(crate) base_url: String,
    /// The time that a call may take.
    pub(crate) at_most: Duration,
    /// The paths of the requests that are said not to have been sent.
    pub(crate) not_sent: Mutex<Vec<String>>,
}

impl Caller {
    pub(crate) fn call(&self, call: &Call) -> Result<Exchange, String> {
        let request = self.request(call)?;
        let started = Instant::now();
        let got = self.transport.exchange(request);
        let (took, at_most) = (started.elapsed(), self.at_most);
        if took > at_most {
            return Err(format!("took {took:?}, but must take at most {at_most:?}"));
        }
        keeps_secrets(&got)?;
        if is_not_sent(&got) {
            let mut not_sent = self.not_sent.lock().unwrap_or_else(PoisonError::into_inner);
            not_sent.push(call.uri().to_string());
        }
        Ok(got)
    }

    /// Returns the request with its whole URI.
    pub(crate) fn request(&self, call: &Call) -> Result<Call, String> {
        let uri = format!("{}{}", self.base_url, call.uri());
        let mut request = call.clone();
        *request.uri_mut() = uri.parse().map_err(|error| format!("{uri}: {error}"))?;
        Ok(request)
    }
}

fn keeps_secrets(got: &Exchange) -> Result<(), String> {
    let encoded = CREDENTIALS.trim_start_matches("Basic ");
    let [password, pair] = proxied::secrets();
    let secrets = [encoded, "PLANTED", &password, &pair];
    let mut cause = got.as_ref().err().map(|error| error as &dyn Error);
    while let Some(error) = cause {
        let text = format!("{error} {error:?}");
        if secrets.iter().any(|secret| text.contains(secret)) {
            return Err("the error chain shows the credentials".to_owned());
        }
        cause = error.source();
    }
    Ok(())
}

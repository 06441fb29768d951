//! A transport in another program, which reads requests and writes responses as lines of JSON.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use bambora_core::TransportError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, Request, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::case::SLACK;
use crate::transport::{Exchange, Settings};

/// The longest wait for a shim to start.
const TIME_TO_START: Duration = Duration::from_secs(60);

/// A running shim. It ends when its input does.
pub(crate) struct Shim {
    settings: Value,
    /// The time limit for a reply, in case that the shim does not keep its own.
    patience: Duration,
    process: Mutex<Result<Process, String>>,
}

struct Process {
    child: Child,
    replies: Receiver<io::Result<String>>,
}

/// What a shim writes first, so that no case waits for its language to start.
#[derive(Deserialize)]
struct Started {
    ready: bool,
}

/// A failure if it has one, and otherwise a response.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Reply {
    failure: Option<String>,
    reason: String,
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Shim {
    /// Starts `command` with the system's shell.
    pub(crate) fn start(command: &str, settings: &Settings) -> Self {
        let certificates = settings.root_certificates.iter();
        let certificates: Vec<_> = certificates.map(|der| STANDARD.encode(der)).collect();
        Self {
            settings: json!({
                "connect_timeout": settings.connect_timeout.as_secs_f64(),
                "total_timeout": settings.total_timeout.as_secs_f64(),
                "body_limit": settings.body_limit,
                "https_only": settings.https_only,
                "root_certificates": certificates,
                "proxy": settings.proxy,
                "client_certificate": settings.client_certificate,
            }),
            patience: settings.total_timeout + SLACK + SLACK,
            process: Mutex::new(Process::start(command).map_err(|error| error.to_string())),
        }
    }

    /// Lets the shim carry a request. If the shim itself fails, the delivery is unknown.
    pub(crate) fn exchange(&self, request: &Request<Vec<u8>>) -> Exchange {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        let process = process.as_mut().map_err(|error| TransportError::unknown(error.as_str()))?;
        process.ask(&self.call(request), self.patience).map_err(TransportError::unknown)?.into_exchange()
    }

    fn call(&self, request: &Request<Vec<u8>>) -> Value {
        let headers = request.headers().iter();
        let headers: Vec<_> =
            headers.map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()))).collect();
        json!({
            "settings": self.settings,
            "request": {
                "method": request.method().as_str(),
                "url": request.uri().to_string(),
                "headers": headers,
                "body": STANDARD.encode(request.body()),
            },
        })
    }
}

impl Process {
    fn start(command: &str) -> io::Result<Self> {
        #[cfg(not(windows))]
        let (shell, option) = ("sh", "-c");
        #[cfg(windows)]
        let (shell, option) = ("cmd", "/C");
        let mut child =
            Command::new(shell).args([option, command]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let (sender, replies) = mpsc::channel();
        thread::spawn(move || {
            // Ends when nobody reads the replies anymore.
            let mut lines = BufReader::new(output).lines();
            lines.all(|line| sender.send(line).is_ok());
        });
        let process = Self { child, replies };
        match serde_json::from_str::<Started>(&process.line(TIME_TO_START)?) {
            Ok(Started { ready: true }) => Ok(process),
            _ => Err(io::Error::other("the shim did not say first that it is ready")),
        }
    }

    fn ask(&mut self, call: &Value, patience: Duration) -> io::Result<Reply> {
        let input = self.child.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(input, "{call}")?;
        input.flush()?;
        Ok(serde_json::from_str(&self.line(patience)?)?)
    }

    fn line(&self, patience: Duration) -> io::Result<String> {
        let line = self.replies.recv_timeout(patience);
        line.map_err(|error| match error {
            RecvTimeoutError::Timeout => io::Error::other("the shim does not reply"),
            RecvTimeoutError::Disconnected => io::Error::other("the shim ended without a reply"),
        })?
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A shim ends with its input, and its output with it. One that does not is killed, unless only the shell knows it.
        drop(self.child.stdin.take());
        while self.replies.recv_timeout(SLACK).is_ok() {}
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Reply {
    fn into_exchange(self) -> Exchange {
        match self.failure.as_deref() {
            Some("not_sent") => Err(TransportError::not_sent(self.reason)),
            Some(_) => Err(TransportError::unknown(self.reason)),
            None => self.response().ok_or_else(|| TransportError::unknown("the shim's reply is not a response")),
        }
    }

    fn response(&self) -> Option<Response<Vec<u8>>> {
        let body = STANDARD.decode(&self.body).ok()?;
        let mut response = Response::builder().status(self.status).body(body).ok()?;
        for (name, value) in &self.headers {
            // Most languages represent each byte of a header as the character with the same number.
            let bytes = value.chars().map(|char| u8::try_from(char).ok());
            let value = HeaderValue::from_bytes(&bytes.collect::<Option<Vec<_>>>()?).ok()?;
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            response.headers_mut().append(name, value);
        }
        Some(response)
    }
}

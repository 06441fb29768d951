//! A transport in another program, which reads requests and writes responses as lines of JSON.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::mem;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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

/// A command that starts a shim, and those of its processes that wait for another case.
pub(crate) struct Shims {
    command: String,
    idle: Mutex<Vec<Process>>,
}

/// A shim that is set up for a case.
pub(crate) struct Shim {
    settings: Value,
    /// The time limit for a reply, in case that the shim does not keep its own.
    patience: Duration,
    process: Mutex<Result<Process, String>>,
    shims: Arc<Shims>,
}

/// A running shim. It ends when its input does.
struct Process {
    child: Child,
    replies: Receiver<io::Result<String>>,
    /// Whether it may serve another case.
    keep: bool,
}

/// What a shim writes first, so that no case waits for its language to start.
#[derive(Deserialize)]
struct Started {
    ready: bool,
    #[serde(default)]
    keep: bool,
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

impl Shims {
    pub(crate) fn new(command: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { command: command.into(), idle: Mutex::default() })
    }

    fn process(&self) -> io::Result<Process> {
        let idle = lock(&self.idle).pop();
        idle.map_or_else(|| Process::start(&self.command), Ok)
    }
}

impl Shim {
    pub(crate) fn new(shims: &Arc<Shims>, settings: &Settings) -> Self {
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
            process: Mutex::new(shims.process().map_err(|error| error.to_string())),
            shims: Arc::clone(shims),
        }
    }

    /// Lets the shim carry a request. If the shim itself fails, the delivery is unknown.
    pub(crate) fn exchange(&self, request: &Request<Vec<u8>>) -> Exchange {
        let mut process = lock(&self.process);
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

impl Drop for Shim {
    fn drop(&mut self) {
        let process = mem::replace(&mut *lock(&self.process), Err(String::new()));
        lock(&self.shims.idle).extend(process.ok().filter(|process| process.keep));
    }
}

impl Process {
    /// Starts `command` with the system's shell.
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
        let mut process = Self { child, replies, keep: false };
        match serde_json::from_str(&process.line(TIME_TO_START)?) {
            Ok(Started { ready: true, keep }) => {
                process.keep = keep;
                Ok(process)
            }
            _ => Err(io::Error::other("the shim did not say first that it is ready")),
        }
    }

    fn ask(&mut self, call: &Value, patience: Duration) -> io::Result<Reply> {
        // Unless it replies.
        let keep = mem::take(&mut self.keep);
        let input = self.child.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(input, "{call}")?;
        input.flush()?;
        let reply = serde_json::from_str(&self.line(patience)?)?;
        self.keep = keep;
        Ok(reply)
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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

//! A transport in another program, which carries requests for lines of JSON.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use bambora_core::TransportError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, Request, Response};
use serde_json::{Value, json};

use crate::case::SLACK;
use crate::subject::{Exchange, Settings};

/// A running shim. It ends with its input.
pub(crate) struct Shim {
    settings: Value,
    /// How long the shim may take for an answer. It has its own timeouts; this is for one that does not keep them.
    patience: Duration,
    process: Mutex<Result<Process, String>>,
}

struct Process {
    child: Child,
    input: Option<ChildStdin>,
    answers: Receiver<io::Result<String>>,
}

impl Shim {
    /// Starts `command`, by the shell's rules where there is a shell.
    pub(crate) fn start(command: &str, settings: &Settings) -> Self {
        let certificates = settings
            .root_certificates
            .iter()
            .map(|der| STANDARD.encode(der));
        Self {
            settings: json!({
                "connect_timeout": settings.connect_timeout.as_secs_f64(),
                "total_timeout": settings.total_timeout.as_secs_f64(),
                "body_limit": settings.body_limit,
                "https_only": settings.https_only,
                "root_certificates": certificates.collect::<Vec<_>>(),
            }),
            patience: settings.total_timeout + SLACK + SLACK,
            process: Mutex::new(Process::start(command).map_err(|error| error.to_string())),
        }
    }

    /// A shim that fails says nothing of the request, so that everything is unknown then.
    pub(crate) fn exchange(&self, request: &Request<Vec<u8>>) -> Exchange {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        let process = process
            .as_mut()
            .map_err(|error| TransportError::unknown(error.as_str()))?;
        let answer = process
            .ask(&self.call(request), self.patience)
            .map_err(TransportError::unknown)?;
        read(&answer)
    }

    fn call(&self, request: &Request<Vec<u8>>) -> Value {
        let headers = request
            .headers()
            .iter()
            .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]));
        json!({
            "settings": self.settings,
            "request": {
                "method": request.method().as_str(),
                "url": request.uri().to_string(),
                "headers": headers.collect::<Vec<_>>(),
                "body": STANDARD.encode(request.body()),
            },
        })
    }
}

impl Process {
    fn start(command: &str) -> io::Result<Self> {
        let shell = if cfg!(windows) {
            ["cmd", "/C"]
        } else {
            ["sh", "-c"]
        };
        let [program, option] = shell;
        let mut child = Command::new(program)
            .args([option, command])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let pipe = || io::Error::other("the shim has no pipes");
        let output = BufReader::new(child.stdout.take().ok_or_else(pipe)?);
        let (sender, answers) = mpsc::channel();
        thread::spawn(move || {
            // Who does not listen any more needs no further answer.
            output
                .lines()
                .map_while(|line| sender.send(line).ok())
                .for_each(drop);
        });
        Ok(Self {
            input: Some(child.stdin.take().ok_or_else(pipe)?),
            answers,
            child,
        })
    }

    fn ask(&mut self, call: &Value, patience: Duration) -> io::Result<Value> {
        let input = self.input.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(input, "{call}")?;
        input.flush()?;
        let line = self
            .answers
            .recv_timeout(patience)
            .map_err(|error| match error {
                RecvTimeoutError::Timeout => io::Error::other("the shim does not answer"),
                RecvTimeoutError::Disconnected => {
                    io::Error::other("the shim ended without an answer")
                }
            })??;
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Its input ends, and so it ends; who does not is ended.
        drop(self.input.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(answer: &Value) -> Exchange {
    let text = |name: &str| answer.get(name).and_then(Value::as_str);
    if let Some(failure) = text("failure") {
        let reason = text("reason").unwrap_or("no reason given").to_owned();
        return Err(match failure {
            "not_sent" => TransportError::not_sent(reason),
            _ => TransportError::unknown(reason),
        });
    }
    response(answer)
        .ok_or_else(|| TransportError::unknown("the shim's answer is not one of the protocol"))
}

fn response(answer: &Value) -> Option<Response<Vec<u8>>> {
    let status = u16::try_from(answer.get("status")?.as_u64()?).ok()?;
    let body = STANDARD.decode(answer.get("body")?.as_str()?).ok()?;
    let mut response = Response::builder().status(status).body(body).ok()?;
    for header in answer.get("headers")?.as_array()? {
        let name = HeaderName::from_bytes(header.get(0)?.as_str()?.as_bytes()).ok()?;
        // Most languages hand header bytes on as the characters of the same numbers.
        let value: Option<Vec<u8>> = header
            .get(1)?
            .as_str()?
            .chars()
            .map(|character| u8::try_from(character).ok())
            .collect();
        response
            .headers_mut()
            .append(name, HeaderValue::from_bytes(&value?).ok()?);
    }
    Some(response)
}

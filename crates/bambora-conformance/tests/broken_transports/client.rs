//! An HTTP/1.1 client that passes every case, but for the mistakes.

use std::collections::HashMap;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bambora_conformance::{Exchange, Settings};
use bambora_core::TransportError;
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderValue, Method, Request, Uri};

use crate::answer::{Answer, Fault, Reading};
use crate::connection::Connection;
use crate::mistake::{Mistake, Mistakes};
use crate::wording::wording;

pub(crate) struct Client {
    settings: Settings,
    mistakes: Mistakes,
    idle: Mutex<HashMap<String, Vec<Connection>>>,
    cookies: Mutex<Vec<HeaderValue>>,
}

/// Hangs up on an exchange from outside.
#[derive(Default)]
pub(crate) struct HangUp {
    socket: Mutex<Option<TcpStream>>,
    done: AtomicBool,
}

impl HangUp {
    pub(crate) fn now(&self) {
        self.done.store(true, Ordering::SeqCst);
        if let Some(socket) = lock(&self.socket).take() {
            // It may have ended by itself.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    fn watch(&self, connection: &Connection) -> std::io::Result<()> {
        *lock(&self.socket) = Some(connection.handle()?);
        match self.done.load(Ordering::SeqCst) {
            true => Err(std::io::Error::other("nobody waits for this any more")),
            false => Ok(()),
        }
    }

    fn forget(&self) {
        lock(&self.socket).take();
    }
}

/// Why an attempt failed, and with which kind of connection.
struct Lost {
    fault: Fault,
    sent: bool,
    reused: bool,
}

impl Client {
    pub(crate) fn new(settings: Settings, mistakes: Mistakes) -> Self {
        Self {
            settings,
            mistakes,
            idle: Mutex::default(),
            cookies: Mutex::default(),
        }
    }

    pub(crate) fn exchange(&self, mut request: Request<Vec<u8>>, hang_up: &HangUp) -> Exchange {
        self.add_what_nobody_gave(&mut request);
        let mut got = self.attempt(&request, hang_up);
        if let Err(lost) = &got
            && lost.sent
            && (self.has(Mistake::SendsAgain)
                || self.has(Mistake::SendsAgainWhatAnOldConnectionLost) && lost.reused)
        {
            got = self.attempt(&request, hang_up);
        }
        if let Ok(answer) = &got
            && let Some(elsewhere) = self.redirect(&request, answer)
        {
            *request.uri_mut() = elsewhere;
            got = self.attempt(&request, hang_up);
        }
        match got {
            Ok(answer) => self.hand_on(answer),
            Err(lost) => Err(self.error(&request, lost)),
        }
    }

    fn has(&self, mistake: Mistake) -> bool {
        self.mistakes.has(mistake)
    }

    fn attempt(&self, request: &Request<Vec<u8>>, hang_up: &HangUp) -> Result<Answer, Lost> {
        let lost = |sent, reused| {
            move |fault: Fault| Lost {
                fault,
                sent,
                reused,
            }
        };
        let patience = match self.has(Mistake::WaitsTenTimesAsLong) {
            true => 10,
            false => 1,
        };
        let deadline = Instant::now() + self.settings.total_timeout * patience;
        let origin = origin(request.uri());
        let idle = self.take(&origin);
        let reused = idle.is_some();
        let mut connection = match idle {
            Some(connection) => connection,
            None => self.open(request.uri()).map_err(lost(false, false))?,
        };
        hang_up
            .watch(&connection)
            .map_err(|error| lost(false, reused)(error.into()))?;
        let answer = self.talk(&mut connection, request, deadline);
        hang_up.forget();
        let timed_out = self.has(Mistake::ReusesConnectionsThatTimedOut)
            && answer.is_err()
            && self.settings.total_timeout.as_secs() == 0;
        if timed_out || answer.as_ref().is_ok_and(|answer| answer.reusable) {
            self.give_back(origin, connection);
        }
        answer.map_err(lost(true, reused))
    }

    fn open(&self, uri: &Uri) -> Result<Connection, Fault> {
        let in_clear_text = uri.scheme_str() != Some("https");
        if in_clear_text && self.settings.https_only && !self.has(Mistake::SendsInClearText) {
            return Err("this is in clear text".into());
        }
        Ok(Connection::open(uri, &self.settings, self.mistakes)?)
    }

    fn talk(
        &self,
        connection: &mut Connection,
        request: &Request<Vec<u8>>,
        deadline: Instant,
    ) -> Result<Answer, Fault> {
        connection.write(&wording(request, self.mistakes), deadline)?;
        let reading = Reading {
            connection,
            settings: &self.settings,
            mistakes: self.mistakes,
            deadline,
        };
        reading.answer()
    }

    fn take(&self, origin: &str) -> Option<Connection> {
        let late = self.has(Mistake::ReusesConnectionsThatTimedOut)
            && self.settings.total_timeout.as_secs() == 0;
        let mut idle = lock(&self.idle);
        let connections = idle.get_mut(origin)?;
        std::iter::from_fn(|| connections.pop()).find(|connection| late || connection.is_idle())
    }

    fn give_back(&self, origin: String, connection: Connection) {
        lock(&self.idle).entry(origin).or_default().push(connection);
    }

    fn add_what_nobody_gave(&self, request: &mut Request<Vec<u8>>) {
        let headers = request.headers_mut();
        if self.has(Mistake::AddsAuthorization)
            && let Some(authorization) = headers.get(AUTHORIZATION).cloned()
        {
            headers.append(AUTHORIZATION, authorization);
        }
        if self.has(Mistake::AddsAHeader) {
            headers.insert("accept-encoding", HeaderValue::from_static("gzip"));
        }
        if self.has(Mistake::OmitsTheLengthOfNothing) && headers[CONTENT_LENGTH] == "0" {
            headers.remove(CONTENT_LENGTH);
        }
        for cookie in lock(&self.cookies).iter() {
            headers.append(COOKIE, cookie.clone());
        }
        if self.has(Mistake::PostsEverything) {
            *request.method_mut() = Method::POST;
        }
    }

    fn redirect(&self, request: &Request<Vec<u8>>, answer: &Answer) -> Option<Uri> {
        let everywhere = self.has(Mistake::FollowsRedirects);
        let here = self.has(Mistake::FollowsRedirectsToTheSameOrigin);
        if !everywhere && !here {
            return None;
        }
        let location = answer.response.headers().get(LOCATION)?.to_str().ok()?;
        if location.starts_with('/') {
            let elsewhere = format!("{}{location}", origin(request.uri()));
            return elsewhere.parse().ok();
        }
        location.parse().ok().filter(|_| everywhere)
    }

    fn hand_on(&self, answer: Answer) -> Exchange {
        let mut response = answer.response;
        let failed = response.status().as_u16() >= 400;
        if failed && self.has(Mistake::FailsOnErrors) {
            return Err(TransportError::unknown(response.status().to_string()));
        }
        if failed && self.has(Mistake::DropsBodiesOfErrors) {
            response.body_mut().clear();
        }
        if self.has(Mistake::HidesCodings) {
            response.headers_mut().remove(CONTENT_ENCODING);
        }
        if self.has(Mistake::KeepsCookies) {
            let cookies = response.headers().get_all(SET_COOKIE).iter().cloned();
            lock(&self.cookies).extend(cookies);
        }
        Ok(response)
    }

    fn error(&self, request: &Request<Vec<u8>>, lost: Lost) -> TransportError {
        let mut fault = lost.fault;
        if self.has(Mistake::ShowsCredentialsInErrors) {
            let authorization = request.headers()[AUTHORIZATION].as_bytes();
            fault = format!("{fault}: {}", String::from_utf8_lossy(authorization)).into();
        }
        let sent = match self.mistakes.only() {
            Some(Mistake::SaysNotSentForEverything) => false,
            Some(Mistake::SaysUnknownForEverything) => true,
            _ => lost.sent,
        };
        match sent {
            true => TransportError::unknown(fault),
            false => TransportError::not_sent(fault),
        }
    }
}

fn origin(uri: &Uri) -> String {
    format!(
        "{}://{}",
        uri.scheme_str().unwrap_or_default(),
        uri.authority().map_or("", |authority| authority.as_str())
    )
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! An HTTP/1.1 client that passes every case, except for the mistakes.

use std::collections::HashMap;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bambora_conformance::{Exchange, Settings};
use bambora_core::TransportError;
use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, COOKIE, LOCATION, PROXY_AUTHORIZATION, SET_COOKIE,
};
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};

use crate::connection::Connection;
use crate::mistake::{Mistake, Mistakes};
use crate::request::encode;
use crate::response::{Fault, Received, ResponseReader};
use crate::tunnel::Refused;

pub(crate) struct Client {
    settings: Settings,
    mistakes: Mistakes,
    idle: Mutex<HashMap<String, Vec<Connection>>>,
    cookies: Mutex<Vec<HeaderValue>>,
}

/// Aborts an exchange from another thread.
#[derive(Default)]
pub(crate) struct Abort {
    socket: Mutex<Option<TcpStream>>,
    done: AtomicBool,
}

impl Abort {
    pub(crate) fn now(&self) {
        self.done.store(true, Ordering::SeqCst);
        if let Some(socket) = lock(&self.socket).take() {
            // It may be closed already.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    fn watch(&self, connection: &Connection) -> std::io::Result<()> {
        *lock(&self.socket) = Some(connection.handle()?);
        match self.done.load(Ordering::SeqCst) {
            true => Err(std::io::Error::other("the call was dropped")),
            false => Ok(()),
        }
    }

    fn forget(&self) {
        lock(&self.socket).take();
    }
}

/// An attempt without a response.
struct Lost {
    fault: Fault,
    sent: bool,
    reused: bool,
}

impl Client {
    pub(crate) fn new(mut settings: Settings, mistakes: Mistakes) -> Self {
        if mistakes.has(Mistake::RoundsTimeoutsToSeconds) {
            settings.connect_timeout = Duration::from_secs(settings.connect_timeout.as_secs());
            settings.total_timeout = Duration::from_secs(settings.total_timeout.as_secs());
        }
        Self { settings, mistakes, idle: Mutex::default(), cookies: Mutex::default() }
    }

    pub(crate) fn exchange(&self, mut request: Request<Vec<u8>>, abort: &Abort) -> Exchange {
        self.change(&mut request);
        let mut got = self.attempt(&request, abort);
        if let Ok(received) = &got
            && received.response.status().is_client_error()
            && received.reused
            && self.has(Mistake::SendsAgainWhatAnOldConnectionRefused)
        {
            got = self.attempt(&request, abort);
        }
        if let Err(lost) = &got
            && lost.sent
            && (self.has(Mistake::SendsAgain) || self.has(Mistake::SendsAgainWhatAnOldConnectionLost) && lost.reused)
        {
            got = self.attempt(&request, abort);
        }
        if let Ok(received) = &got
            && let Some(elsewhere) = self.redirect(&request, received)
        {
            *request.uri_mut() = elsewhere;
            got = self.attempt(&request, abort);
        }
        match got {
            Ok(received) => self.pass_on(received),
            Err(Lost { fault, .. }) if self.has(Mistake::ReturnsRefusalsOfTheProxy) && refusal(&fault).is_some() => {
                let mut response = Response::new(Vec::new());
                *response.status_mut() = refusal(&fault).unwrap();
                Ok(response)
            }
            Err(lost) => Err(self.error(&request, lost)),
        }
    }

    fn has(&self, mistake: Mistake) -> bool {
        self.mistakes.has(mistake)
    }

    fn attempt(&self, request: &Request<Vec<u8>>, abort: &Abort) -> Result<Received, Lost> {
        let lost = |sent, reused| move |fault: Fault| Lost { fault, sent, reused };
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
        if !reused && !self.has(Mistake::TakesEarlyResponses) && !connection.is_idle() {
            return Err(lost(false, false)("the response came before the request".into()));
        }
        abort.watch(&connection).map_err(|error| lost(false, reused)(error.into()))?;
        let mut received = self.talk(&mut connection, request, deadline);
        if let Ok(received) = &mut received {
            received.reused = reused;
        }
        abort.forget();
        let timed_out = self.has(Mistake::ReusesConnectionsThatTimedOut)
            && received.is_err()
            && self.settings.total_timeout.as_secs() == 0;
        if timed_out || received.as_ref().is_ok_and(|received| received.reusable) {
            self.give_back(origin, connection);
        }
        received.map_err(lost(true, reused))
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
    ) -> Result<Received, Fault> {
        connection.write(&encode(request, self.mistakes), deadline)?;
        let reader = ResponseReader { connection, settings: &self.settings, mistakes: self.mistakes, deadline };
        reader.read()
    }

    fn take(&self, origin: &str) -> Option<Connection> {
        let late = self.has(Mistake::ReusesConnectionsThatTimedOut) && self.settings.total_timeout.as_secs() == 0;
        let blind = late
            || self.has(Mistake::IgnoresLateSurplus)
            || self.has(Mistake::KeepsSurplus) && origin.starts_with("https");
        let mut idle = lock(&self.idle);
        let connections = idle.get_mut(origin)?;
        while let Some(mut connection) = connections.pop() {
            if blind || connection.is_idle() {
                return Some(connection);
            }
        }
        None
    }

    fn give_back(&self, origin: String, connection: Connection) {
        if self.has(Mistake::NeverReusesConnections) {
            return;
        }
        lock(&self.idle).entry(origin).or_default().push(connection);
    }

    fn change(&self, request: &mut Request<Vec<u8>>) {
        let headers = request.headers_mut();
        if self.has(Mistake::AddsAuthorization)
            && let Some(authorization) = headers.get(AUTHORIZATION).cloned()
        {
            headers.append(AUTHORIZATION, authorization);
        }
        if self.has(Mistake::TellsTheServerTheProxysCredentials) && self.settings.proxy.is_some() {
            headers.insert(PROXY_AUTHORIZATION, HeaderValue::from_static("Basic x"));
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

    fn redirect(&self, request: &Request<Vec<u8>>, received: &Received) -> Option<Uri> {
        let everywhere = self.has(Mistake::FollowsRedirects);
        let here = self.has(Mistake::FollowsRedirectsToTheSameOrigin);
        if !everywhere && !here {
            return None;
        }
        let location = received.response.headers().get(LOCATION)?.to_str().ok()?;
        if location.starts_with('/') {
            let elsewhere = format!("{}{location}", origin(request.uri()));
            return elsewhere.parse().ok();
        }
        location.parse().ok().filter(|_| everywhere)
    }

    fn pass_on(&self, received: Received) -> Exchange {
        let mut response = received.response;
        let coded = response.headers().contains_key(CONTENT_ENCODING);
        if coded && self.has(Mistake::RefusesCodings) {
            return Err(TransportError::unknown("the body is coded"));
        }
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
        if let Some(proxy) = self.settings.proxy.as_ref().filter(|_| self.has(Mistake::ShowsTheProxysPasswordInErrors))
        {
            fault = format!("{fault}: {}", proxy.password).into();
        }
        let sent = match self.mistakes.only() {
            Some(Mistake::SaysNotSentIfTheTunnelBreaks) => lost.sent && self.settings.proxy.is_none(),
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

fn refusal(fault: &Fault) -> Option<StatusCode> {
    let error = fault.downcast_ref::<std::io::Error>()?.get_ref()?;
    StatusCode::from_u16(error.downcast_ref::<Refused>()?.0).ok()
}

fn origin(uri: &Uri) -> String {
    format!("{}://{}", uri.scheme_str().unwrap_or_default(), uri.authority().map_or("", |authority| authority.as_str()))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

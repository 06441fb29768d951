//! A transport under test and what is declared about it.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;

use http::Request;

use crate::capability::Capability;
use crate::case::group;
use crate::shim::{Shim, Shims};
use crate::transport::{BoxedFuture, Exchange, Settings, Transport};

/// A transport under test, with a name.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use bambora_conformance::Suite;
/// # fn send(_: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, bambora_core::TransportError> {
/// #     Err(bambora_core::TransportError::not_sent("nothing"))
/// # }
///
/// fn main() -> ExitCode {
///     Suite::blocking("my-stack", |_settings| send).run()
/// }
/// ```
#[must_use = "a suite that is not run tests nothing"]
pub struct Suite {
    pub(crate) name: String,
    pub(crate) make: Box<dyn Fn(&Settings) -> Transport + Send + Sync>,
    pub(crate) opted_out: HashMap<Capability, String>,
    pub(crate) known_failures: HashMap<String, String>,
    pub(crate) reuses_connections: bool,
    pub(crate) races: usize,
}

impl Suite {
    /// Tests a blocking transport. `make` sets it up for a case, as the settings say. Cases that drop a call are left out.
    pub fn blocking<F>(name: impl Into<String>, make: impl Fn(&Settings) -> F + Send + Sync + 'static) -> Self
    where
        F: Fn(Request<Vec<u8>>) -> Exchange + Send + Sync + 'static,
    {
        Self::new(name, move |settings| Transport::Blocking(Box::new(make(settings))))
            .opt_out(Capability::DroppedCalls, "a blocking call cannot be dropped")
    }

    /// Tests an asynchronous transport.
    ///
    /// `runtime` starts a runtime, which must also run the tasks that calls leave behind, and returns its `block_on`. Each case
    /// has a runtime of its own, so that a busy task of one case does not slow down another.
    pub fn asynchronous<B, F, T>(
        name: impl Into<String>,
        runtime: impl Fn() -> B + Send + Sync + 'static,
        make: impl Fn(&Settings) -> F + Send + Sync + 'static,
    ) -> Self
    where
        B: Fn(BoxedFuture<'_>) + Send + Sync + 'static,
        F: Fn(Request<Vec<u8>>) -> T + Send + Sync + 'static,
        T: Future<Output = Exchange> + Send + 'static,
    {
        Self::new(name, move |settings| {
            let call = make(settings);
            let call = Box::new(move |request| Box::pin(call(request)) as _);
            Transport::Asynchronous { call, block_on: Box::new(runtime()) }
        })
    }

    /// Tests a transport in another program. The shell starts it with `command`; it reads calls from its standard input and
    /// writes replies to its standard output.
    pub fn shim(name: impl Into<String>, command: impl Into<String>) -> Self {
        let shims = Shims::new(command);
        Self::blocking(name, move |settings| {
            let shim = Shim::new(&shims, settings);
            move |request| shim.exchange(&request)
        })
    }

    fn new(name: impl Into<String>, make: impl Fn(&Settings) -> Transport + Send + Sync + 'static) -> Self {
        Self {
            name: name.into(),
            make: Box::new(make),
            opted_out: [Capability::Proxy, Capability::ClientCertificate]
                .map(|capability| (capability, "the suite does not opt in".to_owned()))
                .into(),
            known_failures: HashMap::new(),
            reuses_connections: false,
            races: 2_000,
        }
    }

    /// Leaves out the cases that need this capability. Every run prints the reason.
    pub fn opt_out(mut self, capability: Capability, reason: impl Into<String>) -> Self {
        self.opted_out.insert(capability, reason.into());
        self
    }

    /// Runs the cases that need this capability, which not every transport has to have: a [`Proxy`](Capability::Proxy), or a
    /// [`ClientCertificate`](Capability::ClientCertificate).
    pub fn opt_in(mut self, capability: Capability) -> Self {
        self.opted_out.remove(&capability);
        self
    }

    /// Declares that the transport fails a case, `group/variant`, or a whole `group`. If such a case passes, the run fails, so
    /// that the list stays true.
    pub fn known_failure(mut self, case: impl Into<String>, reason: impl Into<String>) -> Self {
        self.known_failures.insert(case.into(), reason.into());
        self
    }

    /// Declares that a connection carries more than one request, which `connection_reuse` then demands. Such a transport may
    /// lose a request in a race with a server that closes the connection; any other must not.
    pub fn reuses_connections(mut self) -> Self {
        self.reuses_connections = true;
        self
    }

    /// Sets the number of requests in the race against a closing server. The default is 2,000. The environment variable
    /// `BAMBORA_CONFORMANCE_RACES` takes precedence.
    pub fn races(mut self, requests: usize) -> Self {
        self.races = requests;
        self
    }

    /// Returns why a case with these needs is left out, if it is.
    pub(crate) fn opt_out_of(&self, needs: &[Capability]) -> Option<String> {
        needs.iter().find_map(|capability| {
            let reason = self.opted_out.get(capability)?;
            Some(format!("needs {capability:?}: {reason}"))
        })
    }

    /// Returns why this case is known to fail, if it is.
    pub(crate) fn known_failure_of(&self, case: &str) -> Option<&String> {
        let failures = &self.known_failures;
        failures.get(case).or_else(|| failures.get(group(case)))
    }
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suite").field("name", &self.name).finish_non_exhaustive()
    }
}

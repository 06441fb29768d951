//! A transport, and what is said of it before it is tested.

use std::collections::HashMap;
use std::future::Future;
use std::process::ExitCode;
use std::sync::Arc;

use http::{Request, Response};

use bambora_core::TransportError;

use crate::case::Capability;
use crate::runner;
use crate::shim::Shim;
use crate::stage::Make;
use crate::subject::{Asynchronous, Blocking, BoxedFuture, Exchange, Settings, Subject};

/// A transport under test, by name.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use bambora_conformance::Suite;
/// # fn carry(_: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, bambora_core::TransportError> {
/// #     Err(bambora_core::TransportError::not_sent("nothing"))
/// # }
///
/// fn main() -> ExitCode {
///     Suite::blocking("my-stack", |_settings| carry).run()
/// }
/// ```
#[must_use = "a suite that is not run tests nothing"]
pub struct Suite {
    pub(crate) name: String,
    pub(crate) make: Arc<Make>,
    pub(crate) opted_out: HashMap<Capability, String>,
    pub(crate) known_failures: HashMap<String, String>,
    pub(crate) reuses_connections: bool,
    pub(crate) races: usize,
}

impl Suite {
    /// A blocking transport. `make` sets one up for a case, as the settings say. The cases in which a call is dropped are left
    /// out.
    pub fn blocking<F>(
        name: impl Into<String>,
        make: impl Fn(&Settings) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Fn(Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError>
            + Send
            + Sync
            + 'static,
    {
        Self::new(name, move |settings| Box::new(Blocking(make(settings)))).opt_out(
            Capability::DroppedCalls,
            "a blocking call cannot be dropped",
        )
    }

    /// An asynchronous transport, and a way to run its futures to their end. `runtime` starts a runtime that goes on running
    /// what they leave behind, and gives its `block_on`. Each case has one of its own: a task that never rests in one case must
    /// not take the time of another.
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
            Box::new(Asynchronous {
                call: make(settings),
                block_on: runtime(),
            })
        })
    }

    /// A transport in another program, which `command` starts: it reads calls from its standard input, and writes answers.
    pub fn shim(name: impl Into<String>, command: impl Into<String>) -> Self {
        let command = command.into();
        Self::blocking(name, move |settings| {
            let shim = Shim::start(&command, settings);
            move |request| shim.exchange(&request)
        })
    }

    fn new(
        name: impl Into<String>,
        make: impl Fn(&Settings) -> Box<dyn Subject> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            make: Arc::new(make),
            opted_out: HashMap::new(),
            known_failures: HashMap::new(),
            reuses_connections: false,
            races: 2_000,
        }
    }

    /// Leaves out the cases that need this, and says why, in every run.
    pub fn opt_out(mut self, capability: Capability, reason: impl Into<String>) -> Self {
        self.opted_out.insert(capability, reason.into());
        self
    }

    /// A case that this transport is known to fail: `group/variant`, or a whole `group`. Once it passes, the run fails, so
    /// that the list stays true.
    pub fn known_failure(mut self, case: impl Into<String>, reason: impl Into<String>) -> Self {
        self.known_failures.insert(case.into(), reason.into());
        self
    }

    /// Says that connections carry more than one request. Then a race with a server that closes them may leave requests in
    /// doubt; without reuse it must not.
    pub fn reuses_connections(mut self) -> Self {
        self.reuses_connections = true;
        self
    }

    /// How many requests the race against a closing server has: 2,000, unless this or `BAMBORA_CONFORMANCE_RACES` says
    /// otherwise.
    pub fn races(mut self, requests: usize) -> Self {
        self.races = requests;
        self
    }

    /// Runs all cases, with the arguments of the process, as a test harness of cargo's does.
    #[must_use]
    pub fn run(self) -> ExitCode {
        runner::run(vec![self])
    }

    /// Why a case with these needs is left out.
    pub(crate) fn opt_out_of(&self, needs: &[Capability]) -> Option<String> {
        needs.iter().find_map(|capability| {
            let reason = self.opted_out.get(capability)?;
            Some(format!("needs {capability:?}: {reason}"))
        })
    }

    /// A known failure that names no case, and so can never be found to pass.
    pub(crate) fn known_failure_of_no_case(&self) -> Option<String> {
        let cases = runner::all_cases();
        let is_a_case = |name: &str| {
            cases
                .iter()
                .any(|(case, ..)| case == name || case.split('/').next() == Some(name))
        };
        let mut names = self.known_failures.keys();
        let name = names.find(|name| !is_a_case(name))?;
        Some(format!(
            "{}: there is no case {name:?} to be known to fail",
            self.name
        ))
    }

    /// Why this case is known to fail.
    pub(crate) fn known_failure_of(&self, case: &str) -> Option<&str> {
        let group = case.split('/').next().unwrap_or(case);
        let reason = self
            .known_failures
            .get(case)
            .or_else(|| self.known_failures.get(group));
        reason.map(String::as_str)
    }
}

impl std::fmt::Debug for Suite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Suite")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

//! The sandbox as a test holds it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bambora_core::{
    Api, BaseUrl, Credentials, MerchantNumber, MerchantSecret, MerchantToken, PaymentState,
};
use zeroize::Zeroizing;

use crate::rules::House;
use crate::server::{Server, Shared};
use crate::{Fault, LoggedRequest, Operation, PaymentRecord};

/// What a cancel of a payment that is canceled already is answered with. No document says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RepeatedCancel {
    /// 422, as for any other state than `Authorized`.
    #[default]
    Refused,
    /// 200 with the payment, as the first time.
    Accepted,
}

/// The API as a server on this machine. Stops when dropped.
///
/// ```
/// use bambora_sandbox::Sandbox;
///
/// let sandbox = Sandbox::start()?;
/// sandbox.authorize("ORDER-1001");
/// let api = sandbox.api(); // to be given to a client
/// // … the program under test cancels ORDER-1001 …
/// # drop(api);
/// assert!(!sandbox.is_canceled("ORDER-1001")); // the truth, whatever the program was told
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Sandbox {
    server: Server,
    shared: Arc<Shared>,
    api: Api,
}

impl Sandbox {
    /// Starts on a free port of `127.0.0.1`, with the published example credentials.
    ///
    /// # Errors
    ///
    /// Where no port can be had.
    pub fn start() -> io::Result<Self> {
        Self::builder().start()
    }

    /// Starts with something else than the defaults.
    #[must_use]
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder {
            listen_on: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            merchant_number: "123456789".to_owned(),
            merchant_token: Zeroizing::new("abcdefg".to_owned()),
            merchant_secret: Zeroizing::new("7AQu7FGB2Kwm".to_owned()),
            repeated_cancel: RepeatedCancel::default(),
            any_interface: false,
        }
    }

    /// The API at this sandbox, with credentials that it accepts.
    #[must_use]
    pub fn api(&self) -> Api {
        self.api.clone()
    }

    /// Where it is, for programs that are configured with a URL.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.api.base_url().to_string()
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// Makes a payment in state `Authorized`: 100 minor units of EUR. Replaces one of the same reference.
    pub fn authorize(&self, reference: &str) {
        self.insert(reference, PaymentState::Authorized);
    }

    /// Makes a payment in any state. Replaces one of the same reference.
    pub fn insert(&self, reference: &str, state: PaymentState) {
        let record = PaymentRecord::new(reference, state);
        self.shared.state().books.ledger.insert(record);
    }

    /// How a payment truly stands.
    #[must_use]
    pub fn payment(&self, reference: &str) -> Option<PaymentRecord> {
        self.shared.state().books.ledger.get(reference).cloned()
    }

    /// Whether a payment's reserved amount was truly released.
    #[must_use]
    pub fn is_canceled(&self, reference: &str) -> bool {
        self.payment(reference)
            .is_some_and(|record| record.is_canceled())
    }

    /// Puts a payment into another state, as somebody else's request would: captured, expired, … Says whether it exists.
    pub fn set_state(&self, reference: &str, state: PaymentState) -> bool {
        self.change(reference, |record| record.state = state)
    }

    /// Cancels a payment in the web back office: the amount is released, and the API goes on showing what it showed. Says
    /// whether the payment exists.
    pub fn cancel_in_back_office(&self, reference: &str) -> bool {
        self.change(reference, |record| record.canceled_in_back_office = true)
    }

    fn change(&self, reference: &str, change: impl FnOnce(&mut PaymentRecord)) -> bool {
        let mut state = self.shared.state();
        state.books.ledger.get_mut(reference).map(change).is_some()
    }

    /// Lets the next request of `operation` for the payment meet `fault`. Called again, the one after that, and so on.
    pub fn fault(&self, operation: Operation, reference: &str, fault: Fault) {
        let mut state = self.shared.state();
        state.books.faults.next(operation, reference, fault);
    }

    /// Lets every request of `operation` meet `fault`, for any payment, where nothing more precise is planned.
    pub fn fault_always(&self, operation: Operation, fault: Fault) {
        self.shared.state().books.faults.always(operation, fault);
    }

    /// Lets `per_mille` of 1,000 requests meet a random fault. The same seed gives the n-th request for a payment the same
    /// fault, however threads interleave.
    pub fn random_faults(&self, seed: u64, per_mille: u16) {
        self.shared.state().books.faults.random(seed, per_mille);
    }

    /// From now on nothing goes wrong any more. Effects that are still to come do come.
    pub fn recover(&self) {
        self.shared.state().books.faults.clear();
        self.release();
    }

    /// Lets every answer go that is held back now.
    pub fn release(&self) {
        self.shared.release();
    }

    /// Waits until so many answers are held back, for at most `timeout`. Says whether they are.
    #[must_use]
    pub fn wait_for_held(&self, answers: usize, timeout: Duration) -> bool {
        self.shared
            .wait_until(timeout, |state| state.held >= answers)
    }

    /// Every request so far, in the order in which they were judged.
    #[must_use]
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.shared.state().log.clone()
    }

    /// Waits until so many requests came in, for at most `timeout`. Says whether they did.
    #[must_use]
    pub fn wait_for_requests(&self, requests: usize, timeout: Duration) -> bool {
        self.shared
            .wait_until(timeout, |state| state.log.len() >= requests)
    }

    /// How many connections were made so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.state().connections
    }

    /// Stops now: the port refuses connections from here on. What was logged and the payments stay.
    pub fn stop(&mut self) {
        self.server.stop();
    }
}

/// Starts a [`Sandbox`] with something else than the defaults.
#[derive(Clone)]
pub struct SandboxBuilder {
    listen_on: SocketAddr,
    merchant_number: String,
    merchant_token: Zeroizing<String>,
    merchant_secret: Zeroizing<String>,
    repeated_cancel: RepeatedCancel,
    any_interface: bool,
}

impl SandboxBuilder {
    /// The address to listen on. Port 0 takes a free one. Loopback only.
    #[must_use]
    pub fn listen_on(mut self, address: SocketAddr) -> Self {
        self.listen_on = address;
        self
    }

    /// Accepts an address that other machines can reach. The sandbox speaks clear text and its payments are nobody's, but
    /// whoever reaches it can use it.
    #[must_use]
    pub fn dangerously_reachable_from_other_machines(mut self) -> Self {
        self.any_interface = true;
        self
    }

    /// The credentials that it accepts: number, token and secret, in this order.
    #[must_use]
    pub fn accept_credentials(
        mut self,
        number: impl Into<String>,
        token: impl Into<String>,
        secret: impl Into<String>,
    ) -> Self {
        self.merchant_number = number.into();
        self.merchant_token = Zeroizing::new(token.into());
        self.merchant_secret = Zeroizing::new(secret.into());
        self
    }

    /// What a cancel of a payment that is canceled already is answered with.
    #[must_use]
    pub fn repeated_cancel(mut self, answer: RepeatedCancel) -> Self {
        self.repeated_cancel = answer;
        self
    }

    /// Starts it.
    ///
    /// # Errors
    ///
    /// Where the address cannot be listened on, is not a loopback address, or the credentials cannot be ones.
    pub fn start(self) -> io::Result<Sandbox> {
        let invalid = |error: String| io::Error::new(io::ErrorKind::InvalidInput, error);
        if !self.listen_on.ip().is_loopback() && !self.any_interface {
            return Err(invalid(format!(
                "{} is not a loopback address: use 127.0.0.1 or [::1]",
                self.listen_on.ip()
            )));
        }
        let user_and_password = Zeroizing::new(format!(
            "{}@{}:{}",
            *self.merchant_token, self.merchant_number, *self.merchant_secret
        ));
        let part = |error: bambora_core::InvalidCredentials| invalid(error.to_string());
        let credentials = Credentials::new(
            MerchantNumber::new(self.merchant_number).map_err(part)?,
            MerchantToken::new(self.merchant_token.as_str()).map_err(part)?,
            MerchantSecret::new(self.merchant_secret.as_str()).map_err(part)?,
        );
        let shared = Arc::new(Shared::new(House {
            user_and_password,
            repeated_cancel: self.repeated_cancel,
        }));
        let server = Server::start(self.listen_on, Arc::clone(&shared))?;
        let base_url = format!("http://{}", server.address);
        let base_url = if self.any_interface {
            BaseUrl::dangerously_allow_cleartext_credentials(&base_url)
        } else {
            BaseUrl::new(&base_url)
        };
        let base_url = base_url.map_err(|error| invalid(error.to_string()))?;
        Ok(Sandbox {
            server,
            shared,
            api: Api::new(credentials).with_base_url(base_url),
        })
    }
}

impl std::fmt::Debug for SandboxBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SandboxBuilder")
            .field("listen_on", &self.listen_on)
            .field("merchant_number", &self.merchant_number)
            .field("repeated_cancel", &self.repeated_cancel)
            .finish_non_exhaustive()
    }
}

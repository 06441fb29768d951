//! The sandbox as a test holds it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bambora_core::{Api, PaymentState};

use crate::fault::Fault;
use crate::logged_request::LoggedRequest;
use crate::operation::Operation;
use crate::payment_record::{Change, PaymentRecord, Posting};
use crate::server::Server;
use crate::shared::{ServerState, Shared};

/// The API as a server on this machine. It stops when dropped.
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
    pub(crate) fn new(server: Server, shared: Arc<Shared>, api: Api) -> Self {
        Self { server, shared, api }
    }

    /// Returns the API at this sandbox, with credentials that it accepts.
    #[must_use]
    pub fn api(&self) -> Api {
        self.api.clone()
    }

    /// Returns the base URL, for programs that are configured with one.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.api.base_url().to_string()
    }

    /// Returns the address of the page that shows what happens in the sandbox, for a browser on this machine; `None` if it was
    /// turned [off](crate::SandboxBuilder::no_page).
    #[must_use]
    pub fn page_url(&self) -> Option<String> {
        let mut address = self.address();
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        self.shared.config.page.then(|| format!("http://{address}/"))
    }

    /// Returns the address that the sandbox listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// Creates a payment of 100 minor units of EUR in state `Authorized`. It replaces one of the same reference.
    pub fn authorize(&self, reference: &str) {
        self.insert(reference, PaymentState::Authorized);
    }

    /// Creates a payment in state `Authorized` of `amount` minor units of `currency`. It replaces one of the same reference.
    pub fn authorize_amount(&self, reference: &str, amount: i64, currency: &str) {
        let mut record = PaymentRecord::new(reference, PaymentState::Authorized);
        record.amount = amount;
        currency.clone_into(&mut record.currency);
        self.shared.change(|state| state.api.ledger.insert(record));
    }

    /// Creates a payment of 100 minor units of EUR in any state. It replaces one of the same reference.
    ///
    /// A payment that is captured, settled or refunded has postings of the whole amount.
    pub fn insert(&self, reference: &str, state: PaymentState) {
        let record = PaymentRecord::new(reference, state);
        self.shared.change(|state| state.api.ledger.insert(record));
    }

    /// Returns a payment as it truly stands.
    #[must_use]
    pub fn payment(&self, reference: &str) -> Option<PaymentRecord> {
        self.shared.lock().api.ledger.get(reference).cloned()
    }

    /// Returns `true` if the payment's reserved amount was truly released.
    #[must_use]
    pub fn is_canceled(&self, reference: &str) -> bool {
        self.payment(reference).is_some_and(|record| record.is_canceled())
    }

    /// Returns what was truly captured of the payment, in minor currency units: 0 if there is no such payment.
    #[must_use]
    pub fn captured(&self, reference: &str) -> i64 {
        self.payment(reference).map_or(0, |record| record.captured())
    }

    /// Returns what was truly refunded of the payment, in minor currency units: 0 if there is no such payment.
    #[must_use]
    pub fn refunded(&self, reference: &str) -> i64 {
        self.payment(reference).map_or(0, |record| record.refunded())
    }

    /// Returns the captures that truly took effect, the oldest first.
    #[must_use]
    pub fn captures(&self, reference: &str) -> Vec<Posting> {
        self.payment(reference).map_or_else(Vec::new, |record| record.captures)
    }

    /// Returns the refunds that truly took effect, the oldest first.
    #[must_use]
    pub fn refunds(&self, reference: &str) -> Vec<Posting> {
        self.payment(reference).map_or_else(Vec::new, |record| record.refunds)
    }

    /// Captures `amount` minor units, as somebody else's request would. Returns `true` if the payment allowed it.
    pub fn capture(&self, reference: &str, amount: i64, comment: Option<&str>) -> bool {
        self.apply(reference, Change::Capture(Posting::new(amount, comment)))
    }

    /// Refunds `amount` minor units, as somebody else's request would. Returns `true` if the payment allowed it.
    pub fn refund(&self, reference: &str, amount: i64, comment: Option<&str>) -> bool {
        self.apply(reference, Change::Refund(Posting::new(amount, comment)))
    }

    /// Puts a payment into another state, as somebody else's request would: captured, expired, … Returns `true` if it
    /// exists.
    pub fn set_state(&self, reference: &str, state: PaymentState) -> bool {
        self.change(reference, |record| record.set_state(state))
    }

    /// Cancels a payment in the web back office: the amount is released, and the API goes on showing what it showed. Returns
    /// `true` if the payment exists.
    pub fn cancel_in_back_office(&self, reference: &str) -> bool {
        self.change(reference, |record| record.canceled_in_back_office = true)
    }

    fn apply(&self, reference: &str, change: Change) -> bool {
        self.shared.change(|state| state.api.ledger.apply(reference, change))
    }

    fn change(&self, reference: &str, change: impl FnOnce(&mut PaymentRecord)) -> bool {
        self.shared.change(|state| state.api.ledger.get_mut(reference).map(change).is_some())
    }

    /// Plans a fault for the next request of `operation` for the payment. A further call plans one for the request after
    /// that, and so on.
    pub fn fault(&self, operation: Operation, reference: &str, fault: Fault) {
        self.shared.change(|state| state.api.faults.plan(operation, Some(reference), fault));
    }

    /// Plans a fault for every request of `operation`, for any payment, that has no fault of its own.
    pub fn fault_always(&self, operation: Operation, fault: Fault) {
        self.shared.change(|state| state.api.faults.plan(operation, None, fault));
    }

    /// Gives `per_mille` of 1,000 requests a random fault. The same seed gives the n-th request for a payment the same fault,
    /// however threads interleave.
    pub fn random_faults(&self, seed: u64, per_mille: u16) {
        self.shared.change(|state| state.api.faults.random(seed, per_mille));
    }

    /// Removes all faults. Effects that are still pending take place nevertheless.
    pub fn recover(&self) {
        self.shared.change(|state| {
            state.api.faults.clear();
            state.held.clear();
        });
    }

    /// Releases every response that is held now.
    pub fn release(&self) {
        self.shared.change(|state| state.held.clear());
    }

    /// Forgets all payments, faults and logged requests, and releases every response that is held or
    /// delayed.
    pub fn reset(&self) {
        self.shared.change(ServerState::reset);
    }

    /// Waits until as many responses are held, for at most `timeout`. Returns `true` if they are.
    #[must_use]
    pub fn wait_for_held(&self, responses: usize, timeout: Duration) -> bool {
        self.shared.wait_at_most(timeout, |state| state.held.len() >= responses)
    }

    /// Returns the logged requests in the order in which they were handled: all, unless
    /// [`dropped_requests`](Self::dropped_requests) says otherwise.
    #[must_use]
    pub fn requests(&self) -> Vec<LoggedRequest> {
        let state = self.shared.lock();
        state.log.requests.iter().cloned().collect()
    }

    /// Returns how many of the oldest requests were dropped from the log, since it is
    /// [bounded](crate::SandboxBuilder::log_limits). A test that looks at all requests asserts that it is 0.
    #[must_use]
    pub fn dropped_requests(&self) -> usize {
        self.shared.lock().log.dropped
    }

    /// Waits until as many requests were handled, for at most `timeout`. Returns `true` if they were.
    #[must_use]
    pub fn wait_for_requests(&self, requests: usize, timeout: Duration) -> bool {
        self.shared.wait_at_most(timeout, |state| state.log.total() >= requests)
    }

    /// Returns the number of connections so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.lock().connections
    }

    /// Stops now: from here on the port refuses connections, and it stays taken as long as this value lives. The log and the
    /// payments stay.
    pub fn stop(&mut self) {
        self.server.stop();
    }
}

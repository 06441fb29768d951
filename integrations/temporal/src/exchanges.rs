//! The activity: one request and its response, once.
#![allow(
    missing_docs,
    missing_debug_implementations,
    reason = "the SDK's macros write a marker for each method, with neither"
)]

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use bambora_core::flow::{Connection, ExchangeResult};
use bambora_core::{Api, TransportError};
use bambora_hyper::Client;
use temporalio_macros::activities;
use temporalio_sdk::activities::{ActivityContext, ActivityError, ActivityInfo};

use crate::exchange::{Exchange, Hold, Reply};
use crate::gate::Gate;

/// The activity `exchange`, with one merchant's credentials and the connections to the API.
///
/// It sends each request on a connection of its own and at most once, and tells the judged result alone. Register it with a worker
/// beside the workflows; [`worker_options`](crate::worker_options) does.
#[derive(Debug)]
pub struct Exchanges {
    client: Client,
    gate: Gate,
}

impl Exchanges {
    /// The activity with a client of default settings.
    #[must_use]
    pub fn new(api: Api) -> Self {
        Self::with_client(Client::new(api))
    }

    /// The activity with a client of your own: with other timeouts, behind a proxy, with a client certificate. The activity's own
    /// timeout, the [exchange timeout](crate::Settings::exchange_timeout), has to be longer than the client's total timeout.
    #[must_use]
    pub fn with_client(client: Client) -> Self {
        Self { client, gate: Gate::default() }
    }

    /// Returns the API that requests go to, with the merchant's credentials.
    #[must_use]
    pub fn api(&self) -> &Api {
        self.client.api()
    }

    /// Says whether the request may be sent, and when the engine gives it up.
    fn admit(&self, exchange: &Exchange, info: &ActivityInfo) -> Result<Instant, Hold> {
        let merchant = self.api().merchant();
        if exchange.merchant != *merchant {
            return Err(Hold::OtherMerchant { merchant: merchant.to_string() });
        }
        // What is sent now is over when the server gives the activity up: nothing is on its way when the workflow goes on.
        let (deadline, now) = (info.deadline.ok_or(Hold::Late)?, Instant::now());
        let left = deadline.duration_since(SystemTime::now()).unwrap_or_default();
        if left < self.client.total_timeout() {
            return Err(Hold::Late);
        }
        self.gate.admit(exchange.rotated, now)?;
        now.checked_add(left).ok_or(Hold::Late)
    }

    async fn send(&self, exchange: &Exchange, deadline: Instant) -> ExchangeResult {
        let request = exchange.due.build(self.api());
        let exchanged = tokio::select! {
            // First: a worker that was frozen past the deadline does not go on with what it had begun.
            biased;
            () = tokio::time::sleep_until(deadline.into()) => Err(TransportError::unknown("the time was up")),
            exchanged = self.client.exchange_on(request, Connection::Fresh) => exchanged,
        };
        match exchanged {
            Ok(received) => exchange.due.judge(&received.response, received.connection),
            Err(error) => ExchangeResult::failed(&error),
        }
    }
}

#[activities]
impl Exchanges {
    /// Sends one request once, unless something holds it back.
    ///
    /// # Errors
    ///
    /// None: whatever happens to the exchange is its result.
    #[activity(name = "exchange")]
    pub async fn exchange(
        self: Arc<Self>,
        context: ActivityContext,
        exchange: Exchange,
    ) -> Result<Reply, ActivityError> {
        let info = context.info();
        let deadline = match self.admit(&exchange, info) {
            Ok(deadline) => deadline,
            Err(hold) => {
                tracing::debug!(operation = exchange.due.operation_id(), ?hold, "held");
                return Ok(Reply::Held { hold });
            }
        };
        let started = info.started_time.unwrap_or_else(SystemTime::now);
        let result = self.send(&exchange, deadline).await;
        self.gate.learn(&result, started, Instant::now());
        tracing::debug!(operation = exchange.due.operation_id(), result = %result.observation, "exchanged");
        Ok(Reply::Judged { result })
    }
}

//! Both clients, by the same tests: what holds for one holds for the other.

mod cancels;
mod causes;
mod certificates;
mod early_responses;
mod exchanges;
mod origins;
mod proxies;
mod reused_connections;
mod settings;
mod soak;
mod wire_format;

use std::fmt::Debug;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use bambora_client::{BuildClient, CancelEvent};
use bambora_core::errors::MerchantMismatch;
use bambora_core::{Api, Checkpoint, Error, Operation, Outcome, Payment, PaymentReference, TransportError};
use http::{Request, Response};
use tokio::runtime::Runtime;

/// What the two have in common, with the `.await` of one taken out.
pub(crate) trait AnyClient: BuildClient + Clone + Debug + Send + Sync {
    const CRATE: &'static str;

    fn with_defaults(api: Api) -> Self;
    fn send<O: Operation + Sync>(&self, operation: &O) -> Result<Payment, Error>;
    fn query(&self, reference: &PaymentReference) -> Result<Payment, Error>;
    fn exchange(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError>;
    fn cancel(&self, reference: &PaymentReference) -> Outcome;
    fn cancel_with(
        &self,
        reference: &PaymentReference,
        observer: impl FnMut(CancelEvent) -> ControlFlow<()> + Send + 'static,
    ) -> Outcome;
    fn resume(&self, checkpoint: &Checkpoint) -> Result<Outcome, MerchantMismatch>;
    fn resume_with(
        &self,
        checkpoint: &Checkpoint,
        observer: impl FnMut(CancelEvent) -> ControlFlow<()> + Send + 'static,
    ) -> Result<Outcome, MerchantMismatch>;
}

/// The async client's runtime. It is one for all tests: what they wait for is on other threads.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

impl AnyClient for bambora_blocking::Client {
    const CRATE: &'static str = "bambora-blocking";

    fn with_defaults(api: Api) -> Self {
        Self::new(api)
    }

    fn send<O: Operation + Sync>(&self, operation: &O) -> Result<Payment, Error> {
        self.send(operation)
    }

    fn query(&self, reference: &PaymentReference) -> Result<Payment, Error> {
        self.query(reference)
    }

    fn exchange(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        self.exchange(request)
    }

    fn cancel(&self, reference: &PaymentReference) -> Outcome {
        self.cancel(reference)
    }

    fn cancel_with(
        &self,
        reference: &PaymentReference,
        observer: impl FnMut(CancelEvent) -> ControlFlow<()> + Send + 'static,
    ) -> Outcome {
        self.cancel_with(reference, observer)
    }

    fn resume(&self, checkpoint: &Checkpoint) -> Result<Outcome, MerchantMismatch> {
        self.resume(checkpoint)
    }

    fn resume_with(
        &self,
        checkpoint: &Checkpoint,
        observer: impl FnMut(CancelEvent) -> ControlFlow<()> + Send + 'static,
    ) -> Result<Outcome, MerchantMismatch> {
        self.resume_with(checkpoint, observer)
    }
}

impl AnyClient for bambora_hyper::Client {
    const CRATE: &'static str = "bambora-hyper";

    fn with_defaults(api: Api) -> Self {
        Self::new(api)
    }

    fn send<O: Operation + Sync>(&self, operation: &O) -> Result<Payment, Error> {
        RUNTIME.block_on(self.send(operation))
    }

    fn query(&self, reference: &PaymentReference) -> Result<Payment, Error> {
        RUNTIME.block_on(self.query(reference))
    }

    fn exchange(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        RUNTIME.block_on(self.exchange(request))
    }

    fn cancel(&self, reference: &PaymentReference) -> Outcome {
        RUNTIME.block_on(self.cancel(reference))
    }

    fn cancel_with(
        &self,
        reference: &PaymentReference,
        mut observer: impl FnMut(CancelEvent) -> ControlFlow<()> + Send + 'static,
    ) -> Outcome {
        let observer = move |event| std::future::ready(observer(event));
        RUNTIME.block_on(self.cancel_with(reference, observer))
    }

    fn resume(&self, checkpoint: &Checkpoint) -> Result<Outcome, MerchantMismatch> {
        Ok(RUNTIME.block_on(self.resume(checkpoint)?))
    }

    fn resume_with(
        &self,
        checkpoint: &Checkpoint,
        mut observer: impl FnMut(CancelEvent) -> ControlFlow<()> + Send + 'static,
    ) -> Result<Outcome, MerchantMismatch> {
        let observer = move |event| std::future::ready(observer(event));
        Ok(RUNTIME.block_on(self.resume_with(checkpoint, observer)?))
    }
}

/// Makes a test of each function for each client.
macro_rules! for_each_client {
    ($($test:ident,)*) => {
        mod hyper {
            $(#[test]
            fn $test() {
                super::$test::<bambora_hyper::Client>();
            })*
        }
        mod blocking {
            $(#[test]
            fn $test() {
                super::$test::<bambora_blocking::Client>();
            })*
        }
    };
}
pub(crate) use for_each_client;

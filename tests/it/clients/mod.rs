//! Both clients, by the same tests: what holds of one holds of the other.

mod cancels;
mod exchanges;
mod settings;
mod soak;

use std::fmt::Debug;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use bambora_core::{
    Api, BuildClient, CancelEvent, CancelFlow, Checkpoint, Error, Operation, Outcome, Payment,
    PaymentReference, ResumeError, TransportError,
};
use http::{Request, Response};
use tokio::runtime::Runtime;

/// What the two have in common, with the one's `.await` taken out.
pub(crate) trait AnyClient: BuildClient + Clone + Debug + Send + Sync {
    const CRATE: &'static str;

    fn with_defaults(api: Api) -> Self;
    fn send<O: Operation + Sync>(&self, operation: &O) -> Result<Payment, Error>;
    fn query(&self, reference: &PaymentReference) -> Result<Payment, Error>;
    fn exchange(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError>;
    fn cancel(&self, reference: &PaymentReference) -> Outcome;
    fn cancel_flow(&self, reference: PaymentReference) -> CancelFlow;
    fn resume_flow(&self, checkpoint: Checkpoint) -> Result<CancelFlow, ResumeError>;
    fn drive(
        &self,
        flow: &mut CancelFlow,
        observe: impl FnMut(&CancelFlow, CancelEvent) -> ControlFlow<()>,
    ) -> Outcome;
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

macro_rules! any_client {
    ($client:ty, $name:literal, $finish:expr) => {
        impl AnyClient for $client {
            const CRATE: &'static str = $name;

            fn with_defaults(api: Api) -> Self {
                Self::new(api)
            }

            fn send<O: Operation + Sync>(&self, operation: &O) -> Result<Payment, Error> {
                $finish(self.send(operation))
            }

            fn query(&self, reference: &PaymentReference) -> Result<Payment, Error> {
                $finish(self.query(reference))
            }

            fn exchange(
                &self,
                request: Request<Vec<u8>>,
            ) -> Result<Response<Vec<u8>>, TransportError> {
                $finish(self.exchange(request))
            }

            fn cancel(&self, reference: &PaymentReference) -> Outcome {
                $finish(self.cancel(reference))
            }

            fn cancel_flow(&self, reference: PaymentReference) -> CancelFlow {
                self.cancel_flow(reference)
            }

            fn resume_flow(&self, checkpoint: Checkpoint) -> Result<CancelFlow, ResumeError> {
                self.resume_flow(checkpoint)
            }

            fn drive(
                &self,
                flow: &mut CancelFlow,
                observe: impl FnMut(&CancelFlow, CancelEvent) -> ControlFlow<()>,
            ) -> Outcome {
                $finish(self.drive(flow, observe))
            }
        }
    };
}

any_client!(
    bambora_blocking::Client,
    "bambora-blocking",
    std::convert::identity
);
any_client!(bambora_hyper::Client, "bambora-hyper", |call| RUNTIME
    .block_on(call));

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

//! A sandbox, a client of it, and a journal of its payments.

use std::sync::Arc;
use std::time::Duration;

use bambora_batch::{Counts, Journal, Runner, Status};
use bambora_core::posting::PostingPolicy;
use bambora_core::{Api, BaseUrl, Credentials, MerchantNumber, MerchantSecret, MerchantToken};
use bambora_core::{CancelPolicy, PaymentReference};
use bambora_hyper::Client;
use bambora_sandbox::{Operation, Sandbox};

use super::temporary::{Folder, references};

/// Longer than anything takes here.
pub(crate) const LONG: Duration = Duration::from_secs(30);

pub(crate) struct Fixture {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) client: Client,
    pub(crate) journal: Journal,
    pub(crate) folder: Folder,
}

impl Fixture {
    /// So many payments, all of which can be canceled.
    pub(crate) fn new(payments: usize) -> Self {
        let fixture = Self::with_nothing_authorized(payments);
        for reference in references(payments) {
            fixture.sandbox.authorize(reference.as_str());
        }
        fixture
    }

    /// So many payments that the server does not know.
    pub(crate) fn with_nothing_authorized(payments: usize) -> Self {
        let sandbox = Arc::new(Sandbox::start().unwrap());
        let client = Self::client(sandbox.api());
        let folder = Folder::new();
        let journal = Journal::open(folder.join("night.journal"), client.api().merchant()).unwrap();
        journal.add(references(payments)).wait().unwrap();
        Self { sandbox, client, journal, folder }
    }

    pub(crate) fn client(api: Api) -> Client {
        Client::builder().reuse_connections(true).build(api).unwrap()
    }

    /// The sandbox's merchant, with the secret that it accepts.
    pub(crate) fn api(base_url: &str) -> Api {
        Self::api_with_secret(base_url, "7AQu7FGB2Kwm")
    }

    pub(crate) fn api_with_secret(base_url: &str, secret: &str) -> Api {
        let credentials = Credentials::new(
            MerchantNumber::new("123456789").unwrap(),
            MerchantToken::new("abcdefg").unwrap(),
            MerchantSecret::new(secret).unwrap(),
        );
        Api::new(credentials).with_base_url(BaseUrl::new(base_url).unwrap())
    }

    pub(crate) fn runner(&self) -> Runner {
        Self::quick(Runner::new(&self.journal, &self.client))
    }

    /// With short waits, and budgets that no series of faults uses up.
    pub(crate) fn quick(runner: Runner) -> Runner {
        let policy = CancelPolicy::builder()
            .waits(Duration::from_millis(2), Duration::from_millis(50))
            .queries(40)
            .further_cancels(50)
            .build()
            .unwrap();
        let postings = PostingPolicy::new(policy.clone());
        runner.policy(policy).posting_policy(postings).progress_interval(Duration::from_millis(20))
    }

    pub(crate) async fn counts(&self) -> Counts {
        self.journal.counts().await.unwrap()
    }

    /// Every row says what is true, and none is open.
    pub(crate) fn check_rows(&self) {
        let mut rows = 0;
        for row in self.journal.rows(&Status::ALL) {
            let row = row.unwrap();
            let is_canceled = self.sandbox.is_canceled(row.reference.as_str());
            let expected = match is_canceled {
                true => Status::Canceled,
                false => Status::Refused,
            };
            assert_eq!(row.status, expected, "{row:?}");
            rows += 1;
        }
        assert_eq!(rows, self.journal.counts().wait().unwrap().total());
    }

    /// The requests for a payment, in the order in which they came.
    pub(crate) fn operations(&self, reference: &PaymentReference) -> Vec<Operation> {
        assert_eq!(self.sandbox.dropped_requests(), 0);
        let requests = self.sandbox.requests().into_iter();
        requests
            .filter_map(|request| request.operation)
            .filter(|(_, of)| of == reference.as_str())
            .map(|(operation, _)| operation)
            .collect()
    }

    /// Waits until so many responses are held back.
    pub(crate) async fn wait_for_held(&self, responses: usize) {
        let sandbox = Arc::clone(&self.sandbox);
        let held = tokio::task::spawn_blocking(move || sandbox.wait_for_held(responses, LONG));
        assert!(held.await.unwrap());
    }
}

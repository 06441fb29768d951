//! A cancel on a clock of its own: a day of it passes in no time, and nothing asks the system what time it is.

use std::time::Duration;

use bambora_core::flow::{Confirmation, Connection, RequestKind, Step};
use bambora_core::{
    Api, BaseUrl, CancelFlow, CancelPolicy, Checkpoint, Credentials, MerchantNumber, MerchantSecret, MerchantToken,
    Outcome, PaymentReference, TransportError,
};
use http::{Request, Response};

const MINUTE: Duration = Duration::from_secs(60);

/// A simulation: its time, and a server that is out of reach for a while.
struct Simulation {
    now: Duration,
    api: Api,
    out_of_reach_until: Duration,
    /// The cancel request takes effect, but its response gets lost.
    is_canceled: bool,
    log: Vec<(Duration, RequestKind)>,
}

impl Simulation {
    fn new(out_of_reach_until: Duration) -> Self {
        let credentials = Credentials::new(
            MerchantNumber::new("123456789").unwrap(),
            MerchantToken::new("abcdefg").unwrap(),
            MerchantSecret::new("7AQu7FGB2Kwm").unwrap(),
        );
        Self {
            now: Duration::ZERO,
            api: Api::new(credentials).with_base_url(BaseUrl::beta()),
            out_of_reach_until,
            is_canceled: false,
            log: Vec::new(),
        }
    }

    /// Every exchange takes a second.
    fn exchange(&mut self, kind: RequestKind, request: &Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        self.log.push((self.now, kind));
        self.now += Duration::from_secs(1);
        if kind == RequestKind::Cancel {
            assert_eq!(request.uri().path(), "/payments/A/cancel/");
            self.is_canceled = true;
        }
        if self.now < self.out_of_reach_until {
            return Err(TransportError::unknown("out of reach"));
        }
        let state = if self.is_canceled { "Canceled" } else { "Authorized" };
        let body = format!(r#"{{"payment": "A", "state": "{state}"}}"#);
        Ok(Response::new(body.into_bytes()))
    }

    fn run(&mut self, mut flow: CancelFlow) -> Outcome {
        loop {
            match flow.step(self.now) {
                Step::Send(kind) => {
                    let request = kind.request(&self.api, flow.reference());
                    match self.exchange(kind, &request) {
                        Ok(response) => flow.on_response(&response, Connection::Fresh),
                        Err(error) => flow.on_failure(&error),
                    }
                }
                Step::Wait(duration) => self.now += duration,
                Step::Done(outcome) => return outcome,
            }
        }
    }
}

fn reference() -> PaymentReference {
    "A".parse().unwrap()
}

fn policy(deadline: Duration) -> CancelPolicy {
    CancelPolicy::builder().queries(100_000).waits(MINUTE, MINUTE).deadline(deadline).build().unwrap()
}

#[test]
fn an_outage_of_a_day_passes_at_once() {
    let day = 24 * 60 * MINUTE;
    let mut simulation = Simulation::new(day);
    let merchant = simulation.api.merchant().clone();
    let outcome = simulation.run(CancelFlow::new(merchant, reference(), policy(2 * day), 7));
    let Outcome::Canceled(canceled) = outcome else {
        panic!("{outcome}");
    };
    assert_eq!(canceled.confirmation, Confirmation::Query);
    assert!(simulation.now >= day && simulation.now < day + 2 * MINUTE);
    let cancels = simulation.log.iter().filter(|(_, kind)| *kind == RequestKind::Cancel);
    assert_eq!(cancels.count(), 1);
}

#[test]
fn the_same_seed_gives_the_same_times() {
    let times = |seed| {
        let mut simulation = Simulation::new(100 * MINUTE);
        let merchant = simulation.api.merchant().clone();
        let flow = CancelFlow::new(merchant, reference(), policy(200 * MINUTE), seed);
        assert!(matches!(simulation.run(flow), Outcome::Canceled(_)));
        simulation.log
    };
    assert_eq!(times(7), times(7));
    assert_ne!(times(7), times(8));
}

/// The origin of the time is the caller's, and every flow has its own.
#[test]
fn a_flow_that_was_resumed_has_its_whole_time_again() {
    let mut simulation = Simulation::new(1_000 * MINUTE);
    let merchant = simulation.api.merchant().clone();
    let flow = CancelFlow::new(merchant, reference(), policy(10 * MINUTE), 7);
    let Outcome::Unknown(unknown) = simulation.run(flow) else {
        panic!("resolved during the outage");
    };
    assert!(simulation.now <= 10 * MINUTE + Duration::from_secs(1));
    let stored = unknown.checkpoint.to_string();

    simulation.now = 1_000 * MINUTE;
    let checkpoint: Checkpoint = stored.parse().unwrap();
    let outcome = simulation.run(CancelFlow::resume(&checkpoint, policy(10 * MINUTE), 8));
    assert!(matches!(outcome, Outcome::Canceled(_)), "{outcome}");
}

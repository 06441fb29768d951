//! The recipe for PostgreSQL in the document, on a real server: a worker that lost its lease writes nothing.

use std::env;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use bambora_core::flow::{Connection, ExchangeResult, Step};
use bambora_core::{
    Api, BaseUrl, CancelFlow, CancelPolicy, Credentials, MerchantNumber, MerchantSecret, MerchantToken,
};
use bambora_hyper::Client;
use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};

use crate::support::database::{Database, psql, statement};
use crate::support::process::WorkerProcess;

const HOST: &str = "BAMBORA_RECIPE_HOST";
const URL: &str = "BAMBORA_RECIPE_URL";
const NAME: &str = "BAMBORA_RECIPE_NAME";
const LEASE: &str = "10 seconds";

/// A worker as the recipe has it. Does nothing unless [`worker`] has started it.
#[tokio::test]
async fn child() {
    let (Ok(host), Ok(url), Ok(name)) = (env::var(HOST), env::var(URL), env::var(NAME)) else {
        return;
    };
    let host = Path::new(&host);
    let credentials = Credentials::new(
        MerchantNumber::new("123456789").unwrap(),
        MerchantToken::new("abcdefg").unwrap(),
        MerchantSecret::new("7AQu7FGB2Kwm").unwrap(),
    );
    let api = Api::new(credentials).with_base_url(BaseUrl::new(&url).unwrap());
    let client = Client::builder()
        .connect_timeout(Duration::from_secs(1))
        .total_timeout(Duration::from_secs(3))
        .build(api.clone())
        .unwrap();
    let claimed = loop {
        let printed = psql(host, &statement("claim"), &[("lease", LEASE)]);
        match printed.lines().next() {
            Some(row) if row.contains('|') => break row.to_owned(),
            _ => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    };
    let [reference, fence, checkpoint] = claimed.splitn(3, '|').collect::<Vec<_>>()[..] else { panic!("{claimed}") };
    let merchant = api.merchant().to_string();
    let write = |name: &str, more: &[(&str, &str)]| {
        let mut variables =
            vec![("merchant", merchant.as_str()), ("reference", reference), ("fence", fence), ("lease", LEASE)];
        variables.extend_from_slice(more);
        psql(host, &statement(name), &variables)
    };
    let policy = CancelPolicy::default();
    let mut flow = match checkpoint {
        "" => CancelFlow::new(api.merchant().clone(), reference.parse().unwrap(), policy, 1),
        text => CancelFlow::resume(&text.parse().unwrap(), policy, 2),
    };
    let began = Instant::now();
    let outcome = loop {
        match flow.step(began.elapsed()) {
            Step::Send(kind) => {
                let checkpoint = flow.checkpoint().unwrap().to_string();
                let stored = write("sending", &[("checkpoint", checkpoint.as_str())]);
                if stored != "UPDATE 1" {
                    return tell(host, &name, &stored);
                }
                let request = kind.request(&api, flow.reference());
                flow.apply(match client.exchange_on(request, Connection::Fresh).await {
                    Ok(received) => kind.judge(flow.reference(), &received.response, received.connection),
                    Err(error) => ExchangeResult::failed(&error),
                });
            }
            Step::Wait(duration) => tokio::time::sleep(duration).await,
            Step::Done(outcome) => break outcome,
        }
    };
    let written = write("done", &[("status", outcome.kind().as_str()), ("outcome", &format!("{name}: {outcome}"))]);
    tell(host, &name, &written);
}

/// Tells the test what a worker's last write changed.
fn tell(host: &Path, name: &str, written: &str) {
    psql(host, "insert into written values (:'name', :'written');", &[("name", name), ("written", written)]);
}

fn worker(database: &Database, sandbox: &Sandbox, name: &str) -> WorkerProcess {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "postgres::child"]);
    command.env(HOST, database.host()).env(URL, sandbox.base_url()).env(NAME, name);
    WorkerProcess::spawn(command)
}

/// Waits until the worker of this name has told what its last write changed.
fn written(database: &Database, name: &str) -> String {
    let began = Instant::now();
    loop {
        let query = "select written from written where name = :'name';";
        let written = psql(database.host(), query, &[("name", name)]);
        if !written.is_empty() {
            return written;
        }
        assert!(began.elapsed() < Duration::from_secs(180), "{name} wrote nothing");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn the_late_write_of_a_worker_that_lost_its_lease_changes_0_rows() {
    let (database, sandbox) = (Database::start(), Sandbox::start().unwrap());
    let host = database.host();
    sandbox.authorize("ORDER-1");
    let merchant = sandbox.api().merchant().to_string();
    psql(host, &statement("schema"), &[]);
    psql(host, "create table written (name text, written text);", &[]);
    let rows = "insert into merchant values (:'merchant'); insert into payment values (:'merchant', 'ORDER-1');";
    psql(host, rows, &[("merchant", &merchant)]);

    // The cancel takes effect, and its response waits.
    let held = Fault::new(Effect::Apply, FaultResponse::Ok).held();
    sandbox.fault(Operation::Cancel, "ORDER-1", held);
    let first = worker(&database, &sandbox, "first");
    assert!(sandbox.wait_for_held(1, Duration::from_secs(180)));
    first.freeze();
    let _second = worker(&database, &sandbox, "second");
    assert_eq!(written(&database, "second"), "UPDATE 1");

    // Thawed, it has lost the response, and must store a checkpoint before it queries.
    first.thaw();
    assert_eq!(written(&database, "first"), "UPDATE 0");
    let variables = [
        ("merchant", merchant.as_str()),
        ("reference", "ORDER-1"),
        ("fence", "1"),
        ("status", "refused"),
        ("outcome", "late"),
    ];
    assert_eq!(psql(host, &statement("done"), &variables), "UPDATE 0");
    let row = psql(host, "select status, fence, outcome from payment;", &[]);
    assert!(row.starts_with("canceled|2|second: canceled, confirmed by query"), "{row}");
    let cancels = sandbox.requests().iter().filter(|request| request.target.contains("/cancel/")).count();
    assert_eq!(cancels, 1);
}

#[test]
fn a_paused_merchant_and_payments_that_are_not_due_are_not_claimed() {
    let database = Database::start();
    let host = database.host();
    psql(host, &statement("schema"), &[]);
    let rows = "insert into merchant values ('a'), ('b');
        insert into payment (merchant, reference) values ('a', '1'), ('b', '1'), ('b', '2');";
    psql(host, rows, &[]);
    psql(host, &statement("pause"), &[("merchant", "a"), ("until", "infinity")]);
    let claim = || psql(host, &statement("claim"), &[("lease", "1 hour")]);
    let claimed = claim();
    assert_eq!(claimed.lines().filter(|line| line.contains('|')).count(), 2, "{claimed}");
    assert_eq!(claim(), "UPDATE 0");
    let waiting = |fence| {
        let variables = [("merchant", "b"), ("reference", "2"), ("fence", fence), ("wait", "1 hour")];
        psql(host, &statement("waiting"), &variables)
    };
    // Only the owner of the fence of the last claim writes.
    assert_eq!((waiting("0"), waiting("1")), ("UPDATE 0".to_owned(), "UPDATE 1".to_owned()));
    assert_eq!(claim(), "UPDATE 0");
}

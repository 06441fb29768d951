//! A process that captures and refunds is killed again and again: every key at most once, and no claim is wrong.

use std::env;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bambora_client::{BuildClient, ClientBuilder, PostingEvent};
use bambora_core::posting::{PostingCheckpoint, PostingKey, PostingKind, PostingOrder, PostingOutcome, PostingPolicy};
use bambora_core::{Amount, Api, BaseUrl, CancelPolicy, Credentials, MerchantNumber, MerchantSecret, MerchantToken};
use bambora_sandbox::Sandbox;
use tokio::runtime::Runtime;

const ORDERS: usize = 40;
const AMOUNT: u32 = 100;
/// What each payment has room for: three postings of the amount.
const ROOM: i64 = 300;
/// How many of 1,000 requests meet a fault.
const FAULTS: u16 = 400;
const URL: &str = "BAMBORA_KILLED_URL";
const DIRECTORY: &str = "BAMBORA_KILLED_DIRECTORY";
const CLIENT: &str = "BAMBORA_KILLED_CLIENT";

/// 10; with `BAMBORA_LONG_TESTS` 50.
fn kills() -> usize {
    match env::var_os("BAMBORA_LONG_TESTS") {
        Some(_) => 50,
        None => 10,
    }
}

fn order(number: usize) -> PostingOrder {
    let reference = format!("ORDER-{number}").parse().unwrap();
    let key = PostingKey::new(format!("INVOICE-{number}")).unwrap();
    let kind = match number % 2 {
        0 => PostingKind::Capture,
        _ => PostingKind::Refund,
    };
    PostingOrder::new(kind, reference, Amount::from(AMOUNT), key)
}

/// What a process leaves on the disk about one order.
struct Stored {
    checkpoint: PathBuf,
    claim: PathBuf,
}

impl Stored {
    fn of(directory: &Path, number: usize) -> Self {
        Self {
            checkpoint: directory.join(format!("{number}.checkpoint")),
            claim: directory.join(format!("{number}.claim")),
        }
    }

    fn checkpoint(&self) -> Option<PostingCheckpoint> {
        let text = fs::read_to_string(&self.checkpoint).ok()?;
        Some(text.parse().unwrap())
    }

    /// Replaces the checkpoint as a whole, so that a kill leaves the old one or the new one.
    fn observe(&self, event: PostingEvent) -> ControlFlow<()> {
        if let PostingEvent::Sending { checkpoint, .. } = event {
            write(&self.checkpoint, &checkpoint.to_string());
        }
        ControlFlow::Continue(())
    }

    fn end(&self, outcome: &PostingOutcome) {
        match outcome {
            PostingOutcome::Unknown(_) => return,
            PostingOutcome::NotSent(_) => {}
            PostingOutcome::Posted(_) | PostingOutcome::Refused(_) => {
                write(&self.claim, outcome.as_str());
            }
        }
        let _ = fs::remove_file(&self.checkpoint);
    }
}

fn write(path: &Path, text: &str) {
    let new = path.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(new, path).unwrap();
}

fn client<C: BuildClient>(url: &str) -> C {
    let budgets = CancelPolicy::builder().queries(3).waits(Duration::ZERO, Duration::from_millis(1));
    let credentials = Credentials::new(
        MerchantNumber::new("123456789").unwrap(),
        MerchantToken::new("abcdefg").unwrap(),
        MerchantSecret::new("7AQu7FGB2Kwm").unwrap(),
    );
    let api = Api::new(credentials).with_base_url(BaseUrl::new(url).unwrap());
    ClientBuilder::<C>::new().posting_policy(PostingPolicy::new(budgets.build().unwrap())).build(api).unwrap()
}

/// The process that is killed. Does nothing unless the test below has started it.
#[test]
fn child() {
    let (Ok(url), Ok(directory)) = (env::var(URL), env::var(DIRECTORY)) else {
        return;
    };
    let directory = Path::new(&directory);
    let open = (0..ORDERS).filter(|number| !Stored::of(directory, *number).claim.exists());
    match env::var(CLIENT).as_deref() {
        Ok("hyper") => open.for_each(|number| post_async(&client(&url), directory, number)),
        _ => open.for_each(|number| post_blocking(&client(&url), directory, number)),
    }
}

fn post_blocking(client: &bambora_blocking::Client, directory: &Path, number: usize) {
    let stored = Stored::of(directory, number);
    let outcome = match stored.checkpoint() {
        Some(checkpoint) => client.resume_posting_with(&checkpoint, |event| stored.observe(event)).unwrap(),
        None => client.post_with(order(number), |event| stored.observe(event)),
    };
    stored.end(&outcome);
}

fn post_async(client: &bambora_hyper::Client, directory: &Path, number: usize) {
    let stored = Stored::of(directory, number);
    let observed = Stored::of(directory, number);
    let observer = move |event| std::future::ready(observed.observe(event));
    let posting = match stored.checkpoint() {
        Some(checkpoint) => client.resume_posting_with(&checkpoint, observer).unwrap(),
        None => client.post_with(order(number), observer),
    };
    stored.end(&Runtime::new().unwrap().block_on(posting));
}

fn start(sandbox: &Sandbox, directory: &Path, client: &str) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "postings_killed::child"])
        .env(URL, sandbox.base_url())
        .env(DIRECTORY, directory)
        .env(CLIENT, client)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn postings(sandbox: &Sandbox, order: &PostingOrder) -> usize {
    let all = match order.kind {
        PostingKind::Capture => sandbox.captures(order.reference.as_str()),
        PostingKind::Refund => sandbox.refunds(order.reference.as_str()),
    };
    let is_ours = |comment: Option<&str>| comment == Some(order.key.as_str());
    all.iter().filter(|posting| is_ours(posting.comment.as_deref())).count()
}

fn every_key_is_posted_at_most_once(client: &str) {
    let mut killed = 0;
    let (mut posted, mut unknown) = (0, 0);
    for round in 0_u64.. {
        if killed >= kills() {
            break;
        }
        let sandbox = Sandbox::builder().accept_credentials("123456789", "abcdefg", "7AQu7FGB2Kwm").start().unwrap();
        for number in 0..ORDERS {
            let reference = format!("ORDER-{number}");
            sandbox.authorize_amount(&reference, ROOM, "EUR");
            if number % 2 == 1 {
                assert!(sandbox.capture(&reference, ROOM, Some("the shop's own")));
            }
        }
        sandbox.random_faults(round, FAULTS);
        let directory = tempfile::tempdir().unwrap();
        // The moment of a kill: when so many more requests came in.
        for more in [7, 11, 13, 17, 19] {
            let requests = sandbox.requests().len() + more + usize::try_from(round % 5).unwrap();
            let mut child = start(&sandbox, directory.path(), client);
            let _ = sandbox.wait_for_requests(requests, Duration::from_secs(5));
            let has_ended = child.try_wait().unwrap().is_some();
            let _ = child.kill();
            child.wait().unwrap();
            killed += usize::from(!has_ended);
        }
        sandbox.recover();
        for _ in 0..2 {
            let ended = start(&sandbox, directory.path(), client).wait().unwrap();
            assert!(ended.success());
        }
        for number in 0..ORDERS {
            let order = order(number);
            let times = postings(&sandbox, &order);
            assert!(times <= 1, "round {round}: {order}: {times} times");
            match fs::read_to_string(Stored::of(directory.path(), number).claim).as_deref() {
                Ok("captured" | "refunded") => {
                    assert_eq!(times, 1, "round {round}: {order}");
                    posted += 1;
                }
                Ok(claim) => assert_eq!(times, 0, "round {round}: {order}: {claim}"),
                Err(_) => unknown += 1,
            }
        }
    }
    println!("{client}: {killed} kills; {posted} postings were confirmed, {unknown} are unknown");
    assert!(posted > 0);
}

#[test]
fn the_blocking_client_is_killed() {
    every_key_is_posted_at_most_once("blocking");
}

#[test]
fn the_async_client_is_killed() {
    every_key_is_posted_at_most_once("hyper");
}

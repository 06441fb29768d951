//! The calls of the API's own documentation, run as they are documented, against ours: header by header on the wire.

use std::collections::BTreeMap;
use std::env;
use std::process::Command;

use bambora_core::CancelPayment;
use bambora_sandbox::{LoggedRequest, Sandbox};

use crate::clients::AnyClient;

/// The documented shell call, with the host and the values replaced.
const CURL: &str = r#"
PAYMENT_REFERENCE="ORDER-1001"
MERCHANT_NUMBER="123456789"
MERCHANT_TOKEN="abcdefg"
MERCHANT_SECRET="7AQu7FGB2Kwm"

URL="${SANDBOX}/payments/${PAYMENT_REFERENCE}/cancel/"
AUTHORIZATION="Authorization: Basic "$(echo -n ${MERCHANT_TOKEN}@${MERCHANT_NUMBER}:${MERCHANT_SECRET} | base64)

curl \
    -X POST \
    --header "${AUTHORIZATION}" \
    --header "API-Version: 1" \
    --header "Content-Type: application/json" \
    "${URL}"
"#;

/// The documented Python call, with the host and the values replaced.
const PYTHON: &str = r#"
import os
import requests

PAYMENT_REFERENCE = 'ORDER-1001'
MERCHANT_NUMBER = '123456789'
MERCHANT_TOKEN = 'abcdefg'
MERCHANT_SECRET = '7AQu7FGB2Kwm'

URL = os.environ['SANDBOX'] + '/payments/{payment_reference}/cancel/'

response = requests.post(
    URL.format(payment_reference=PAYMENT_REFERENCE),
    auth=('{}@{}'.format(MERCHANT_TOKEN, MERCHANT_NUMBER), MERCHANT_SECRET),
    headers={'API-Version': '1'}
)
"#;

/// A header in which we differ from a documented call, and why.
struct Difference {
    header: &'static str,
    reason: &'static str,
}

const FROM_CURL: [Difference; 3] = [
    Difference {
        header: "content-length",
        reason: "we say 0, as the documented Python call does: some gateways refuse a POST without a length",
    },
    Difference {
        header: "content-type",
        reason: "we send none, as the documented Python call does: there is no body to describe",
    },
    Difference { header: "user-agent", reason: "each names itself" },
];

const FROM_PYTHON: [Difference; 3] = [
    Difference {
        header: "accept-encoding",
        reason: "we send none: a response about money is read as it is, or not at all",
    },
    Difference { header: "connection", reason: "we send none: keep-alive is what HTTP/1.1 does without being told" },
    Difference { header: "user-agent", reason: "each names itself" },
];

/// Every header with its value, as it stood on the wire; names without regard to case, which HTTP does not look at.
fn headers(request: &LoggedRequest) -> BTreeMap<String, String> {
    let head = String::from_utf8(request.head_with_credentials().to_vec()).unwrap();
    let lines: Vec<_> = head.trim_end().split("\r\n").skip(1).collect();
    let headers: BTreeMap<_, _> = lines
        .iter()
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    assert_eq!(headers.len(), lines.len(), "a header stands twice");
    headers
}

fn compare(documented: &LoggedRequest, ours: &LoggedRequest, differences: &[Difference]) {
    assert_eq!((&documented.method, &documented.target), (&ours.method, &ours.target));
    assert_eq!(documented.body, ours.body);
    let (documented, ours) = (headers(documented), headers(ours));
    let names = documented.keys().chain(ours.keys());
    let mut differing: Vec<_> =
        names.filter(|name| documented.get(*name) != ours.get(*name)).map(String::as_str).collect();
    differing.sort_unstable();
    differing.dedup();
    let explained: Vec<_> = differences.iter().map(|difference| difference.header).collect();
    assert_eq!(differing, explained);
    for Difference { header, reason } in differences {
        println!("{header}: {:?} there, {:?} here: {reason}", documented.get(*header), ours.get(*header));
    }
}

/// Returns `true` if a program runs here. Without it a test is skipped, and says so, unless that is forbidden.
pub(crate) fn is_installed(probe: &[&str]) -> bool {
    let output = Command::new(probe[0]).args(&probe[1..]).output();
    let is_installed = output.is_ok_and(|output| output.status.success());
    if !is_installed {
        assert!(env::var_os("BAMBORA_REQUIRE_DOCUMENTED_CALLS").is_none(), "not installed: {probe:?}");
        println!("skipped: this needs {probe:?}, which does not run here");
    }
    is_installed
}

/// Runs a documented call and ours, by both clients. Returns `None` if the program that the call needs is not installed.
fn run(sandbox: &Sandbox, probe: &[&str], call: &[&str]) -> Option<()> {
    if !is_installed(probe) {
        return None;
    }
    sandbox.authorize("ORDER-1001");
    let output = Command::new(call[0])
        .args(&call[1..])
        .env("SANDBOX", sandbox.base_url())
        .env("NO_PROXY", "*")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(sandbox.is_canceled("ORDER-1001"), "{output:?}");
    for send in [send::<bambora_blocking::Client>, send::<bambora_hyper::Client>] {
        sandbox.authorize("ORDER-1001");
        send(sandbox);
        assert!(sandbox.is_canceled("ORDER-1001"));
    }
    Some(())
}

fn send<C: AnyClient>(sandbox: &Sandbox) {
    let cancel = CancelPayment::new("ORDER-1001".parse().unwrap());
    C::with_defaults(sandbox.api()).send(&cancel).unwrap();
}

#[test]
fn the_documented_curl_call() {
    let sandbox = Sandbox::start().unwrap();
    if run(&sandbox, &["curl", "--version"], &["bash", "-c", CURL]).is_some() {
        let requests = sandbox.requests();
        compare(&requests[0], &requests[1], &FROM_CURL);
        compare(&requests[0], &requests[2], &FROM_CURL);
    }
}

#[test]
fn the_documented_python_call() {
    let sandbox = Sandbox::start().unwrap();
    if run(&sandbox, &["python3", "-c", "import requests"], &["python3", "-c", PYTHON]).is_some() {
        let requests = sandbox.requests();
        compare(&requests[0], &requests[1], &FROM_PYTHON);
        compare(&requests[0], &requests[2], &FROM_PYTHON);
    }
}

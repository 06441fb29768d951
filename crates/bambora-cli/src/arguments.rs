//! The command line's arguments.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use bambora_core::{PaymentReference, PaymentState};
use bambora_sandbox::Fault;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

/// Cancels authorized card payments through the Bambora Payments API (beta dialect of 2016), and tells what truly became of
/// each.
#[derive(Debug, Parser)]
#[command(name = "bambora", version, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) options: Options,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Credentials come from the environment, or from a file (--credentials):
  BAMBORA_MERCHANT_NUMBER, BAMBORA_MERCHANT_TOKEN, BAMBORA_MERCHANT_SECRET

Exit codes:
  0  canceled, or queried      the API confirmed it
  2  usage or configuration    nothing was sent
  3  refused                   the API refused, and said why
  4  not sent                  no request reached the server
  5  unknown                   nobody knows yet: resume from the checkpoint
  6  not written               a result could not be written: query the payment
With several references, the highest.

Try it without credentials and without a network:
  bambora --sandbox cancel ORDER-1001
  bambora --sandbox --sandbox-state ORDER-1002=Captured cancel ORDER-1002
  bambora --sandbox --sandbox-fault apply-then-drop cancel ORDER-1003

Do not cancel the same payments in the web back office: the API does not show what was canceled there.";

/// Options of every command, before or after its name.
#[derive(Args, Debug)]
pub(crate) struct Options {
    #[arg(
        long,
        global = true,
        value_name = "URL",
        conflicts_with = "sandbox",
        help = "Where the API is: https, or http for a loopback address [env: BAMBORA_BASE_URL] \
                [default: https://api-beta.bambora.com]"
    )]
    pub(crate) base_url: Option<String>,

    /// Read the credentials from this file: lines of NAME=value, named as in the environment
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) credentials: Option<PathBuf>,

    /// Print one JSON object per payment on stdout
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Run against a sandbox inside this process, in which the named payments are authorized first; needs no credentials
    #[arg(long, global = true)]
    pub(crate) sandbox: bool,

    /// With --sandbox: the state that a payment is in instead of Authorized, for example ORDER-1002=Captured
    #[arg(long, global = true, value_name = "REF=STATE", requires = "sandbox", value_parser = payment)]
    pub(crate) sandbox_state: Vec<(String, PaymentState)>,

    /// With --sandbox: the fault that each payment's first cancel request meets, for example apply-then-drop; given again,
    /// its second, and so on
    #[arg(long, global = true, value_name = "FAULT", requires = "sandbox")]
    pub(crate) sandbox_fault: Vec<Fault>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Cancel payments, one after the other, and find out what became of each
    Cancel(Cancel),
    /// Go on with cancels whose outcome is unknown
    Resume(Resume),
    /// Query the state of a payment; what was canceled in the web back office does not show
    Query(Query),
    /// Print a request without sending it
    #[command(subcommand)]
    Request(Request),
    /// Run the sandbox as a server, until it is stopped
    Sandbox(Sandbox),
    /// Print the completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Args, Debug)]
pub(crate) struct Cancel {
    /// The references that the payments were made with
    #[arg(required = true, value_name = "REF")]
    pub(crate) references: Vec<String>,
    #[command(flatten)]
    pub(crate) budget: Budget,
}

#[derive(Args, Debug)]
pub(crate) struct Resume {
    /// A file of checkpoint lines as `cancel` prints them, or - for stdin; it is only read
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) budget: Budget,
}

#[derive(Args, Debug)]
pub(crate) struct Budget {
    /// Start no request for a payment after this many seconds
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub(crate) deadline: Duration,
    /// Make no second cancel request for a payment; a lost response is still followed by queries
    #[arg(long)]
    pub(crate) no_retry: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Query {
    /// The reference that the payment was made with
    #[arg(value_name = "REF")]
    pub(crate) reference: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Request {
    /// The request that cancels a payment
    Cancel(RequestCancel),
}

#[derive(Args, Debug)]
pub(crate) struct RequestCancel {
    /// The reference that the payment was made with
    #[arg(value_name = "REF")]
    pub(crate) reference: String,
    /// Print a shell command that makes the same request with curl, with the credentials from the environment
    #[arg(long, conflicts_with_all = ["json", "dangerously_show_credentials"])]
    pub(crate) curl: bool,
    /// Print the Authorization header as it is: everybody who reads it can cancel, capture and refund
    #[arg(long)]
    pub(crate) dangerously_show_credentials: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Sandbox {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// A payment that exists from the start, in state Authorized or in another one
    #[arg(long, value_name = "REF[=STATE]", value_parser = payment)]
    pub(crate) payment: Vec<(String, PaymentState)>,
    /// The fault that every cancel request meets, for example apply-then-drop
    #[arg(long, value_name = "FAULT")]
    pub(crate) fault: Option<Fault>,
    /// Listen on an address that other machines can reach: it speaks clear text
    #[arg(long)]
    pub(crate) dangerously_reachable_from_other_machines: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse::<f64>()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "write a number of seconds, for example 30 or 2.5".to_owned())
}

/// Reads `REF`, which is authorized, or `REF=STATE`. The reference may have a `=` itself.
fn payment(text: &str) -> Result<(String, PaymentState), String> {
    let (reference, state) = text.rsplit_once('=').unwrap_or((text, "Authorized"));
    let state = PaymentState::from(state);
    if matches!(state, PaymentState::Other(_)) {
        return Err(
            "write REF=STATE, for example ORDER-1002=Captured; states: None, Authorized, \"Authorization Expired\", \
             Declined, Voided, Captured, Refunded, Settled, Canceled"
                .to_owned(),
        );
    }
    let reference = PaymentReference::new(reference).map_err(|error| error.to_string())?;
    Ok((reference.into(), state))
}

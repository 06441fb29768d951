//! What can be typed.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use bambora_sandbox::Fault;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

/// Cancels authorized card payments through the Bambora Payments API (beta dialect of 2016), and says truly what became of
/// it.
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
  0  canceled (or queried)     the API said so
  2  usage or configuration    nothing was sent
  3  refused                   the API said no, and why
  4  not sent                  no request reached the server
  5  unknown                   nobody knows yet: resume from the checkpoint
With several references, the highest.

Try it without credentials and without a network:
  bambora --sandbox cancel ORDER-1001
  bambora --sandbox --sandbox-state ORDER-1002=Captured cancel ORDER-1002
  bambora --sandbox --sandbox-fault apply-then-drop cancel ORDER-1003

Do not cancel the same payments in the web back office: the API does not show what was canceled there.";

/// Options of every command, before or after its name.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Where the API is: https, or http for a loopback address
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
    #[arg(long, global = true, value_name = "REF=STATE", requires = "sandbox")]
    pub(crate) sandbox_state: Vec<String>,

    /// With --sandbox: what goes wrong with each payment's first cancel request, for example apply-then-drop; given again,
    /// with its second, and so on
    #[arg(long, global = true, value_name = "FAULT", requires = "sandbox")]
    pub(crate) sandbox_fault: Vec<Fault>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Cancel payments, one after the other, and do not rest until it is known what became of each
    Cancel(Cancel),
    /// Go on with cancels that were left unresolved
    Resume(Resume),
    /// Ask how a payment stands; what was canceled in the web back office does not show
    Query(Query),
    /// Print a request without sending it
    #[command(subcommand)]
    Request(Request),
    /// Run the sandbox as a server of its own, until it is stopped
    Sandbox(Sandbox),
    /// Print the completions for a shell
    Completions {
        /// Which shell
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
    /// Make one cancel request at most; a lost answer is still asked after
    #[arg(long)]
    pub(crate) no_retry: bool,
    /// Keep what is unresolved in this file, from before the first request until nothing is: see `resume`
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Resume {
    /// The file that `cancel --checkpoint` left: one checkpoint per line
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) budget: Budget,
    /// Make no cancel request for a payment for which one was made before; ask what became of that
    #[arg(long)]
    pub(crate) no_retry: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Budget {
    /// Start no request for a payment after so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub(crate) deadline: Duration,
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
    /// As a shell command that makes the same request with curl, with the credentials from the environment
    #[arg(long, conflicts_with_all = ["json", "dangerously_show_credentials"])]
    pub(crate) curl: bool,
    /// Print the Authorization header as it is: whoever reads it can cancel, capture and refund
    #[arg(long)]
    pub(crate) dangerously_show_credentials: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Sandbox {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// A payment to begin with, in state Authorized or in the named one
    #[arg(long, value_name = "REF[=STATE]")]
    pub(crate) payment: Vec<String>,
    /// What goes wrong with every cancel request, for example apply-then-drop
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

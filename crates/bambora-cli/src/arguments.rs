//! The command line's arguments.

use clap::{Parser, Subcommand};

use crate::command::cancel::Cancel;
use crate::command::completions::Completions;
use crate::command::man::Man;
use crate::command::posting::Posting;
use crate::command::query::Query;
use crate::command::report::Report;
use crate::command::request::Request;
use crate::command::resume::Resume;
use crate::command::sandbox::Sandbox;

/// Cancels, captures and refunds card payments through the Bambora Payments API (beta dialect of 2016), and tells what truly
/// became of each.
#[derive(Debug, Parser)]
#[command(name = "bambora", version, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Cancel(Cancel),
    /// Capture an amount of a payment, exactly once by its key
    ///
    /// The amount is in minor currency units: 1000 are 10.00 EUR. The same key is never captured twice, however often the
    /// command is given: give each capture of a payment a key of its own, and the same one again if it is not known what came
    /// of it.
    Capture(Posting),
    /// Refund an amount of a payment, exactly once by its key
    ///
    /// The amount is in minor currency units: 1000 are 10.00 EUR. The same key is never refunded twice, however often the
    /// command is given: give each refund of a payment a key of its own, and the same one again if it is not known what came
    /// of it.
    Refund(Posting),
    Resume(Resume),
    Report(Report),
    Query(Query),
    #[command(subcommand)]
    Request(Request),
    Sandbox(Sandbox),
    Completions(Completions),
    Man(Man),
}

const AFTER_HELP: &str = "\
Credentials come from the environment, or from a file (--credentials):
  BAMBORA_MERCHANT_NUMBER, BAMBORA_MERCHANT_TOKEN, BAMBORA_MERCHANT_SECRET

Exit codes:
  0  canceled, captured,       the API confirmed it
     refunded, or queried
  2  usage or configuration    nothing was sent
  3  refused                   the API refused, and said why
  4  not sent                  no request reached the server
  5  unknown                   nobody knows yet: resume
  6  not written               stdout did not take everything
With several payments, the highest. With a journal, they say where all of its payments stand.

Try it without credentials and without a network:
  bambora cancel --sandbox ORDER-1001
  bambora cancel --sandbox --payment ORDER-1002=Captured ORDER-1002
  bambora cancel --sandbox --fault apply-then-drop ORDER-1003

Do not cancel the same payments in the web back office: the API does not show what was canceled there.";

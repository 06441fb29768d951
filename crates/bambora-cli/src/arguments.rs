//! The command line's arguments.

use clap::{Parser, Subcommand};

use crate::command::cancel::Cancel;
use crate::command::completions::Completions;
use crate::command::query::Query;
use crate::command::report::Report;
use crate::command::request::Request;
use crate::command::resume::Resume;
use crate::command::sandbox::Sandbox;

/// Cancels authorized card payments through the Bambora Payments API (beta dialect of 2016), and tells what truly became of
/// each.
#[derive(Debug, Parser)]
#[command(name = "bambora", version, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Cancel(Cancel),
    Resume(Resume),
    Report(Report),
    Query(Query),
    #[command(subcommand)]
    Request(Request),
    Sandbox(Sandbox),
    Completions(Completions),
}

const AFTER_HELP: &str = "\
Credentials come from the environment, or from a file (--credentials):
  BAMBORA_MERCHANT_NUMBER, BAMBORA_MERCHANT_TOKEN, BAMBORA_MERCHANT_SECRET

Exit codes:
  0  canceled, or queried      the API confirmed it
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

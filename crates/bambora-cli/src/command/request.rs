//! `bambora request`: what would be sent.

use std::error::Error;

use bambora_core::CancelPayment;
use clap::{Args, Subcommand};
use http::header::{AUTHORIZATION, CONTENT_LENGTH};
use serde_json::{Map, Value, json};

use crate::exit_status::ExitStatus;
use crate::options::Target;
use crate::output;
use crate::references::reference;
use crate::shell_word::shell_word;

/// Print a request without sending it
#[derive(Debug, Subcommand)]
pub(crate) enum Request {
    /// The request that cancels a payment
    Cancel(RequestCancel),
}

#[derive(Args, Debug)]
pub(crate) struct RequestCancel {
    /// The reference that the payment was made with
    #[arg(value_name = "REF")]
    reference: String,
    /// Print a shell command that makes the same request with curl, with the credentials from the environment
    #[arg(long, conflicts_with_all = ["json", "dangerously_show_credentials", "sandbox", "credentials"])]
    curl: bool,
    /// Print the request as JSON
    #[arg(long)]
    json: bool,
    /// Print the Authorization header as it is: everybody who reads it can cancel, capture and refund
    #[arg(long)]
    dangerously_show_credentials: bool,
    #[command(flatten)]
    target: Target,
}

type HttpRequest = http::Request<Vec<u8>>;

impl Request {
    pub(crate) fn run(&self) -> Result<ExitStatus, Box<dyn Error>> {
        let Self::Cancel(choice) = self;
        let reference = reference(&choice.reference)?;
        let request = choice.target.api(|_| {})?.request(&CancelPayment::new(reference));
        let text = if choice.curl {
            as_curl(&request)
        } else if choice.json {
            output::json_line(&as_json(&request, choice))
        } else {
            as_http(&request, choice)
        };
        Ok(output::print(&text))
    }
}

/// Returns the headers as texts, with the credentials only if they were asked for.
fn headers<'a>(request: &'a HttpRequest, choice: &'a RequestCancel) -> impl Iterator<Item = (&'a str, &'a str)> {
    let hidden = !choice.dangerously_show_credentials;
    request.headers().iter().map(move |(name, value)| {
        let value =
            if name == AUTHORIZATION && hidden { "Basic [redacted]" } else { value.to_str().unwrap_or("[not text]") };
        (name.as_str(), value)
    })
}

fn as_http(request: &HttpRequest, choice: &RequestCancel) -> String {
    let authority = request.uri().authority().map_or("", |authority| authority.as_str());
    let mut text = format!("{} {} HTTP/1.1\nhost: {authority}", request.method(), request.uri().path());
    for (name, value) in headers(request, choice) {
        text.push_str(&format!("\n{name}: {value}"));
    }
    text
}

fn as_json(request: &HttpRequest, choice: &RequestCancel) -> Value {
    let headers: Map<String, Value> =
        headers(request, choice).map(|(name, value)| (name.to_owned(), value.into())).collect();
    json!({
        "method": request.method().as_str(),
        "url": request.uri().to_string(),
        "headers": headers,
        "body": "",
    })
}

/// Writes a command for a POSIX shell. The credentials go from the environment through a pipe, because a process's arguments can
/// be read by every other process; `printf` is the shell's own. If a variable is not set, the first line ends it all.
/// `--disable` keeps curl from reading its configuration, which may say to follow redirects; `--noproxy` keeps it from proxies;
/// `--path-as-is` and `--globoff` make it take the URL as it is.
fn as_curl(request: &HttpRequest) -> String {
    let mut lines = vec![
        ": \"${BAMBORA_MERCHANT_TOKEN:?}\" \"${BAMBORA_MERCHANT_NUMBER:?}\" \"${BAMBORA_MERCHANT_SECRET:?}\" &&"
            .to_owned(),
        "printf 'header = \"Authorization: Basic %s\"\\n' \"$(printf '%s' \
         \"$BAMBORA_MERCHANT_TOKEN@$BAMBORA_MERCHANT_NUMBER:$BAMBORA_MERCHANT_SECRET\" | base64 | tr -d '\\n')\" |"
            .to_owned(),
        format!("curl --disable --config - --noproxy '*' --globoff --path-as-is --request {}", request.method()),
    ];
    for (name, value) in request.headers() {
        // curl writes the length by itself if it is given a body.
        if name == AUTHORIZATION || name == CONTENT_LENGTH {
            continue;
        }
        lines.push(format!("--header {}", shell_word(format!("{name}: {}", value.to_str().unwrap_or_default()))));
    }
    lines.push("--data ''".to_owned());
    lines.push("--header 'content-type:'".to_owned());
    lines.push(shell_word(request.uri().to_string()));
    lines.join(" \\\n    ")
}

//! `bambora request`: what would be sent.

use std::borrow::Cow;
use std::error::Error;

use bambora_core::posting::{PostingKey, PostingKind, PostingRequestKind};
use bambora_core::{Amount, Api, CancelPayment};
use clap::{Args, Subcommand};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use serde_json::{Map, Value, json};

use super::posting::order;
use crate::exit_status::ExitStatus;
use crate::options::{Endpoint, amount, embedded_sandbox};
use crate::output;
use crate::references::reference;
use crate::shell_word::shell_word;

/// Print a request without sending it
#[derive(Debug, Subcommand)]
pub(crate) enum Request {
    /// The request that cancels a payment
    Cancel(RequestCancel),
    /// The request that captures an amount of a payment
    Capture(RequestPosting),
    /// The request that refunds an amount of a payment
    Refund(RequestPosting),
}

#[derive(Args, Debug)]
pub(crate) struct RequestCancel {
    /// The reference that the payment was made with
    #[arg(value_name = "REF")]
    reference: String,
    #[command(flatten)]
    form: Form,
}

#[derive(Args, Debug)]
pub(crate) struct RequestPosting {
    /// The reference that the payment was made with
    #[arg(value_name = "REF")]
    reference: String,
    /// How much, in minor currency units: 1000 for 10.00 EUR
    #[arg(long, value_name = "N", value_parser = amount)]
    amount: Amount,
    /// The key, which goes out as the comment
    #[arg(long, value_name = "KEY")]
    key: PostingKey,
    #[command(flatten)]
    form: Form,
}

/// How a request is printed.
#[derive(Args, Debug)]
struct Form {
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
    endpoint: Endpoint,
    /// Show the request for a sandbox; needs no credentials
    #[arg(long, help_heading = "Trying it out", conflicts_with = "base_url")]
    sandbox: bool,
}

type HttpRequest = http::Request<Vec<u8>>;

impl Request {
    pub(crate) fn run(&self) -> Result<ExitStatus, Box<dyn Error>> {
        match self {
            Self::Cancel(choice) => {
                let cancel = CancelPayment::new(reference(&choice.reference)?);
                choice.form.print(|api| api.request(&cancel))
            }
            Self::Capture(choice) => choice.print(PostingKind::Capture),
            Self::Refund(choice) => choice.print(PostingKind::Refund),
        }
    }
}

impl RequestPosting {
    fn print(&self, kind: PostingKind) -> Result<ExitStatus, Box<dyn Error>> {
        let order = order(kind, &self.reference, self.amount, &self.key)?;
        self.form.print(|api| PostingRequestKind::Post.request(api, &order))
    }
}

impl Form {
    fn print(&self, build: impl FnOnce(&Api) -> HttpRequest) -> Result<ExitStatus, Box<dyn Error>> {
        let api = match self.sandbox {
            true => embedded_sandbox(self.endpoint.credentials.as_deref(), |_| {})?,
            false => self.endpoint.api()?,
        };
        let request = build(&api);
        let text = if self.curl {
            as_curl(&request)
        } else if self.json {
            output::json_line(&as_json(&request, self))
        } else {
            as_http(&request, self)
        };
        Ok(output::print(&text))
    }
}

/// Returns the headers as texts, with the credentials only if they were asked for.
fn headers<'a>(request: &'a HttpRequest, choice: &'a Form) -> impl Iterator<Item = (&'a str, &'a str)> {
    let hidden = !choice.dangerously_show_credentials;
    request.headers().iter().map(move |(name, value)| {
        let value =
            if name == AUTHORIZATION && hidden { "Basic [redacted]" } else { value.to_str().unwrap_or("[not text]") };
        (name.as_str(), value)
    })
}

fn as_http(request: &HttpRequest, choice: &Form) -> String {
    let authority = request.uri().authority().map_or("", |authority| authority.as_str());
    let mut text = format!("{} {} HTTP/1.1\nhost: {authority}", request.method(), request.uri().path());
    for (name, value) in headers(request, choice) {
        text.push_str(&format!("\n{name}: {value}"));
    }
    if !request.body().is_empty() {
        text.push_str(&format!("\n\n{}", body(request)));
    }
    text
}

fn as_json(request: &HttpRequest, choice: &Form) -> Value {
    let headers: Map<String, Value> =
        headers(request, choice).map(|(name, value)| (name.to_owned(), value.into())).collect();
    json!({
        "method": request.method().as_str(),
        "url": request.uri().to_string(),
        "headers": headers,
        "body": body(request),
    })
}

/// The body, which is empty or JSON.
fn body(request: &HttpRequest) -> Cow<'_, str> {
    String::from_utf8_lossy(request.body())
}

/// Writes a command for a POSIX shell. The credentials go from the environment through a pipe, because a process's arguments can
/// be read by every other process; `printf` is the shell's own. If a variable is not set, the first line ends it all.
/// `--disable` keeps curl from reading its configuration, which may say to follow redirects; `--noproxy` keeps it from proxies;
/// `--path-as-is` and `--globoff` make it take the URL as it is, and `--fail-with-body` makes a refusal an error.
fn as_curl(request: &HttpRequest) -> String {
    let mut lines = vec![
        ": \"${BAMBORA_MERCHANT_TOKEN:?}\" \"${BAMBORA_MERCHANT_NUMBER:?}\" \"${BAMBORA_MERCHANT_SECRET:?}\" &&"
            .to_owned(),
        "printf 'header = \"Authorization: Basic %s\"\\n' \"$(printf '%s' \
         \"$BAMBORA_MERCHANT_TOKEN@$BAMBORA_MERCHANT_NUMBER:$BAMBORA_MERCHANT_SECRET\" | base64 | tr -d '\\n')\" |"
            .to_owned(),
        format!(
            "curl --disable --config - --silent --show-error --fail-with-body --noproxy '*' --globoff --path-as-is \
             --request {}",
            request.method()
        ),
    ];
    for (name, value) in request.headers() {
        // curl writes the length by itself if it is given a body.
        if name == AUTHORIZATION || name == CONTENT_LENGTH {
            continue;
        }
        lines.push(format!("--header {}", shell_word(format!("{name}: {}", value.to_str().unwrap_or_default()))));
    }
    lines.push(format!("--data-raw {}", shell_word(&*body(request))));
    if !request.headers().contains_key(CONTENT_TYPE) {
        lines.push("--header 'content-type:'".to_owned());
    }
    lines.push(shell_word(request.uri().to_string()));
    lines.join(" \\\n    ")
}

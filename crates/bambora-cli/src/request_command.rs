//! `bambora request`: what would be sent.

use std::error::Error;

use bambora_core::CancelPayment;
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_LENGTH};
use serde_json::{Map, Value, json};

use crate::arguments::{self, Options, RequestCancel};
use crate::configuration::Configuration;
use crate::exit_status::ExitStatus;
use crate::output;

pub(crate) fn print(
    options: &Options,
    request: &arguments::Request,
) -> Result<ExitStatus, Box<dyn Error>> {
    let arguments::Request::Cancel(choice) = request;
    let reference = choice.reference.parse()?;
    if choice.curl && (options.sandbox || options.credentials.is_some()) {
        return Err("the curl command takes the credentials from the environment, and needs a server that runs on: \
             leave out --sandbox and --credentials"
            .into());
    }
    let api = Configuration::new(options, &[])?.api;
    let request = api.request(&CancelPayment::new(reference));
    if choice.curl {
        output::answer(&as_curl(&request))?;
    } else if options.json {
        output::answer(&as_json(&request, choice))?;
    } else {
        output::answer(&as_http(&request, choice))?;
    }
    Ok(ExitStatus::Done)
}

/// The headers as texts, the credentials only where they were asked for.
fn headers<'a>(
    request: &'a Request<Vec<u8>>,
    choice: &'a RequestCancel,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let hidden = !choice.dangerously_show_credentials;
    request.headers().iter().map(move |(name, value)| {
        let value = if name == AUTHORIZATION && hidden {
            "Basic [redacted]"
        } else {
            value.to_str().unwrap_or("[not text]")
        };
        (name.as_str(), value)
    })
}

fn as_http(request: &Request<Vec<u8>>, choice: &RequestCancel) -> String {
    let authority = request
        .uri()
        .authority()
        .map_or("", |authority| authority.as_str());
    let mut text = format!(
        "{} {} HTTP/1.1\nhost: {authority}",
        request.method(),
        request.uri().path()
    );
    for (name, value) in headers(request, choice) {
        text.push_str(&format!("\n{name}: {value}"));
    }
    text
}

fn as_json(request: &Request<Vec<u8>>, choice: &RequestCancel) -> Value {
    let headers: Map<String, Value> = headers(request, choice)
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    json!({
        "method": request.method().as_str(),
        "url": request.uri().to_string(),
        "headers": headers,
        "body": "",
    })
}

/// The credentials go from the environment through a pipe: a process's arguments can be read by every other process. `printf`
/// is the shell's own. Where a variable is not set, the first line ends it all. `--disable` keeps curl from reading its configuration, which may
/// say to follow redirects; `--noproxy` from sending the request to another server than it is for; `--path-as-is` and
/// `--globoff` from taking the URL for more than it is.
fn as_curl(request: &Request<Vec<u8>>) -> String {
    let mut lines = vec![
        ": \"${BAMBORA_MERCHANT_TOKEN:?}\" \"${BAMBORA_MERCHANT_NUMBER:?}\" \"${BAMBORA_MERCHANT_SECRET:?}\" &&".to_owned(),
        "printf 'header = \"Authorization: Basic %s\"\\n' \"$(printf '%s' \
         \"$BAMBORA_MERCHANT_TOKEN@$BAMBORA_MERCHANT_NUMBER:$BAMBORA_MERCHANT_SECRET\" | base64 | tr -d '\\n')\" |"
            .to_owned(),
        format!(
            "curl --disable --config - --noproxy '*' --globoff --path-as-is --request {}",
            request.method()
        ),
    ];
    for (name, value) in request.headers() {
        // curl writes the length by itself, where it is told of a body.
        if name == AUTHORIZATION || name == CONTENT_LENGTH {
            continue;
        }
        lines.push(format!(
            "--header {}",
            quoted(&format!("{name}: {}", value.to_str().unwrap_or_default()))
        ));
    }
    lines.push("--data ''".to_owned());
    lines.push("--header 'content-type:'".to_owned());
    lines.push(quoted(&request.uri().to_string()));
    lines.join(" \\\n    ")
}

/// A text as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

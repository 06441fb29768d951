//! The proxies that an environment names must be left alone. An environment is a process's own, so this case needs another
//! process: the same program, which makes one call and ends.

use std::env;
use std::process::{Command, ExitCode};

use crate::case::{Call, Case, Expect};
use crate::raw_server::{Gates, RawServer};
use crate::script::Act;
use crate::stage::{Failing, settings};
use crate::suite::Suite;

/// Holds, in the child, the transport's name and the base URL, apart by a blank.
const CALL: &str = "BAMBORA_CONFORMANCE_PROXY_CALL";
const PROXIES: [&str; 6] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
];

pub(crate) fn run(suite: &Suite) -> Result<(), Failing> {
    let impossible = |error: std::io::Error| Failing::Impossible(error.to_string());
    let serve = || RawServer::start(vec![vec![Act::Serve]], Gates::default()).map_err(impossible);
    let (mut server, mut trap) = (serve()?, serve()?);
    let mut child = Command::new(env::current_exe().map_err(impossible)?);
    child.args(env::args_os().skip(1));
    child.env(CALL, format!("{} http://{}", suite.name, server.address));
    child.env_remove("NO_PROXY").env_remove("no_proxy");
    for name in PROXIES {
        child.env(name, format!("http://{}", trap.address));
    }
    let output = child.output().map_err(impossible)?;
    server.stop();
    trap.stop();
    let (seen, trapped) = (server.log.saw(), trap.log.saw());
    if trapped.connections > 0 {
        return Err("the request went to the proxy that the environment names".into());
    }
    if seen.requests.len() != 1 || !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("the call did not succeed: {said}").into());
    }
    Ok(())
}

/// Where this process is the child: makes the call.
pub(crate) fn answer_as_child(suites: &[Suite]) -> Option<ExitCode> {
    let call = env::var(CALL).ok()?;
    let (name, base_url) = call.rsplit_once(' ')?;
    let suite = suites.iter().find(|suite| suite.name == name)?;
    let case = Case::new("proxy_env_ignored", Vec::new(), Expect::ok(""));
    let outcome = settings(&case)
        .map_err(|error| error.to_string())
        .and_then(|settings| {
            let request = Call::cancel(1)
                .request(base_url)
                .map_err(|error| error.to_string())?;
            let got = (suite.make)(&settings).exchange(request);
            Expect::ok("/payments/ORDER-1/cancel/").check(&got)
        });
    Some(match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    })
}

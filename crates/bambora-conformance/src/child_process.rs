//! Calls from another process: the same program, which makes one call and ends. An environment belongs to a process, so this is
//! how a case sets variables.

use std::env;
use std::net::SocketAddr;
use std::process::{Command, ExitCode};

use crate::case::cancel;
use crate::expect::own;
use crate::suite::Suite;
use crate::transport::Settings;

/// In the child, holds the transport's name and the URL, separated by a space.
const CALL: &str = "BAMBORA_CONFORMANCE_PROXY_CALL";
const PROXIES: [&str; 3] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/// Makes a call from a process whose environment names a proxy.
pub(crate) fn call_with_proxies(suite: &Suite, base_url: &str, proxy: SocketAddr) -> Result<(), String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let mut child = Command::new(program);
    child.args(env::args_os().skip(1));
    child.env(CALL, format!("{} {base_url}", suite.name));
    child.env_remove("NO_PROXY").env_remove("no_proxy");
    let names = PROXIES.iter().flat_map(|name| [name.to_string(), name.to_lowercase()]);
    child.envs(names.map(|name| (name, format!("http://{proxy}"))));
    let output = child.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let message = String::from_utf8_lossy(&output.stderr);
    Err(format!("the call did not succeed: {message}"))
}

/// Makes the call if this process is such a child.
pub(crate) fn run_as_child(suites: &[Suite]) -> Option<ExitCode> {
    let call = env::var(CALL).ok()?;
    let (name, base_url) = call.rsplit_once(' ')?;
    let suite = suites.iter().find(|suite| suite.name == name)?;
    let settings = Settings { base_url: base_url.to_owned(), ..Settings::default() };
    let mut request = cancel(1);
    *request.uri_mut() = format!("{base_url}{}", request.uri()).parse().ok()?;
    let got = (suite.make)(&settings).exchange(request);
    Some(match own(1)(&got) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    })
}

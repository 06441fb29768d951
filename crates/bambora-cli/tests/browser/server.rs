//! `bambora sandbox`, as a process of its own, and `bambora` against it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

pub(crate) struct Server {
    child: Child,
    pub(crate) base_url: String,
    /// What the command says of the page.
    pub(crate) page_url: String,
}

impl Server {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = bambora().arg("sandbox").args(arguments).spawn().unwrap();
        let mut base_url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut base_url).unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        let page_url = lines.find_map(|line| Some(line.split_once("in a browser: ")?.1.to_owned())).unwrap();
        Self { child, base_url: base_url.trim().to_owned(), page_url }
    }

    /// Runs the command against it, and returns what it printed.
    pub(crate) fn bambora(&self, arguments: &[&str]) -> String {
        let mut command = bambora();
        command
            .env("BAMBORA_MERCHANT_NUMBER", "123456789")
            .env("BAMBORA_MERCHANT_TOKEN", "abcdefg")
            .env("BAMBORA_MERCHANT_SECRET", "7AQu7FGB2Kwm")
            .env("BAMBORA_BASE_URL", &self.base_url);
        String::from_utf8(command.args(arguments).output().unwrap().stdout).unwrap()
    }

    /// Reads the control API.
    pub(crate) fn read(&self, path: &str) -> Value {
        let mut response = ureq::get(format!("{}/_sandbox/{path}", self.base_url)).call().unwrap();
        serde_json::from_str(&response.body_mut().read_to_string().unwrap()).unwrap()
    }

    pub(crate) fn authorize(&self, reference: &str) {
        let request = ureq::put(format!("{}/_sandbox/payments/{reference}", self.base_url));
        request.header("Bambora-Sandbox", "1").send("{}").unwrap();
    }

    pub(crate) fn reset(&self) {
        let request = ureq::post(format!("{}/_sandbox/reset", self.base_url));
        request.header("Bambora-Sandbox", "1").send("").unwrap();
    }

    /// Returns the memory of the process in kilobytes, if the system tells.
    pub(crate) fn resident_kilobytes(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn bambora() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bambora"));
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

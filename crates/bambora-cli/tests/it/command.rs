//! Runs the command.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use bambora_sandbox::Sandbox;
use serde_json::Value;

/// What a run of the command gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// One object per line of stdout.
    pub(crate) fn objects(&self) -> Vec<Value> {
        self.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The only object.
    pub(crate) fn object(&self) -> Value {
        let mut objects = self.objects();
        assert_eq!(objects.len(), 1, "{self:?}");
        objects.remove(0)
    }
}

/// The command, in an environment that says nothing.
pub(crate) fn bambora() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bambora"));
    command
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The command, with the credentials of a sandbox that runs in the test.
pub(crate) fn against(sandbox: &Sandbox) -> Command {
    let mut command = at(&sandbox.base_url());
    command.arg("--json");
    command
}

/// The command, with the published example credentials, and a base URL.
pub(crate) fn at(base_url: &str) -> Command {
    let mut command = bambora();
    command
        .env("BAMBORA_MERCHANT_NUMBER", "123456789")
        .env("BAMBORA_MERCHANT_TOKEN", "abcdefg")
        .env("BAMBORA_MERCHANT_SECRET", "7AQu7FGB2Kwm")
        .env("BAMBORA_BASE_URL", base_url);
    command
}

pub(crate) fn run(command: &mut Command) -> Run {
    finish(command.spawn().unwrap())
}

pub(crate) fn finish(child: Child) -> Run {
    let output = child.wait_with_output().unwrap();
    Run {
        // A process that was killed has no code.
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Goes on from a checkpoint file.
pub(crate) fn resume(sandbox: &Sandbox, file: &Path) -> Run {
    run(against(sandbox).arg("resume").arg(file))
}

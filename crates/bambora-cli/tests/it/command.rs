//! Runs the command.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};

use bambora_sandbox::Sandbox;
use serde_json::Value;

/// What a run of the command left.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// One object per line of stdout.
    pub(crate) fn objects(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The only object.
    pub(crate) fn object(&self) -> Value {
        let mut objects = self.objects();
        assert_eq!(objects.len(), 1, "{self:?}");
        objects.remove(0)
    }
}

/// The command, in an empty environment. The tests may be run by a program that ignores signals, as a shell does for what it starts in the
/// background; the command would ignore them too.
pub(crate) fn bambora() -> Command {
    const PROGRAM: &str = env!("CARGO_BIN_EXE_bambora");
    let mut command = if cfg!(target_os = "linux") {
        let mut command = Command::new("/usr/bin/env");
        command.args(["--default-signal=HUP,INT,TERM", PROGRAM]);
        command
    } else {
        Command::new(PROGRAM)
    };
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A command that prints JSON, with the credentials of a sandbox that runs in the test.
pub(crate) fn against(sandbox: &Sandbox, verb: &str) -> Command {
    let mut command = at(&sandbox.base_url());
    command.args([verb, "--json"]);
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

/// Resumes from checkpoint lines on stdin.
pub(crate) fn resume(sandbox: &Sandbox, lines: &str) -> Run {
    let mut command = against(sandbox, "resume");
    let mut child = command.arg("-").stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(lines.as_bytes()).unwrap();
    drop(stdin);
    finish(child)
}

/// Sends a signal.
#[cfg(unix)]
pub(crate) fn signal(child: &Child, name: &str) {
    let kill = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
}

/// The command's stderr, read line by line while it runs.
pub(crate) struct Stderr(BufReader<std::process::ChildStderr>);

impl Stderr {
    pub(crate) fn of(child: &mut Child) -> Self {
        Self(BufReader::new(child.stderr.take().unwrap()))
    }

    /// Waits for a line with this in it.
    pub(crate) fn wait_for(&mut self, part: &str) {
        let mut line = String::new();
        while !line.contains(part) {
            line.clear();
            assert_ne!(self.0.read_line(&mut line).unwrap(), 0, "no {part:?}");
        }
    }

    pub(crate) fn rest(mut self) -> String {
        let mut rest = String::new();
        self.0.read_to_string(&mut rest).unwrap();
        rest
    }
}

/// Whether a text has characters that move a cursor, change colors, or reorder what stands around them.
pub(crate) fn is_harmful(text: &str) -> bool {
    let is_harmful = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
    };
    text.chars().any(is_harmful)
}

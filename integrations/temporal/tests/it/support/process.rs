//! Worker processes that can be killed and frozen.

use std::process::{Child, Command, Stdio};

use bambora_sandbox::Sandbox;
use rustix::process::{Pid, Signal, kill_process};

use super::engine::Engine;

/// A worker in a process of its own.
pub(crate) struct WorkerProcess(Child);

/// The command line, with the credentials and the addresses in the environment.
pub(crate) fn command(engine: &Engine, sandbox: &Sandbox) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bambora-temporal"));
    configure(&mut command, engine, sandbox);
    command
}

pub(crate) fn configure(command: &mut Command, engine: &Engine, sandbox: &Sandbox) {
    command.env("TEMPORAL_ADDRESS", engine.address()).env("BAMBORA_BASE_URL", sandbox.base_url());
    command.env("BAMBORA_MERCHANT_NUMBER", "123456789").env("BAMBORA_MERCHANT_TOKEN", "abcdefg");
    command.env("BAMBORA_MERCHANT_SECRET", "7AQu7FGB2Kwm");
}

impl WorkerProcess {
    pub(crate) fn spawn(mut command: Command) -> Self {
        Self(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.0)
    }

    pub(crate) fn freeze(&self) {
        kill_process(self.pid(), Signal::STOP).unwrap();
    }

    pub(crate) fn thaw(&self) {
        kill_process(self.pid(), Signal::CONT).unwrap();
    }

    /// SIGTERM, and waits for the end.
    pub(crate) fn stop(mut self) {
        kill_process(self.pid(), Signal::TERM).unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for WorkerProcess {
    /// kill -9.
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

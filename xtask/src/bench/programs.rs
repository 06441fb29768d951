//! The measuring programs of `tests/bench`, built once.

use std::collections::HashMap;
use std::error::Error;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::shell::cargo;

/// Where each of them is.
pub(crate) struct Programs(HashMap<String, PathBuf>);

impl Programs {
    pub(crate) fn build() -> Result<Self, Box<dyn Error>> {
        let mut command = cargo();
        command.args(["bench", "--package", "bambora-bench", "--no-run"]);
        command.args(["--message-format", "json-render-diagnostics"]);
        let output = command.stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err(format!("{command:?}: {}", output.status).into());
        }
        let mut programs = HashMap::new();
        for line in String::from_utf8(output.stdout)?.lines() {
            let message: Value = serde_json::from_str(line)?;
            let text = |pointer| message.pointer(pointer).and_then(Value::as_str);
            if let (Some(name), Some(file)) = (text("/target/name"), text("/executable")) {
                programs.insert(name.to_owned(), PathBuf::from(file));
            }
        }
        Ok(Self(programs))
    }

    /// A call of one of them.
    pub(crate) fn call(&self, name: &str) -> Result<Command, Box<dyn Error>> {
        let file = self.0.get(name);
        let file = file.ok_or_else(|| format!("tests/bench has no program {name}"))?;
        let mut command = Command::new(file);
        command.arg("--bench");
        Ok(command)
    }
}

/// A number of what a program reported, by its JSON pointer.
pub(crate) fn number(report: &Value, pointer: &str) -> Result<f64, String> {
    let number = report.pointer(pointer).and_then(Value::as_f64);
    number.ok_or_else(|| format!("a program reported no {pointer}"))
}

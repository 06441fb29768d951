//! The measuring programs of `tests/bench`, built once.

use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;
use xshell::{Cmd, Shell, cmd};

use crate::workspace::shell;

pub(crate) struct Programs {
    shell: Shell,
    files: HashMap<String, PathBuf>,
}

impl Programs {
    pub(crate) fn build() -> Result<Self> {
        let shell = shell()?;
        let build = "--package bambora-bench --no-run --message-format json-render-diagnostics";
        let build = build.split(' ');
        let messages = cmd!(shell, "cargo bench {build...}").read()?;
        let mut files = HashMap::new();
        for line in messages.lines() {
            let message: Value = serde_json::from_str(line)?;
            let text = |pointer| message.pointer(pointer).and_then(Value::as_str);
            if let (Some(name), Some(file)) = (text("/target/name"), text("/executable")) {
                files.insert(name.to_owned(), PathBuf::from(file));
            }
        }
        Ok(Self { shell, files })
    }

    pub(crate) fn shell(&self) -> &Shell {
        &self.shell
    }

    /// Returns a call of one of the programs.
    pub(crate) fn call(&self, name: &str, arguments: &[&str]) -> Result<Cmd<'_>> {
        let file = self.files.get(name);
        let file = file.with_context(|| format!("tests/bench has no program {name}"))?;
        Ok(cmd!(self.shell, "{file} --bench {arguments...}").quiet())
    }
}

/// Runs a program, and reads the JSON that it prints.
pub(crate) fn report<T: DeserializeOwned>(program: Cmd<'_>) -> Result<T> {
    Ok(serde_json::from_str(&program.read()?)?)
}

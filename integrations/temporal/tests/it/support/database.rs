//! A PostgreSQL server of a test's own, and the statements of the document.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A server that listens on a socket in its own folder only.
pub(crate) struct Database {
    folder: TempDir,
}

/// The statements of `docs/beyond-one-machine.md` with this name.
pub(crate) fn statement(name: &str) -> String {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/beyond-one-machine.md");
    let document = fs::read_to_string(document).unwrap();
    let begin = format!("```sql\n-- {name}\n");
    let (_, rest) = document.split_once(&begin).unwrap_or_else(|| panic!("the document has no statement {name}"));
    rest.split_once("```").unwrap().0.to_owned()
}

/// The programs are in the PATH, or where Debian has them.
fn program(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut programs = versions.map(|version| version.unwrap().path().join("bin").join(name));
    programs.find(|path| path.exists()).unwrap_or_else(|| name.into())
}

/// A command of the server, which does not run as root.
fn server_command(name: &str) -> Command {
    if rustix::process::getuid().is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program(name));
        command
    } else {
        Command::new(program(name))
    }
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().expect("install PostgreSQL");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Database {
    pub(crate) fn start() -> Self {
        let folder = TempDir::new().unwrap();
        if rustix::process::getuid().is_root() {
            run(Command::new("chown").arg("postgres").arg(folder.path()));
        }
        let database = Self { folder };
        let data = database.data();
        run(server_command("initdb").args(["--auth=trust", "--username=postgres", "--no-sync", "-D"]).arg(&data));
        let sockets = database.folder.path().display();
        let options = format!("-c listen_addresses='' -c fsync=off -k {sockets}");
        let mut start = server_command("pg_ctl");
        start.arg("start").arg("-w").arg("-D").arg(&data).arg("-l").arg(data.join("log")).arg("-o").arg(options);
        // The server keeps the output open, so nothing may wait for its end.
        assert!(start.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success());
        database
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The folder of the socket.
    pub(crate) fn host(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let mut stop = server_command("pg_ctl");
        let _ = stop.args(["stop", "-m", "immediate", "-D"]).arg(self.data()).output();
    }
}

/// Runs a statement with `psql`, and returns what it prints: rows without a header, and `UPDATE` with the number of rows.
pub(crate) fn psql(host: &Path, statement: &str, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(program("psql"));
    command.args(["-X", "-A", "-t", "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-h"]).arg(host);
    for (name, value) in variables {
        command.arg("-v").arg(format!("{name}={value}"));
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("install PostgreSQL");
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), statement.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

//! A planted secret never comes out again.

use std::fs;

use bambora_sandbox::Sandbox;

use crate::command::{Run, at, bambora, run};

const SECRET: &str = "PLANTED-s3cr3t";
/// `abcdefg@123456789:PLANTED-s3cr3t` in base64.
const ENCODED: &str = "YWJjZGVmZ0AxMjM0NTY3ODk6UExBTlRFRC1zM2NyM3Q=";

fn assert_kept(run: &Run) {
    let shown = format!("{}{}", run.stdout, run.stderr);
    assert!(!shown.contains(SECRET) && !shown.contains(ENCODED), "{shown}");
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::builder().accept_credentials("123456789", "abcdefg", SECRET).start().unwrap();
    sandbox.authorize("A");
    sandbox
}

#[test]
fn no_command_shows_it() {
    let sandbox = sandbox();
    for arguments in [
        vec!["query", "A"],
        vec!["request", "cancel", "A"],
        vec!["request", "cancel", "A", "--json"],
        vec!["request", "cancel", "A", "--curl"],
        vec!["cancel", "A"],
        vec!["cancel", "MISSING", "--json"],
        vec!["cancel", ".."],
    ] {
        let run = run(at(&sandbox.base_url()).env("BAMBORA_MERCHANT_SECRET", SECRET).args(arguments));
        assert_kept(&run);
    }
    assert!(sandbox.is_canceled("A"));
    let wrong = run(at(&sandbox.base_url()).env("BAMBORA_MERCHANT_SECRET", "wrong").args(["cancel", "A"]));
    assert_eq!(wrong.code, 3, "{wrong:?}");
    assert!(wrong.stdout.contains("401"), "{wrong:?}");
}

#[test]
fn only_the_loud_option_shows_it() {
    let sandbox = sandbox();
    let run = run(at(&sandbox.base_url()).env("BAMBORA_MERCHANT_SECRET", SECRET).args([
        "request",
        "cancel",
        "A",
        "--dangerously-show-credentials",
    ]));
    assert!(run.stdout.contains(ENCODED), "{run:?}");
}

#[test]
#[cfg(unix)]
fn a_credentials_file_is_read_only_where_nobody_else_can() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = sandbox();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("credentials");
    let content = format!(
        "# of the shop\nBAMBORA_MERCHANT_NUMBER=123456789\nBAMBORA_MERCHANT_TOKEN=abcdefg\n\
         BAMBORA_MERCHANT_SECRET={SECRET}\n"
    );
    fs::write(&file, content).unwrap();
    let cancel =
        || run(bambora().env("BAMBORA_BASE_URL", sandbox.base_url()).args(["cancel", "A", "--credentials"]).arg(&file));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let open = cancel();
    assert_eq!(open.code, 2, "{open:?}");
    assert!(open.stderr.contains("chmod 600"), "{open:?}");
    assert_eq!(sandbox.connections(), 0);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let closed = cancel();
    assert_eq!(closed.code, 0, "{closed:?}");
    assert_kept(&closed);
    fs::write(&file, format!("SECRET={SECRET}\n")).unwrap();
    let unnamed = cancel();
    assert_eq!(unnamed.code, 2, "{unnamed:?}");
    assert!(unnamed.stderr.contains("line 1"), "{unnamed:?}");
    assert_kept(&unnamed);
    for (content, cause) in [
        (format!("BAMBORA_MERCHANT_SECRET=\"{SECRET}\"\n"), "quotes"),
        (format!("BAMBORA_MERCHANT_SECRET='{SECRET}'\n"), "quotes"),
        (format!("BAMBORA_MERCHANT_SECRET=x\nBAMBORA_MERCHANT_SECRET={SECRET}\n"), "twice"),
        (format!("BAMBORA_MERCHANT_SECRET={SECRET}\n"), "does not set BAMBORA_MERCHANT_NUMBER"),
    ] {
        fs::write(&file, content).unwrap();
        let refused = cancel();
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains(cause), "{refused:?}");
        assert_kept(&refused);
    }
    let marked = format!(
        "\u{feff}BAMBORA_MERCHANT_NUMBER=123456789\r\nBAMBORA_MERCHANT_TOKEN=abcdefg\r\n\r\n\
         BAMBORA_MERCHANT_SECRET={SECRET}\r\n"
    );
    fs::write(&file, marked).unwrap();
    sandbox.authorize("A");
    assert_eq!(cancel().code, 0);
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let directory = cancel();
    assert_eq!(directory.code, 2, "{directory:?}");
    assert!(directory.stderr.contains("is not a file"), "{directory:?}");
}

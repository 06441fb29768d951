//! A name look-up that never ends does not keep the command alive.

use std::path::Path;
use std::process::Command;

use crate::command::{Stderr, at, finish, signal};

/// A resolver that hangs, put before the system's.
const HUNG: &str = r#"
#include <unistd.h>
int getaddrinfo(const char *a, const char *b, const void *c, void **d) {
    static const char line[] = "looking up\n";
    write(2, line, sizeof line - 1);
    for (;;) pause();
}
"#;

fn hung_resolver(directory: &Path) -> Option<std::path::PathBuf> {
    let (source, library) = (directory.join("hung.c"), directory.join("hung.so"));
    std::fs::write(&source, HUNG).unwrap();
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-w", "-o"]).args([&library, &source]).status();
    compiled.is_ok_and(|status| status.success()).then_some(library)
}

#[test]
fn the_command_ends_when_it_has_told_its_outcome() {
    let directory = tempfile::tempdir().unwrap();
    let Some(library) = hung_resolver(directory.path()) else {
        println!("skipped: there is no C compiler");
        return;
    };
    let start = || {
        at("https://payments.example")
            .env("LD_PRELOAD", &library)
            .args(["cancel", "--json", "A", "--no-retry"])
            .spawn()
            .unwrap()
    };
    let (mut left_alone, mut stopped) = (start(), start());
    let mut stderr = Stderr::of(&mut stopped);
    stderr.wait_for("looking up");
    signal(&stopped, "INT");
    stderr.wait_for("stopping");
    signal(&stopped, "INT");
    let stopped = finish(stopped);
    assert_eq!(stopped.code, 5, "{stopped:?}");
    assert_eq!(stopped.object()["checkpoint"]["reference"], "A");

    Stderr::of(&mut left_alone).wait_for("looking up");
    let left_alone = finish(left_alone);
    assert_eq!(left_alone.code, 4, "{left_alone:?}");
    let cause = left_alone.object()["cause"].to_string();
    assert!(cause.contains("look-up took longer"), "{left_alone:?}");
}

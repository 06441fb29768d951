//! `bambora sandbox`: a server that others can use.

use std::io::{BufRead as _, BufReader};

use crate::command::{at, bambora, run};

#[test]
fn the_server_serves_until_it_is_dropped() {
    let mut server = bambora().args(["sandbox", "--payment", "A", "--payment", "B=Captured"]).spawn().unwrap();
    let mut base_url = String::new();
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut base_url).unwrap();
    let base_url = base_url.trim();
    let canceled = run(at(base_url).args(["cancel", "A"]));
    assert_eq!(canceled.code, 0, "{canceled:?}");
    let refused = run(at(base_url).args(["cancel", "B"]));
    assert_eq!(refused.code, 3, "{refused:?}");
    server.kill().unwrap();
    server.wait().unwrap();
    let gone = run(at(base_url).args(["cancel", "A", "--no-retry"]));
    assert_eq!(gone.code, 4, "{gone:?}");
}

#[test]
fn other_machines_are_kept_out() {
    let run = run(bambora().args(["sandbox", "--listen", "0.0.0.0:0"]));
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("loopback"), "{run:?}");
}

//! `bambora sandbox`: a server that others can use.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

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
fn payments_and_faults_are_made_up() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list");
    std::fs::write(&list, "A\nB\n").unwrap();
    let start = |options: &[&str]| {
        let mut server = bambora().arg("sandbox").args(options).arg("--payments-from").arg(&list).spawn().unwrap();
        let mut base_url = String::new();
        BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut base_url).unwrap();
        (server, base_url.trim().to_owned())
    };
    let (mut server, base_url) = start(&["--payment", "B=Captured", "--fault", "skip-then-drop"]);
    let canceled = run(at(&base_url).args(["cancel", "--no-retry", "A"]));
    assert_eq!(canceled.code, 5, "the first request is lost: {canceled:?}");
    assert_eq!(run(at(&base_url).args(["cancel", "A"])).code, 0);
    let refunded = run(at(&base_url).args(["refund", "B", "--amount", "10", "--key", "K", "--deadline", "1"]));
    assert_eq!(refunded.code, 5, "the first request is lost: {refunded:?}");
    server.kill().unwrap();
    let (mut server, base_url) = start(&["--random-faults", "1000"]);
    let canceled = run(at(&base_url).args(["cancel", "--no-retry", "--deadline", "0.1", "A"]));
    assert!(!canceled.stdout.contains("A: canceled: the"), "{canceled:?}");
    server.kill().unwrap();
    std::fs::write(&list, "A\n..\n").unwrap();
    let refused = run(bambora().args(["sandbox", "--payments-from"]).arg(&list));
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("line 2"), "{refused:?}");
    assert_eq!(run(bambora().args(["sandbox", "--fault", "skip-then-drop"])).code, 2);
}

#[test]
fn the_page_is_named_on_stderr_and_can_be_left_out() {
    for (arguments, status) in [(&["sandbox"][..], "200"), (&["sandbox", "--no-page"], "401")] {
        let mut server = bambora().args(arguments).spawn().unwrap();
        let mut stderr = BufReader::new(server.stderr.take().unwrap()).lines().map(Result::unwrap);
        let mut base_url = String::new();
        BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut base_url).unwrap();
        let address = base_url.trim().trim_start_matches("http://");
        let mut socket = TcpStream::connect(address).unwrap();
        write!(socket, "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
        let mut response = String::new();
        socket.read_to_string(&mut response).unwrap();
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{arguments:?}: {response}");
        assert!(stderr.next().unwrap().contains("is running"));
        if status == "200" {
            assert!(stderr.next().unwrap().ends_with(&format!("in a browser: http://{address}/")));
        }
        server.kill().unwrap();
        server.wait().unwrap();
        assert_eq!(stderr.next(), None, "{arguments:?}");
    }
}

#[test]
fn other_machines_are_kept_out() {
    let run = run(bambora().args(["sandbox", "--listen", "0.0.0.0:0"]));
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.stderr.contains("loopback"), "{run:?}");
}

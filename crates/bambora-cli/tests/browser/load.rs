//! Many requests while a page is open.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::requests::query;
use crate::server::Server;
use crate::webdriver::Browser;

const REQUESTS: usize = 10_000;
const PAYMENTS: usize = 100;

/// The longest time in milliseconds for which the page's one thread may be busy with one thing, on a machine that is busy itself.
const LONGEST_PAUSE: f64 = 2_000.0;
/// What the memory of the sandbox may differ by between two rounds. Each round's requests take several times as much.
const FLAT: u64 = 4_000;

#[test]
fn ten_thousand_requests_leave_the_page_responsive_and_the_memory_flat() {
    let Some(browser) = Browser::start() else { return };
    let server = Server::start(&[]);
    browser.open(&server.page_url);
    browser.wait_for_text("#status", "Live");
    // Notes how long the page's thread was not to be had.
    browser.run(
        "window.longest = 0; let last = performance.now(); \
         setInterval(() => { const now = performance.now(); window.longest = Math.max(window.longest, now - last); last = now }, 10)",
    );
    let mut memory = Vec::new();
    for round in 1..=3 {
        let begun = Instant::now();
        for number in 0..PAYMENTS {
            server.authorize(&format!("P{number}"));
        }
        send(&server, REQUESTS);
        let sent = begun.elapsed();
        browser.wait_for_text("#payments li:first-child .amount", "10,000");
        let shown = begun.elapsed();
        let clicked = Instant::now();
        browser.click("#payments li:first-child a");
        browser.wait_for("location.hash === '#/requests'");
        println!("round {round}: sent in {sent:.1?}, shown after {shown:.1?}, a click took {:.1?}", clicked.elapsed());
        server.reset();
        browser.wait_for("document.querySelectorAll('#requests > li').length === 0");
        browser.run("location.hash = ''");
        memory.extend(server.resident_kilobytes());
    }
    println!("memory after each round, in kB: {memory:?}");
    let longest = browser.run("return window.longest").as_f64().unwrap();
    println!("the page's longest pause: {longest:.0} ms");
    assert!(longest < LONGEST_PAUSE, "{longest}");
    // The first round fills what the allocator keeps.
    if let [_, second, third] = memory[..] {
        assert!(third < second + FLAT, "{memory:?}");
    }
    browser.assert_no_complaints();
}

/// Sends queries of many payments over one connection.
fn send(server: &Server, requests: usize) {
    let mut socket = TcpStream::connect(server.base_url.trim_start_matches("http://")).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut responses = BufReader::new(socket.try_clone().unwrap());
    for number in 0..requests {
        socket.write_all(query(&format!("P{}", number % PAYMENTS)).as_bytes()).unwrap();
        let mut length = 0;
        loop {
            let mut line = String::new();
            responses.read_line(&mut line).unwrap();
            if let Some(value) = line.strip_prefix("Content-Length: ") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        std::io::copy(&mut responses.by_ref().take(length), &mut std::io::sink()).unwrap();
    }
}

//! What a person sees and does on the page.

use std::io::Write as _;
use std::net::TcpStream;
use std::path::Path;
use std::thread;
use std::time::Duration;

use bambora_sandbox::{Effect, Fault, FaultResponse, Operation, Sandbox};
use base64::Engine as _;

use crate::requests::{exchange, post, query};
use crate::server::Server;
use crate::webdriver::{Browser, ENTER};

#[test]
fn a_lost_response_can_be_seen() {
    let Some(browser) = Browser::start() else { return };
    let server = Server::start(&["--payment", "ORDER-0999=Captured", "--payment", "ORDER-1000"]);
    browser.open(&server.page_url);
    browser.wait_for_text("#status", "Live");

    browser.fill("#authorize [name=reference]", "ORDER-1001");
    browser.fill("#authorize [name=amount]", "12500");
    browser.fill("#authorize [name=currency]", "SEK");
    browser.click("#authorize button");
    browser.wait_for_text("#view-title", "ORDER-1001");
    browser.wait_for_text("#view-state", "Authorized");
    browser.wait_for_text("#amounts", "12,500 SEK");

    browser.click("#fault-box summary");
    browser.wait_for_text("#fault-text", "apply-then-drop");
    browser.click("#fault button");
    browser.wait_for_text("#planned", "a cancel of ORDER-1001");

    let claimed = server.bambora(&["cancel", "ORDER-1001"]);
    assert!(claimed.starts_with("ORDER-1001: canceled, confirmed by query"), "{claimed}");
    assert_eq!(server.read("payments/ORDER-1001")["state"], "Canceled");

    // Without another look: the page is told.
    browser.wait_for("document.querySelectorAll('#requests > li').length === 2");
    browser.wait_for_text("#view-state", "Canceled");
    browser.wait_for_text("#requests > li:first-child .done", "Canceled");
    browser.wait_for_text("#requests > li:first-child .told", "Nothing: connection closed");
    browser.wait_for_text("#requests > li:first-child .verdict", "done, but not told");
    browser.wait_for_text("#requests > li:last-child .done", "The payment is Canceled");
    browser.wait_for_text("#requests > li:last-child .told", "200, Canceled");
    browser.wait_for("document.querySelector('#planned-box').hidden");
    browser.click("#fault-box summary");
    keep(&browser.screenshot());

    browser.click("#reset");
    browser.click("#confirm [value=reset]");
    browser.wait_for_text("#payments-note", "No payments yet");
    browser.wait_for_text("#view-title", "All requests");
    browser.wait_for("document.querySelectorAll('#requests > li').length === 0");
    assert_eq!(server.read("payments")["total"], 0);
    assert_eq!(server.read("requests")["total"], 0);
    browser.assert_no_complaints();
}

/// Keeps the picture for the documents, if it was asked for.
fn keep(screenshot: &str) {
    let png = base64::engine::general_purpose::STANDARD.decode(screenshot).unwrap();
    assert!(png.starts_with(b"\x89PNG"));
    if std::env::var_os("BAMBORA_SCREENSHOT").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sandbox.png");
        std::fs::write(path, png).unwrap();
    }
}

#[test]
fn everything_can_be_done_with_the_keyboard() {
    let Some(browser) = Browser::start() else { return };
    let sandbox = Sandbox::start().unwrap();
    browser.open(&sandbox.page_url().unwrap());
    browser.wait_for_text("#status", "Live");
    browser.tab_to("#authorize [name=reference]");
    browser.press("A/1 ö");
    browser.press(ENTER);
    browser.wait_for_text("#view-state", "Authorized");

    // A fault is planned and taken back, and another one is planned.
    browser.tab_to("#fault-box summary");
    browser.press(ENTER);
    browser.tab_to("#fault button");
    browser.press(ENTER);
    browser.wait_for_text("#planned", "a cancel of A/1 ö");
    browser.tab_to("#planned button");
    browser.press(ENTER);
    browser.wait_for("document.querySelector('#planned').children.length === 0");
    browser.tab_to("#fault [name=response]");
    browser.press("the truth");
    browser.tab_to("#fault [name=held]");
    browser.press(" ");
    browser.tab_to("#fault button");
    browser.press(ENTER);
    browser.wait_for_text("#planned", "held");

    thread::scope(|scope| {
        let told = scope.spawn(|| exchange(&sandbox, &post("A%2F1%20%C3%B6", "cancel", "")));
        assert!(sandbox.wait_for_held(1, Duration::from_secs(60)));
        browser.wait_for_text("#requests .done", "Canceled");
        browser.wait_for_text("#requests .told", "Nothing yet: held");
        assert!(sandbox.is_canceled("A/1 ö") && !told.is_finished());
        browser.tab_to("#requests button");
        browser.press(ENTER);
        assert!(told.join().unwrap().starts_with("HTTP/1.1 200 "));
    });
    browser.wait_for_text("#requests .told", "200, Canceled");

    browser.tab_to("#reset");
    browser.press(ENTER);
    browser.tab_to("#confirm [value=reset]");
    browser.press(ENTER);
    browser.wait_for_text("#payments-note", "No payments yet");
    assert!(sandbox.payment("A/1 ö").is_none());
    browser.assert_no_complaints();
}

#[test]
fn nothing_that_a_client_sent_is_markup() {
    let Some(browser) = Browser::start() else { return };
    let sandbox = Sandbox::start().unwrap();
    let hostile = "<img src=x onerror=\"window.hostile=1\"><script>window.hostile=1</script>";
    sandbox.authorize(hostile);
    assert!(sandbox.capture(hostile, 1, Some(hostile)));
    sandbox.fault(Operation::Capture, hostile, Fault::new(Effect::Skip, FaultResponse::Drop));
    exchange(&sandbox, &format!("GET /{hostile} HTTP/1.1\r\nHost: x\r\n\r\n").replace("img src", "img/src"));
    exchange(
        &sandbox,
        "POST /payments/%3Cimg%20src=x%20onerror=%22window.hostile=1%22%3E/ HTTP/1.1\r\nHost: <b>\r\n\r\n",
    );
    let page = sandbox.page_url().unwrap();
    let query: String = hostile.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for view in ["#/requests", &format!("#/payments/{query}"), "#/payments/<img src=x onerror=window.hostile=1>"] {
        browser.open("about:blank");
        browser.open(&format!("{page}{view}"));
        browser.wait_for_text("#payments .reference", "<script>window.hostile=1</script>");
        browser.wait_for("document.title !== ''");
        assert_eq!(browser.run("return document.querySelectorAll('img, main script, main b').length"), 0);
        assert_eq!(browser.run("return window.hostile ?? null"), serde_json::Value::Null);
    }
    browser.open(&format!("{page}#/payments/{query}"));
    browser.wait_for_text("#view-title", hostile);
    browser.wait_for_text("#postings td:last-child", hostile);
    browser.wait_for_text("#planned .for", hostile);
    browser.assert_no_complaints();

    // If the page's script had such a mistake, the policy would stop it.
    let markup = "try { document.body.innerHTML = '<b>'; return 'made' } catch (error) { return error.name }";
    assert_eq!(browser.run(markup), "TypeError");
    let script = "const made = document.createElement('div'); document.body.append(made); \
                  try { made.setAttribute('onclick', 'window.hostile = 1'); made.click() } catch {} return window.hostile ?? null";
    assert_eq!(browser.run(script), serde_json::Value::Null);
    assert!(!browser.complaints().is_empty());
}

#[test]
fn a_cancel_that_the_api_does_not_show_is_shown() {
    let Some(browser) = Browser::start() else { return };
    let sandbox = Sandbox::start().unwrap();
    sandbox.authorize_amount("A", 500, "EUR");
    sandbox.cancel_in_back_office("A");
    exchange(&sandbox, &query("A"));
    browser.open(&format!("{}#/payments/A", sandbox.page_url().unwrap()));
    browser.wait_for_text("#view-state", "Authorized, canceled in the back office");
    browser.wait_for_text("#amounts", "Released500 EUR");
    browser.wait_for_text("#requests .done", "canceled in the back office");
    browser.wait_for_text("#requests .told", "200, Authorized");
    browser.wait_for_text("#requests .verdict", "not what is true");
    browser.assert_no_complaints();
}

#[test]
fn it_fits_a_phone_and_the_dark() {
    let Some(browser) = Browser::start() else { return };
    let sandbox = Sandbox::start().unwrap();
    let long = "ORDER-".repeat(60);
    sandbox.authorize_amount(&long, i64::MAX, "SEK");
    sandbox.fault(Operation::Cancel, &long, Fault::new(Effect::Apply, FaultResponse::Cut));
    exchange(&sandbox, &post(&long, "cancel", ""));
    let page = sandbox.page_url().unwrap();
    browser.resize(360, 740);
    for view in ["", "#/requests", &format!("#/payments/{long}")] {
        browser.open("about:blank");
        browser.open(&format!("{page}{view}"));
        browser.wait_for_text("#payments .reference", &long);
        browser.wait_for_text("#requests .told", "half of the payment");
        let overflow = "return document.documentElement.scrollWidth - innerWidth";
        assert_eq!(browser.run(overflow), 0, "{view}");
    }
    browser.wait_for_text("#amounts", "9,223,372,036,854,775,807");
    let paper = "return getComputedStyle(document.body).backgroundColor";
    browser.prefer_color_scheme("light");
    let light = browser.run(paper);
    browser.prefer_color_scheme("dark");
    assert_ne!(browser.run(paper), light);
    browser.assert_no_complaints();
}

#[test]
fn a_sandbox_that_went_away_and_came_back_is_noticed() {
    let Some(browser) = Browser::start() else { return };
    let mut sandbox = Sandbox::start().unwrap();
    sandbox.authorize("BEFORE");
    let address = sandbox.address();
    browser.open(&sandbox.page_url().unwrap());
    browser.wait_for_text("#payments", "BEFORE");
    sandbox.stop();
    browser.wait_for_text("#status", "does not respond");
    drop(sandbox);
    let again = Sandbox::builder().listen_on(address).start().unwrap();
    again.authorize("AFTER");
    browser.wait_for_text("#status", "Live");
    browser.wait_for_text("#payments", "AFTER");
    browser.wait_for("!document.querySelector('#payments').textContent.includes('BEFORE')");
}

#[test]
fn a_connection_that_sends_nothing_does_not_hold_the_page_up() {
    let Some(browser) = Browser::start() else { return };
    let sandbox = Sandbox::start().unwrap();
    let mut silent = TcpStream::connect(sandbox.address()).unwrap();
    silent.write_all(b"GET /_sandbox/pay").unwrap();
    browser.open(&sandbox.page_url().unwrap());
    browser.wait_for_text("#status", "Live");
}

//! A browser, driven by the WebDriver protocol of the W3C.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The name of the member that holds the identifier of an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// The key that goes to the next control, and the one that chooses.
pub(crate) const TAB: &str = "\u{e004}";
pub(crate) const ENTER: &str = "\u{e007}";

/// The time in which a page shows what it has to show, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A session in a headless Chromium, which ends when dropped.
pub(crate) struct Browser {
    agent: ureq::Agent,
    session: String,
    driver: Child,
    /// One browser at a time: each of them keeps a whole machine busy.
    _turn: MutexGuard<'static, ()>,
    /// Open for as long as the driver runs, which may write to it.
    _stdout: BufReader<ChildStdout>,
    /// What the driver and the browser leave behind goes with it.
    _temporary: TempDir,
}

impl Browser {
    /// Starts a browser. Returns `None` if there is none on this machine.
    pub(crate) fn start() -> Option<Self> {
        static TURN: Mutex<()> = Mutex::new(());
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let temporary = tempfile::tempdir().unwrap();
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").env("TMPDIR", temporary.path()).stdout(Stdio::piped()).stderr(Stdio::null());
        let driver = command.spawn();
        let Ok(mut driver) = driver else {
            let is_required = std::env::var_os("BAMBORA_REQUIRE_DOCUMENTED_CALLS").is_some();
            assert!(!is_required, "chromium and chromium-driver are not installed");
            println!("skipped: this needs chromium and chromium-driver, which are not installed");
            return None;
        };
        let mut stdout = BufReader::new(driver.stdout.take().unwrap());
        let port = port(&mut stdout);
        let agent = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().into();
        let session = format!("http://127.0.0.1:{port}/session");
        let mut browser = Self { agent, session, driver, _turn: turn, _stdout: stdout, _temporary: temporary };
        let options = json!({ "args": [
            "--headless=new",
            // A container has no namespaces to build a sandbox of, and no large /dev/shm. Only the tests' own page is opened.
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
        ]});
        let capabilities = json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
        let session = browser.post("", &json!({ "capabilities": { "alwaysMatch": capabilities } }));
        browser.session = format!("{}/{}", browser.session, session["sessionId"].as_str().unwrap());
        browser.resize(1200, 720);
        Some(browser)
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let response = self.agent.post(format!("{}{path}", self.session)).send(body.to_string());
        let text = response.unwrap().body_mut().read_to_string().unwrap();
        let mut response: Value = serde_json::from_str(&text).unwrap();
        let value = response["value"].take();
        assert!(value["error"].is_null(), "{path} {body}: {value}");
        value
    }

    /// Has Chromium itself do something, by its DevTools protocol.
    fn devtools(&self, command: &str, parameters: &Value) {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }));
    }

    /// Gives the page a size in CSS pixels.
    pub(crate) fn resize(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// Has the page drawn `light` or `dark`.
    pub(crate) fn prefer_color_scheme(&self, scheme: &str) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", &features);
    }

    pub(crate) fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// Runs a function body in the page, and returns what it returns.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Waits until an expression in the page is true.
    pub(crate) fn wait_for(&self, expression: &str) {
        let begun = Instant::now();
        while self.run(&format!("return {expression}")) != true {
            let seen = || self.run("return document.body.innerText");
            assert!(begun.elapsed() < PATIENCE, "{expression} in {}", seen().as_str().unwrap());
        }
    }

    /// Waits until the text of an element has this in it.
    pub(crate) fn wait_for_text(&self, selector: &str, text: &str) {
        let (selector, text) = (json!(selector), json!(text));
        self.wait_for(&format!("(document.querySelector({selector})?.textContent ?? '').includes({text})"));
    }

    /// Clicks on an element, as a person would: it must be there to be seen.
    pub(crate) fn click(&self, selector: &str) {
        let element = self.find(selector);
        self.post(&format!("/element/{element}/click"), &json!({}));
    }

    /// Types into an element, after what is in it.
    pub(crate) fn fill(&self, selector: &str, text: &str) {
        let element = self.find(selector);
        self.post(&format!("/element/{element}/clear"), &json!({}));
        self.post(&format!("/element/{element}/value"), &json!({ "text": text }));
    }

    fn find(&self, selector: &str) -> String {
        let found = self.post("/element", &json!({ "using": "css selector", "value": selector }));
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    /// Types where the focus is.
    pub(crate) fn press(&self, keys: &str) {
        let actions: Vec<_> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() })))
            .collect();
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": actions });
        self.post("/actions", &json!({ "actions": [keyboard] }));
    }

    /// Goes from control to control until one is reached that the selector is for.
    pub(crate) fn tab_to(&self, selector: &str) {
        for _ in 0..100 {
            if self.run(&format!("return document.activeElement.matches({})", json!(selector))) == true {
                return;
            }
            self.press(TAB);
        }
        panic!("the keyboard does not reach {selector}");
    }

    /// Returns a picture of the page: a PNG in base64.
    pub(crate) fn screenshot(&self) -> String {
        let response = self.agent.get(format!("{}/screenshot", self.session)).call();
        let text = response.unwrap().body_mut().read_to_string().unwrap();
        let response: Value = serde_json::from_str(&text).unwrap();
        response["value"].as_str().unwrap().to_owned()
    }

    /// Returns what went wrong in the page: errors of its script, and what its content security policy forbade.
    pub(crate) fn complaints(&self) -> Vec<Value> {
        let log = self.post("/se/log", &json!({ "type": "browser" }));
        log.as_array().unwrap().iter().filter(|entry| entry["source"] != "network").cloned().collect()
    }

    pub(crate) fn assert_no_complaints(&self) {
        let complaints = self.complaints();
        assert!(complaints.is_empty(), "{complaints:?}");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends the browser; the driver alone would leave it running.
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Reads what the driver says until it says which port it has taken.
fn port(stdout: &mut impl std::io::BufRead) -> u16 {
    let said = "was started successfully on port ";
    let lines = stdout.lines().map(Result::unwrap);
    let line = lines.take(20).find(|line| line.contains(said)).unwrap();
    line.split(said).nth(1).unwrap().trim_end_matches('.').parse().unwrap()
}

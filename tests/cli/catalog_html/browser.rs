//! A headless Chromium, driven through chromedriver.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use openedx_events_tests::DEADLINE;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Keys as WebDriver writes them.
pub(crate) const ENTER: &str = "\u{e007}";
pub(crate) const ESCAPE: &str = "\u{e00c}";
pub(crate) const TAB: &str = "\u{e004}";
pub(crate) const UP: &str = "\u{e013}";
pub(crate) const DOWN: &str = "\u{e015}";

/// Browsers take whole cores, so there is one at a time.
static ONE: Mutex<()> = Mutex::new(());

/// A browser with one page. Dropping it ends both the browser and its driver.
pub(crate) struct Browser {
    driver: Child,
    session: String,
    agent: ureq::Agent,
    /// Of the browser's profile.
    folder: TempDir,
    _one: MutexGuard<'static, ()>,
}

impl Browser {
    /// Opens a window of this width. `None` if there is no Chromium on this machine, with a line on standard error; the test should
    /// then return.
    ///
    /// # Panics
    ///
    /// There is none, and `CI` is `true`. It does not start.
    #[track_caller]
    pub(crate) fn open(width: u32, is_dark: bool) -> Option<Self> {
        let is_there = |program: &str| {
            Command::new(program)
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok()
        };
        if !is_there("chromium") || !is_there("chromedriver") {
            let text = "skipped: there is no chromium with chromedriver; tests/run.sh installs them";
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{text}");
            eprintln!("{text}");
            return None;
        }
        let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = TempDir::new().expect("a folder for the profile");
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let stdout = BufReader::new(driver.stdout.take().expect("a pipe"));
        let started = stdout.lines().map_while(Result::ok).find_map(|line| {
            let port = line.split_once("started successfully on port ")?.1.trim_end_matches('.').to_owned();
            Some(port)
        });
        let port = started.expect("chromedriver says its port");
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(DEADLINE))
            .build()
            .new_agent();
        let mut browser =
            Self { driver, session: format!("http://127.0.0.1:{port}/session"), agent, folder, _one: one };
        let profile = format!("--user-data-dir={}", browser.folder.path().display());
        // As root, as in containers, there is no sandbox.
        let args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", &profile];
        let capabilities = json!({
            "goog:chromeOptions": {"args": args},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        });
        let session = browser.post("", &json!({"capabilities": {"alwaysMatch": capabilities}}));
        browser.session.extend(["/", session["sessionId"].as_str().expect("a session")]);
        browser.dev_tools(
            "Emulation.setDeviceMetricsOverride",
            &json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}),
        );
        let scheme = if is_dark { "dark" } else { "light" };
        // What is clicked must not be moving.
        let features = json!([
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        browser.dev_tools("Emulation.setEmulatedMedia", &json!({"features": features}));
        // What the browser's own first page has loaded is of no interest.
        browser.post("/url", &json!({"url": "about:blank"}));
        browser.post("/se/log", &json!({"type": "performance"}));
        Some(browser)
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let sent = self
            .agent
            .post(format!("{}{path}", self.session))
            .content_type("application/json")
            .send(body.to_string());
        let mut response = sent.expect("chromedriver answers");
        let text = response.body_mut().read_to_string().expect("a text");
        let mut answer: Value = serde_json::from_str(&text).expect("JSON");
        assert!(response.status().is_success(), "{path}: {text}");
        answer["value"].take()
    }

    /// A command of Chromium's own protocol.
    pub(crate) fn dev_tools(&self, command: &str, parameters: &Value) -> Value {
        self.post("/goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }

    /// Opens a file. `rest` follows it in the address: a query or a fragment.
    pub(crate) fn go(&self, file: &Path, rest: &str) {
        // Otherwise another fragment would not load the page again.
        self.post("/url", &json!({"url": "about:blank"}));
        self.post("/url", &json!({"url": format!("file://{}{rest}", file.display())}));
    }

    /// The value of an expression in the page.
    pub(crate) fn value(&self, expression: &str) -> Value {
        self.post("/execute/sync", &json!({"script": format!("return {expression}"), "args": []}))
    }

    pub(crate) fn text(&self, expression: &str) -> String {
        self.value(expression).as_str().unwrap_or_else(|| panic!("{expression} is no text")).to_owned()
    }

    /// Types on the keyboard, wherever the focus is.
    pub(crate) fn press(&self, keys: &str) {
        let strokes: Vec<_> = keys
            .chars()
            .flat_map(|key| {
                [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]
            })
            .collect();
        self.post("/actions", &json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]}));
    }

    /// Clicks what a selector finds first.
    pub(crate) fn click(&self, selector: &str) {
        let found = self.post("/element", &json!({"using": "css selector", "value": selector}));
        let id = found
            .as_object()
            .and_then(|found| found.values().next())
            .and_then(Value::as_str)
            .expect("an element");
        // Not below the search, which sticks to the top.
        let center = "arguments[0].scrollIntoView({ block: 'center' })";
        self.post("/execute/sync", &json!({"script": center, "args": [found]}));
        self.post(&format!("/element/{id}/click"), &json!({}));
    }

    /// Checks that nothing was wrong with the page, and that nothing was loaded but the page itself.
    #[track_caller]
    pub(crate) fn check_quiet(&self) {
        let console = self.post("/se/log", &json!({"type": "browser"}));
        assert_eq!(console, json!([]), "the console has messages");
        let mut pages = 0;
        for entry in self.post("/se/log", &json!({"type": "performance"})).as_array().expect("a list") {
            let message: Value =
                serde_json::from_str(entry["message"].as_str().expect("a text")).expect("JSON");
            if message["message"]["method"] == "Network.requestWillBeSent" {
                let parameters = &message["message"]["params"];
                let url = parameters["request"]["url"].as_str().expect("a text");
                assert!(url.starts_with("file:") && parameters["type"] == "Document", "a request to {url}");
                pages += 1;
            }
        }
        assert!(pages > 0, "the requests were not recorded");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have failed to start.
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

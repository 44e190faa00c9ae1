//! A headless Chromium, controlled over the pipes of its debugging protocol: JSON documents that
//! end with a zero byte.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

/// The timeout of a call; on a busy machine a browser needs half of it to start.
const CALL_TIMEOUT: Duration = Duration::from_mins(2);

/// A browser with one page.
pub(crate) struct Browser {
    _process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    session: Option<String>,
    calls: u64,
}

/// Returns the first Chromium on the path. If it is missing, a notice is printed to the terminal,
/// past the capture of the test runner.
pub(crate) fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .flat_map(|directory| {
            ["chromium", "chromium-browser", "google-chrome"].map(|name| directory.join(name))
        })
        .find(|file| file.is_file());
    if found.is_none() {
        let word = "\n*** SKIPPED: no Chromium on the path, so the inspector was NOT tested in a browser ***\n";
        std::io::stderr().write_all(word.as_bytes()).unwrap();
    }
    found
}

impl Browser {
    /// Opens a page.
    pub(crate) async fn open(program: &Path, profile: &Path, url: &str) -> Self {
        // The protocol uses the file descriptors 3 and 4; a shell connects them to stdin and stdout.
        let script = r#"exec "$0" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --hide-scrollbars --window-size=1440,900 --user-data-dir="$1" --remote-debugging-pipe 3<&0 4>&1 1>&2"#;
        let mut process = Command::new("sh")
            .args(["-c", script])
            .arg(program)
            .arg(profile)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut browser = Self {
            _process: process,
            input,
            output,
            session: None,
            calls: 0,
        };
        let target = browser
            .call("Target.createTarget", json!({ "url": "about:blank" }))
            .await;
        let attached = browser
            .call(
                "Target.attachToTarget",
                json!({ "targetId": target["targetId"], "flatten": true }),
            )
            .await;
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        browser.call("Page.enable", json!({})).await;
        let window =
            json!({ "width": 1440, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        browser
            .call("Emulation.setDeviceMetricsOverride", window)
            .await;
        browser.call("Page.navigate", json!({ "url": url })).await;
        browser
    }

    /// Evaluates an expression and awaits a promise.
    pub(crate) async fn value(&mut self, expression: &str) -> Value {
        let response = self
            .call(
                "Runtime.evaluate",
                json!({ "expression": expression, "awaitPromise": true, "returnByValue": true }),
            )
            .await;
        assert!(
            response.get("exceptionDetails").is_none(),
            "{expression}: {response}"
        );
        response["result"]["value"].clone()
    }

    /// Waits until an expression is true on the page.
    pub(crate) async fn until(&mut self, condition: &str) {
        let script = format!(
            "new Promise((done) => {{ const check = () => ({condition}) ? done(true) : setTimeout(check, 30); check(); }})"
        );
        assert_eq!(self.value(&script).await, true);
    }

    /// Presses a key, with `Control` if `control` is set.
    pub(crate) async fn press(&mut self, key: &str, control: bool) {
        let text = if key.chars().count() == 1 && !control {
            key
        } else {
            ""
        };
        let modifiers = if control { 2 } else { 0 };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            self.call(
                "Input.dispatchKeyEvent",
                json!({ "type": kind, "key": key, "text": text, "modifiers": modifiers }),
            )
            .await;
        }
    }

    /// Types a text at the cursor.
    pub(crate) async fn write(&mut self, text: &str) {
        self.call("Input.insertText", json!({ "text": text })).await;
    }

    /// Takes a screenshot as PNG.
    pub(crate) async fn screenshot(&mut self) -> Vec<u8> {
        let shot = self
            .call("Page.captureScreenshot", json!({ "format": "png" }))
            .await;
        BASE64_STANDARD
            .decode(shot["data"].as_str().unwrap())
            .unwrap()
    }

    /// Calls a method of the protocol and waits for its result; events are ignored.
    pub(crate) async fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.calls += 1;
        let mut message = json!({ "id": self.calls, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.input.write_all(&bytes).await.unwrap();
        let wait = async {
            loop {
                let mut text = Vec::new();
                let read = self.output.read_until(0, &mut text).await.unwrap();
                assert!(read > 0, "the browser exited");
                text.pop();
                let response: Value = serde_json::from_slice(&text).unwrap();
                if response["id"] == self.calls {
                    assert!(response.get("error").is_none(), "{method}: {response}");
                    return response["result"].clone();
                }
            }
        };
        timeout(CALL_TIMEOUT, wait)
            .await
            .unwrap_or_else(|_| panic!("{method} took longer than {CALL_TIMEOUT:?}"))
    }
}

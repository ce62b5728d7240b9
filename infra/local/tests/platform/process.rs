//! The command: it starts on free ports, answers, and ends when it is told to. What the README says
//! to type works against it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

/// What a newcomer reads first.
const README: &str = include_str!("../../../../README.md");

/// The platform that the walkthrough there is about, but for its port.
const BASE: &str = "localhost:3000";

/// The first start makes a whole tenant.
const START_MAX: Duration = Duration::from_mins(4);

/// A newcomer's patience with the walkthrough.
const WALK_MAX: Duration = Duration::from_mins(2);

/// Less than the command waits for a request that does not end.
const END_MAX: Duration = Duration::from_secs(9);

/// A running command.
struct Running {
    id: u32,
    port: u16,
    input: Option<ChildStdin>,
    said: Receiver<String>,
    ended: Receiver<ExitStatus>,
}

impl Running {
    fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    fn start_with(folder: &Path, options: &[&str]) -> Self {
        let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut child = Command::new(env!("CARGO_BIN_EXE_local"))
            .args(["--port", "0", "--data"])
            .arg(folder)
            .arg("--template")
            .arg(tree.join("template.yaml"))
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (say, said) = channel();
        std::thread::spawn(move || {
            lines
                .map_while(Result::ok)
                .try_for_each(|line| say.send(line))
        });
        let (id, input) = (child.id(), child.stdin.take());
        let (end, ended) = channel();
        std::thread::spawn(move || child.wait().map(|status| end.send(status)));
        let mut running = Self {
            id,
            port: 0,
            input,
            said,
            ended,
        };
        let line = running.wait_for("  API ");
        let port = line.split("http://localhost:").nth(1).unwrap();
        running.port = port.split('/').next().unwrap().parse().unwrap();
        running
    }

    /// Waits until the command says something that holds `text`.
    fn wait_for(&self, text: &str) -> String {
        let mut all = Vec::new();
        while let Ok(line) = self.said.recv_timeout(START_MAX) {
            if line.contains(text) {
                return line;
            }
            all.push(line);
        }
        panic!("it does not say `{text}`, but {all:?}");
    }

    fn signal(&self, name: &str) {
        let id = self.id.to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.unwrap().success());
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(START_MAX)).unwrap();
        stream
    }

    fn end(&self) -> ExitStatus {
        self.ended.recv_timeout(END_MAX).expect("it does not end")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Where a test stopped half way, the command still runs; where not, it is long gone.
        if self.ended.try_recv().is_err() {
            let id = self.id.to_string();
            drop(
                Command::new("kill")
                    .args(["-s", "KILL", &id])
                    .stderr(Stdio::null())
                    .status(),
            );
        }
    }
}

/// Sends a request and reads the beginning of its answer.
fn ask(stream: &mut TcpStream) -> String {
    stream
        .write_all(b"GET /api/v1/problems HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .unwrap();
    let mut beginning = [0; 12];
    stream.read_exact(&mut beginning).unwrap();
    String::from_utf8(beginning.to_vec()).unwrap()
}

#[test]
fn an_interrupt_ends_the_command_whoever_is_connected() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path());
    let silent = running.connect();
    let mut kept = running.connect();
    assert!(ask(&mut kept).starts_with("HTTP/1.1 "));
    running.signal("INT");
    assert_eq!(running.end().code(), Some(0));
    drop((silent, kept));

    // Nobody waits for a request that does not end, if a second interrupt comes.
    let running = Running::start(folder.path());
    let mut half = running.connect();
    assert!(ask(&mut half).starts_with("HTTP/1.1 "));
    half.write_all(b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\nhalf")
        .unwrap();
    running.signal("INT");
    running.wait_for("stopping");
    running.signal("INT");
    assert_eq!(running.end().code(), Some(0));
}

#[test]
fn it_ends_with_whoever_started_it_where_that_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    for (options, ends) in [(&[][..], false), (&["--while-input"][..], true)] {
        let mut running = Running::start_with(folder.path(), options);
        drop(running.input.take());
        if !ends {
            assert!(ask(&mut running.connect()).starts_with("HTTP/1.1 "));
            running.signal("INT");
        }
        assert_eq!(running.end().code(), Some(0));
    }
}

/// Returns the walkthrough as the README has it, for the platform on `port`.
fn walkthrough(port: u16) -> String {
    let section = README.split("\n## The walkthrough\n").nth(1).unwrap();
    let block = section.split("```sh\n").nth(1).unwrap();
    let block = block.split("```").next().unwrap();
    assert!(block.starts_with(&format!("BASE=http://{BASE}\n")));
    block.replace(BASE, &format!("localhost:{port}"))
}

/// Runs a script as a newcomer's shell does, but stops at the first command that fails, and
/// returns what it printed.
fn shell(script: &str) -> String {
    let child = Command::new("bash")
        .args(["-euo", "pipefail", "-c", script])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    let group = format!("-{}", child.id());
    let (end, ended) = channel();
    std::thread::spawn(move || end.send(child.wait_with_output()));
    let Ok(output) = ended.recv_timeout(WALK_MAX) else {
        drop(
            Command::new("kill")
                .args(["-s", "KILL", "--", &group])
                .status(),
        );
        panic!("the walkthrough does not end");
    };
    let output = output.unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaints}\n{said}");
    said
}

/// Reads the JSON documents that follow each other in a text.
fn documents(text: &str) -> Vec<Value> {
    let mut stream = serde_json::Deserializer::from_str(text);
    let mut found = Vec::new();
    while let Ok(document) = Value::deserialize(&mut stream) {
        found.push(document);
    }
    found
}

#[test]
fn the_walkthrough_of_the_readme_works_as_it_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let running = Running::start(folder.path());
    let port = running.port;
    let said = shell(&walkthrough(port));

    let (made, rest) = said.split_once("HTTP/1.1 200 OK\r\n").unwrap();
    let (head, rest) = rest.split_once("\r\n\r\n").unwrap();
    let (page, after) = rest.split_once("</html>").unwrap();
    let [website, published] = &documents(made)[..] else {
        panic!("a website and a publication are printed, not {made}");
    };
    assert_eq!(website["subdomain"], "handbook", "{website}");
    assert!(head.contains("content-type: text/html"), "{head}");
    for part in [
        "<!doctype html>",
        "Welcome",
        "Hello, <strong>world</strong>.",
    ] {
        assert!(page.contains(part), "`{part}` is not in {page}");
    }

    let [theme, releases, preview, activated] = &documents(after)[..] else {
        panic!("a theme, releases, a preview and a way back are printed, not {after}");
    };
    assert_eq!(theme["themeId"], "journal", "{theme}");
    let (live, before) = (&releases["items"][0], &releases["items"][1]);
    assert_eq!(
        (&live["isLive"], &before["isLive"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(before["id"], published["release"]["id"], "{releases}");
    let url = preview["url"].as_str().unwrap();
    assert!(url.contains(&format!("localhost:{port}/")), "{url}");
    assert_eq!(activated["release"]["id"], before["id"], "{activated}");

    running.signal("INT");
    assert_eq!(running.end().code(), Some(0));
}

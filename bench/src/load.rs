//! Requests over HTTP, as many as a server answers: `wrk` asks, nginx is one of the servers. It
//! must never know what the answers mean.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use serde::Deserialize;

use crate::adapter::SITE_HOST;
use crate::programs::{Running, on_processor};

/// Requests that are under way at the same time.
pub const CONNECTIONS: u32 = 8;

/// The processor of the server under load.
pub const SERVER: usize = 0;

/// The processor of everything else.
pub const OTHERS: usize = 1;

/// Asks for one page of each of the hosts in a file, in turn, and tells what came of it in one
/// line of JSON.
const SCRIPT: &str = r#"
local requests, at = {}, 0
function init(args)
  for host in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("GET", args[2], { ["x-site-host"] = host })
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    '{"requests":%d,"microseconds":%d,"failed":%d,"p99":%d}\n',
    summary.requests, summary.duration, failed, latency:percentile(99)))
end
"#;

/// What came of a load.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Outcome {
    /// Requests that were answered.
    pub requests: u64,
    /// How long it took.
    pub microseconds: u64,
    /// Requests that were answered by an error, or not at all.
    failed: u64,
    /// The time of an answer that one in a hundred exceeds, in microseconds.
    pub p99: u64,
}

/// Asks a server on a port for one page of each host, in turn, for some seconds.
pub fn run(
    folder: &Path,
    port: u16,
    hosts: &[String],
    path: &str,
    seconds: u32,
) -> anyhow::Result<Outcome> {
    let (script, list) = (folder.join("load.lua"), folder.join("hosts"));
    fs::write(&script, SCRIPT)?;
    fs::write(&list, hosts.join("\n") + "\n")?;
    let mut wrk = on_processor(OTHERS, Path::new("wrk"));
    wrk.args(["--threads", "1", "--connections", &CONNECTIONS.to_string()])
        .args(["--duration", &format!("{seconds}s")])
        .arg("--script")
        .arg(&script)
        .arg(format!("http://127.0.0.1:{port}/"))
        .arg("--")
        .arg(&list)
        .arg(path);
    let output = wrk.output().context("wrk does not run")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let line = said.lines().find(|line| line.starts_with('{'));
    let line = line.with_context(|| format!("wrk tells nothing: {said}"))?;
    let outcome: Outcome = serde_json::from_str(line)?;
    ensure!(outcome.failed == 0, "{} requests failed", outcome.failed);
    ensure!(outcome.requests > 0, "no request was answered");
    Ok(outcome)
}

/// Asks a server for one page of a host, and returns it.
pub fn fetch(port: u16, host: &str, path: &str) -> anyhow::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: localhost\r\n{SITE_HOST}: {host}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let (head, body) = answer.split_at(head.context("there is no answer")? + 4);
    ensure!(
        head.starts_with(b"HTTP/1.1 200 "),
        "{host}{path}: {}",
        String::from_utf8_lossy(head)
    );
    Ok(body.to_vec())
}

/// Writes the page of a host where nginx looks for it.
pub fn keep(folder: &Path, host: &str, path: &str, page: &[u8]) -> anyhow::Result<()> {
    let file = folder
        .join("www")
        .join(host)
        .join(path.trim_start_matches('/'));
    fs::create_dir_all(file.parent().context("a page has a folder")?)?;
    Ok(fs::write(file, page)?)
}

/// Starts nginx over the pages of a folder. Returns it with its port.
pub fn nginx(folder: &Path) -> anyhow::Result<(Running, u16)> {
    let port = free_port()?;
    let header = SITE_HOST.replace('-', "_");
    let at = folder.display();
    let configuration = format!(
        "worker_processes 1;\ndaemon off;\nmaster_process off;\npid {at}/nginx.pid;\n\
         error_log {at}/nginx.log;\nevents {{ worker_connections 256; }}\n\
         http {{\n  access_log /dev/null;\n  sendfile on;\n  tcp_nopush on;\n\
         keepalive_requests 1000000000;\n  default_type text/html;\n\
         client_body_temp_path {at}/body;\n  proxy_temp_path {at}/proxy;\n\
         fastcgi_temp_path {at}/fastcgi;\n  uwsgi_temp_path {at}/uwsgi;\n  scgi_temp_path {at}/scgi;\n\
         server {{\n    listen 127.0.0.1:{port};\n    root {at}/www/$http_{header};\n  }}\n}}\n"
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, configuration)?;
    let mut command = on_processor(SERVER, &program("nginx"));
    command.arg("-c").arg(&file).stdin(Stdio::null());
    let running = Running::start(&mut command)?;
    Ok((running, port))
}

/// Finds a program that Debian keeps where only administrators look.
pub fn program(name: &str) -> PathBuf {
    let there = Path::new("/usr/sbin").join(name);
    if there.is_file() {
        there
    } else {
        PathBuf::from(name)
    }
}

/// Returns a port that nobody has just now.
fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Returns what a program says of its version, on either output.
pub fn version(program: &Path, argument: &str) -> String {
    let output = Command::new(program).arg(argument).output();
    let said = output.map(|output| [output.stdout, output.stderr].concat());
    let said = String::from_utf8_lossy(&said.unwrap_or_default()).into_owned();
    said.lines().next().unwrap_or_default().trim().to_owned()
}

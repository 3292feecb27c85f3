//! A Redis of one test, which it may stop and start.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use recsys_store::redis::{Redis, RedisConfig};
use tempfile::TempDir;

/// A server on a port of its own that keeps nothing.
pub(super) struct Server {
    port: u16,
    folder: TempDir,
    is_sentinel: bool,
    process: Option<Child>,
}

impl Server {
    pub(super) fn start() -> Self {
        Self::start_with("")
    }

    /// Starts a server with lines of configuration of its own.
    pub(super) fn start_with(lines: &str) -> Self {
        Self::start_as(false, &format!("save \"\"\nappendonly no\n{lines}"))
    }

    /// Starts a sentinel.
    pub(super) fn start_sentinel(lines: &str) -> Self {
        Self::start_as(true, lines)
    }

    fn start_as(is_sentinel: bool, lines: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().display();
        let configuration = format!("port {port}\nbind 127.0.0.1\ndir {place}\n{lines}\n");
        std::fs::write(folder.path().join("conf"), configuration).unwrap();
        let mut server = Self { port, folder, is_sentinel, process: None };
        server.start_again();
        server
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Starts the server and waits until it says that it is ready.
    pub(super) fn start_again(&mut self) {
        let mut command = Command::new("redis-server");
        command.arg(self.folder.path().join("conf"));
        if self.is_sentinel {
            command.arg("--sentinel");
        }
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let sign = if self.is_sentinel { "Sentinel ID is" } else { "Ready to accept" };
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let is_ready = lines.by_ref().map_while(Result::ok).any(|line| line.contains(sign));
        assert!(is_ready, "redis-server does not start");
        // What it says later has to go somewhere.
        std::thread::spawn(move || lines.for_each(drop));
        self.process = Some(process);
    }

    /// Waits until the server says both of itself.
    pub(super) fn wait_for(&self, one: &str, other: &str) {
        let mut ask = Command::new("redis-cli");
        ask.args(["-p", &self.port.to_string(), "info"]);
        loop {
            let said = String::from_utf8(ask.output().unwrap().stdout).unwrap();
            if said.contains(one) && said.contains(other) {
                return;
            }
        }
    }

    /// Kills the server.
    pub(super) fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    pub(super) fn config(&self) -> RedisConfig {
        let pause = std::time::Duration::from_millis(50);
        RedisConfig::new([format!("redis://127.0.0.1:{}", self.port)]).with_pause(pause)
    }

    pub(super) fn redis(&self) -> Redis {
        Redis::open(&self.config()).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

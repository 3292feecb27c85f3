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
    process: Option<Child>,
}

impl Server {
    pub(super) fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = Self { port, folder: tempfile::tempdir().unwrap(), process: None };
        server.start_again();
        server
    }

    /// Starts the server and waits until it says that it is ready.
    pub(super) fn start_again(&mut self) {
        let mut process = Command::new("redis-server")
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", ""])
            .args(["--appendonly", "no", "--dir"])
            .arg(self.folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let ready = lines.map_while(Result::ok).any(|line| line.contains("Ready to accept"));
        assert!(ready, "redis-server does not start");
        self.process = Some(process);
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

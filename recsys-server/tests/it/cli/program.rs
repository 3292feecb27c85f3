//! Starting the program and reading what it says.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The program with a data folder that disappears with the value.
pub(super) struct Recsys {
    folder: TempDir,
}

impl Recsys {
    /// A program whose data folder does not exist yet.
    pub(super) fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// A program with the tenant `shop` in its data folder.
    pub(super) fn with_tenant() -> Self {
        let recsys = Self::new();
        recsys.run(["tenant", "create", "--domain", "shop", "--name", "Shop"]).ok();
        recsys
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Where input files go, outside the data folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    pub(super) fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Run {
        Run::of(command(Some(&self.data())).args(arguments))
    }

    /// Starts `recsys serve` on a free port and waits until it answers.
    pub(super) fn serve(&self) -> Server {
        Server::start(command(Some(&self.data())).args(["serve", "--json", "--port", "0"]))
    }
}

/// The program, with an environment that does not change what it does.
pub(super) fn command(data: Option<&Path>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_recsys"));
    command.env_remove("RECSYS_DATA").env_remove("RECSYS_LOG").env_remove("RECSYS_PORT");
    command.env_remove("RECSYS_HOST").env_remove("RECSYS_ORIGINS").env_remove("DATABASE_URL");
    command.env_remove("REDIS_NODES").env_remove("RECSYS_REPLICAS");
    command.env_remove("RECSYS_REDIS_PREFIX").env_remove("MODELS_URL");
    command.env_remove("RECSYS_MODELS_KEPT");
    command.env_remove("VECTOR_DB_PROVIDER").env_remove("EMBEDDINGS_URL");
    command.stdin(Stdio::null());
    if let Some(data) = data {
        command.arg("--data").arg(data);
    }
    command
}

/// A command that has ended.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Run {
    pub(super) fn of(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.output().unwrap();
        Self {
            code: status.code(),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }

    /// Standard output of a command that succeeded.
    #[track_caller]
    pub(super) fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    /// The JSON that is all of standard output.
    #[track_caller]
    pub(super) fn json(self) -> Value {
        serde_json::from_str(&self.ok()).unwrap()
    }

    /// The sentence of a command that failed: the last line of standard error, the only one that
    /// speaks of an error.
    #[track_caller]
    pub(super) fn error(self) -> String {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        let errors: Vec<&str> =
            self.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        assert_eq!(errors.len(), 1, "{self:?}");
        assert_eq!(self.stderr.lines().last(), Some(errors[0]), "{self:?}");
        for unwanted in ["panicked", "backtrace", "Caused by"] {
            assert!(!self.stderr.contains(unwanted), "{self:?}");
        }
        errors[0].trim_start_matches("error: ").to_owned()
    }
}

/// A server that is killed with the value.
pub(super) struct Server {
    process: Child,
    /// What it said when it was ready.
    pub(super) ready: Value,
}

impl Server {
    pub(super) fn start(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        // Built first, so that a process that says something else is ended as well.
        let mut server = Self { process, ready: Value::Null };
        server.ready = serde_json::from_str(&line).unwrap();
        server
    }

    pub(super) fn url(&self) -> &str {
        self.ready["url"].as_str().unwrap()
    }

    /// Ends the process without any warning, as a crash would.
    pub(super) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

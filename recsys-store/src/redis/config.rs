//! Where Redis is and how long to wait for it.

use std::fmt;
use std::time::Duration;

use redis::ConnectionAddr;
use redis::IntoConnectionInfo as _;

use crate::error::{Backend, Result, StoreError};
use crate::types::InvalidField;

/// How to reach Redis. `Debug` shows no passwords.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisConfig {
    /// One address for a single node, several for nodes of one cluster:
    /// `redis://[user:password@]host[:port][/database]`, `rediss://` with TLS. `redis+cluster://` names a
    /// cluster by one of its nodes, `redis+sentinel://host[:port]/NAME` the primary `NAME` that
    /// sentinels watch (all addresses are sentinels then).
    pub nodes: Vec<String>,
    /// What the names of everything begin with. Default `recsys`.
    pub prefix: String,
    /// How long to wait for an answer, and twice as long where a connection has to be made. Default 200 ms.
    pub response_timeout: Duration,
    /// How long to wait for a connection. Default 500 ms.
    pub connection_timeout: Duration,
    /// How long Redis is left alone after five calls in a row were not answered. Default 2 s.
    pub pause: Duration,
}

/// What is at the addresses.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Single(redis::ConnectionInfo),
    Cluster(Vec<redis::ConnectionInfo>),
    Sentinel { sentinels: Vec<ConnectionAddr>, primary: String, login: Login },
}

/// How to sign in to the primary that sentinels name.
#[derive(Clone)]
pub(super) struct Login {
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("username", &self.username).finish_non_exhaustive()
    }
}

impl RedisConfig {
    /// Returns the default settings for Redis at these addresses.
    #[must_use]
    pub fn new<N: Into<String>>(nodes: impl IntoIterator<Item = N>) -> Self {
        Self {
            nodes: nodes.into_iter().map(Into::into).collect(),
            prefix: "recsys".to_owned(),
            response_timeout: Duration::from_millis(200),
            connection_timeout: Duration::from_millis(500),
            pause: Duration::from_secs(2),
        }
    }

    /// Sets what names begin with.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets how long Redis is left alone once it does not answer.
    #[must_use]
    pub fn with_pause(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    pub(super) fn place(&self) -> Result<Place> {
        let (Some(first), several) = (self.nodes.first(), self.nodes.len() > 1) else {
            return Err(invalid("names no node"));
        };
        let scheme = first.split_once("://").map_or("", |(scheme, _)| scheme);
        match scheme {
            "redis+sentinel" => self.sentinels(),
            "redis+cluster" => self.infos("redis+cluster", "redis").map(Place::Cluster),
            "redis" | "rediss" if several => self.infos(scheme, scheme).map(Place::Cluster),
            "redis" | "rediss" => {
                let mut infos = self.infos(scheme, scheme)?;
                infos.pop().map(Place::Single).ok_or_else(|| invalid("names no node"))
            }
            _ => Err(invalid(
                "must begin with redis://, rediss://, redis+cluster:// or redis+sentinel://",
            )),
        }
    }

    /// Reads every address, which must all have one scheme.
    fn infos(&self, scheme: &str, read_as: &str) -> Result<Vec<redis::ConnectionInfo>> {
        let info = |node: &String| {
            let rest = node.strip_prefix(scheme).and_then(|rest| rest.strip_prefix("://"));
            let rest = rest.ok_or_else(|| invalid("must have one scheme for all nodes"))?;
            let info = format!("{read_as}://{rest}").into_connection_info();
            // The words of the library could repeat the address with its password.
            info.map_err(|_| {
                invalid(&format!("has a part that is no address: {}", without_login(node)))
            })
        };
        self.nodes.iter().map(info).collect()
    }

    fn sentinels(&self) -> Result<Place> {
        let (mut sentinels, mut names) = (Vec::new(), Vec::new());
        let mut login = Login { username: None, password: None };
        for node in &self.nodes {
            let (address, name) = node.rsplit_once('/').ok_or_else(no_primary)?;
            names.push(name);
            let plain = Self { nodes: vec![address.to_owned()], ..self.clone() };
            for info in plain.infos("redis+sentinel", "redis")? {
                sentinels.push(info.addr().clone());
                let settings = info.redis_settings();
                login.username = login.username.or_else(|| settings.username().map(Into::into));
                login.password = login.password.or_else(|| settings.password().map(Into::into));
            }
        }
        names.dedup();
        match names.as_slice() {
            [name] if !name.is_empty() && !name.contains(':') => {
                Ok(Place::Sentinel { sentinels, primary: (*name).to_owned(), login })
            }
            _ => Err(no_primary()),
        }
    }
}

impl fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes: Vec<String> = self.nodes.iter().map(|node| without_login(node)).collect();
        f.debug_struct("RedisConfig")
            .field("nodes", &nodes)
            .field("prefix", &self.prefix)
            .field("response_timeout", &self.response_timeout)
            .field("connection_timeout", &self.connection_timeout)
            .field("pause", &self.pause)
            .finish()
    }
}

fn invalid(problem: &str) -> StoreError {
    StoreError::invalid(
        Backend::Redis,
        "redis.open",
        &InvalidField::new("redis", problem.to_owned()),
    )
}

fn no_primary() -> StoreError {
    invalid(
        "must name one primary that the sentinels watch, as in redis+sentinel://host:26379/main",
    )
}

/// Returns an address without user and password.
fn without_login(node: &str) -> String {
    let (scheme, rest) = node.split_once("://").unwrap_or(("", node));
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    format!("{scheme}://{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(nodes: &[&str]) -> Result<Place> {
        RedisConfig::new(nodes.iter().copied()).place()
    }

    #[test]
    fn addresses_say_what_they_lead_to() {
        assert!(matches!(place(&["redis://127.0.0.1:6379"]), Ok(Place::Single(_))));
        assert!(matches!(place(&["rediss://cache.example.com/2"]), Ok(Place::Single(_))));
        let cluster = place(&["redis://a:7000", "redis://b:7001"]);
        assert!(matches!(cluster, Ok(Place::Cluster(nodes)) if nodes.len() == 2));
        assert!(matches!(place(&["redis+cluster://a:7000"]), Ok(Place::Cluster(_))));
        let sentinel =
            place(&["redis+sentinel://:pw@a:26379/main", "redis+sentinel://b:26379/main"]);
        let Ok(Place::Sentinel { sentinels, primary, login }) = sentinel else { unreachable!() };
        assert_eq!((sentinels.len(), primary.as_str()), (2, "main"));
        assert_eq!(login.password.as_deref(), Some("pw"));
    }

    #[test]
    fn wrong_addresses_are_refused_without_showing_passwords() {
        let wrong: [&[&str]; 6] = [
            &[],
            &["http://a"],
            &["redis://user:hunter2@a:notaport"],
            &["redis://a", "rediss://user:hunter2@b"],
            &["redis+sentinel://:hunter2@a:26379"],
            &["redis+sentinel://a/one", "redis+sentinel://b/two"],
        ];
        for nodes in wrong {
            let error = place(nodes).unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        let shown = format!("{:?}", RedisConfig::new(["redis://user:hunter2@a:6379/1"]));
        assert!(shown.contains("redis://a:6379/1") && !shown.contains("hunter2"));
    }
}

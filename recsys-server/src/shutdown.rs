//! One signal that everybody in the process can wait for.

use std::future::Future;

use tokio::sync::watch;

/// A shutdown that has not happened yet, or has. Clones are the same shutdown.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Sender<bool>);

impl Shutdown {
    /// Creates a shutdown that has not happened.
    pub fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Lets it happen; a second time changes nothing.
    pub fn begin(&self) {
        self.0.send_replace(true);
    }

    /// Tells whether it has happened.
    pub fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when it happens, at once if it has. The future owns what it needs.
    pub fn begun(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut state = self.0.subscribe();
        async move {
            // An error means that no handle is left: nobody can begin it any more, and whoever
            // waits has to end as well.
            let _ = state.wait_for(|begun| *begun).await;
        }
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns when the process is asked to end: Ctrl-C, or SIGTERM on Unix.
pub async fn requested() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signals) => {
                signals.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everybody_hears_of_it_also_afterwards() {
        let shutdown = Shutdown::new();
        let early = tokio::spawn(shutdown.begun());
        shutdown.clone().begin();
        early.await.unwrap();
        shutdown.begun().await;
    }
}

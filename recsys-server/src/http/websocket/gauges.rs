//! How much is going on over WebSocket.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Counters of the connections, for metrics to read.
#[derive(Debug, Default)]
pub struct SocketGauges {
    connections: AtomicU64,
    subscriptions: AtomicU64,
    dropped: AtomicU64,
}

/// Counts one connection or subscription while it lives.
#[derive(Debug)]
pub(super) struct Counted {
    gauges: Arc<SocketGauges>,
    gauge: fn(&SocketGauges) -> &AtomicU64,
}

impl SocketGauges {
    /// Returns how many connections are open.
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    /// Returns how many subscriptions are under way.
    pub fn subscriptions(&self) -> u64 {
        self.subscriptions.load(Ordering::Relaxed)
    }

    /// Returns how many connections were closed since the start because the client took nothing.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    pub(super) fn drop_one(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn connection(self: &Arc<Self>) -> Counted {
        Counted::new(self, |gauges| &gauges.connections)
    }

    pub(super) fn subscription(self: &Arc<Self>) -> Counted {
        Counted::new(self, |gauges| &gauges.subscriptions)
    }
}

impl Counted {
    fn new(gauges: &Arc<SocketGauges>, gauge: fn(&SocketGauges) -> &AtomicU64) -> Self {
        gauge(gauges).fetch_add(1, Ordering::Relaxed);
        Self { gauges: Arc::clone(gauges), gauge }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        (self.gauge)(&self.gauges).fetch_sub(1, Ordering::Relaxed);
    }
}

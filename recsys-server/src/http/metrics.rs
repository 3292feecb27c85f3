//! What the process counts, as Prometheus reads it.

use std::{net::IpAddr, sync::OnceLock, time::Duration};

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use ipnet::IpNet;
use metrics::{counter, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use recsys_graphql::{ClientAddress, Code};
use recsys_store::engine::HitsAndMisses;

use super::{Gateway, error::HttpError};

/// Upper ends of the buckets of durations, in seconds.
const BUCKETS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];
/// How often durations that nobody has asked for are summed up, so that they do not pile up.
const UPKEEP: Duration = Duration::from_secs(5);
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Headers of a proxy that says for whom it asks.
const FORWARDED: [HeaderName; 2] = [header::FORWARDED, HeaderName::from_static("x-forwarded-for")];

/// Returns what renders the metrics of the process. The first call begins to record them; where the
/// program records them in another way there is nothing to render.
pub(crate) fn recorder() -> Option<PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let install = || {
        let builder = PrometheusBuilder::new().set_buckets(&BUCKETS).ok()?;
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).ok()?;
        Some(handle)
    };
    RECORDER.get_or_init(install).clone()
}

/// Sums up what was recorded, for ever.
pub(crate) async fn keep_up(recorder: PrometheusHandle) {
    loop {
        tokio::time::sleep(UPKEEP).await;
        recorder.run_upkeep();
    }
}

/// Answers with all metrics, if the client is in a network that may see them. They name tenants.
pub(super) async fn page(
    State(gateway): State<Gateway>,
    Extension(address): Extension<ClientAddress>,
    headers: HeaderMap,
) -> Result<Response, HttpError> {
    // A proxy on this machine that is not known as one would lend everybody its address.
    let through_a_stranger =
        gateway.proxies.is_empty() && FORWARDED.iter().any(|name| headers.contains_key(name));
    if through_a_stranger || !is_within(address.0, &gateway.metrics_from) {
        let error = HttpError::new(StatusCode::FORBIDDEN, "metrics are not for this address");
        return Err(error.with_code(Code::Forbidden));
    }
    let Some(recorder) = recorder() else {
        let error = HttpError::new(StatusCode::NOT_FOUND, "metrics are not recorded here");
        return Err(error.with_code(Code::NotFound));
    };
    observe(&gateway);
    Ok(([(header::CONTENT_TYPE, TEXT)], recorder.render()).into_response())
}

fn is_within(address: IpAddr, networks: &[IpNet]) -> bool {
    networks.iter().any(|network| network.contains(&address))
}

/// Takes over what is counted elsewhere.
#[expect(clippy::cast_precision_loss, reason = "gauges are floats")]
fn observe(gateway: &Gateway) {
    let sockets = gateway.sockets.gauges();
    gauge!("websocket_connections").set(sockets.connections() as f64);
    gauge!("active_subscriptions").set(sockets.subscriptions() as f64);
    counter!("websocket_connections_dropped_total").absolute(sockets.dropped());
    gateway.meter.models(&gateway.engine);
    let outbox = gateway.engine.outbox_statistics();
    gauge!("outbox_pending").set(outbox.pending as f64);
    gauge!("outbox_lag_seconds").set(outbox.lag);
    let caches = gateway.engine.cache_statistics();
    for (cache, HitsAndMisses { hits, misses }) in [
        ("recommendations", caches.recommendations),
        ("recommendations_shared", caches.second_level),
        ("similar", caches.similar),
        ("users", caches.users),
        ("items", caches.items),
    ] {
        counter!("cache_hits_total", "cache" => cache).absolute(hits);
        counter!("cache_misses_total", "cache" => cache).absolute(misses);
    }
}

//! Where a request comes from: the peer, or what trusted proxies say of it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::HeaderMap,
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;
use recsys_graphql::ClientAddress;

use super::Gateway;

/// Notes the address of the client.
pub(super) async fn find(
    State(gateway): State<Gateway>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    // Without a socket, as where the routes are mounted elsewhere, all share one address.
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    let address = client(peer, request.headers(), &gateway.proxies);
    request.extensions_mut().insert(ClientAddress(address));
    next.run(request).await
}

/// Returns the address of the client behind `peer`.
///
/// Each trusted proxy adds, at the end, whom it was asked by. So the last address that is no trusted proxy's is
/// the client's; what stands before it anybody may have written.
fn client(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let trusted = |address: &IpAddr| proxies.iter().any(|proxy| proxy.contains(address));
    let mut client = peer.to_canonical();
    if !trusted(&client) {
        return client;
    }
    let named = if headers.contains_key("x-forwarded-for") {
        addresses(headers, "x-forwarded-for", |entry| Some(entry))
    } else {
        addresses(headers, "forwarded", forwarded_for)
    };
    for address in named.into_iter().rev() {
        // What cannot be read was not written by a proxy of ours.
        let Some(address) = address else { break };
        client = address;
        if !trusted(&client) {
            break;
        }
    }
    client
}

/// Returns the addresses in all headers of a name, in their order.
fn addresses(
    headers: &HeaderMap,
    name: &str,
    part: impl Fn(&str) -> Option<&str>,
) -> Vec<Option<IpAddr>> {
    let lines = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or_default());
    lines.flat_map(|line| line.split(',')).map(|entry| address(part(entry)?)).collect()
}

/// Returns the value of `for=` in one entry of a `Forwarded` header.
fn forwarded_for(entry: &str) -> Option<&str> {
    entry.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for").then_some(value.trim_matches('"'))
    })
}

/// Reads an address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let plain = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = plain.parse().or_else(|_| text.parse().map(|address: SocketAddr| address.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(peer: &str, header: (&'static str, &str)) -> String {
        let proxies = ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        let mut headers = HeaderMap::new();
        headers.insert(header.0, header.1.parse().unwrap());
        client(peer.parse().unwrap(), &headers, &proxies).to_string()
    }

    #[test]
    fn a_stranger_is_not_believed() {
        assert_eq!(found("192.0.2.1", ("x-forwarded-for", "198.51.100.7")), "192.0.2.1");
        assert_eq!(found("192.0.2.1", ("forwarded", "for=198.51.100.7")), "192.0.2.1");
    }

    #[test]
    fn behind_trusted_proxies_the_last_stranger_is_the_client() {
        for (named, client) in [
            ("198.51.100.7", "198.51.100.7"),
            ("203.0.113.9, 198.51.100.7", "198.51.100.7"),
            ("203.0.113.9, 198.51.100.7, 10.1.2.3", "198.51.100.7"),
            ("198.51.100.7:4711", "198.51.100.7"),
            ("2001:db8::7", "2001:db8::7"),
            ("nonsense", "10.0.0.1"),
            ("198.51.100.7, nonsense", "10.0.0.1"),
            ("10.9.9.9", "10.9.9.9"),
        ] {
            assert_eq!(found("10.0.0.1", ("x-forwarded-for", named)), client, "{named}");
        }
        let named = "for=203.0.113.9, for=\"[2001:db8::7]:4711\";proto=https";
        assert_eq!(found("::1", ("forwarded", named)), "2001:db8::7");
    }
}

//! Which pages may connect.
//!
//! Browsers let the scripts of any site open a WebSocket to any other, without asking the server
//! first as they do for HTTP; all they do is to say where the script comes from.

use axum::http::{HeaderMap, HeaderValue, header};

/// Tells whether the request comes from no page, from a page of this server, or from one of
/// `allowed`.
pub(super) fn is_allowed(headers: &HeaderMap, allowed: &[String]) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else { return true };
    let Some(origin) = text(origin).filter(|_| origins.next().is_none()) else { return false };
    let host = headers.get(header::HOST).and_then(text);
    let own = host.is_some_and(|host| is_same(origin, host));
    own || allowed.iter().any(|one| one.trim_end_matches('/').eq_ignore_ascii_case(origin))
}

fn text(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok()
}

/// Compares host and port; the port may be left out where it is the scheme's own.
fn is_same(origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    let bare = |name: &str| name.strip_suffix(port).unwrap_or(name).to_ascii_lowercase();
    bare(authority) == bare(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(origin: Option<&'static str>, host: &'static str, allowed: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static(host));
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        let allowed: Vec<String> = allowed.iter().map(|&origin| origin.to_owned()).collect();
        is_allowed(&headers, &allowed)
    }

    #[test]
    fn programs_and_own_pages_connect() {
        assert!(check(None, "shop.org", &[]));
        for (origin, host) in [
            ("http://127.0.0.1:8000", "127.0.0.1:8000"),
            ("https://Shop.org", "shop.org"),
            ("https://shop.org", "shop.org:443"),
            ("http://[::1]:8000", "[::1]:8000"),
        ] {
            assert!(check(Some(origin), host, &[]), "{origin} {host}");
        }
    }

    #[test]
    fn pages_of_other_sites_need_permission() {
        for origin in
            ["https://evil.org", "https://shop.org.evil.org", "http://shop.org:81", "null"]
        {
            assert!(!check(Some(origin), "shop.org", &["https://app.shop.org"]), "{origin}");
        }
        assert!(check(Some("https://app.shop.org"), "api.shop.org", &["https://app.shop.org/"]));
    }
}

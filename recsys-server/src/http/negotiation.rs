//! Which of the two media types the answer has.

use axum::http::{HeaderMap, HeaderValue, header};

/// The media type of a GraphQL answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// `application/json`: every well-formed request is answered with 200.
    Json,
    /// `application/graphql-response+json`: the status says whether the request was executed.
    GraphqlResponse,
}

impl Format {
    /// Returns the format that the `Accept` headers ask for most, nothing if it is neither.
    pub(super) fn accepted(headers: &HeaderMap) -> Option<Self> {
        let mut best: Option<(u32, Self)> = None;
        let mut asked = false;
        for range in headers.get_all(header::ACCEPT) {
            for range in range.to_str().unwrap_or_default().split(',') {
                asked = true;
                let Some((quality, format)) = parse(range) else { continue };
                if quality > 0 && best.is_none_or(|(most, _)| quality > most) {
                    best = Some((quality, format));
                }
            }
        }
        match best {
            Some((_, format)) => Some(format),
            None => (!asked).then_some(Self::Json),
        }
    }

    pub(super) fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        })
    }
}

/// Returns the format that a media range admits, and its quality in thousandths.
fn parse(range: &str) -> Option<(u32, Format)> {
    let mut parts = range.split(';').map(str::trim);
    let format = match parts.next()?.to_ascii_lowercase().as_str() {
        "application/graphql-response+json" => Format::GraphqlResponse,
        "application/json" | "application/*" | "*/*" => Format::Json,
        _ => return None,
    };
    let quality = parts.find_map(|part| part.strip_prefix("q=").map(str::parse::<f64>));
    let quality = quality.map_or(1.0, |quality| quality.unwrap_or(0.0)).clamp(0.0, 1.0);
    Some(((quality * 1e3) as u32, format))
}

/// Tells whether the body is JSON in UTF-8.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(header::CONTENT_TYPE).map(HeaderValue::to_str) else {
        return false;
    };
    let mut parts = value.split(';').map(|part| part.trim().to_ascii_lowercase());
    let json = parts.next().as_deref() == Some("application/json");
    let charset = parts.find_map(|part| part.strip_prefix("charset=").map(str::to_owned));
    json && charset.is_none_or(|charset| charset.trim_matches('"') == "utf-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(value: &str) -> Option<Format> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, value.parse().unwrap());
        Format::accepted(&headers)
    }

    #[test]
    fn the_most_wanted_of_the_two_formats_is_taken() {
        let (json, graphql) = (Some(Format::Json), Some(Format::GraphqlResponse));
        assert_eq!(Format::accepted(&HeaderMap::new()), json);
        assert_eq!(accept("*/*"), json);
        assert_eq!(accept("application/graphql-response+json"), graphql);
        assert_eq!(accept("application/graphql-response+json, application/json;q=0.9"), graphql);
        assert_eq!(accept("application/graphql-response+json;q=0.5, application/json"), json);
        assert_eq!(accept("text/html, application/*;q=0.1"), json);
        assert_eq!(accept("text/html"), None);
        assert_eq!(accept("application/json;q=0"), None);
    }

    #[test]
    fn bodies_are_json_in_utf_8() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, value.parse().unwrap());
            is_json(&headers)
        };
        assert!(with("application/json"));
        assert!(with("Application/JSON; charset=UTF-8"));
        assert!(!with("application/json; charset=latin1"));
        assert!(!with("text/plain"));
        assert!(!with("multipart/form-data"));
        assert!(!is_json(&HeaderMap::new()));
    }
}

//! The parameters of a GraphQL request, out of a JSON body or a query string.

use async_graphql::{Request, Variables};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::persisted;

/// The parameters as a client sends them; unknown ones are ignored.
#[derive(Deserialize)]
pub(super) struct Parameters {
    query: Option<String>,
    #[serde(rename = "operationName")]
    operation_name: Option<String>,
    variables: Option<Map<String, Value>>,
    extensions: Option<Map<String, Value>>,
}

/// The parameters of a GET request, whose maps are JSON texts.
#[derive(Deserialize)]
pub(super) struct UrlParameters {
    query: Option<String>,
    #[serde(rename = "operationName")]
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

impl Parameters {
    /// Reads a JSON object. The error is a sentence for the client.
    pub(super) fn from_json(body: &[u8]) -> Result<Self, &'static str> {
        // serde would take an array for the fields in their order; a batch is not supported.
        if body.trim_ascii_start().first() != Some(&b'{') {
            return Err("the body must be one JSON object");
        }
        serde_json::from_slice(body).map_err(|error| {
            if error.is_data() {
                "query and operationName must be strings, variables and extensions objects"
            } else {
                "the body is not valid JSON"
            }
        })
    }

    /// Returns the request to execute. The error is a sentence for the client.
    pub(super) fn into_request(self) -> Result<Request, &'static str> {
        let query = self.query.filter(|text| !text.trim().is_empty()).unwrap_or_default();
        let variables = Variables::from_json(Value::Object(self.variables.unwrap_or_default()));
        let mut request = Request::new(query).variables(variables);
        for (name, value) in self.extensions.unwrap_or_default() {
            let value =
                async_graphql::Value::from_json(value).map_err(|_| "extensions is invalid")?;
            request.extensions.insert(name, value);
        }
        if request.query.is_empty() && !persisted::is_referred_to(&request) {
            return Err("query is missing");
        }
        Ok(match self.operation_name.filter(|name| !name.is_empty()) {
            Some(name) => request.operation_name(name),
            None => request,
        })
    }
}

impl TryFrom<UrlParameters> for Parameters {
    type Error = &'static str;

    fn try_from(url: UrlParameters) -> Result<Self, &'static str> {
        Ok(Self {
            query: url.query,
            operation_name: url.operation_name,
            variables: map(url.variables, "variables must be a JSON object")?,
            extensions: map(url.extensions, "extensions must be a JSON object")?,
        })
    }
}

fn map(
    text: Option<String>,
    wrong: &'static str,
) -> Result<Option<Map<String, Value>>, &'static str> {
    match text.filter(|text| !text.is_empty()) {
        Some(text) => serde_json::from_str(&text).map_err(|_| wrong),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(body: &str) -> &'static str {
        let parsed = Parameters::from_json(body.as_bytes());
        parsed.and_then(Parameters::into_request).map(|_| ()).unwrap_err()
    }

    #[test]
    fn wrong_bodies_are_told_what_is_wrong() {
        for body in ["", "[]", "[{\"query\":\"{a}\"}]", "\"{a}\"", "null"] {
            assert_eq!(problem(body), "the body must be one JSON object", "{body}");
        }
        assert_eq!(problem("{"), "the body is not valid JSON");
        assert_eq!(problem("{}"), "query is missing");
        assert_eq!(problem(r#"{"query": " "}"#), "query is missing");
        for body in [r#"{"query":1}"#, r#"{"query":"{a}","variables":[]}"#] {
            assert!(problem(body).contains("must be strings"), "{body}");
        }
    }

    #[test]
    fn null_and_unknown_parameters_are_as_good_as_none() {
        let body = br#"{"query":"{a}","operationName":null,"variables":null,"id":7}"#;
        let request = Parameters::from_json(body).unwrap().into_request().unwrap();
        assert_eq!((request.query.as_str(), request.operation_name), ("{a}", None));
    }
}

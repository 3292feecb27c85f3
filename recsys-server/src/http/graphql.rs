//! GraphQL over HTTP, GET and POST.
//!
//! One request is one operation: no batches, no uploads, no mutations over GET and no body that a
//! browser would send to a foreign site without asking first.

use async_graphql::{
    Request, Response as GraphqlResponse, ServerError, Value, parser::types::OperationType,
};
use axum::{
    Extension, Json,
    body::{Body, to_bytes},
    extract::{
        Query, State, WebSocketUpgrade, rejection::QueryRejection,
        ws::rejection::WebSocketUpgradeRejection,
    },
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::future::{BoxFuture, FutureExt as _};
use recsys_graphql::{Caller, ClientAddress, Code, LimitReport, RequestId, gate};
use serde::Serialize;
use tokio::time::timeout;

use super::{
    BODY_LIMIT, Gateway,
    body::{Parameters, UrlParameters},
    error::HttpError,
    negotiation::{Format, is_json},
    principal, rate_limit, websocket,
};

/// Answers a query in the URL, or opens a WebSocket.
pub(super) async fn by_get(
    State(gateway): State<Gateway>,
    Extension(id): Extension<RequestId>,
    Extension(address): Extension<ClientAddress>,
    headers: HeaderMap,
    parameters: Result<Query<UrlParameters>, QueryRejection>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, HttpError> {
    if websocket::is_wanted(&headers) {
        return Ok(websocket::open(gateway, id, address, &headers, upgrade));
    }
    let format = format(&headers)?;
    let Query(url) =
        parameters.map_err(|_| HttpError::bad_request("the query string cannot be read"))?;
    let request = Parameters::try_from(url).and_then(Parameters::into_request);
    let request = request.map_err(HttpError::bad_request)?;
    let executed = execute(gateway, id, address, &headers, request, &[OperationType::Query]).await;
    executed.map(|executed| executed.answer(format))
}

/// Answers a query or a mutation in a JSON body.
pub(super) async fn by_post(
    State(gateway): State<Gateway>,
    Extension(id): Extension<RequestId>,
    Extension(address): Extension<ClientAddress>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, HttpError> {
    let format = format(&headers)?;
    if !is_json(&headers) {
        let message = "the Content-Type must be application/json, in UTF-8";
        return Err(HttpError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    let body = to_bytes(body, BODY_LIMIT).await.map_err(|_| {
        let message = format!("the body must have at most {BODY_LIMIT} bytes");
        HttpError::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    })?;
    let request = Parameters::from_json(&body).and_then(Parameters::into_request);
    let request = request.map_err(HttpError::bad_request)?;
    let kinds = [OperationType::Query, OperationType::Mutation, OperationType::Subscription];
    let executed = execute(gateway, id, address, &headers, request, &kinds).await;
    executed.map(|executed| executed.answer(format))
}

fn format(headers: &HeaderMap) -> Result<Format, HttpError> {
    Format::accepted(headers).ok_or_else(|| {
        let message = "answers are application/graphql-response+json or application/json";
        HttpError::new(StatusCode::NOT_ACCEPTABLE, message)
    })
}

/// Finds the text of a request that refers to one, and returns what kind of operation it means. What the gate
/// does not let through counts as a query: the schema says what is wrong with it, and charges it.
pub(super) fn operation(
    gateway: &Gateway,
    request: &mut Request,
) -> Result<OperationType, ServerError> {
    gateway.persisted.resolve(request, &gateway.limits)?;
    let name = request.operation_name.clone();
    let document = gate::admit(request, &gateway.limits);
    let operation = document.and_then(|document| gate::operation(document, name.as_deref()));
    Ok(operation.map_or(OperationType::Query, |operation| operation.ty))
}

/// A response, and what the limits said of its request.
struct Executed {
    response: GraphqlResponse,
    report: LimitReport,
}

/// Executes a request whose method allows operations of these `kinds`.
async fn execute(
    gateway: Gateway,
    id: RequestId,
    address: ClientAddress,
    headers: &HeaderMap,
    mut request: Request,
    kinds: &[OperationType],
) -> Result<Executed, HttpError> {
    let report = LimitReport::default();
    let caller = principal::caller(headers, &gateway.tokens);
    let kind = operation(&gateway, &mut request);
    if kind.as_ref().is_ok_and(|kind| !kinds.contains(kind)) {
        return Err(HttpError::post_only());
    }
    let response = match (caller, kind) {
        (Err(error), _) => refuse(&gateway, Caller::anonymous(), address, &report, error).await,
        (Ok(caller), Err(error)) => refuse(&gateway, caller, address, &report, error).await,
        (Ok(caller), Ok(OperationType::Subscription)) => {
            let message = "subscriptions are answered over WebSocket (graphql-transport-ws), here";
            let error = Code::BadUserInput.server_error(message);
            refuse(&gateway, caller, address, &report, error).await
        }
        (Ok(caller), Ok(kind)) => {
            let request = request.data(caller).data(id).data(address).data(report.clone());
            run(gateway, kind, request).await
        }
    };
    Ok(Executed { response, report })
}

/// Charges a request that does not get to the schema; where that is too much, this is what is answered.
pub(super) async fn refuse(
    gateway: &Gateway,
    caller: Caller,
    address: ClientAddress,
    report: &LimitReport,
    error: ServerError,
) -> GraphqlResponse {
    let charged = gateway.rates.charge_refused(caller, Some(address), report).await;
    GraphqlResponse::from_errors(vec![charged.err().unwrap_or(error)])
}

/// Executes a query or a mutation for the caller in its data. A mutation begins with the call, and goes
/// on to its end also when nobody waits for it: a client that goes away cancels the rest.
pub(super) fn run(
    gateway: Gateway,
    kind: OperationType,
    request: Request,
) -> BoxFuture<'static, GraphqlResponse> {
    let refused =
        |code: Code, message| GraphqlResponse::from_errors(vec![code.server_error(message)]);
    if kind != OperationType::Mutation {
        let tenant = principal::found(&request).tenant;
        return async move {
            let running = gateway.schema.execute(request);
            let late = || {
                gateway.meter.cut(tenant, gateway.patience);
                refused(Code::Timeout, "the query took too long")
            };
            timeout(gateway.patience, running).await.unwrap_or_else(|_| late())
        }
        .boxed();
    }
    let running = tokio::spawn(async move { gateway.schema.execute(request).await });
    async move {
        match running.await {
            Ok(response) => response,
            Err(ended) => match ended.try_into_panic() {
                Ok(cause) => std::panic::resume_unwind(cause),
                Err(_) => refused(Code::Unavailable, "the server is shutting down"),
            },
        }
    }
    .boxed()
}

/// A response without `data` where nothing was executed, as the specification has it.
#[derive(Serialize)]
pub(super) struct Answer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
}

impl<'a> Answer<'a> {
    /// The answer of an operation that was executed.
    pub(super) fn executed(response: &'a GraphqlResponse) -> Self {
        Self { data: Some(&response.data), errors: &response.errors }
    }
}

/// Tells whether nothing was executed.
pub(super) fn is_refused(response: &GraphqlResponse) -> bool {
    let errors = &response.errors;
    response.data == Value::Null
        && !errors.is_empty()
        && errors.iter().all(|error| error.path.is_empty())
}

impl Executed {
    fn answer(&self, format: Format) -> Response {
        let mut answer = answer(format, &self.response);
        rate_limit::describe(self.report.limits(), answer.headers_mut());
        answer
    }
}

fn answer(format: Format, response: &GraphqlResponse) -> Response {
    let errors = &response.errors;
    let refused = is_refused(response);
    let status = if rate_limit::refuses(response) {
        StatusCode::TOO_MANY_REQUESTS
    } else if refused {
        refusal_status(format, errors)
    } else {
        StatusCode::OK
    };
    let body = Answer { data: (!refused).then_some(&response.data), errors };
    let mut answer = (status, Json(body)).into_response();
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, format.content_type());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    if let Some(seconds) = rate_limit::retry_after(response) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    answer
}

/// Returns the status of a request that was not executed.
fn refusal_status(format: Format, errors: &[ServerError]) -> StatusCode {
    let has = |code: Code| errors.iter().any(|error| Code::of(error) == Some(code.as_str()));
    if has(Code::Unauthenticated) {
        StatusCode::UNAUTHORIZED
    } else if has(Code::InternalServerError) {
        StatusCode::INTERNAL_SERVER_ERROR
    } else if has(Code::Unavailable) || has(Code::Timeout) {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        match format {
            Format::Json => StatusCode::OK,
            Format::GraphqlResponse => StatusCode::BAD_REQUEST,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use recsys_graphql::{Limits, Meter, RateLimits, Rates, build_schema};
    use recsys_store::{
        Engine, MemoryStorage, Storage,
        memory::MemoryLimiter,
        types::{NewTenant, NewUser, Role, Tier},
    };

    use super::*;
    use crate::auth::{
        jwt::{Claims, TokenKeys},
        secret::SigningKeys,
    };
    use crate::http::PersistedQueries;
    use crate::vectors::{VectorOptions, Vectors};

    const KINDS: [OperationType; 2] = [OperationType::Query, OperationType::Mutation];
    const HERE: ClientAddress = ClientAddress(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    /// A gateway over a tenant with one user, and the header that proves to be that user.
    async fn gateway(patience: Duration) -> (Gateway, HeaderMap) {
        let storage = Arc::new(MemoryStorage::new());
        let shop = NewTenant { name: "Shop".into(), domain: "shop".into(), tier: Tier::Basic };
        let tenant = storage.tenants().create(shop).await.unwrap();
        let ada = NewUser {
            email: "ada@example.org".into(),
            username: "ada".into(),
            password_hash: None,
            role: Role::User,
            external_id: None,
        };
        let ada = storage.tenant(tenant.id).users.create(ada).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let keys = SigningKeys::load_or_create(&folder.path().join("secret.key")).unwrap();
        let tokens = Arc::new(TokenKeys::new(&keys));
        let token = tokens.sign(&Claims::new(&ada, &tenant, chrono::Utc::now()));
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        let engine = Engine::builder(storage).build().unwrap();
        let schema = build_schema(engine.clone(), None, Limits::default());
        let limiter = Arc::new(MemoryLimiter::new(100));
        let rates = Arc::new(Rates::new(engine.clone(), limiter, RateLimits::default()));
        let sockets = Arc::new(websocket::Sockets::new(websocket::SocketSettings::default()));
        let proxies = Arc::default();
        let limits = Limits::default();
        let (metrics_from, meter) = (Arc::default(), Meter::default());
        let gateway = Gateway {
            schema,
            tokens,
            limits,
            patience,
            sockets,
            rates,
            proxies,
            metrics_from,
            meter,
            engine,
            sharing: None,
            vectors: Vectors::open(&VectorOptions::default(), None).unwrap(),
            persisted: PersistedQueries::default(),
            origins: Arc::default(),
        };
        (gateway, headers)
    }

    #[tokio::test]
    async fn a_query_that_takes_too_long_is_given_up() {
        let (gateway, headers) = gateway(Duration::ZERO).await;
        let meter = gateway.meter.clone();
        let request = Request::new("{ recommendations { totalCount } }");
        let id = RequestId("test".into());
        let response =
            execute(gateway, id, HERE, &headers, request, &KINDS).await.unwrap().response;
        assert_eq!(Code::of(&response.errors[0]), Some("TIMEOUT"));
        assert_eq!((meter.figures().requests, meter.figures().error_rate), (1, 1.0));
        let answer = answer(Format::Json, &response);
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()[header::RETRY_AFTER], "1");
    }

    #[tokio::test]
    async fn a_mutation_goes_on_to_its_end() {
        let (gateway, headers) = gateway(Duration::ZERO).await;
        let request = Request::new(r#"mutation { createItem(input: { title: "x" }) { title } }"#);
        let id = RequestId("test".into());
        let response =
            execute(gateway, id, HERE, &headers, request, &KINDS).await.unwrap().response;
        assert!(response.errors.is_empty(), "{:?}", response.errors);
    }
}

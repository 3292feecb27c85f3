//! A server for one test, and a client for it.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use recsys_server::{
    app::{App, AppOptions},
    http::websocket::SocketSettings,
};
use recsys_store::types::{NewTenant, Tenant, Tier};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use tracing::Level;

/// The password of every user that the tests register.
pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct Server {
    pub(crate) app: App,
    pub(crate) folder: TempDir,
    router: Router,
}

/// A user who is signed in.
pub(crate) struct Account {
    pub(crate) token: String,
    pub(crate) refresh: String,
    pub(crate) id: String,
}

/// An answer to one HTTP request.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(SocketSettings::default()).await
    }

    pub(crate) async fn with(sockets: SocketSettings) -> Self {
        Self::open(|options| options.sockets = sockets).await
    }

    /// A server whose options are changed before it is opened.
    pub(crate) async fn open(change: impl FnOnce(&mut AppOptions)) -> Self {
        // Shown for a test that fails: the causes that clients do not see.
        let _ = tracing_subscriber::fmt().with_test_writer().with_max_level(Level::WARN).try_init();
        let folder = tempfile::tempdir().unwrap();
        let mut options = AppOptions::new(folder.path().join("data"));
        change(&mut options);
        let app = App::open(&options).await.unwrap();
        Self::over(app, folder)
    }

    /// A server for an application that is open already.
    pub(crate) fn over(app: App, folder: TempDir) -> Self {
        Self { router: app.router(), app, folder }
    }

    /// Creates a tenant; `domain` is also its name.
    pub(crate) async fn tenant(&self, domain: &str) -> Tenant {
        let new = NewTenant { name: domain.into(), domain: domain.into(), tier: Tier::Basic };
        self.app.engine().storage().tenants().create(new).await.unwrap()
    }

    /// Registers `name@example.org` in a tenant.
    pub(crate) async fn register(&self, domain: &str, name: &str) -> Account {
        let input = json!({
            "email": format!("{name}@example.org"),
            "username": name,
            "password": PASSWORD,
            "tenantDomain": domain,
        });
        let answer = self.execute(None, REGISTER, json!({ "input": input })).await;
        account(&answer.data()["register"])
    }

    /// A server with the tenant `shop` and its administrator.
    pub(crate) async fn with_admin() -> (Self, Account) {
        let server = Self::start().await;
        server.tenant("shop").await;
        let admin = server.register("shop", "ada").await;
        (server, admin)
    }

    /// Creates an item for each title and returns their ids.
    pub(crate) async fn items(&self, account: &Account, titles: &[&str]) -> Vec<String> {
        let inputs: Vec<Value> = titles.iter().map(|title| json!({ "title": title })).collect();
        let query = "mutation($inputs: [ItemInput!]!) { createItems(inputs: $inputs) { id } }";
        let answer = self.execute(Some(account), query, json!({ "inputs": inputs })).await;
        ids(&answer.data()["createItems"])
    }

    /// Executes an operation that should succeed and returns its data.
    pub(crate) async fn ask(&self, account: &Account, query: &str) -> Value {
        self.execute(Some(account), query, Value::Null).await.data()
    }

    /// Executes an operation that should fail and returns the code and message of its error.
    pub(crate) async fn fail(&self, account: Option<&Account>, query: &str) -> (String, String) {
        self.execute(account, query, Value::Null).await.error()
    }

    pub(crate) async fn execute(
        &self,
        account: Option<&Account>,
        query: &str,
        variables: Value,
    ) -> Answer {
        self.execute_as(account.map(|account| account.token.as_str()), query, variables).await
    }

    /// Executes an operation with any text as access token.
    pub(crate) async fn execute_as(
        &self,
        token: Option<&str>,
        query: &str,
        variables: Value,
    ) -> Answer {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let mut request =
            Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// Returns how an answer is compressed.
    pub(crate) async fn encoding(&self, request: Request<Body>) -> String {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let encoding = response.headers().get(header::CONTENT_ENCODING);
        encoding.map_or(String::new(), |value| value.to_str().unwrap().to_owned())
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// Returns the data of an answer without errors.
    pub(crate) fn data(&self) -> Value {
        let mut json = self.json();
        assert!(json.get("errors").is_none(), "{json}");
        json["data"].take()
    }

    /// Returns code and message of the only error.
    pub(crate) fn error(&self) -> (String, String) {
        let json = self.json();
        let errors = json["errors"].as_array().map_or(&[][..], Vec::as_slice);
        assert_eq!(errors.len(), 1, "{json}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&errors[0]["extensions"]["code"]), text(&errors[0]["message"]))
    }

    pub(crate) fn code(&self) -> String {
        self.error().0
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Reads an `AuthPayload` with the fields of [`REGISTER`].
pub(crate) fn account(payload: &Value) -> Account {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    Account {
        token: text(&payload["accessToken"]),
        refresh: text(&payload["refreshToken"]),
        id: text(&payload["user"]["id"]),
    }
}

/// Returns the `id` of each object in a list.
pub(crate) fn ids(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect()
}

const REGISTER: &str = "mutation($input: RegisterInput!) { register(input: $input) {
    accessToken refreshToken user { id } } }";

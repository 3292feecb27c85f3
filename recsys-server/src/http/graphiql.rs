//! The GraphiQL page. Its scripts come from a public server, so it needs a connection to the
//! internet; nothing else here does.

use async_graphql::http::GraphiQLSource;
use axum::response::Html;

pub(super) async fn page() -> Html<String> {
    Html(GraphiQLSource::build().endpoint("/graphql").title("recsys").finish())
}

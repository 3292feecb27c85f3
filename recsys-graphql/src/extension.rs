//! What happens around every request: the gate before it, codes on its errors after it.

use std::{
    any::TypeId,
    sync::{Arc, OnceLock},
    time::Duration,
};

use async_graphql::{
    Positioned, Request, Response, ServerError, ServerResult, ValidationResult, Variables,
    extensions::{
        Extension, ExtensionContext, ExtensionFactory, NextParseQuery, NextPrepareRequest,
        NextRequest, NextSubscribe, NextValidation,
    },
    parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection},
};
use async_trait::async_trait;
use futures_util::stream::{BoxStream, StreamExt as _};
use recsys_store::types::TenantId;
use tokio::time::Instant;
use uuid::Uuid;

use crate::{
    code::Code,
    context::{RequestId, Scope, from_host},
    error::Hidden,
    gate,
    limits::Limits,
    meter::{Answered, Status},
    rates::{ClientAddress, Cost, LimitReport, lengths},
    schema::Shared,
    subscription::Given,
};

/// Makes a [`PerRequest`] for each request.
pub(crate) struct Around(pub(crate) Arc<Shared>);

impl ExtensionFactory for Around {
    fn create(&self) -> Arc<dyn Extension> {
        let (name, about, field) = (Arc::default(), OnceLock::new(), OnceLock::new());
        Arc::new(PerRequest { shared: Arc::clone(&self.0), name, about, field })
    }
}

struct PerRequest {
    shared: Arc<Shared>,
    name: Arc<Name>,
    about: OnceLock<About>,
    /// The field at the root, once it is known to be one of the schema's.
    field: OnceLock<String>,
}

/// What is known of a request that was let in.
struct About {
    kind: OperationType,
    field: String,
    tenant: Option<TenantId>,
}

impl PerRequest {
    fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    fn measure(&self, errors: &[ServerError], elapsed: Duration) {
        let about = self.about.get();
        let failures = [Code::InternalServerError, Code::Unavailable, Code::Timeout];
        let failed = |error: &ServerError| {
            failures.iter().any(|code| Code::of(error) == Some(code.as_str()))
        };
        let status = if errors.iter().any(failed) {
            Status::Failed
        } else if errors.is_empty() {
            Status::Ok
        } else {
            Status::Refused
        };
        self.shared.meter.request(Answered {
            kind: about.map_or("none", |about| match about.kind {
                OperationType::Query => "query",
                OperationType::Mutation => "mutation",
                OperationType::Subscription => "subscription",
            }),
            name: self.field.get().cloned().unwrap_or_else(|| "none".to_owned()),
            tenant: about.and_then(|about| about.tenant),
            status,
            elapsed,
        });
    }
}

/// Returns the only field at the root of an operation, as written there.
fn root_field(operation: &OperationDefinition) -> String {
    match &operation.selection_set.node.items[..] {
        [Positioned { node: Selection::Field(field), .. }] => field.node.name.node.to_string(),
        _ => "several".to_owned(),
    }
}

/// The name of a request, made up when it is needed and the host has given none.
#[derive(Default)]
struct Name(OnceLock<String>);

impl Name {
    fn get(&self) -> &str {
        self.0.get_or_init(|| Uuid::new_v4().to_string())
    }

    /// Makes one error fit for a client: it has a code, and its hidden cause is in the log.
    fn finish(&self, error: &mut ServerError) {
        if let Some(hidden) = error.source::<Hidden>() {
            tracing::error!(request_id = self.get(), error = %hidden, "request failed");
            if let Some(extensions) = &mut error.extensions {
                extensions.set("requestId", self.get());
            }
        }
        if Code::of(error).is_none() {
            // Resolvers always give a code, so this is the executor speaking about a value that
            // it could not read: of an argument below a field, of the document otherwise.
            let below_a_field = !error.path.is_empty();
            let code =
                if below_a_field { Code::BadUserInput } else { Code::GraphqlValidationFailed };
            code.stamp(error);
        }
    }
}

#[async_trait]
impl Extension for PerRequest {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        let began = Instant::now();
        let mut response = next.run(ctx).await;
        response.errors.iter_mut().for_each(|error| self.name.finish(error));
        self.measure(&response.errors, began.elapsed());
        response
    }

    fn subscribe<'s>(
        &self,
        ctx: &ExtensionContext<'_>,
        stream: BoxStream<'s, Response>,
        next: NextSubscribe<'_>,
    ) -> BoxStream<'s, Response> {
        let name = Arc::clone(&self.name);
        let finish = move |mut response: Response| {
            response.errors.iter_mut().for_each(|error| name.finish(error));
            response
        };
        next.run(ctx, stream).map(finish).boxed()
    }

    async fn prepare_request(
        &self,
        ctx: &ExtensionContext<'_>,
        mut request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        if let Some(RequestId(id)) = from_host(&request.data) {
            self.name.0.get_or_init(|| id);
        }
        let name = request.operation_name.clone();
        let caller = from_host(&request.data).unwrap_or_default();
        let address: Option<ClientAddress> = from_host(&request.data);
        let lengths = lengths(&request.variables);
        // A subscription is charged at its beginning.
        let is_charged = request.data.get(&TypeId::of::<Given>()).is_none();
        let rates = self.shared.rates.as_ref().filter(|_| is_charged);
        let admitted = gate::admit(&mut request, self.limits()).and_then(|document| {
            let operation = gate::operation(document, name.as_deref())?;
            let cost = rates.map(|rates| Cost::of(document, operation, &lengths, rates.limits()));
            Ok((cost, operation.ty, root_field(operation)))
        });
        if let Some(rates) = rates {
            let known = admitted.as_ref().ok().and_then(|(cost, ..)| *cost);
            let cost = known.unwrap_or(Cost::LEAST);
            let report: Option<LimitReport> = from_host(&request.data);
            rates.charge(caller, address, cost, report.as_ref()).await?;
        }
        let (_, kind, field) = admitted?;
        let tenant = caller.tenant;
        // A request is prepared once.
        let _ = self.about.set(About { kind, field, tenant });
        request.data.insert(Scope::new(Arc::clone(&self.shared), caller, address));
        next.run(ctx, request).await
    }

    async fn parse_query(
        &self,
        ctx: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        next.run(ctx, query, variables).await.map_err(|mut error| {
            Code::QueryTooComplex.stamp(&mut error);
            error
        })
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let valid = next.run(ctx).await.map_err(|mut errors| {
            errors.iter_mut().for_each(|error| Code::GraphqlValidationFailed.stamp(error));
            errors
        })?;
        let limit = self.limits().complexity;
        if valid.complexity > limit {
            let message =
                format!("the query costs {} units of work, the limit is {limit}", valid.complexity);
            return Err(vec![Code::QueryTooComplex.server_error(message)]);
        }
        if let Some(about) = self.about.get() {
            self.field.get_or_init(|| about.field.clone());
        }
        Ok(valid)
    }
}

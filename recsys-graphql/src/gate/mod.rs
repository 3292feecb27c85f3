//! The gate in front of the executor: what a document expands to, found in time linear in its
//! length.
//!
//! async-graphql validates nested fragment spreads by walking them again at each use, which takes
//! exponential time in the nesting; its own limits are applied during that walk. So every document
//! passes here first. The schema does this by itself; [`admit`] is public for hosts that need to
//! see the parsed document before it is executed, for example to refuse mutations over GET.

mod expansion;
mod scan;

use async_graphql::{
    Request, ServerError,
    parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection},
};

use crate::{code::Code, limits::Limits};

/// Longest part of a parser's message that is repeated to the client, in characters.
const LONGEST_MESSAGE: usize = 200;

/// Parses the query of `request` (once: the result stays in it) and checks it against `limits`.
///
/// # Errors
///
/// `GRAPHQL_PARSE_FAILED`, `QUERY_TOO_COMPLEX`, or `GRAPHQL_VALIDATION_FAILED` for fragments that
/// contain themselves.
pub fn admit<'a>(
    request: &'a mut Request,
    limits: &Limits,
) -> Result<&'a ExecutableDocument, ServerError> {
    scan::check(&request.query, limits)?;
    let document = request.parsed_query().map_err(short)?;
    expansion::check(document, limits)?;
    Ok(document)
}

/// Returns the operation of `document` that a request with this `operationName` means.
///
/// # Errors
///
/// `OPERATION_RESOLUTION_FAILURE` when there is no such operation, or more than one and no name;
/// `GRAPHQL_VALIDATION_FAILED` for a subscription that does not have exactly one field at its root.
pub fn operation<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a OperationDefinition, ServerError> {
    let mut named = document
        .operations
        .iter()
        .filter(|(own, _)| name.is_none_or(|name| own.is_some_and(|own| own.as_str() == name)));
    let failure = |message: String| Code::OperationResolutionFailure.server_error(message);
    match (named.next(), named.next(), name) {
        (Some((_, operation)), None, _) => one_root_field(&operation.node),
        (None, _, Some(name)) => {
            Err(failure(format!("the document has no operation named {:?}", clip(name))))
        }
        _ => Err(failure("operationName is needed to choose an operation".into())),
    }
}

/// The executor would start a stream for each field of a subscription and ignore fragments.
fn one_root_field(operation: &OperationDefinition) -> Result<&OperationDefinition, ServerError> {
    let fields = &operation.selection_set.node.items;
    let one = matches!(&fields[..], [field] if matches!(field.node, Selection::Field(_)));
    if one || operation.ty != OperationType::Subscription {
        return Ok(operation);
    }
    let message = "a subscription has exactly one field, without a fragment around it";
    Err(Code::GraphqlValidationFailed.server_error(message))
}

/// The parser's message quotes the whole line it failed in; a client gets the place and no more.
fn short(error: ServerError) -> ServerError {
    let message = match error.locations.first() {
        Some(at) => format!("syntax error at line {}, column {}", at.line, at.column),
        None => clip(&error.message),
    };
    ServerError { locations: error.locations, ..Code::GraphqlParseFailed.server_error(message) }
}

fn clip(text: &str) -> String {
    text.chars().take(LONGEST_MESSAGE).collect()
}

fn too_complex(message: String) -> ServerError {
    Code::QueryTooComplex.server_error(message)
}

//! Errors as one sentence on one line, with what to do about it where that is known.

use std::error::Error;

use recsys_store::error::Backend;
use recsys_store::{StoreError, StoreErrorKind};

/// Joins an error and its causes; a cause that says what was said already is left out.
pub(crate) fn one_sentence(error: &(dyn Error + 'static)) -> String {
    if let Some(sentence) = known(error) {
        return sentence;
    }
    let mut sentence = flat(error);
    for cause in causes(error).skip(1) {
        let text = flat(cause);
        if !text.is_empty() && !sentence.contains(&text) {
            sentence.push_str(": ");
            sentence.push_str(&text);
        }
    }
    sentence
}

/// The sentence for a failure of which the remedy is known. What the database library says about it
/// would only hide that.
fn known(error: &(dyn Error + 'static)) -> Option<String> {
    let store = causes(error).find_map(|cause| cause.downcast_ref::<StoreError>())?;
    let remedy = match store.kind() {
        StoreErrorKind::UnsupportedVersion => "update recsys",
        StoreErrorKind::Corrupt => "restore it from a backup",
        StoreErrorKind::AlreadyExists
        | StoreErrorKind::IdempotencyKeyReused
        | StoreErrorKind::Internal
        | StoreErrorKind::InvalidInput { .. }
        | StoreErrorKind::LastAdministrator
        | StoreErrorKind::LeaseLost
        | StoreErrorKind::NotFound
        | StoreErrorKind::Unavailable => return None,
    };
    let elsewhere = match store.backend() {
        Backend::ModelFiles => "another place of models with --models",
        Backend::Postgres => "another database with --database",
        Backend::Redis => "another Redis with --redis",
        Backend::Pinecone | Backend::Qdrant | Backend::Weaviate => "another place with --vectors",
        Backend::OpenAi | Backend::Transformer => "another service with --embeddings-url",
        Backend::Memory | Backend::Sqlite => "another folder with --data",
    };
    Some(format!("{}: {remedy}, or name {elsewhere}", flat(store)))
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

fn flat(error: &dyn Error) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::io;

    use recsys_store::import::ImportError;

    use super::*;

    #[test]
    fn causes_follow_and_are_not_repeated() {
        let source = io::Error::other("the disk\nis gone");
        let error = ImportError::Read { path: "a.csv".into(), source };
        assert_eq!(one_sentence(&error), "cannot read a.csv: the disk is gone");
        let repeated = anyhow::anyhow!("no room").context("writing failed: no room");
        assert_eq!(one_sentence(repeated.as_ref()), "writing failed: no room");
    }

    #[test]
    fn a_remedy_takes_the_place_of_the_technical_cause() {
        let error = StoreError::new(Backend::Sqlite, "open", StoreErrorKind::UnsupportedVersion)
            .with_context("the database was written by a newer version")
            .with_source(io::Error::other("migration 7 is missing"));
        assert_eq!(
            one_sentence(&error),
            "the database was written by a newer version: update recsys, or name another folder with --data"
        );
    }
}

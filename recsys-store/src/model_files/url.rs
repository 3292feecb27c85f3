//! Addresses of places for model files.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use object_store::ObjectStore;
#[cfg(any(feature = "aws", feature = "azure", feature = "gcp"))]
use object_store::{RetryConfig, path::Path as Location, prefix::PrefixStore};
use url::Url;

use crate::types::InvalidField;

/// Address of a place for model files: `file:///path`, `s3://bucket/prefix` (feature `aws`), `gs://bucket/prefix`
/// (feature `gcp`) or `az://container/prefix` (feature `azure`).
///
/// Credentials and everything else that a service needs are taken from the variables that its own tools read:
/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT`, `GOOGLE_APPLICATION_CREDENTIALS`,
/// `AZURE_STORAGE_ACCOUNT_NAME`, `AZURE_STORAGE_ACCOUNT_KEY` and so on. An address has none, so it can be shown.
///
/// ```
/// use recsys_store::ModelsUrl;
///
/// let place: ModelsUrl = "file:///var/lib/recsys/models".parse()?;
/// assert_eq!(place.to_string(), "file:///var/lib/recsys/models");
/// assert!("s3://key:secret@bucket".parse::<ModelsUrl>().is_err());
/// # Ok::<(), recsys_store::types::InvalidField>(())
/// ```
#[derive(Clone, Debug)]
pub struct ModelsUrl(Address);

#[derive(Clone, Debug)]
enum Address {
    /// Memory of this process, for tests.
    #[cfg(feature = "testing")]
    Memory(Arc<dyn ObjectStore>),
    Url(Url),
}

impl ModelsUrl {
    /// Returns a place in memory that lives as long as the value and its clones.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn in_memory() -> Self {
        Self(Address::Memory(Arc::new(object_store::memory::InMemory::new())))
    }

    /// Returns the folder, if it is one of this machine.
    pub(super) fn folder(&self) -> Option<PathBuf> {
        match &self.0 {
            #[cfg(feature = "testing")]
            Address::Memory(_) => None,
            Address::Url(url) => (url.scheme() == "file").then(|| url.to_file_path().ok())?,
        }
    }

    /// Makes a client of the service.
    pub(super) fn store(&self) -> object_store::Result<Arc<dyn ObjectStore>> {
        match &self.0 {
            #[cfg(feature = "testing")]
            Address::Memory(store) => Ok(Arc::clone(store)),
            Address::Url(url) => client(url),
        }
    }
}

impl fmt::Display for ModelsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            #[cfg(feature = "testing")]
            Address::Memory(_) => f.write_str("memory"),
            Address::Url(url) => url.fmt(f),
        }
    }
}

impl FromStr for ModelsUrl {
    type Err = InvalidField;

    /// Reads an address. What is no address is not repeated, since it may hold a secret.
    fn from_str(text: &str) -> Result<Self, InvalidField> {
        let invalid = |problem: &str| InvalidField::new("models", problem);
        let form = "is no address of the form file:///path, s3://bucket/prefix, gs://bucket/prefix or \
                    az://container/prefix";
        let url = Url::parse(text).map_err(|_| invalid(form))?;
        if !url.username().is_empty()
            || url.password().is_some()
            || url.query().is_some()
            || url.fragment().is_some()
        {
            let problem = "has more than a bucket and a prefix: credentials and settings belong into \
                           the variables of the service";
            return Err(invalid(problem));
        }
        let complete = match url.scheme() {
            "file" => url.to_file_path().is_ok(),
            "s3" | "gs" | "az" => url.host_str().is_some_and(|host| !host.is_empty()),
            _ => false,
        };
        if !complete {
            return Err(invalid(form));
        }
        if !is_supported(url.scheme()) {
            return Err(invalid("is of a service that this program was built without"));
        }
        Ok(Self(Address::Url(url)))
    }
}

fn is_supported(scheme: &str) -> bool {
    let services = [
        ("s3", cfg!(feature = "aws")),
        ("gs", cfg!(feature = "gcp")),
        ("az", cfg!(feature = "azure")),
    ];
    services.iter().all(|(service, is_on)| *service != scheme || *is_on)
}

#[cfg(any(feature = "aws", feature = "azure", feature = "gcp"))]
fn client(url: &Url) -> object_store::Result<Arc<dyn ObjectStore>> {
    let prefix = Location::from_url_path(url.path())?;
    Ok(match url.scheme() {
        #[cfg(feature = "aws")]
        "s3" => {
            let builder = object_store::aws::AmazonS3Builder::from_env().with_url(url.as_str());
            Arc::new(PrefixStore::new(builder.with_retry(patience()).build()?, prefix))
        }
        #[cfg(feature = "gcp")]
        "gs" => {
            let builder = object_store::gcp::GoogleCloudStorageBuilder::from_env();
            let builder = builder.with_url(url.as_str()).with_retry(patience());
            Arc::new(PrefixStore::new(builder.build()?, prefix))
        }
        #[cfg(feature = "azure")]
        "az" => {
            let builder = object_store::azure::MicrosoftAzureBuilder::from_env();
            let builder = builder.with_url(url.as_str()).with_retry(patience());
            Arc::new(PrefixStore::new(builder.build()?, prefix))
        }
        _ => return Err(unsupported()),
    })
}

#[cfg(not(any(feature = "aws", feature = "azure", feature = "gcp")))]
fn client(_: &Url) -> object_store::Result<Arc<dyn ObjectStore>> {
    Err(unsupported())
}

/// Addresses of other services are refused when they are read.
fn unsupported() -> object_store::Error {
    object_store::Error::NotSupported { source: "no service has such addresses".into() }
}

/// Requests wait for the models they need: long enough for a hiccup, not for an outage.
#[cfg(any(feature = "aws", feature = "azure", feature = "gcp"))]
fn patience() -> RetryConfig {
    RetryConfig {
        max_retries: 3,
        retry_timeout: std::time::Duration::from_secs(10),
        ..RetryConfig::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_place_and_nothing_else() {
        let place: ModelsUrl = "file:///var/lib/models".parse().unwrap();
        assert_eq!(place.folder(), Some(PathBuf::from("/var/lib/models")));
        for wrong in ["", "models", "file://host/models", "s3://", "ftp://host/models", "/models"] {
            let error = wrong.parse::<ModelsUrl>().unwrap_err();
            assert_eq!(error.field(), "models", "{wrong}");
        }
    }

    #[test]
    fn what_may_be_a_secret_is_refused_and_never_shown() {
        for wrong in ["s3://key:s3cret@bucket", "az://models?sig=s3cret", "gs://b#s3cret", "s3cret"]
        {
            let error = wrong.parse::<ModelsUrl>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn a_service_needs_its_feature() {
        assert_eq!("s3://bucket/prefix".parse::<ModelsUrl>().is_ok(), cfg!(feature = "aws"));
        assert_eq!("gs://bucket/prefix".parse::<ModelsUrl>().is_ok(), cfg!(feature = "gcp"));
        assert_eq!("az://bucket/prefix".parse::<ModelsUrl>().is_ok(), cfg!(feature = "azure"));
    }
}

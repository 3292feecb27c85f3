//! An algorithm that takes part, with its settings or with a space to search.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::algo::AlgorithmConfig;
use crate::eval::search::SearchConfig;
use crate::eval::{Metric, SplitMethod};

/// An algorithm that takes part.
///
/// In a file it is a name, which stands for its default settings, or a table with `settings`, and
/// `name` and `search` where they are wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value")]
#[non_exhaustive]
pub struct Contestant {
    /// What it is called in the report; by default by its algorithm.
    pub name: String,
    /// The settings, which a search starts from.
    pub settings: AlgorithmConfig,
    /// What to search first, on a part of the training data that is held out of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<ContestantSearch>,
}

/// A search of settings before the algorithm takes part.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ContestantSearch {
    /// Space and budget.
    #[serde(flatten)]
    pub search: SearchConfig,
    /// What it is judged by; by default what the protocol compares by.
    pub metric: Option<Metric>,
    /// How the training data is cut; by default the newest tenth by time when the protocol cuts by time,
    /// else a tenth of each user's events at random.
    pub validation: Option<SplitMethod>,
}

impl Contestant {
    /// Takes part under the name of its algorithm.
    #[must_use]
    pub fn new(settings: AlgorithmConfig) -> Self {
        Self { name: settings.kind().name().to_owned(), settings, search: None }
    }

    /// Sets what it is called.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Searches its settings first.
    #[must_use]
    pub fn with_search(mut self, search: ContestantSearch) -> Self {
        self.search = Some(search);
        self
    }
}

impl From<SearchConfig> for ContestantSearch {
    fn from(search: SearchConfig) -> Self {
        Self { search, ..Self::default() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: Option<String>,
    settings: AlgorithmConfig,
    search: Option<SearchTable>,
}

/// The fields of a search in one table, so that a wrong name is found.
#[derive(Deserialize)]
#[serde(transparent)]
struct SearchTable(serde_json::Map<String, Value>);

impl SearchTable {
    fn read(mut self) -> Result<ContestantSearch, serde_json::Error> {
        let own = |value: Option<Value>| value.unwrap_or(Value::Null);
        let metric = serde_json::from_value(own(self.0.remove("metric")))?;
        let validation = serde_json::from_value(own(self.0.remove("validation")))?;
        let search = serde_json::from_value(Value::Object(self.0))?;
        Ok(ContestantSearch { search, metric, validation })
    }
}

impl TryFrom<Value> for Contestant {
    type Error = String;

    fn try_from(written: Value) -> Result<Self, String> {
        if let Value::String(name) = written {
            let settings = AlgorithmConfig::named(&name).map_err(|error| error.to_string())?;
            return Ok(Self::new(settings));
        }
        let table: Table = serde_json::from_value(written).map_err(|error| error.to_string())?;
        let mut contestant = Self::new(table.settings);
        if let Some(name) = table.name {
            contestant.name = name;
        }
        if let Some(search) = table.search {
            contestant.search = Some(search.read().map_err(|error| format!("search: {error}"))?);
        }
        Ok(contestant)
    }
}

//! Languages whose words can be reduced to stems.

use rust_stemmers::{Algorithm, Stemmer};
use serde::{Deserialize, Serialize};

/// Makes the enum and its translation from one list.
macro_rules! languages {
    ($($language:ident),+) => {
        /// A language with a Snowball stemmer (M. F. Porter: *Snowball: a language for stemming algorithms*,
        /// 2001).
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "the names say it")]
        pub enum Language {
            $($language,)+
        }

        impl Language {
            pub(super) fn stemmer(self) -> Stemmer {
                Stemmer::create(match self {
                    $(Self::$language => Algorithm::$language,)+
                })
            }
        }
    };
}

languages!(
    Arabic, Danish, Dutch, English, Finnish, French, German, Greek, Hungarian, Italian, Norwegian,
    Portuguese, Romanian, Russian, Spanish, Swedish, Tamil, Turkish
);

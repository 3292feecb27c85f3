//! The training matrix in a model file.

use super::CodecError;
use super::file::{SectionReader, SectionWriter};
use crate::data::Interactions;
use crate::ids::{DenseIdx, IdMap};

pub(super) fn write(data: &Interactions, sections: &mut SectionWriter) {
    write_ids(data.users(), "data.user", sections);
    write_ids(data.items(), "data.item", sections);
    let csr = data.user_csr();
    sections.push("data.indptr".to_owned(), &csr.indptr.into());
    sections.push("data.indices".to_owned(), &csr.indices.into());
    sections.push("data.values".to_owned(), &csr.values.into());
}

pub(super) fn read(sections: &SectionReader<'_>) -> Result<Interactions, CodecError> {
    let users = read_ids(sections, "data.user")?;
    let items = read_ids(sections, "data.item")?;
    let indptr = sections.sizes("data.indptr")?;
    let indices = sections.u32s("data.indices")?;
    let values = sections.f32s("data.values")?;
    Interactions::from_csr(users, items, indptr, indices, values)
        .map_err(|error| CodecError::malformed(error.to_string()))
}

fn write_ids<I: DenseIdx>(ids: &IdMap<I>, name: &str, sections: &mut SectionWriter) {
    let (bytes, ends) = ids.parts();
    sections.push(format!("{name}_ids"), &bytes.into());
    sections.push(format!("{name}_id_ends"), &ends.into());
}

fn read_ids<I: DenseIdx>(sections: &SectionReader<'_>, name: &str) -> Result<IdMap<I>, CodecError> {
    let bytes = sections.bytes(&format!("{name}_ids"))?.to_vec();
    let ends = sections.sizes(&format!("{name}_id_ends"))?;
    IdMap::from_parts(bytes, ends)
        .ok_or_else(|| CodecError::malformed(format!("{name} ids are not a list of distinct ids")))
}

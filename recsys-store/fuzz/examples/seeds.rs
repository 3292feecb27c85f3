//! Writes what fuzzing starts from: small files of every format, into `corpus`.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const TEXT_FILES: [(&str, &str); 6] = [
    ("csv_events", "cuser,item,rating,timestamp\nann,tea,4.5,1700000000\nben,\"tea, green\",1,\n"),
    ("csv_items", "cid;title;tags;price\ntea;Green tea;warm|green;2.50\nlamp;Lamp;;\n"),
    ("csv_tabs", "cUser ID\tItem ID\tkind\tat\nann\ttea\tView\t2024-05-31T10:00:00Z\n"),
    ("jsonl_events", "j{\"user\": 1, \"item\": \"tea\", \"value\": 2, \"ts\": 1700000000000}\n"),
    (
        "jsonl_items",
        "j{\"id\": \"tea\", \"title\": \"Tea\", \"tags\": [\"warm\"], \"meta\": {\"price\": 2.5}}\n",
    ),
    ("lightgcn", "l0 1 2 3\n1 2\n2\n\n3 5 5 007\n"),
];

const FOLDERS: [(&str, &str); 3] = [
    (
        "csv",
        "0movieId,title,genres\n1,\"Tea, The (1995)\",Drama|War\n\0userId,movieId,rating,timestamp\n\
         7,1,4.5,1260759144\n\0userId,movieId,tag,timestamp\n1,1,green,1\n2,1,Green,1\n",
    ),
    ("double_colon", "11::Tea (1995)::Drama|War\n\x007::1::4.5::1260759144\n\x001::1::green::1\n"),
    (
        "hundred",
        "21|Tea (1995)|01-Jan-1995||url|0|0|0|1|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0\n\x007\t1\t4\t881250949\n",
    ),
];

fn main() -> Result<()> {
    for (name, bytes) in TEXT_FILES {
        write("text_file", name, bytes.as_bytes())?;
    }
    for (name, bytes) in FOLDERS {
        write("movielens", name, bytes.as_bytes())?;
    }
    for (name, compression) in
        [("plain", Compression::UNCOMPRESSED), ("snappy", Compression::SNAPPY)]
    {
        write("parquet", &format!("events_{name}"), &events(compression)?)?;
        write("parquet", &format!("items_{name}"), &items(compression)?)?;
    }
    Ok(())
}

fn write(target: &str, name: &str, bytes: &[u8]) -> Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&corpus)?;
    Ok(fs::write(corpus.join(name), bytes)?)
}

fn events(compression: Compression) -> Result<Vec<u8>> {
    let schema = "message events {
        required binary user (UTF8);
        required int64 item;
        optional double rating;
        required int64 timestamp (TIMESTAMP(MILLIS,true));
    }";
    file(schema, compression, |group| {
        column::<ByteArrayType>(group, &texts(&["ann", "ben"]), None, None)?;
        column::<Int64Type>(group, &[1, 2], None, None)?;
        column::<DoubleType>(group, &[4.5], Some(&[1, 0]), None)?;
        column::<Int64Type>(group, &[1_700_000_000_000, 0], None, None)
    })
}

fn items(compression: Compression) -> Result<Vec<u8>> {
    let schema = "message items {
        required int64 id;
        required binary title (UTF8);
        optional group tags (LIST) { repeated group list { required binary element (UTF8); } }
        required double price;
    }";
    file(schema, compression, |group| {
        column::<Int64Type>(group, &[1, 2], None, None)?;
        column::<ByteArrayType>(group, &texts(&["Tea", "Lamp"]), None, None)?;
        let (there, begins) = (Some(&[2, 2, 0][..]), Some(&[0, 1, 0][..]));
        column::<ByteArrayType>(group, &texts(&["warm", "green"]), there, begins)?;
        column::<DoubleType>(group, &[2.5, f64::NAN], None, None)
    })
}

type Group<'a> = SerializedRowGroupWriter<'a, Vec<u8>>;

fn file(
    schema: &str,
    compression: Compression,
    write: impl Fn(&mut Group<'_>) -> Result<()>,
) -> Result<Vec<u8>> {
    let schema = Arc::new(parse_message_type(schema)?);
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    write(&mut group)?;
    group.close()?;
    Ok(writer.into_inner()?)
}

/// Writes the next column; the levels say how much of each value is there, and which begin a new row.
fn column<T: DataType>(
    group: &mut Group<'_>,
    values: &[T::T],
    there: Option<&[i16]>,
    begins: Option<&[i16]>,
) -> Result<()> {
    let mut column = group.next_column()?.ok_or("the schema has fewer columns")?;
    column.typed::<T>().write_batch(values, there, begins)?;
    Ok(column.close()?)
}

fn texts(texts: &[&str]) -> Vec<ByteArray> {
    texts.iter().map(|&text| text.into()).collect()
}

//! Generated data in the LightGCN text format, for trying the harness without a download.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use recsys_core::testing::fixtures::long_tail;

/// Options of `generate`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Folder to write train.txt and test.txt to; created when it is not there.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Number of users.
    #[arg(long, default_value_t = 500)]
    users: u32,
    /// Number of items.
    #[arg(long, default_value_t = 400)]
    items: u32,
    /// Events of each user, before repetitions are dropped.
    #[arg(long, default_value_t = 25)]
    per_user: u32,
    /// Start of the random stream.
    #[arg(long, default_value_t = 42)]
    seed: u64,
}

/// Writes users with one of four tastes and a long tail of items; each fifth like is a test item.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let data = long_tail(options.users, options.items, options.per_user, options.seed);
    let (mut train, mut test) = (String::new(), String::new());
    for (user, _) in data.users().iter() {
        for part in [&mut train, &mut test] {
            write!(part, "{}", user.get())?;
        }
        let likes = data.user(user).iter().filter(|(_, value)| *value > 0.0);
        for (place, (item, _)) in likes.enumerate() {
            let part = if place % 5 == 4 { &mut test } else { &mut train };
            write!(part, " {}", item.get())?;
        }
        train.push('\n');
        test.push('\n');
    }
    let folder = &options.data;
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    for (name, text) in [("train.txt", train), ("test.txt", test)] {
        let path = folder.join(name);
        fs::write(&path, text).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

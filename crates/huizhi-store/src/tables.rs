//! The steps by which the tables came to be what they are, one file a step in `migrations/`.
//!
//! They are listed by hand because sqlx's macro would build SQLite and both drivers a second time, for the compiler itself: 3 of the first
//! build's 19 minutes.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

macro_rules! steps {
    ($folder:literal: $($file:literal)*) => {
        Migrator::with_migrations(vec![$(
            step($file, include_str!(concat!("../migrations/", $folder, "/", $file, ".sql"))),
        )*])
    };
}

macro_rules! both {
    ($($file:literal)*) => {
        /// Those of SQLite.
        pub fn sqlite() -> Migrator {
            steps!("sqlite": $($file)*)
        }

        /// Those of PostgreSQL.
        pub fn postgres() -> Migrator {
            steps!("postgres": $($file)*)
        }
    };
}

both! {
    "0001_service"
    "0002_partner"
    "0003_delivery"
    "0004_peer"
    "0005_elsewhere"
    "0006_account"
    "0007_staff"
    "0008_person"
    "0009_face"
    "0010_outside"
    "0011_appointment"
    "0012_schedule"
    "0013_ticket"
    "0014_residence"
    "0015_release"
    "0016_notice"
    "0017_article"
    "0018_comment"
    "0019_search"
    "0020_support"
    "0021_override"
    "0022_picture"
    "0023_window_photo"
    "0024_slot_index"
    "0025_contact_change"
    "0026_told_time"
}

/// A step of a file's name: its number, and what it is about.
fn step(file: &'static str, sql: &'static str) -> Migration {
    let (number, about) = file.split_once('_').unwrap_or((file, ""));
    let number = number.parse().unwrap_or_default();
    Migration::new(number, about.replace('_', " ").into(), MigrationType::Simple, sql.into_sql_str(), false)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_file_is_a_step_and_both_databases_take_the_same() {
        for (folder, steps) in [("sqlite", sqlite()), ("postgres", postgres())] {
            let files = std::fs::read_dir(format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR"))).unwrap();
            let files: BTreeSet<String> = files.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
            let listed: BTreeSet<String> =
                steps.iter().map(|it| format!("{:04}_{}.sql", it.version, it.description.replace(' ', "_"))).collect();
            assert_eq!(files, listed);
        }
    }
}

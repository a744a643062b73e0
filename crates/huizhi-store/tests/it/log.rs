//! The log finds every change.

use huizhi_domain::staff::Role;
use huizhi_store::{LogFault, Place};
use sqlx::Connection as _;

use crate::{Bench, on_both};

/// Does something to the database behind the store's back.
async fn meddle(bench: &Bench, sql: &'static str) {
    match &bench.place {
        Place::Sqlite(path) => {
            let mut db = sqlx::SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
            sqlx::query(sql).execute(&mut db).await.unwrap();
        }
        Place::Postgres(address) => {
            let mut db = sqlx::PgConnection::connect(address).await.unwrap();
            sqlx::query(sql).execute(&mut db).await.unwrap();
        }
    }
}

async fn some_entries(bench: &Bench) {
    for name in ["a", "b", "c", "d", "e"] {
        bench.staff(name, Role::Reviewer).await;
    }
}

#[test]
fn a_whole_log_is_found_whole() {
    on_both(|bench| async move {
        assert!(bench.store.check_log(&[]).await.unwrap().is_ok());
        some_entries(&bench).await;
        let head = bench.store.checkpoint().await.unwrap().unwrap();
        assert_eq!(bench.store.checkpoint().await.unwrap(), None);
        some_more(&bench).await;
        let checked = bench.store.check_log(&[head]).await.unwrap().unwrap();
        assert_eq!((checked.entries, checked.checkpoints), (6, 2));
    });
}

async fn some_more(bench: &Bench) {
    bench.staff("f", Role::Reviewer).await;
}

#[test]
fn a_dropped_entry_is_found() {
    on_both(|bench| async move {
        some_entries(&bench).await;
        meddle(&bench, "DELETE FROM log WHERE seq = 2").await;
        assert_eq!(bench.store.check_log(&[]).await.unwrap(), Err(LogFault::Gap(2)));
    });
}

#[test]
fn swapped_entries_are_found() {
    on_both(|bench| async move {
        some_entries(&bench).await;
        meddle(&bench, "UPDATE log SET seq = 100 WHERE seq = 1").await;
        meddle(&bench, "UPDATE log SET seq = 1 WHERE seq = 2").await;
        meddle(&bench, "UPDATE log SET seq = 2 WHERE seq = 100").await;
        assert_eq!(bench.store.check_log(&[]).await.unwrap(), Err(LogFault::Root(5)));
    });
}

#[test]
fn a_cut_log_is_found_by_a_head_kept_outside() {
    on_both(|bench| async move {
        some_entries(&bench).await;
        let outside = bench.store.log_head().await.unwrap().unwrap();
        meddle(&bench, "DELETE FROM log").await;
        assert!(matches!(bench.store.check_log(&[]).await.unwrap(), Err(LogFault::Cut { .. })));
        meddle(&bench, "DELETE FROM log_head").await;
        assert!(bench.store.check_log(&[]).await.unwrap().is_ok(), "what is gone whole leaves no trace inside");
        assert!(matches!(bench.store.check_log(&[outside]).await.unwrap(), Err(LogFault::Cut { .. })));
    });
}

#[test]
fn every_flipped_bit_of_entries_and_head_is_found() {
    on_both(|bench| async move {
        if matches!(bench.place, Place::Postgres(_)) {
            // The check is the same code; the bits are flipped through SQLite, where it takes seconds.
            return;
        }
        some_entries(&bench).await;
        let Place::Sqlite(path) = &bench.place else { return };
        let mut db = sqlx::SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
        let cells = [
            ("SELECT entry FROM log WHERE seq = 3", "UPDATE log SET entry = $1 WHERE seq = 3"),
            ("SELECT root FROM log_head", "UPDATE log_head SET root = $1"),
            ("SELECT signature FROM log_head", "UPDATE log_head SET signature = $1"),
            ("SELECT peaks FROM log_head", "UPDATE log_head SET peaks = $1"),
        ];
        for (read, write) in cells {
            let whole: Vec<u8> = sqlx::query_scalar(read).fetch_one(&mut db).await.unwrap();
            for at in 0..whole.len() {
                for bit in 0..8 {
                    let mut changed = whole.clone();
                    changed[at] ^= 1 << bit;
                    sqlx::query(write).bind(&changed).execute(&mut db).await.unwrap();
                    assert!(bench.store.check_log(&[]).await.unwrap().is_err(), "{write}: byte {at} bit {bit}");
                }
            }
            sqlx::query(write).bind(&whole).execute(&mut db).await.unwrap();
        }
        assert!(bench.store.check_log(&[]).await.unwrap().is_ok());
    });
}

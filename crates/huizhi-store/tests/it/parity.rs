//! Both databases have the same tables: the steps are written twice, and what is written twice drifts apart.

use std::collections::{BTreeMap, BTreeSet};

use huizhi_store::Place;
use sqlx::{Connection as _, PgConnection, Row as _, SqliteConnection};

use crate::{Bench, fastrand};

/// A line for each thing that a table has: a column, a reference, a uniqueness, a check.
type Shape = BTreeSet<String>;

#[test]
fn both_databases_have_the_same_tables() {
    let Ok(server) = std::env::var("HUIZHI_TEST_POSTGRES") else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("huizhi.sqlite");
        let bench = Bench::open(Place::Sqlite(file.clone()), folder).await;
        let mut db = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
        let mut of_sqlite = of_sqlite(&mut db).await;
        drop(bench);
        let name = format!("huizhi_parity_{:x}", fastrand());
        let mut admin = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut admin).await.unwrap();
        let address = format!("{server}/{name}");
        drop(Bench::open(Place::Postgres(address.clone()), tempfile::tempdir().unwrap()).await);
        let mut of_postgres = of_postgres(&mut PgConnection::connect(&address).await.unwrap()).await;
        // What tokens are kept in is each database's own.
        for shape in [&mut of_sqlite, &mut of_postgres] {
            shape.retain(|line| !line.contains(" search_index"));
        }
        sqlx::query(sqlx::AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)")))
            .execute(&mut admin)
            .await
            .unwrap();
        assert!(of_sqlite.len() > 500, "only {} things were found", of_sqlite.len());
        let only = |one: &Shape, other: &Shape| one.difference(other).cloned().collect::<Vec<_>>();
        let (sqlite, postgres) = (only(&of_sqlite, &of_postgres), only(&of_postgres, &of_sqlite));
        assert!(sqlite.is_empty() && postgres.is_empty(), "only SQLite has {sqlite:#?}, only PostgreSQL {postgres:#?}");
    });
}

async fn of_sqlite(db: &mut SqliteConnection) -> Shape {
    let mut shape = Shape::new();
    let columns = "SELECT t.name, c.name, lower(c.type), CASE WHEN c.\"notnull\" = 1 OR c.pk > 0 THEN 'not null' ELSE '' END FROM \
         sqlite_master AS t JOIN pragma_table_info(t.name) AS c WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name <> \
         '_sqlx_migrations'";
    let references = "SELECT t.name, k.\"from\", k.\"table\", lower(k.on_delete) FROM sqlite_master AS t JOIN \
         pragma_foreign_key_list(t.name) AS k WHERE t.type = 'table'";
    let uniques = "SELECT t.name, i.name, CASE i.partial WHEN 1 THEN 'some' ELSE 'all' END, COALESCE(c.name, '()') FROM sqlite_master AS \
         t JOIN pragma_index_list(t.name) AS i JOIN pragma_index_info(i.name) AS c WHERE t.type = 'table' AND i.\"unique\" = 1 AND t.name <> \
         '_sqlx_migrations' ORDER BY t.name, i.name, c.seqno";
    // A key that is the row's own number has no index.
    let numbered = "SELECT t.name, 'key', 'all', c.name FROM sqlite_master AS t JOIN pragma_table_info(t.name) AS c WHERE t.type = 'table' \
         AND t.name NOT LIKE 'sqlite%' AND c.type = 'INTEGER' AND c.pk = 1 AND (SELECT count(*) FROM pragma_table_info(t.name) AS k WHERE k.pk \
         > 0) = 1";
    for (what, sql) in [("column", columns), ("reference", references)] {
        for row in sqlx::query(sql).fetch_all(&mut *db).await.unwrap() {
            shape.insert(line(what, &[row.get(0), row.get(1), row.get(2), row.get(3)]));
        }
    }
    let mut indices = BTreeMap::<[String; 3], Vec<String>>::new();
    for sql in [uniques, numbered] {
        for row in sqlx::query(sql).fetch_all(&mut *db).await.unwrap() {
            indices.entry([row.get(0), row.get(1), row.get(2)]).or_default().push(row.get(3));
        }
    }
    shape.extend(
        indices.into_iter().map(|([table, _, which], columns)| line("unique", &[table, which, columns.join(",")])),
    );
    let tables = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
    for row in sqlx::query(tables).fetch_all(&mut *db).await.unwrap() {
        let (table, sql): (String, String) = (row.get(0), row.get(1));
        shape.extend(checks(&table, &checks_of(&sql)));
    }
    shape
}

async fn of_postgres(db: &mut PgConnection) -> Shape {
    let mut shape = Shape::new();
    let columns = "SELECT table_name::text, column_name::text, CASE data_type WHEN 'bytea' THEN 'blob' ELSE data_type::text END, CASE \
         is_nullable WHEN 'NO' THEN 'not null' ELSE '' END FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> \
         '_sqlx_migrations'";
    let references = "SELECT k.conrelid::regclass::text, c.attname::text, k.confrelid::regclass::text, CASE k.confdeltype WHEN 'c' THEN \
         'cascade' WHEN 'n' THEN 'set null' WHEN 'r' THEN 'restrict' ELSE 'no action' END FROM pg_constraint AS k JOIN pg_attribute AS c ON \
         c.attrelid = k.conrelid AND c.attnum = ANY (k.conkey) WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace";
    let uniques = "SELECT i.indrelid::regclass::text, CASE WHEN i.indpred IS NULL THEN 'all' ELSE 'some' END, string_agg(COALESCE( \
         c.attname::text, '()'), ',' ORDER BY k.place) FROM pg_index AS i JOIN pg_class AS t ON t.oid = i.indrelid AND t.relnamespace = \
         'public'::regnamespace AND t.relname <> '_sqlx_migrations' CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (number, place) \
         LEFT JOIN pg_attribute AS c ON c.attrelid = i.indrelid AND c.attnum = k.number AND k.number > 0 WHERE i.indisunique GROUP BY \
         i.indexrelid, i.indrelid, i.indpred";
    let checked = "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND connamespace = \
         'public'::regnamespace";
    for (what, sql) in [("column", columns), ("reference", references)] {
        for row in sqlx::query(sql).fetch_all(&mut *db).await.unwrap() {
            shape.insert(line(what, &[row.get(0), row.get(1), row.get(2), row.get(3)]));
        }
    }
    for row in sqlx::query(uniques).fetch_all(&mut *db).await.unwrap() {
        shape.insert(line("unique", &[row.get(0), row.get(1), row.get(2)]));
    }
    let mut of_tables = BTreeMap::<String, Vec<String>>::new();
    for row in sqlx::query(checked).fetch_all(&mut *db).await.unwrap() {
        of_tables.entry(row.get(0)).or_default().push(row.get(1));
    }
    shape.extend(of_tables.iter().flat_map(|(table, found)| checks(table, found)));
    shape
}

fn line(what: &str, parts: &[String]) -> String {
    format!("{what} {}", parts.join(" "))
}

/// PostgreSQL writes a condition in its own words. How many a table has, and the words that they name, are the same.
fn checks(table: &str, conditions: &[String]) -> Vec<String> {
    if conditions.is_empty() {
        return Vec::new();
    }
    let words: BTreeSet<&str> = conditions.iter().flat_map(|it| it.split('\'').skip(1).step_by(2)).collect();
    let words: Vec<&str> = words.into_iter().collect();
    vec![format!("checks {table} {}", conditions.len()), format!("checks {table} {}", words.join(" "))]
}

/// The conditions of a table's statement: what stands in the brackets after each CHECK.
fn checks_of(sql: &str) -> Vec<String> {
    let after = sql.split("CHECK").skip(1);
    let within = after.map(|rest| {
        let mut depth = 0;
        let end = rest.char_indices().find(|(_, letter)| {
            depth += match letter {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            *letter == ')' && depth == 0
        });
        rest[..end.map_or(rest.len(), |(at, _)| at)].to_owned()
    });
    within.collect()
}

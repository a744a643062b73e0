//! The two databases that the service runs on.

use sqlx::Connection as _;

/// Runs a story with the embedded database, and with a fresh one of PostgreSQL where `HUIZHI_TEST_POSTGRES` names a server.
pub(crate) fn on_both(story: impl Fn(Option<&str>)) {
    story(None);
    on_postgres(story);
}

/// Runs a story with a fresh database of PostgreSQL where `HUIZHI_TEST_POSTGRES` names a server; whether it does.
pub(crate) fn on_postgres(story: impl FnOnce(Option<&str>)) -> bool {
    let Ok(server) = std::env::var("HUIZHI_TEST_POSTGRES") else {
        println!("HUIZHI_TEST_POSTGRES names no server: PostgreSQL is left out");
        return false;
    };
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    let name = format!("huizhi_e2e_{:x}", u64::from_le_bytes(bytes));
    administer(&server, format!("CREATE DATABASE {name}"));
    story(Some(&format!("{server}/{name}")));
    administer(&server, format!("DROP DATABASE {name} WITH (FORCE)"));
    true
}

fn administer(server: &str, sql: String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut admin = sqlx::PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut admin).await.unwrap();
    });
}

//! What PostgreSQL has of its own: rows are locked while they are changed, and skipped where another worker has them.

use huizhi_domain::search::{Lookup, Term, Within};

/// A connection.
pub type Connection = sqlx::PgConnection;
/// A row.
pub type Row = sqlx::postgres::PgRow;

/// A SELECT whose rows nobody else changes until the transaction ends.
macro_rules! locking {
    ($select:literal) => {
        concat!($select, " FOR UPDATE")
    };
}

/// A SELECT that leaves out what another worker has locked.
macro_rules! skipping {
    ($select:literal) => {
        concat!($select, " FOR UPDATE SKIP LOCKED")
    };
}

/// A JSON array as rows: each has its element in `item.value`.
macro_rules! items {
    ($parameter:literal) => {
        concat!("jsonb_array_elements(CAST(", $parameter, " AS jsonb)) AS item (value)")
    };
}

/// The same before a statement that takes much of each element.
macro_rules! listed {
    ($parameter:literal) => {
        concat!("WITH item (value) AS MATERIALIZED (SELECT jsonb_array_elements(CAST(", $parameter, " AS jsonb))) ")
    };
}

/// After rows: the appointments that fit each. They are looked up row by row (`OFFSET 0`): the planner believes that a key without
/// statistics has thousands of rows, and would rather read the table whole.
macro_rules! fitting {
    ($($condition:tt)+) => {
        concat!(" CROSS JOIN LATERAL (SELECT * FROM appointment WHERE ", $($condition)+, " OFFSET 0) AS appointment")
    };
}

/// Bytes of an element, which are written as hexadecimal digits.
macro_rules! bytes {
    ($key:literal) => {
        concat!("decode(item.value ->> '", $key, "', 'hex')")
    };
}

/// The same of an element that is an array: by place, which is read twice as fast as by name.
macro_rules! bytes_at {
    ($place:literal) => {
        concat!("decode(item.value ->> ", $place, ", 'hex')")
    };
}

/// What a SELECT gives, as one row with an array of arrays.
macro_rules! together {
    ($($columns:expr),+ $(,)?) => {
        concat!("CAST(COALESCE(json_agg(json_build_array(", $($columns),+, ")), '[]') AS TEXT) AS together")
    };
}

/// Bytes as hexadecimal digits.
macro_rules! digits {
    ($column:literal) => {
        concat!("encode(", $column, ", 'hex')")
    };
}

/// The beginning of an INSERT of many rows that fails its whole transaction when it fails.
macro_rules! adding {
    () => {
        "INSERT INTO "
    };
}

/// The bytes of an element's text.
macro_rules! text_bytes {
    ($key:literal) => {
        concat!("convert_to(item.value ->> '", $key, "', 'UTF8')")
    };
}

/// The end of a SELECT from `slot` and others, whose slots nobody else changes until the transaction ends.
macro_rules! locking_slots {
    () => {
        " FOR UPDATE OF slot"
    };
}

/// The entry whose tokens a row of `search_index` has.
macro_rules! indexed_entry {
    () => {
        "search_index.entry"
    };
}

/// Whether a row of `search_index` fits what [`lookup`] wrote.
macro_rules! index_fits {
    ($parameter:literal) => {
        concat!("search_index.tokens @@ CAST(", $parameter, " AS tsquery)")
    };
}

/// Writes an entry's tokens, title and text, in the place of its former ones. The text's places are counted on from the title's.
macro_rules! put_in_index {
    () => {
        "INSERT INTO search_index (entry, tokens) VALUES ($1, CAST($2 AS tsvector) || CAST($3 AS tsvector)) ON CONFLICT (entry) DO UPDATE \
         SET tokens = excluded.tokens"
    };
}

/// Before a batch. A plan that was made while the tables were small reads them whole, and the connection would keep it while they grow.
/// A distributed engine that does not know of it may leave it out.
pub const BEFORE_BATCH: Option<&str> = Some("SET LOCAL plan_cache_mode = force_custom_plan");

#[path = "sql/mod.rs"]
pub mod sql;

/// What is looked for, as a `tsquery`. Tokens are letters and digits, and the quotes keep them from being words of its language.
pub fn lookup(lookup: &Lookup) -> String {
    let (within, terms, joint) = match lookup {
        Lookup::Every(within, terms) => (*within, terms, " & "),
        Lookup::Any(within, terms) => (*within, terms, " | "),
    };
    let (weight, begins) = match within {
        Within::Title => (":A", ":*A"),
        Within::All => ("", ":*"),
    };
    let terms: Vec<String> = terms
        .iter()
        .map(|term| match term {
            Term::Phrase(tokens) => {
                let tokens: Vec<String> = tokens.iter().map(|token| format!("'{token}'{weight}")).collect();
                format!("({})", tokens.join(" <-> "))
            }
            Term::Prefix(token) => format!("'{token}'{begins}"),
        })
        .collect();
    terms.join(joint)
}

/// The tokens of a title and those of a text with their places, as `put_in_index!` takes them. A place is left free between the two, so that
/// no phrase goes over.
pub fn laid(title: &[String], text: &[String]) -> (String, String) {
    let write = |tokens: &[String], first: usize, weight: &str| {
        let placed: Vec<String> =
            tokens.iter().enumerate().map(|(at, token)| format!("'{token}':{}{weight}", at + first)).collect();
        placed.join(" ")
    };
    (write(title, 1, "A"), write(text, 2, ""))
}

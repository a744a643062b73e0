//! Which way of cutting Chinese finds what is there: pairs of characters, as we do it, beside the two tokenizers that come with SQLite.
//! `cargo test -p huizhi-store --test it pairs_find -- --nocapture` prints the table of docs/search.md, over the texts of the tests and, where
//! they are, the articles of `specs/articles`.

use huizhi_domain::search::{Query, Term, tokens};
use sqlx::{Connection as _, SqliteConnection};

use crate::search::TEXTS;

/// What people ask.
const QUERIES: [&str; 14] = [
    "回执",
    "照片回执",
    "身份证",
    "有效期",
    "补办",
    "过期",
    "居住证",
    "驾驶证照片",
    "手机",
    "窗口",
    "社保卡",
    "护照",
    "重新拍照",
    "惠州",
];

fn all_texts() -> Vec<String> {
    let mut texts: Vec<String> = TEXTS.iter().map(|(_, title, body)| format!("{title}\n{body}")).collect();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs/articles");
    let mut files: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().map(|it| it.unwrap().path()).collect();
    files.retain(|path| path.to_string_lossy().ends_with(".zh-CN.md"));
    files.sort();
    texts.extend(files.iter().map(|path| std::fs::read_to_string(path).unwrap()));
    texts
}

fn cut(text: &str) -> String {
    tokens(text).into_iter().map(|token| token.text).collect::<Vec<_>>().join(" ")
}

#[test]
fn pairs_find_what_is_there_and_no_other_tokenizer_finds_more() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut db = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        for sql in [
            "CREATE VIRTUAL TABLE pairs USING fts5 (text, tokenize = 'ascii')",
            "CREATE VIRTUAL TABLE trigram USING fts5 (text, tokenize = 'trigram')",
            "CREATE VIRTUAL TABLE words USING fts5 (text)",
        ] {
            sqlx::query(sql).execute(&mut db).await.unwrap();
        }
        let texts = all_texts();
        for text in &texts {
            sqlx::query("INSERT INTO pairs (text) VALUES ($1)").bind(cut(text)).execute(&mut db).await.unwrap();
            sqlx::query("INSERT INTO trigram (text) VALUES ($1)").bind(text).execute(&mut db).await.unwrap();
            sqlx::query("INSERT INTO words (text) VALUES ($1)").bind(text).execute(&mut db).await.unwrap();
        }
        println!("{} texts: query, texts that have it, found by pairs, by trigrams, by SQLite's words", texts.len());
        for typed in QUERIES {
            let there = texts.iter().filter(|text| text.contains(typed)).count() as i64;
            let query = Query::parse(typed);
            let [Term::Phrase(pairs)] = query.terms() else { panic!("{typed} is one phrase") };
            let ask = [
                ("SELECT count(*) FROM pairs WHERE pairs MATCH $1", format!("\"{}\"", pairs.join(" "))),
                ("SELECT count(*) FROM trigram WHERE trigram MATCH $1", format!("\"{typed}\"")),
                ("SELECT count(*) FROM words WHERE words MATCH $1", format!("\"{typed}\"")),
            ];
            let mut found = Vec::new();
            for (sql, phrase) in ask {
                found.push(sqlx::query_scalar::<_, i64>(sql).bind(phrase).fetch_one(&mut db).await.unwrap());
            }
            println!("{typed}\t{there}\t{}\t{}\t{}", found[0], found[1], found[2]);
            assert_eq!(found[0], there, "{typed}");
            assert!(found[1] <= there && found[2] <= there, "{typed}");
        }
    });
}

//! The articles that come with the service: `specs/articles/`, one file a language, with a head of TOML between lines of `+++`.
//!
//! They give no number that the data give: where one is needed, a block stands. An article that an editor has changed since is the editor's.

use jiff::Timestamp;
use serde::Deserialize;

use super::{ArticleId, SeedArticle, SeedText};
use crate::clock::Moment;
use crate::words::Lang;

/// An article's files.
struct Texts {
    name: &'static str,
    zh: &'static str,
    en: &'static str,
}

/// Files by name.
macro_rules! texts {
    ($($name:literal)*) => {
        &[$(Texts {
            name: $name,
            zh: include_str!(concat!("../../../../specs/articles/", $name, ".zh-CN.md")),
            en: include_str!(concat!("../../../../specs/articles/", $name, ".en.md")),
        }),*]
    };
}

/// The files that come with the crate; a test holds that the folder has no other.
const BUILT_IN: &[Texts] = texts![
    "book-or-receipt-first"
    "dongguan-away"
    "expired-receipt"
    "huizhou-id-card"
    "lost-id-card"
    "make-it-yourself"
    "shenzhen-number"
    "unused-receipt"
    "what-it-proves"
    "which-cities"
    "zhongshan-away"
];

/// What stands above the text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    id: i64,
    category: String,
    title: String,
    excerpt: String,
    author: String,
    /// As RFC 3339 writes it.
    published: String,
}

/// A file that can't be read. Ours to mend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("articles/{name}.{}.md: {why}", .lang.tag())]
pub struct SeedError {
    name: String,
    lang: Lang,
    why: String,
}

/// All of them, by their numbers.
///
/// # Errors
/// [`SeedError`] for a faulty file; a test holds that there is none.
pub fn built_in() -> Result<Vec<SeedArticle>, SeedError> {
    let mut articles = Vec::new();
    for Texts { name, zh, en } in BUILT_IN {
        articles.push(article(name, zh, en)?);
    }
    articles.sort_by_key(|article| article.id);
    Ok(articles)
}

fn article(name: &str, zh: &str, en: &str) -> Result<SeedArticle, SeedError> {
    let fault = |lang: Lang, why: String| SeedError { name: name.to_owned(), lang, why };
    let (head, zh) = text(Lang::Zh, zh).map_err(|why| fault(Lang::Zh, why))?;
    let (other, en) = text(Lang::En, en).map_err(|why| fault(Lang::En, why))?;
    let same = |head: &Head| (head.id, head.category.clone(), head.author.clone(), head.published.clone());
    if same(&head) != same(&other) {
        let why = "number, category, author or time differ from those of the Chinese text".to_owned();
        return Err(fault(Lang::En, why));
    }
    let published: Timestamp =
        head.published.parse().map_err(|error: jiff::Error| fault(Lang::Zh, error.to_string()))?;
    Ok(SeedArticle {
        name: name.to_owned(),
        id: ArticleId(head.id),
        category: head.category,
        author: head.author,
        published_at: Moment(published.as_millisecond()),
        texts: vec![zh, en],
    })
}

/// Head and text of a file.
fn text(lang: Lang, file: &str) -> Result<(Head, SeedText), String> {
    let rest = file.strip_prefix("+++\n").ok_or("it does not begin with +++")?;
    let (head, body) = rest.split_once("\n+++\n").ok_or("its head does not end with +++")?;
    let mut head: Head = toml::from_str(head).map_err(|error| error.to_string().trim_end().to_owned())?;
    let text = SeedText {
        lang,
        title: std::mem::take(&mut head.title),
        excerpt: std::mem::take(&mut head.excerpt),
        body: body.trim().to_owned(),
    };
    Ok((head, text))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use huizhi_photo::spec::Catalog;

    use super::*;
    use crate::article::body::{self, Part};
    use crate::article::{Block, Categories, MOST_BODY, MOST_EXCERPT, MOST_TITLE, permalink};
    use crate::city::Cities;
    use crate::materials::Materials;

    /// Pages of the service to which articles lead; the browser's story of the site opens each.
    const PAGES: [&str; 6] = ["/photo", "/orders", "/verify", "/visit", "/what", "/residence"];

    fn all() -> Vec<SeedArticle> {
        built_in().unwrap()
    }

    #[test]
    fn every_article_is_there_in_both_languages_and_has_its_own_number() {
        let all = all();
        assert_eq!(all.len(), 11);
        let ids: BTreeSet<ArticleId> = all.iter().map(|article| article.id).collect();
        assert_eq!(ids.len(), all.len());
        let categories = Categories::built_in().unwrap();
        for article in &all {
            assert!(categories.get(&article.category).is_some(), "{}", article.name);
            assert_eq!(article.texts.iter().map(|text| text.lang).collect::<Vec<_>>(), Lang::ALL);
            for SeedText { lang, title, excerpt, body } in &article.texts {
                let name = format!("{}.{}", article.name, lang.tag());
                assert!(title.ends_with(['？', '?']), "{name}: a title is a question");
                assert!(title.chars().count() <= MOST_TITLE && excerpt.chars().count() <= MOST_EXCERPT, "{name}");
                assert!(!excerpt.is_empty() && body.chars().count() <= MOST_BODY, "{name}");
                let (asks, answers) =
                    if *lang == Lang::Zh { ("**问：**", "**答：**") } else { ("**Q:**", "**A:**") };
                assert!(body.starts_with(asks) && body.contains(answers), "{name}");
                assert_eq!(body.matches("**").count() % 2, 0, "{name}");
            }
        }
    }

    #[test]
    fn the_folder_has_no_file_that_is_not_built_in() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/articles");
        let found: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        let names = BUILT_IN.iter().flat_map(|texts| Lang::ALL.map(|lang| format!("{}.{}.md", texts.name, lang.tag())));
        assert_eq!(found, names.collect::<BTreeSet<String>>());
    }

    #[test]
    fn both_languages_have_the_same_blocks_in_the_same_order_and_every_block_has_its_data() {
        let (catalog, cities) = (Catalog::built_in().unwrap(), Cities::built_in().unwrap());
        let materials = Materials::built_in().unwrap();
        let has_city = |city: &str| city.parse().ok().and_then(|code| cities.find(code)).is_some();
        let has_document = |document: &str| catalog.get(document).is_some();
        for article in all() {
            let mut of = BTreeMap::new();
            for text in &article.texts {
                let blocks: Vec<Block> = body::parts(&text.body)
                    .into_iter()
                    .filter_map(|part| match part {
                        Part::Block(block) => Some(block),
                        Part::Text(_) => None,
                    })
                    .collect();
                assert_eq!(body::faults(&text.body), Vec::new(), "{}", article.name);
                assert!(!blocks.is_empty(), "{} shows nothing of the service", article.name);
                of.insert(text.lang, blocks);
            }
            assert_eq!(of[&Lang::Zh], of[&Lang::En], "{}", article.name);
            for block in &of[&Lang::Zh] {
                let known = match block {
                    Block::Guide { document } | Block::Document { document } | Block::Card { document } => {
                        has_document(document)
                    }
                    Block::Receipt { city, document } => has_city(city) && document.as_deref().is_none_or(has_document),
                    Block::Offices { city } => has_city(city),
                    Block::Materials { business } => materials.businesses().iter().any(|it| it.id == *business),
                    Block::Cities => true,
                };
                assert!(known, "{}: {block}", article.name);
            }
        }
    }

    /// What stands between `](` and `)`.
    fn links(body: &str) -> Vec<&str> {
        body.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()).collect()
    }

    #[test]
    fn links_lead_to_what_there_is_and_stay_in_their_language() {
        let all = all();
        let there = |lang| -> BTreeSet<String> {
            all.iter().map(|article| permalink(&article.category, article.id, lang)).collect()
        };
        for article in &all {
            for text in &article.texts {
                let articles = there(text.lang);
                for link in links(&text.body) {
                    let known = PAGES.contains(&link) || articles.contains(link);
                    assert!(known, "{}.{}: {link}", article.name, text.lang.tag());
                }
                let own = permalink(&article.category, article.id, text.lang);
                assert!(!links(&text.body).contains(&own.as_str()), "{} leads to itself", article.name);
            }
            let counts: Vec<usize> = article.texts.iter().map(|text| links(&text.body).len()).collect();
            assert_eq!(counts.first(), counts.last(), "{}", article.name);
        }
    }

    #[test]
    fn no_number_stands_in_a_text_that_a_block_gives() {
        let units = [
            "天", "日", "个月", "年", "元", "块", "分钟", "小时", "像素", "毫米", "公斤", "KB", "MB", "day", "month",
            "year", "yuan", "minute", "hour", "pixel", "px", "mm", "dpi", "×", "kb",
        ];
        for article in all() {
            for text in &article.texts {
                for written in [&text.title, &text.excerpt, &text.body] {
                    for (at, _) in written.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
                        let behind = written[at + 1..].trim_start_matches([' ', '-']);
                        let found = units.iter().find(|unit| behind.starts_with(**unit));
                        assert_eq!(found, None, "{}.{}: {}", article.name, text.lang.tag(), &written[at..]);
                    }
                }
            }
        }
    }

    #[test]
    fn a_faulty_file_is_named() {
        let zh = "+++\nid = 1\ncategory = \"sfz\"\ntitle = \"a\"\nexcerpt = \"b\"\nauthor = \"c\"\npublished = \"2024-09-10T14:16:00+08:00\"\n+++\nx\n";
        let good = article("x", zh, zh).unwrap();
        assert_eq!(good.published_at.rfc3339(crate::clock::Zone::CHINA), "2024-09-10T14:16:00+08:00");
        for (wrong, says) in [
            (zh.replace("+++\nid", "id"), "it does not begin with +++"),
            (zh.replace("id = 1", "id = 2"), "differ from those of the Chinese text"),
            (zh.replace("id = 1", "number = 1"), "unknown field"),
        ] {
            let error = article("x", zh, &wrong).unwrap_err().to_string();
            assert!(error.starts_with("articles/x.en.md: ") && error.contains(says), "{error}");
        }
        let late = zh.replace("2024-09-10T", "soon ");
        assert!(article("x", &late, &late).unwrap_err().to_string().starts_with("articles/x.zh-CN.md"));
    }
}

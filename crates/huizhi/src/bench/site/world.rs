//! The articles of the measurement: the questions of those that come with the service, asked about each city, with their paragraphs in another order.

use anyhow::Context as _;
use huizhi_domain::article::{ArticleId, SeedArticle, SeedText, seed};
use huizhi_domain::city::Cities;
use huizhi_domain::clock::Moment;
use huizhi_domain::words::Lang;
use huizhi_store::Store;
use tokio::task::JoinSet;

/// Numbers of the articles are from here on: above those that come with the service.
const FIRST: i64 = 100_000;
/// 2024-09-10 in China; each article is a minute younger than the one before.
const BEGIN: i64 = 1_725_897_600_000;
/// How many are written at once: they share transactions.
const AT_ONCE: usize = 200;

/// An article as it is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Its address.
    pub path: String,
    /// Its question.
    pub title: String,
}

/// Numerical Recipes' generator: random enough to be nothing, and the same each time.
pub struct Dice(pub u32);

impl Dice {
    /// A number from 0 to below the end.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % end.max(1)
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> anyhow::Result<&'a T> {
        let at = self.below(from.len());
        from.get(at).context("nothing to choose from")
    }
}

/// Writes so many articles.
pub async fn fill(store: &Store, count: u32) -> anyhow::Result<Vec<Asked>> {
    let articles = generated(count)?;
    let asked = articles.iter().map(asked).collect::<anyhow::Result<Vec<_>>>()?;
    let mut writing = JoinSet::new();
    for article in articles {
        if writing.len() >= AT_ONCE {
            done(writing.join_next().await)?;
        }
        let store = store.clone();
        writing.spawn(async move { store.seed_article(article).await });
    }
    while let Some(written) = writing.join_next().await {
        done(Some(written))?;
    }
    Ok(asked)
}

type Written = Result<huizhi_store::Result<bool>, tokio::task::JoinError>;

fn done(written: Option<Written>) -> anyhow::Result<()> {
    let is_new = written.context("nothing was written")???;
    anyhow::ensure!(is_new, "an article was there before");
    Ok(())
}

fn asked(article: &SeedArticle) -> anyhow::Result<Asked> {
    let text = article.texts.first().context("an article without a text")?;
    let path = huizhi_domain::article::permalink(&article.category, article.id, text.lang);
    Ok(Asked { path, title: text.title.clone() })
}

/// The same articles each time.
fn generated(count: u32) -> anyhow::Result<Vec<SeedArticle>> {
    let (seeds, cities) = (seed::built_in()?, Cities::built_in()?);
    let mut dice = Dice(9089);
    (0..count)
        .map(|number| {
            let about = seeds.get(number as usize % seeds.len().max(1)).context("no article comes with the service")?;
            let text = about.texts.first().context("an article without a text")?;
            let city = dice.pick(cities.cities())?;
            let title = format!("{}{}", city.name, text.title);
            let mut parts: Vec<&str> = text.body.split("\n\n").collect();
            let other = dice.pick(&seeds)?.texts.first().context("an article without a text")?;
            parts.extend(other.body.split("\n\n").filter(|part| !part.starts_with("{{")));
            for at in (1..parts.len()).rev() {
                let with = dice.below(at + 1);
                parts.swap(at, with);
            }
            Ok(SeedArticle {
                name: format!("bench-{number}"),
                id: ArticleId(FIRST + i64::from(number)),
                category: about.category.clone(),
                author: about.author.clone(),
                published_at: Moment(BEGIN + i64::from(number) * 60_000),
                texts: vec![SeedText {
                    lang: Lang::Zh,
                    title,
                    excerpt: text.excerpt.clone(),
                    body: parts.join("\n\n"),
                }],
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_articles_are_generated_each_time_and_differ_from_each_other() {
        let (one, again) = (generated(60).unwrap(), generated(60).unwrap());
        assert_eq!(one, again);
        let bodies: std::collections::BTreeSet<&str> =
            one.iter().filter_map(|article| Some(article.texts.first()?.body.as_str())).collect();
        assert_eq!(bodies.len(), 60);
    }
}

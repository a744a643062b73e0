//! What can be found: an index of documents, cities, offices and articles, and which articles are alike. See `docs/search.md`.

mod laid;

use std::collections::BTreeMap;
use std::sync::Arc;

use huizhi_domain::article::ArticleId;
use huizhi_domain::search::{
    Counts, Entry, Kind, Lookup, Name, Query, Rarities, Score, Term, Weights, Within, beyond, characteristic, nearest,
    score, typed_key, weigh,
};
use huizhi_domain::words::Lang;

pub use laid::{Laid, Lists, Unrelated, distinct};

use self::laid::entry_of;
use crate::db::{change, read};
use crate::{Result, Store};

/// Entries that a lookup gives at most. They are ranked each time, so it is what a query costs at most, however many articles there are.
const CANDIDATES: i64 = 60;
/// With so many that fit, no wider lookup is made.
const ENOUGH: usize = 40;
/// What is offered where nothing fits.
const NEAR: usize = 6;
/// Keys that are read for each suggestion: a title has several, and they stand together.
const KEYS_EACH: usize = 4;
/// Articles that are indexed in one transaction.
const AT_ONCE: i64 = 50;
/// Articles whose related ones are looked for in one round, so that the loop's other work does not wait.
const RELATED_AT_ONCE: i64 = 20;
/// Related articles of each.
const RELATED: usize = 10;
/// Tokens with which others are looked for.
const CHARACTERISTIC: usize = 12;

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// What it is.
    pub kind: Kind,
    /// Which of its kind.
    pub key: String,
    /// What it is called.
    pub title: String,
    /// What is said of it; empty in suggestions.
    pub text: String,
    /// The path of its page.
    pub address: String,
}

/// What a query found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The best first.
    pub hits: Vec<Hit>,
    /// Whether there are more after these.
    pub more: bool,
    /// Where nothing fits, what comes nearest.
    pub near: Vec<Hit>,
}

impl Store {
    /// What fits a query, the best first: at most `most`, after the first `after`. However many there are, a fixed number of the best kind
    /// is looked at.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn search(&self, query: &Query, lang: Lang, most: usize, after: usize) -> Result<Found> {
        if query.is_empty() {
            return Ok(Found::default());
        }
        let counts = read!(self.0.db, search::counts(lang, query.tokens()))?;
        let mut looked = BTreeMap::<i64, (Score, Hit)>::new();
        for lookup in query.lookups(&counts) {
            if looked.values().filter(|(score, _)| score.fits).count() >= ENOUGH {
                break;
            }
            for (id, hit) in read!(self.0.db, search::find(&lookup, lang, None, CANDIDATES))? {
                looked.entry(id).or_insert_with(|| (score(query, &counts, &hit.title, &hit.text), hit));
            }
        }
        let mut ranked: Vec<(i64, Score, Hit)> =
            looked.into_iter().map(|(id, (score, hit))| (id, score, hit)).collect();
        ranked.sort_by_key(|(id, score, hit)| (std::cmp::Reverse(*score), hit.kind, *id));
        let (fit, near): (Vec<_>, Vec<_>) = ranked.into_iter().partition(|(_, score, _)| score.fits);
        let mut hits: Vec<Hit> = fit.into_iter().map(|(_, _, hit)| hit).collect();
        // sfz and shenfenzheng stand in no text.
        if query.may_be_spelled() || hits.is_empty() {
            let mut spelled = self.suggest(query.typed(), lang, most).await?;
            spelled.retain(|hit| !hits.iter().any(|other| same(hit, other)));
            hits.append(&mut spelled);
        }
        let near =
            if hits.is_empty() { near.into_iter().map(|(_, _, hit)| hit).take(NEAR).collect() } else { Vec::new() };
        let more = hits.len() > after.saturating_add(most);
        let hits = hits.into_iter().skip(after).take(most).collect();
        Ok(Found { hits, more, near })
    }

    /// What a text that is still being typed may become: what begins so, as it is written, in pinyin or by the initials of pinyin, then
    /// what has it within.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn suggest(&self, typed: &str, lang: Lang, most: usize) -> Result<Vec<Hit>> {
        let from = typed_key(typed);
        if from.is_empty() {
            return Ok(Vec::new());
        }
        let to = beyond(&from);
        let mut found: Vec<(i64, Hit)> = Vec::new();
        let mut take = |rows: Vec<(i64, Hit)>| {
            let before = found.len();
            for (id, hit) in rows {
                if !found.iter().any(|(other, _)| *other == id) {
                    found.push((id, hit));
                }
            }
            // Of those that begin so, the kinds in their order, and short titles before long ones.
            if let Some(new) = found.get_mut(before..) {
                new.sort_by_key(|(id, hit)| (hit.kind, hit.title.chars().count(), *id));
            }
            found.len()
        };
        let rows = (most * KEYS_EACH) as i64;
        let mut count = 0;
        for place in [0, 1] {
            if count < most {
                count = take(read!(self.0.db, search::spelled(lang, place, &from, &to, rows))?);
            }
        }
        let query = Query::parse(typed);
        if count < most && !query.is_empty() && !query.may_be_spelled() {
            let lookup = Lookup::Every(Within::Title, query.terms().to_vec());
            take(read!(self.0.db, search::find(&lookup, lang, None, rows))?);
        }
        Ok(found.into_iter().take(most).map(|(_, hit)| Hit { text: String::new(), ..hit }).collect())
    }

    /// Makes the entries of a kind these and no others. Gives how many were changed; where none are, nothing is written.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn index_entries(&self, kind: Kind, entries: Vec<Entry>) -> Result<usize> {
        let standing = read!(self.0.db, search::of_kind(kind))?;
        let mut old: BTreeMap<Name, Entry> = standing.into_iter().map(|entry| (entry.name(), entry)).collect();
        let mut new = Vec::new();
        for entry in entries.into_iter().filter(|entry| entry.kind == kind) {
            if old.remove(&entry.name()).is_none_or(|before| before != entry) {
                new.push(Laid::of(entry));
            }
        }
        let mut out: Vec<Name> = old.into_keys().collect();
        let mut done = 0;
        // In parts, so that no other writer waits for hundreds of cities.
        while !new.is_empty() || !out.is_empty() {
            let rest = new.split_off(new.len().min(AT_ONCE as usize));
            let (part, gone) = (Arc::new(std::mem::replace(&mut new, rest)), std::mem::take(&mut out));
            done += change!(self.0.db, search::put(part, gone))?;
        }
        Ok(done)
    }

    /// Indexes articles that changed, and looks for the related ones of some; the service calls it until there is nothing to do. Gives how
    /// much it did. Where nothing changed it costs three reads by an index.
    ///
    /// # Errors
    /// [`crate::StoreError::Db`].
    pub async fn refresh_search(&self) -> Result<usize> {
        let (counted, indexed) = read!(self.0.db, search::state())?;
        let changes = self.article_changes(indexed, AT_ONCE).await?;
        // Related ones are looked for when all are there.
        let Some(last) = changes.last().map(|change| change.stamp) else { return self.relate(counted).await };
        let done = changes.len();
        let (mut new, mut out) = (Vec::with_capacity(done), Vec::new());
        for change in changes {
            let article = if change.live { self.published(change.id, change.lang).await? } else { None };
            match article {
                Some(article) => new.push(Laid::of(entry_of(&article))),
                None => out.push((Kind::Article, change.id.to_string(), change.lang)),
            }
        }
        let new = Arc::new(new);
        change!(self.0.db, search::put(new, out))?;
        // Both languages of an article may have changed at once; of the last change the second half may not be among these.
        let seen = if (done as i64) < AT_ONCE { last } else { last - 1 };
        change!(self.0.db, search::indexed(seen))?;
        Ok(done)
    }

    /// Looks for the related articles of some that have none yet, or whose neighbours changed. Gives of how many.
    async fn relate(&self, counted: i64) -> Result<usize> {
        let mut unrelated = read!(self.0.db, search::unrelated(RELATED_AT_ONCE))?;
        let mut lists = Lists::with_capacity(unrelated.len());
        for lang in Lang::ALL {
            let (of_lang, others) = unrelated.into_iter().partition::<Vec<_>, _>(|of| of.lang == lang);
            unrelated = others;
            if of_lang.is_empty() {
                continue;
            }
            let counts = read!(self.0.db, search::all_counts(lang))?;
            let rarities = Rarities::of(&counts);
            for of in of_lang {
                let alike = self.alike(&of, &counts, &rarities).await?;
                lists.push((of, alike));
            }
        }
        let count = lists.len();
        if count > 0 {
            let lists = Arc::new(lists);
            change!(self.0.db, search::relate(lists, counted))?;
        }
        Ok(count)
    }

    /// The articles that are most alike one, the nearest first.
    async fn alike(&self, of: &Unrelated, counts: &Counts, rarities: &Rarities) -> Result<Vec<(i64, ArticleId)>> {
        let said = characteristic(&of.title, &of.text, counts, CHARACTERISTIC);
        if said.is_empty() {
            return Ok(Vec::new());
        }
        let lookup = Lookup::Any(Within::All, said.into_iter().map(|token| Term::Phrase(vec![token])).collect());
        let candidates = read!(self.0.db, search::find(&lookup, of.lang, Some(Kind::Article), CANDIDATES))?;
        let mut others: Vec<((ArticleId, i64), Weights)> = Vec::with_capacity(candidates.len());
        for (id, hit) in candidates.into_iter().filter(|(id, _)| *id != of.id) {
            if let Ok(article) = hit.key.parse() {
                others.push(((article, id), weigh(&hit.title, &hit.text, rarities)));
            }
        }
        let near = nearest(&weigh(&of.title, &of.text, rarities), &others, RELATED);
        Ok(near.into_iter().map(|(article, id)| (id, article)).collect())
    }
}

fn same(one: &Hit, other: &Hit) -> bool {
    (one.kind, &one.key) == (other.kind, &other.key)
}

//! Blocks and facts that the service can't fill: a word it does not know, a city, document or business that is not there, and a block
//! that does not stand alone on its line, which would be read as it is written.

use super::{Case, Field, Remark, Severity};
use crate::article::block::{Block, BlockError};
use crate::article::fact::Fact;
use crate::city::RegionCode;

pub(super) fn check(case: &Case<'_>) -> Vec<Remark> {
    let mut found = Vec::new();
    let mut begins = 0;
    for line in case.subject.body.split('\n') {
        found.extend(within(case, line, begins));
        begins += line.chars().count() + 1;
    }
    found
}

fn within(case: &Case<'_>, line: &str, begins: usize) -> Vec<Remark> {
    let mut found = Vec::new();
    for (at, _) in line.match_indices("{{") {
        let Some(rest) = line.get(at..) else { continue };
        let from = begins + line.get(..at).map_or(0, |before| before.chars().count());
        let remark =
            |rule, length: usize, right| case.remark(rule, Severity::Error, Field::Body, from..from + length, right);
        let Some((inner, _)) = rest.split_once("}}") else {
            found.push(remark("block.open", rest.chars().count(), String::new()));
            continue;
        };
        let written = format!("{inner}}}}}");
        let length = written.chars().count();
        if written.starts_with("{{fact ") {
            let fault = match written.parse::<Fact>() {
                Ok(fact) => missing_in_fact(case, &fact),
                Err(error) => Some(why(error)),
            };
            found.extend(fault.map(|right| remark("block.unknown", length, right)));
            continue;
        }
        match written.parse::<Block>() {
            Err(error) => found.push(remark("block.unknown", length, why(error))),
            Ok(_) if line.trim() != written => found.push(remark("block.inline", length, String::new())),
            Ok(block) => found.extend(missing(case, &block).map(|right| remark("block.unknown", length, right))),
        }
    }
    found
}

/// The word that the fault is about: the page says the rest in the reader's language.
fn why(error: BlockError) -> String {
    match error {
        BlockError::Kind(word) | BlockError::City(word) | BlockError::Name(word) => word,
        BlockError::Missing { kind, .. } => kind,
        BlockError::TooMuch { rest, .. } => rest,
    }
}

/// What a block names and the data don't have.
fn missing(case: &Case<'_>, block: &Block) -> Option<String> {
    match block {
        Block::Guide { document } | Block::Document { document } | Block::Card { document } => {
            no_document(case, document)
        }
        Block::Receipt { city, document } => {
            no_city(case, city).or_else(|| document.as_ref().and_then(|it| no_document(case, it)))
        }
        Block::Offices { city } => no_city(case, city),
        Block::Materials { business } => case.facts.materials.business(business).is_none().then(|| business.clone()),
        Block::Cities => None,
    }
}

fn missing_in_fact(case: &Case<'_>, fact: &Fact) -> Option<String> {
    match fact {
        Fact::ReceiptDays { city, document } | Fact::Price { city, document } => {
            no_city(case, city).or_else(|| document.as_ref().and_then(|it| no_document(case, it)))
        }
        Fact::Pixels { document } | Fact::FileSize { document } => no_document(case, document),
    }
}

fn no_document(case: &Case<'_>, document: &str) -> Option<String> {
    case.facts.catalog.get(document).is_none().then(|| document.to_owned())
}

fn no_city(case: &Case<'_>, city: &str) -> Option<String> {
    let known = city.parse().ok().and_then(|code: RegionCode| case.facts.cities.find(code)).is_some();
    (!known).then(|| city.to_owned())
}

//! Two logs held against each other: what one says that it gave, the other has to say that it took.

use std::collections::BTreeMap;

use crate::audit::{Entry, Frontier, Head, leaf_hash};
use crate::clock::Moment;
use crate::receipt::Issuer;

use super::envelope::SpokenHead;

/// What one side writes and the other has to have written, with the same digest. The first of a pair comes first in time, so the
/// second without the first is a fault at once, and the first without the second may still be under way.
const PAIRS: [(&str, &str); 6] = [
    ("case.given", "case.taken"),
    ("case.taken", "case.arrived"),
    ("case.decided", "case.applied"),
    ("case.applied", "case.acknowledged"),
    ("receipt.reserved", "receipt.fetched-elsewhere"),
    ("receipt.consumed", "receipt.consumed-elsewhere"),
];

/// Second parts that stand in for another: a decision may have been dropped, because the order was withdrawn.
const AS_GOOD: [(&str, &str); 1] = [("case.dropped", "case.applied")];

/// What two logs say of each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Pairs whose both parts are there with the same digest, by action of the first.
    pub matched: BTreeMap<&'static str, usize>,
    /// First parts whose second part is not there yet: something is under way, or it was given up.
    pub open: Vec<(&'static str, String)>,
    /// Second parts whose first part is nowhere, with their digest: one of the logs does not say what happened.
    pub alone: Vec<(String, String)>,
    /// Heads of theirs that we wrote down and that their log does not give: it was changed since.
    pub other_heads: Vec<u64>,
    /// Heads of theirs that their log gives.
    pub heads: usize,
}

impl Comparison {
    /// Whether nothing contradicts.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.alone.is_empty() && self.other_heads.is_empty()
    }
}

/// One side's log, entry by entry as it was hashed.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// Whose it is.
    pub code: Issuer,
    /// Its entries' bytes, in their order.
    pub entries: &'a [Vec<u8>],
}

/// Holds our log against a peer's: pairs in both directions, and each head of theirs that we wrote down against what their
/// entries give. Bytes that are no entry count for the tree and for nothing else.
#[must_use]
pub fn compare(ours: Side<'_>, theirs: Side<'_>) -> Comparison {
    let (own, other) = (said(ours, theirs.code), said(theirs, ours.code));
    let mut found = Comparison::default();
    for (here, there) in [(&own, &other), (&other, &own)] {
        for (first, second) in PAIRS {
            let firsts = here.of(first);
            for digest in firsts.keys() {
                if there.of(second).contains_key(digest) {
                    *found.matched.entry(first).or_default() += 1;
                } else {
                    found.open.push((first, (*digest).to_owned()));
                }
            }
            let alone = there.of(second).into_keys().filter(|digest| !firsts.contains_key(digest));
            found.alone.extend(alone.map(|digest| (second.to_owned(), digest.to_owned())));
        }
    }
    let roots = roots(theirs.entries);
    for head in own.heads {
        match usize::try_from(head.size).ok().and_then(|size| size.checked_sub(1)).and_then(|at| roots.get(at)) {
            Some(root) if *root == head.root => found.heads += 1,
            _ => found.other_heads.push(head.size),
        }
    }
    found
}

/// What a log says about a peer.
struct Said {
    /// Digest and time by action.
    about: BTreeMap<String, BTreeMap<String, Moment>>,
    /// Heads of the peer.
    heads: Vec<Head>,
}

impl Said {
    fn of(&self, action: &str) -> BTreeMap<&str, Moment> {
        let one = |action: &str| self.about.get(action).into_iter().flatten();
        let also = AS_GOOD.iter().filter(|(_, stands_for)| *stands_for == action).flat_map(|(other, _)| one(other));
        one(action).chain(also).map(|(digest, at)| (digest.as_str(), *at)).collect()
    }
}

fn said(side: Side<'_>, peer: Issuer) -> Said {
    let peer = peer.to_string();
    let mut said = Said { about: BTreeMap::new(), heads: Vec::new() };
    for bytes in side.entries {
        let Ok(entry) = serde_json::from_slice::<Entry>(bytes) else { continue };
        let text = |key: &str| entry.detail.get(key).and_then(|value| value.as_str());
        if text("peer") != Some(peer.as_str()) {
            continue;
        }
        if let Some(digest) = text("digest") {
            said.about.entry(entry.action.clone()).or_default().insert(digest.to_owned(), entry.at);
        }
        let head = entry.detail.get("head").and_then(|head| serde_json::from_value::<SpokenHead>(head.clone()).ok());
        said.heads.extend(head.and_then(|head| head.head()));
    }
    said
}

/// The root after each entry.
fn roots(entries: &[Vec<u8>]) -> Vec<[u8; 32]> {
    let mut frontier = Frontier::default();
    entries
        .iter()
        .map(|entry| {
            frontier.push(leaf_hash(entry));
            frontier.root()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Actor;
    use crate::receipt::Signer;

    fn entry(action: &str, peer: &str, digest: &str) -> Vec<u8> {
        let detail = [("peer", peer), ("digest", digest)].map(|(key, value)| (key.to_owned(), value.into()));
        Entry {
            at: Moment(1),
            actor: Actor::Service,
            action: action.to_owned(),
            subject: String::new(),
            detail: detail.into_iter().collect(),
        }
        .to_bytes()
    }

    fn side(code: &str, entries: &[Vec<u8>]) -> Comparison {
        let theirs = [entry("case.taken", "HZ", "a"), entry("case.decided", "HZ", "d")];
        compare(Side { code: code.parse().unwrap(), entries }, Side { code: "GZ".parse().unwrap(), entries: &theirs })
    }

    #[test]
    fn what_was_given_was_taken_and_what_is_under_way_is_no_fault() {
        let ours = [entry("case.given", "GZ", "a"), entry("case.given", "GZ", "b"), entry("case.arrived", "GZ", "a")];
        let found = side("HZ", &ours);
        assert!(found.agrees());
        assert_eq!(found.matched.get("case.given"), Some(&1));
        assert_eq!(found.open.len(), 2, "one case and one decision: {:?}", found.open);
    }

    #[test]
    fn what_only_one_of_them_says_is_found() {
        let found = side("HZ", &[entry("case.given", "GZ", "a"), entry("case.applied", "GZ", "other")]);
        assert_eq!(found.alone, [("case.applied".to_owned(), "other".to_owned())]);
        let found = side("HZ", &[]);
        assert_eq!(found.alone, [("case.taken".to_owned(), "a".to_owned())]);
    }

    #[test]
    fn a_head_that_their_log_does_not_give_any_more_is_found() {
        let signer = Signer::new(&[3; 32]);
        let mut frontier = Frontier::default();
        frontier.push(leaf_hash(b"what they said then"));
        let head = SpokenHead::of(&Head::sign(&frontier, Moment(1), &signer));
        let mut heard: Entry = serde_json::from_slice(&entry("case.given", "GZ", "a")).unwrap();
        heard.detail.insert("head".to_owned(), serde_json::to_value(head).unwrap());
        let found = side("HZ", &[heard.to_bytes()]);
        assert_eq!((found.other_heads.as_slice(), found.agrees()), (&[1][..], false));
    }
}

//! The hash tree of RFC 6962 §2.1, grown at its right edge.

use sha2::{Digest as _, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// The hash of an entry: SHA-256 over a zero byte and the entry (RFC 6962 §2.1).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The right edge of a tree: the roots of its full subtrees, largest first, one for each bit of its size. It is all that
/// growing the tree needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// Reads what [`Self::to_bytes`] wrote; `None` where count and size do not fit.
    #[must_use]
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Option<Self> {
        let (peaks, rest) = bytes.as_chunks::<32>();
        (rest.is_empty() && peaks.len() == size.count_ones() as usize).then(|| Self { size, peaks: peaks.to_vec() })
    }

    /// The subtrees' roots, one after the other.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.peaks.concat()
    }

    /// How many entries the tree has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds an entry at the end.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        let mut size = self.size;
        while size & 1 == 1 {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
            size >>= 1;
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root; the hash of nothing where there is no entry (RFC 6962 §2.1).
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return Sha256::digest([]).into() };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition of RFC 6962 §2.1, as it is written there.
    fn by_definition(leaves: &[Vec<u8>]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [leaf] => leaf_hash(leaf),
            _ => {
                let k = leaves.len().next_power_of_two() / 2;
                node_hash(&by_definition(&leaves[..k]), &by_definition(&leaves[k..]))
            }
        }
    }

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn roots_are_those_of_the_definition() {
        let leaves: Vec<Vec<u8>> = (0..70_u8).map(|n| vec![n; usize::from(n)]).collect();
        let mut frontier = Frontier::default();
        for n in 0..leaves.len() {
            assert_eq!(frontier.root(), by_definition(&leaves[..n]), "{n} leaves");
            let bytes = frontier.to_bytes();
            assert_eq!(Frontier::from_bytes(n as u64, &bytes), Some(frontier.clone()));
            frontier.push(leaf_hash(&leaves[n]));
        }
    }

    #[test]
    fn roots_are_those_of_certificate_transparencys_test_vectors() {
        // The leaves and roots that the Certificate Transparency project tests its own trees with.
        let leaves: [&[u8]; 4] = [b"", b"\x00", b"\x10", b"\x20\x21"];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ];
        let mut frontier = Frontier::default();
        for (leaf, root) in leaves.into_iter().zip(roots) {
            frontier.push(leaf_hash(leaf));
            assert_eq!(frontier.root().to_vec(), bytes(root));
        }
    }
}

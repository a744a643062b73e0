//! Finding (搜索): what a text is cut into, what was asked for, which of what was found comes first, and what is alike.
//!
//! Chinese has no spaces, and a dictionary that cuts it would have to know every name. So a run of Han characters is cut into pairs that
//! overlap, 照片回执 into 照片 片回 回执, and a query is found as the same pairs in the same order: that is, as the text itself
//! (docs/search.md). Words of other scripts are tokens as they are. The databases keep the tokens; what comes first is decided here, the
//! same for both.

mod entry;
mod mark;
mod query;
mod rank;
mod similar;
mod spelling;
mod token;

#[cfg(test)]
mod tests;

pub use entry::{Entry, Kind, Name, NotAKind};
pub use mark::{highlight, snippet};
pub use query::{Lookup, Query, Term, Within};
pub use rank::{Counts, Score, score};
pub use similar::{Rarities, Weights, characteristic, likeness, nearest, weigh};
pub use spelling::{Key, beyond, keys, typed_key};
pub use token::{Token, tokens};

//! What the site remembers. All of it may be lost, and none of it outlives the data that it was made from.

use super::body::Bodies;
use super::sitemap::Addresses;
use crate::citizen::rate::Rate;

/// The site's memory. It belongs to one [`crate::App`]: what was rendered shows that one's data.
#[derive(Default)]
pub struct Memory {
    /// How often somebody may like something.
    pub likes: Rate,
    /// Bodies that were rendered.
    pub bodies: Bodies,
    /// Addresses of all articles.
    pub addresses: Addresses,
}

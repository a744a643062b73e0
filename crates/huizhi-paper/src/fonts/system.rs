//! Fonts of the machine that have characters which the bundled one lacks.

use super::face::Face;

/// Families in the order in which they are asked: first what looks like the bundled font, then the collections of rare
/// characters, then the merely large.
const FAMILIES: [&str; 15] = [
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Serif CJK SC",
    "Plangothic P1",
    "Plangothic P2",
    "HanaMinA",
    "HanaMinB",
    "BabelStone Han",
    "Jigmo",
    "Jigmo2",
    "Jigmo3",
    "SimSun-ExtB",
    "WenQuanYi Zen Hei",
    "Noto Sans",
    "DejaVu Sans",
];

/// Those of the families that are installed. Their names are read, their glyphs not yet.
pub(super) fn faces() -> Vec<Face> {
    let mut database = fontdb::Database::new();
    database.load_system_fonts();
    let mut found: Vec<(usize, u16, Face)> = Vec::new();
    for info in database.faces() {
        // HanaMin calls itself medium (500), so the weight nearest to the bundled font's is taken, not only its own.
        let off = info.weight.0.abs_diff(fontdb::Weight::NORMAL.0);
        let suits = info.style == fontdb::Style::Normal && off <= 100;
        let rank = FAMILIES.iter().position(|family| info.families.iter().any(|(name, _)| name == family));
        if let (true, Some(rank), fontdb::Source::File(path)) = (suits, rank, &info.source) {
            found.push((rank, off, Face::file(FAMILIES[rank].to_owned(), path.clone(), info.index)));
        }
    }
    found.sort_by_key(|(rank, off, _)| (*rank, *off));
    found.dedup_by_key(|(rank, _, _)| *rank);
    found.into_iter().map(|(_, _, face)| face).collect()
}

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
    let mut found: Vec<(usize, Face)> = Vec::new();
    for info in database.faces() {
        let upright = info.style == fontdb::Style::Normal && info.weight == fontdb::Weight::NORMAL;
        let rank = FAMILIES.iter().position(|family| info.families.iter().any(|(name, _)| name == family));
        if let (true, Some(rank), fontdb::Source::File(path)) = (upright, rank, &info.source)
            && found.iter().all(|(other, _)| *other != rank)
        {
            found.push((rank, Face::file(FAMILIES[rank].to_owned(), path.clone(), info.index)));
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, face)| face).collect()
}

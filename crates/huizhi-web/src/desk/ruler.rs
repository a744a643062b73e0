//! The ruler over the ID photo: what the document asks of the head's place, drawn at the photo's own px.

use huizhi_photo::spec::{Bound, Spec};
use serde::Serialize;

/// The widest photo that is shown at its own size, px; wider ones are shown smaller.
const SHOWN_PX: u32 = 420;

/// Lengths of ticks: every millimetre, every fifth.
const TICK: u32 = 6;
const LONG_TICK: u32 = 12;

/// All that is drawn. Px of the photo, origin top left.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Ruler {
    width: u32,
    height: u32,
    width_mm: Option<String>,
    height_mm: Option<String>,
    shrunk: bool,
    bands: Vec<Band>,
    lines: Vec<Line>,
    ticks_x: Vec<Tick>,
    ticks_y: Vec<Tick>,
    legend: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Band {
    rule: &'static str,
    x: f32,
    y: f32,
    width: f32,
    height: f32,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Line {
    rule: &'static str,
    x1: f32,
    y1: f32,
    x2: f32,
    y2: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct Tick {
    at: f32,
    length: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Entry {
    rule: &'static str,
    text: String,
}

/// How a rule's interval lies on the photo.
#[derive(Clone, Copy)]
enum Lie {
    FromTop,
    FromBottom,
    /// A width about the middle.
    Wide,
    /// A distance from the middle to either side.
    Aside,
}

impl Ruler {
    /// The ruler of a document; `None` where it has no photo size of its own.
    #[must_use]
    pub fn of(spec: &Spec) -> Option<Self> {
        let size = spec.size.as_ref()?;
        let mut ruler = Self {
            width: size.width_px,
            height: size.height_px,
            width_mm: size.width_mm.map(|mm| mm.to_string()),
            height_mm: size.height_mm.map(|mm| mm.to_string()),
            shrunk: size.width_px > SHOWN_PX,
            ticks_x: ticks(size.width_px, size.width_mm),
            ticks_y: ticks(size.height_px, size.height_mm),
            ..Self::default()
        };
        let dpi = f32::from(size.dpi);
        let geometry = &spec.geometry;
        for (rule, bound, lie) in [
            ("crown_top", &geometry.crown_top, Lie::FromTop),
            ("eyes_top", &geometry.eyes_top, Lie::FromTop),
            ("eyes_bottom", &geometry.eyes_bottom, Lie::FromBottom),
            ("chin_bottom", &geometry.chin_bottom, Lie::FromBottom),
            ("face_width", &geometry.face_width, Lie::Wide),
            ("head_width", &geometry.head_width, Lie::Wide),
            ("off_centre", &geometry.off_centre, Lie::Aside),
        ] {
            if let Some(bound) = bound {
                ruler.draw(rule, bound, lie, dpi);
            }
        }
        Some(ruler)
    }

    fn draw(&mut self, rule: &'static str, bound: &Bound, lie: Lie, dpi: f32) {
        let (w, h) = (self.width as f32, self.height as f32);
        let side = match lie {
            Lie::FromTop | Lie::FromBottom => h,
            Lie::Wide | Lie::Aside => w,
        };
        let (min, max) = bound.in_px(side, dpi);
        self.legend.push(Entry { rule, text: range(min, max) });
        for end in [min, max].into_iter().filter(|end| end.is_finite()) {
            match lie {
                Lie::FromTop => self.across(rule, end),
                Lie::FromBottom => self.across(rule, h - end),
                Lie::Wide => [-0.5, 0.5].into_iter().for_each(|half| self.down(rule, w / 2.0 + half * end)),
                Lie::Aside => [-1.0, 1.0].into_iter().for_each(|way| self.down(rule, w / 2.0 + way * end)),
            }
        }
        if min.is_finite() && max.is_finite() {
            let band = |x, y, width, height| Band { rule, x, y, width, height };
            let deep = max - min;
            match lie {
                Lie::FromTop => self.bands.push(band(0.0, min, w, deep)),
                Lie::FromBottom => self.bands.push(band(0.0, h - max, w, deep)),
                Lie::Wide => {
                    self.bands.push(band((w - max) / 2.0, 0.0, deep / 2.0, h));
                    self.bands.push(band(f32::midpoint(w, min), 0.0, deep / 2.0, h));
                }
                Lie::Aside => {}
            }
        }
    }

    fn across(&mut self, rule: &'static str, y: f32) {
        self.lines.push(Line { rule, x1: 0.0, y1: y, x2: self.width as f32, y2: y });
    }

    fn down(&mut self, rule: &'static str, x: f32) {
        self.lines.push(Line { rule, x1: x, y1: 0.0, x2: x, y2: self.height as f32 });
    }
}

/// One tick a millimetre, or ten px where the document is never on paper.
fn ticks(side_px: u32, side_mm: Option<f32>) -> Vec<Tick> {
    let step = side_mm.filter(|mm| *mm > 0.0).map_or(10.0, |mm| side_px as f32 / mm);
    let count = (side_px as f32 / step) as u32;
    let tick = |n: u32| Tick { at: n as f32 * step, length: if n.is_multiple_of(5) { LONG_TICK } else { TICK } };
    (0..=count).map(tick).collect()
}

fn range(min: f32, max: f32) -> String {
    match (min.is_finite(), max.is_finite()) {
        (true, true) => format!("{min:.0}–{max:.0} px"),
        (true, false) => format!("≥ {min:.0} px"),
        (false, true) => format!("≤ {max:.0} px"),
        (false, false) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use huizhi_photo::spec::Catalog;

    use super::*;

    #[test]
    fn the_resident_card_has_its_own_lines() {
        let catalog = Catalog::built_in().unwrap();
        let ruler = Ruler::of(catalog.get("cn-resident-id").unwrap()).unwrap();
        assert_eq!((ruler.width, ruler.height, ruler.shrunk), (358, 441, false));
        let text = |rule: &str| ruler.legend.iter().find(|entry| entry.rule == rule).unwrap().text.clone();
        assert_eq!(text("crown_top"), "7–21 px");
        assert_eq!(text("eyes_bottom"), "≥ 207 px");
        assert!(ruler.lines.iter().any(|line| line.rule == "eyes_bottom" && (line.y1 - (441.0 - 207.0)).abs() < 0.01));
        assert_eq!(ruler.ticks_x.len(), 27, "0 to 26 mm");
    }

    #[test]
    fn every_document_draws_within_its_photo() {
        for spec in Catalog::built_in().unwrap().iter() {
            let Some(ruler) = Ruler::of(spec) else { continue };
            let (w, h) = (ruler.width as f32, ruler.height as f32);
            for line in &ruler.lines {
                let inside = |at: f32, side: f32| (-0.5..=side + 0.5).contains(&at);
                assert!(inside(line.x1, w) && inside(line.y1, h), "{} {line:?}", spec.id);
            }
        }
    }
}

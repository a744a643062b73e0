//! Findings → numbered marks on the portrait, in pixels and as SVG.

use std::fmt::Write;

use crate::decode::Portrait;
use crate::finding::{Finding, Severity};
use crate::pixels::{Point, Rect, Rgb};

/// White under the coloured line, so that a mark is seen on dark hair and on red cloth alike.
const CASING: [u8; 3] = [255, 255, 255];
/// Line width as a share of the picture's longer side; 1 / 340 is 3 px of the 1,024 that are drawn on.
const LINE_SHARE: f32 = 1.0 / 340.0;
/// Height of a badge as a share of the longer side: its number stays legible where a phone shows the picture 300 px
/// wide.
const BADGE_SHARE: f32 = 1.0 / 26.0;
/// Columns and rows of a digit.
const DIGIT: (u32, u32) = (5, 7);

/// One finding's mark. Px of the upright picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// The finding's place in the report, counted from 1.
    pub number: usize,
    /// How bad it is; decides the colour.
    pub severity: Severity,
    /// The closed polygon; empty where the finding is about the whole picture.
    pub outline: Vec<Point>,
    /// From the outline to the number; absent where there is no outline.
    pub leader: Option<(Point, Point)>,
    /// Where the number stands.
    pub badge: Rect,
}

/// Draws the findings on the working picture: outlines, and the number that each has in the report. Findings for the
/// reviewer only are left out.
#[must_use]
pub fn draw(portrait: &Portrait, findings: &[Finding]) -> Rgb {
    let mut picture = portrait.working().clone();
    let (width, height) = (picture.width as f32, picture.height as f32);
    let back = portrait.working_to_upright().inverse();
    let scaled: Vec<Finding> = findings
        .iter()
        .map(|finding| {
            let place = back.map_or_else(Vec::new, |back| finding.place.iter().map(|&p| back.apply(p)).collect());
            Finding { place, ..finding.clone() }
        })
        .collect();
    let line = (width.max(height) * LINE_SHARE).max(2.0);
    let marks = marks(&scaled, width, height);
    // First all lines, then all numbers, so that no line runs through a number.
    for mark in &marks {
        for (radius, ink) in [(line / 2.0 + 1.5, CASING), (line / 2.0, colour(mark.severity))] {
            for (i, &from) in mark.outline.iter().enumerate() {
                stroke(&mut picture, from, mark.outline[(i + 1) % mark.outline.len()], radius, ink);
            }
            if let Some((from, to)) = mark.leader {
                stroke(&mut picture, from, to, radius, ink);
            }
        }
    }
    for mark in &marks {
        draw_badge(&mut picture, mark);
    }
    picture
}

/// The marks alone, as an SVG picture to lay over the upright picture of `width` × `height` px.
#[must_use]
pub fn svg(findings: &[Finding], width: u32, height: u32) -> String {
    let (w, h) = (width as f32, height as f32);
    let line = (w.max(h) * LINE_SHARE).max(2.0);
    let mut text = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" fill=\"none\">");
    let marks = marks(findings, w, h);
    for mark in &marks {
        let mut path = String::new();
        for (i, p) in mark.outline.iter().enumerate() {
            // Writing to a String cannot fail.
            let _ = write!(path, "{}{:.1},{:.1}", if i == 0 { 'M' } else { 'L' }, p.x, p.y);
        }
        if let Some((from, to)) = mark.leader {
            let _ = write!(path, "ZM{:.1},{:.1}L{:.1},{:.1}", from.x, from.y, to.x, to.y);
        }
        if path.is_empty() {
            continue;
        }
        for (ink, width) in [(CASING, line * 2.0), (colour(mark.severity), line)] {
            let _ = write!(
                text,
                "<path d=\"{path}\" stroke=\"{}\" stroke-width=\"{width:.1}\" stroke-linejoin=\"round\"/>",
                hex(ink)
            );
        }
    }
    for mark in &marks {
        let badge = mark.badge;
        let _ = write!(
            text,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{:.1}\" fill=\"{}\" \
             stroke=\"#fff\" stroke-width=\"{:.1}\"/><text x=\"{:.1}\" y=\"{:.1}\" font-size=\"{:.1}\" \
             font-family=\"sans-serif\" font-weight=\"700\" text-anchor=\"middle\" fill=\"#fff\">{}</text>",
            badge.x,
            badge.y,
            badge.width,
            badge.height,
            badge.height / 6.0,
            hex(colour(mark.severity)),
            line / 2.0,
            badge.centre().x,
            badge.y + badge.height * 0.78,
            badge.height * 0.8,
            mark.number
        );
    }
    text.push_str("</svg>");
    text
}

/// Where the marks stand in a picture of `width` × `height`: numbers in a column beside everything that is outlined,
/// from top to bottom as their outlines are, those of the whole picture in a row at the top left. `place` of the
/// findings is in the same px.
#[must_use]
pub fn marks(findings: &[Finding], width: f32, height: f32) -> Vec<Mark> {
    let side = (width.max(height) * BADGE_SHARE).max(DIGIT.1 as f32 + 4.0);
    let wide = side * 1.4;
    let shown = || findings.iter().enumerate().filter(|(_, f)| f.severity != Severity::Note);
    // What of an outline lies outside the picture is drawn along its edge.
    let within = |f: &Finding| -> Vec<Point> {
        f.place.iter().map(|p| Point::new(p.x.clamp(0.0, width), p.y.clamp(0.0, height))).collect()
    };
    let outlined: Vec<Point> = shown().flat_map(|(_, f)| within(f)).collect();
    let around = if outlined.is_empty() { Rect::default() } else { Rect::around(&outlined) };
    // To the right of the outlines where there is room, else to the left, else over the right edge.
    let (mut x, mut to_the_right) = (around.right() + side, true);
    if x + wide > width {
        x = around.x - side - wide;
        to_the_right = false;
    }
    if x < 0.0 {
        x = (width - wide).max(0.0);
        to_the_right = true;
    }
    let mut beside: Vec<(usize, Severity, Vec<Point>, Rect)> = shown()
        .filter(|(_, f)| !f.place.is_empty())
        .map(|(i, f)| (i, f.severity, within(f), Rect::around(&within(f))))
        .collect();
    beside.sort_by(|a, b| a.3.centre().y.total_cmp(&b.3.centre().y).then(a.0.cmp(&b.0)));
    let middles: Vec<f32> = beside.iter().map(|(_, _, _, place)| place.centre().y).collect();
    let rows = column(&middles, side, height);
    let mut marks = Vec::new();
    for ((i, severity, outline, place), y) in beside.into_iter().zip(rows) {
        let badge = Rect { x, y, width: wide, height: side };
        let ends = if to_the_right { (place.right(), badge.x) } else { (place.x, badge.right()) };
        let leader = Some((Point::new(ends.0, place.centre().y), Point::new(ends.1, badge.centre().y)));
        marks.push(Mark { number: i + 1, severity, outline, leader, badge });
    }
    for (column, (i, finding)) in shown().filter(|(_, f)| f.place.is_empty()).enumerate() {
        let badge = Rect { x: side * 0.3 + column as f32 * wide * 1.15, y: side * 0.3, width: wide, height: side };
        marks.push(Mark { number: i + 1, severity: finding.severity, outline: Vec::new(), leader: None, badge });
    }
    marks.sort_by_key(|mark| mark.number);
    marks
}

/// Upper edges of badges of one column: each as near to its outline's middle as those above it leave it, and none
/// below the picture. `middles` ascend.
fn column(middles: &[f32], side: f32, height: f32) -> Vec<f32> {
    let step = (side * 1.15).min(height / middles.len().max(1) as f32);
    // Half of what does not fit below its place goes above: the badges of one outline stand around it.
    let mut rows: Vec<f32> = Vec::new();
    for (i, middle) in middles.iter().enumerate() {
        let alike = middles[i..].iter().take_while(|m| **m - middle < step).count() as f32;
        let wanted = middle - step * (alike - 1.0) / 2.0 - side / 2.0;
        rows.push(rows.last().map_or(wanted.max(0.0), |above| wanted.max(above + step)));
    }
    let mut limit = height - side;
    for row in rows.iter_mut().rev() {
        *row = row.min(limit).max(0.0);
        limit = *row - step;
    }
    rows
}

fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Red for what must be mended, orange for what the maker mends: at least 3 : 1 against white (WCAG 2.2, 1.4.11).
fn colour(severity: Severity) -> [u8; 3] {
    match severity {
        Severity::Block | Severity::Fix => [208, 28, 28],
        Severity::Auto | Severity::Note => [201, 93, 0],
    }
}

/// A straight line with round ends, `radius` px on both sides.
fn stroke(picture: &mut Rgb, from: Point, to: Point, radius: f32, ink: [u8; 3]) {
    let left = from.x.min(to.x) - radius;
    let right = from.x.max(to.x) + radius;
    let top = from.y.min(to.y) - radius;
    let bottom = from.y.max(to.y) + radius;
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let length2 = (dx * dx + dy * dy).max(1e-6);
    for y in span(top, bottom, picture.height) {
        for x in span(left, right, picture.width) {
            let (px, py) = (x as f32 + 0.5 - from.x, y as f32 + 0.5 - from.y);
            let t = ((px * dx + py * dy) / length2).clamp(0.0, 1.0);
            let away = Point::new(px, py).distance(Point::new(t * dx, t * dy));
            blend(picture, x, y, ink, radius + 0.5 - away);
        }
    }
}

/// Px from `from` to `to` that lie within a side; places outside the picture are left out.
fn span(from: f32, to: f32, side: u32) -> std::ops::Range<u32> {
    let limit = side as f32;
    from.clamp(0.0, limit) as u32..(to + 1.0).clamp(0.0, limit) as u32
}

fn blend(picture: &mut Rgb, x: u32, y: u32, ink: [u8; 3], cover: f32) {
    let cover = cover.clamp(0.0, 1.0);
    if cover == 0.0 {
        return;
    }
    let under = picture.at(x, y);
    let mixed = |i: usize| (f32::from(under[i]) * (1.0 - cover) + f32::from(ink[i]) * cover + 0.5) as u8;
    picture.set(x, y, [mixed(0), mixed(1), mixed(2)]);
}

fn draw_badge(picture: &mut Rgb, mark: &Mark) {
    let badge = mark.badge;
    fill(picture, &badge, CASING);
    let rim = (badge.height * 0.07).max(1.0);
    let inner =
        Rect { x: badge.x + rim, y: badge.y + rim, width: badge.width - 2.0 * rim, height: badge.height - 2.0 * rim };
    fill(picture, &inner, colour(mark.severity));
    let digits: Vec<u32> = mark.number.to_string().chars().filter_map(|c| c.to_digit(10)).collect();
    let dot = (inner.height / (DIGIT.1 as f32 + 2.0)).max(1.0);
    let step = (DIGIT.0 + 1) as f32 * dot;
    let mut x = badge.centre().x - (step * digits.len() as f32 - dot) / 2.0;
    let y = badge.centre().y - DIGIT.1 as f32 * dot / 2.0;
    for digit in digits {
        for row in 0..DIGIT.1 {
            for column in 0..DIGIT.0 {
                if DIGITS[digit as usize][row as usize] >> (DIGIT.0 - 1 - column) & 1 == 1 {
                    let cell = Rect { x: x + column as f32 * dot, y: y + row as f32 * dot, width: dot, height: dot };
                    fill(picture, &cell, CASING);
                }
            }
        }
        x += step;
    }
}

fn fill(picture: &mut Rgb, rect: &Rect, ink: [u8; 3]) {
    for y in (rect.y + 0.5).max(0.0) as u32..((rect.bottom() + 0.5).max(0.0) as u32).min(picture.height) {
        for x in (rect.x + 0.5).max(0.0) as u32..((rect.right() + 0.5).max(0.0) as u32).min(picture.width) {
            picture.set(x, y, ink);
        }
    }
}

/// Digits of 5 × 7 dots, one byte a row, the leftmost dot in bit 4.
const DIGITS: [[u8; 7]; 10] = [
    [0b01110, 0b10001, 0b10011, 0b10101, 0b11001, 0b10001, 0b01110],
    [0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110],
    [0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111],
    [0b01110, 0b10001, 0b00001, 0b00110, 0b00001, 0b10001, 0b01110],
    [0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010],
    [0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110],
    [0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110],
    [0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000],
    [0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110],
    [0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100],
];

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(severity: Severity, place: &[(f32, f32)]) -> Finding {
        Finding {
            code: "eyes.closed".to_owned(),
            rejection: "E01".to_owned(),
            severity,
            measured: 0.0,
            limit: 1.0,
            unit: "share".to_owned(),
            clause: String::new(),
            place: place.iter().map(|&(x, y)| Point::new(x, y)).collect(),
        }
    }

    const BOX: &[(f32, f32)] = &[(100.0, 100.0), (200.0, 100.0), (200.0, 180.0), (100.0, 180.0)];

    #[test]
    fn numbers_are_those_of_the_report_and_do_not_cover_each_other() {
        let findings = [
            finding(Severity::Fix, BOX),
            finding(Severity::Note, BOX),
            finding(Severity::Fix, BOX),
            finding(Severity::Auto, &[]),
        ];
        let marks = marks(&findings, 600.0, 800.0);
        assert_eq!(marks.iter().map(|m| m.number).collect::<Vec<_>>(), [1, 3, 4]);
        assert!(marks[0].badge.bottom() <= marks[1].badge.y && marks[0].badge.x >= 200.0);
        assert!(marks.iter().all(|m| m.badge.x >= 0.0 && m.badge.right() <= 600.0 && m.badge.bottom() <= 800.0));
    }

    #[test]
    fn marks_are_drawn_on_the_working_picture_where_the_finding_is() {
        let portrait = Portrait::from_pixels(Rgb::filled(2048, 1024, [90, 90, 90])).unwrap();
        let drawn = draw(&portrait, &[finding(Severity::Fix, &[(800.0, 400.0), (1200.0, 400.0), (1200.0, 800.0)])]);
        assert_eq!((drawn.width, drawn.height), (1024, 512));
        assert_eq!(drawn.at(500, 200), colour(Severity::Fix));
        assert_eq!(drawn.at(300, 400), [90, 90, 90]);
    }

    #[test]
    fn places_outside_the_picture_do_no_harm() {
        let portrait = Portrait::from_pixels(Rgb::filled(40, 30, [0; 3])).unwrap();
        let far = [(-1e9, -50.0), (f32::MAX, 20.0), (3.0, 1e9)];
        let many: Vec<Finding> = (0..40).map(|_| finding(Severity::Block, &far)).collect();
        assert_eq!(draw(&portrait, &many).width, 40);
    }

    #[test]
    fn the_svg_has_one_number_for_each_mark() {
        let text = svg(&[finding(Severity::Fix, BOX), finding(Severity::Fix, &[])], 600, 800);
        assert!(text.starts_with("<svg") && text.ends_with("</svg>"));
        assert_eq!((text.matches("<text").count(), text.matches("<path").count()), (2, 2));
        assert!(text.contains("viewBox=\"0 0 600 800\""));
    }
}

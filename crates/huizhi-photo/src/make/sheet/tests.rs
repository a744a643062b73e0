use proptest::prelude::*;

use super::*;
use crate::make::encode::{self, Request};
use crate::pixels::Rgb;
use crate::spec::FileFormat;

const ID_CARD: PhotoSize = PhotoSize { width_mm: 26.0, height_mm: 32.0 };
const VISA: PhotoSize = PhotoSize { width_mm: 35.0, height_mm: 45.0 };
const ONE_INCH: PhotoSize = PhotoSize { width_mm: 25.0, height_mm: 35.0 };
const TWO_INCH: PhotoSize = PhotoSize { width_mm: 35.0, height_mm: 49.0 };
const PASSPORT: PhotoSize = PhotoSize { width_mm: 33.0, height_mm: 48.0 };

const WORDS: pdf::Words = pdf::Words { title: "证件照 26×32 mm", language: "zh-CN", photo: "证件照" };

fn paper(id: &str) -> Paper {
    Paper::supplied(id).unwrap()
}

fn full(id: &str, size: PhotoSize) -> Plan {
    plan(&paper(id), &[(size, Count::AsManyAsFit)], &Options::default()).unwrap()
}

/// A head and shoulders on white, drawn by code, for 300 dpi.
fn drawn(size: PhotoSize) -> Rgb {
    let px = |mm: f32| (mm * 300.0 / 25.4).round() as u32;
    let (width, height) = (px(size.width_mm), px(size.height_mm));
    let mut picture = Rgb::filled(width, height, [255, 255, 255]);
    let inside = |x: f32, y: f32, cx: f32, cy: f32, rx: f32, ry: f32| {
        let (u, v) = ((x - cx) / rx, (y - cy) / ry);
        u * u + v * v < 1.0
    };
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (x as f32 / width as f32, y as f32 / height as f32);
            let colour = if inside(u, v, 0.38, 0.42, 0.04, 0.02) || inside(u, v, 0.62, 0.42, 0.04, 0.02) {
                [30, 30, 30]
            } else if inside(u, v, 0.5, 0.62, 0.1, 0.02) {
                [180, 80, 80]
            } else if inside(u, v, 0.5, 0.47, 0.27, 0.32) && v > 0.28 {
                [222, 184, 160]
            } else if inside(u, v, 0.5, 0.42, 0.31, 0.34) {
                [40, 30, 30]
            } else if inside(u, v, 0.5, 1.05, 0.52, 0.25) {
                [40, 60, 110]
            } else {
                [255, 255, 255]
            };
            picture.set(x, y, colour);
        }
    }
    picture
}

fn jpeg(picture: &Rgb) -> Vec<u8> {
    let request = Request { format: FileFormat::Jpeg, quality: Some(92), kb_min: None, kb_max: None, dpi: 300 };
    encode::encode(picture, &request).unwrap().bytes
}

/// Nothing overlaps, everything keeps the margin, the gap and clear of marks and caption.
fn assert_is_printable(plan: &Plan, paper: &Paper) {
    let near = 0.002;
    for (i, a) in plan.photos.iter().enumerate() {
        let (right, bottom) = (a.x_mm + a.width_mm, a.y_mm + a.height_mm);
        assert!(a.x_mm >= paper.margin_mm - near && a.y_mm >= paper.margin_mm - near, "{a:?}");
        assert!(right <= plan.width_mm - paper.margin_mm + near, "{a:?}");
        assert!(bottom <= plan.height_mm - paper.margin_mm + near, "{a:?}");
        assert!(plan.caption.as_ref().is_none_or(|c| bottom <= c.y_mm), "{a:?} on the caption");
        for b in &plan.photos[i + 1..] {
            let apart_x = (b.x_mm - right).max(a.x_mm - b.x_mm - b.width_mm);
            let apart_y = (b.y_mm - bottom).max(a.y_mm - b.y_mm - b.height_mm);
            assert!(apart_x.max(apart_y) >= paper.gap_mm - near, "{a:?} {b:?}");
        }
        for mark in &plan.marks {
            let apart_x = (mark.from_mm.0 - right).max(a.x_mm - mark.to_mm.0);
            let apart_y = (mark.from_mm.1 - bottom).max(a.y_mm - mark.to_mm.1);
            assert!(apart_x.max(apart_y) >= 0.38, "{mark:?} at {a:?}");
        }
    }
    for mark in &plan.marks {
        assert!(mark.from_mm.0 >= 0.0 && mark.from_mm.1 >= 0.0, "{mark:?}");
        assert!(mark.to_mm.0 <= plan.width_mm && mark.to_mm.1 <= plan.height_mm, "{mark:?}");
    }
}

#[test]
fn counts_are_those_of_the_printed_table() {
    // Rows × columns of the better orientation: ⌊(side − 2 margins + gap) / (photo + gap)⌋ each way.
    let table = [
        ("five-inch", ONE_INCH, 9),
        ("five-inch", ID_CARD, 9),
        ("five-inch", PASSPORT, 4),
        ("five-inch", VISA, 4),
        ("five-inch", TWO_INCH, 4),
        ("six-inch", ONE_INCH, 12),
        ("six-inch", ID_CARD, 12),
        ("six-inch", PASSPORT, 4),
        ("six-inch", VISA, 8),
        ("six-inch", TWO_INCH, 4),
        ("a4", ONE_INCH, 50),
        ("a4", ID_CARD, 48),
        ("a4", PASSPORT, 25),
        ("a4", VISA, 28),
        ("a4", TWO_INCH, 25),
        ("letter", ONE_INCH, 45),
        ("letter", ID_CARD, 45),
        ("letter", PASSPORT, 25),
        ("letter", VISA, 25),
        ("letter", TWO_INCH, 25),
    ];
    let mut wrong = Vec::new();
    for (id, size, count) in table {
        let plan = full(id, size);
        assert_is_printable(&plan, &paper(id));
        if plan.placed() != count {
            wrong.push((id, size, count, plan.placed()));
        }
        let cells = |side: f32, photo: f32| {
            let p = paper(id);
            ((f64::from(side - 2.0 * p.margin_mm + p.gap_mm) + 0.001) / f64::from(photo + p.gap_mm)).floor() as u32
        };
        let p = paper(id);
        let grid = |w: f32, h: f32| cells(w, size.width_mm) * cells(h, size.height_mm);
        assert_eq!(plan.placed(), grid(p.width_mm, p.height_mm).max(grid(p.height_mm, p.width_mm)), "{id} {size:?}");
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_full_sheet_is_centred() {
    for (id, size) in [("five-inch", ID_CARD), ("six-inch", VISA), ("a4", TWO_INCH), ("letter", ONE_INCH)] {
        let plan = full(id, size);
        let edge = |f: fn(&Placed) -> f32| plan.photos.iter().map(f).fold(f32::MAX, f32::min);
        let (left, top) = (edge(|p| p.x_mm), edge(|p| p.y_mm));
        let (right, bottom) =
            (plan.width_mm + edge(|p| -p.x_mm - p.width_mm), plan.height_mm + edge(|p| -p.y_mm - p.height_mm));
        assert!((left - right).abs() < 0.01 && (top - bottom).abs() < 0.01, "{id}: {left} {top} {right} {bottom}");
    }
}

#[test]
fn a_row_that_is_short_stands_under_its_like() {
    let options = Options { orientation: Some(Orientation::Portrait), ..Options::default() };
    let plan = plan(&paper("five-inch"), &[(ID_CARD, Count::Exactly(5))], &options).unwrap();
    let x: Vec<_> = plan.photos.iter().map(|p| p.x_mm).collect();
    assert_eq!(x[..2], x[3..]);
}

#[test]
fn mixed_sizes_share_a_paper_and_the_plan_counts_each() {
    let paper = paper("six-inch");
    let asked = [(VISA, Count::Exactly(4)), (ID_CARD, Count::Exactly(4))];
    let plan = plan(&paper, &asked, &Options::default()).unwrap();
    assert_is_printable(&plan, &paper);
    assert_eq!(plan.orientation, Orientation::Landscape);
    assert_eq!(plan.tallies.iter().map(|t| (t.placed, t.left_out)).collect::<Vec<_>>(), [(4, 0), (4, 0)]);
}

#[test]
fn what_does_not_fit_is_told() {
    let asked = [(VISA, Count::Exactly(20)), (ID_CARD, Count::Exactly(3))];
    let plan = plan(&paper("six-inch"), &asked, &Options::default()).unwrap();
    assert_eq!(plan.tallies[0].left_out, 20 - plan.tallies[0].placed);
    assert_eq!(plan.left_out(), 23 - plan.placed());
    let most = super::plan(&paper("six-inch"), &[(VISA, Count::Exactly(u32::MAX))], &Options::default()).unwrap();
    assert_eq!((most.placed(), most.left_out()), (8, u32::MAX - 8));
}

#[test]
fn open_sizes_get_equal_shares_before_the_rest_is_filled() {
    let asked = [(VISA, Count::AsManyAsFit), (ID_CARD, Count::AsManyAsFit)];
    let plan = plan(&paper("a4"), &asked, &Options::default()).unwrap();
    assert!(plan.tallies[0].placed >= 12 && plan.tallies[1].placed >= 12, "{:?}", plan.tallies);
    assert_is_printable(&plan, &paper("a4"));
}

#[test]
fn photos_lie_on_their_side_only_where_that_is_allowed() {
    let asked = [(TWO_INCH, Count::AsManyAsFit)];
    let upright = plan(&paper("six-inch"), &asked, &Options::default()).unwrap();
    let turning = Options { turn_photos: true, ..Options::default() };
    let both = plan(&paper("six-inch"), &asked, &turning).unwrap();
    assert!(upright.photos.iter().all(|p| !p.turned));
    assert_eq!((upright.placed(), both.placed()), (4, 6));
    assert_is_printable(&both, &paper("six-inch"));
}

#[test]
fn mistakes_are_named_by_their_values() {
    let five = paper("five-inch");
    let ask = |w: f32, h: f32, count| [(PhotoSize { width_mm: w, height_mm: h }, count)];
    let message =
        |asked: &[(PhotoSize, Count)], options: &Options| plan(&five, asked, options).unwrap_err().to_string();
    let plain = Options::default();
    assert!(message(&ask(100.0, 130.0, Count::AsManyAsFit), &plain).contains("100×130 mm"));
    assert!(message(&ask(26.0, 32.0, Count::Exactly(0)), &plain).contains("0 photos of 26×32 mm"));
    assert!(message(&ask(f32::NAN, 32.0, Count::AsManyAsFit), &plain).contains("NaN×32 mm"));
    assert!(message(&[], &plain).contains("at least one size"));
    let long = Options { caption: "x".repeat(200), ..Options::default() };
    assert!(message(&ask(26.0, 32.0, Count::AsManyAsFit), &long).contains("200 letters"));
    let control = Options { caption: "a\nb".to_owned(), ..Options::default() };
    assert!(message(&ask(26.0, 32.0, Count::AsManyAsFit), &control).contains("U+000A"));
    assert!(Paper::supplied("a9").unwrap_err().to_string().contains("five-inch, six-inch, a4, letter"));
    let narrow = PAPERS[0].replace("gap_mm = 2.0", "gap_mm = 0.0");
    assert!(Paper::from_toml(&narrow).unwrap_err().to_string().contains("gap_mm is 0"));
}

#[test]
fn a_pdf_has_true_millimetres_and_the_photos_own_bytes() {
    let asked = [(VISA, Count::Exactly(4)), (ID_CARD, Count::Exactly(4))];
    let options = Options { caption: "Visa 35×45 mm".to_owned(), ..Options::default() };
    let plan = plan(&paper("six-inch"), &asked, &options).unwrap();
    let photos = [jpeg(&drawn(VISA)), jpeg(&drawn(ID_CARD))];
    let bytes = pdf::render(&plan, &[&photos[0], &photos[1]], &WORDS).unwrap();
    for photo in &photos {
        assert_eq!(bytes.windows(photo.len()).filter(|w| w == photo).count(), 1);
    }
    let text = String::from_utf8_lossy(&bytes);
    let mm = |pt: &str| pt.parse::<f64>().unwrap() * 25.4 / 72.0;
    let media = text.split("/MediaBox [").nth(1).unwrap().split(']').next().unwrap();
    let media: Vec<f64> = media.split_whitespace().map(mm).collect();
    assert!((media[2] - 152.0).abs() < 0.01 && (media[3] - 102.0).abs() < 0.01, "{media:?}");
    let placed: Vec<Vec<f64>> =
        text.lines().filter_map(|l| l.strip_suffix(" cm")).map(|l| l.split_whitespace().map(mm).collect()).collect();
    assert_eq!(placed.len(), 8);
    for (found, photo) in placed.iter().zip(&plan.photos) {
        let wanted =
            [photo.width_mm, 0.0, 0.0, photo.height_mm, photo.x_mm, plan.height_mm - photo.y_mm - photo.height_mm];
        for (a, b) in found.iter().zip(wanted) {
            assert!((a - f64::from(b)).abs() < 0.01, "{found:?} {wanted:?}");
        }
    }
    for part in
        ["/PrintScaling /None", "/Lang (zh-CN)", "/Marked true", "/Figure", "/StructTreeRoot", "/DisplayDocTitle true"]
    {
        assert!(text.contains(part), "{part}");
    }
}

#[test]
fn a_raster_sheet_has_its_photos_within_a_pixel() {
    let plan = full("six-inch", VISA);
    let black = Rgb::filled(413, 531, [0, 0, 0]);
    let sheet = raster::render(&plan, &[&black]).unwrap();
    assert_eq!((sheet.width, sheet.height), (1795, 1205));
    for photo in &plan.photos {
        let px = |mm: f32| f64::from(mm) * 300.0 / 25.4;
        let row = px(photo.y_mm + photo.height_mm / 2.0) as u32;
        let column = px(photo.x_mm + photo.width_mm / 2.0) as u32;
        let dark = |x: i64, y: i64| sheet.at(x as u32, y as u32) == [0, 0, 0];
        let reach = |dx: i64, dy: i64| {
            let (mut x, mut y) = (i64::from(column), i64::from(row));
            while dark(x + dx, y + dy) {
                (x, y) = (x + dx, y + dy);
            }
            if dx == 0 { y } else { x }
        };
        let edges = [reach(-1, 0), reach(0, -1), reach(1, 0) + 1, reach(0, 1) + 1];
        let wanted = [photo.x_mm, photo.y_mm, photo.x_mm + photo.width_mm, photo.y_mm + photo.height_mm].map(px);
        for (edge, wanted) in edges.iter().zip(wanted) {
            assert!((*edge as f64 - wanted).abs() <= 1.0, "{edges:?} {wanted:?}");
        }
    }
}

#[test]
fn a_turned_photo_has_its_top_at_the_right() {
    let asked = [(TWO_INCH, Count::AsManyAsFit)];
    let plan = plan(&paper("six-inch"), &asked, &Options { turn_photos: true, ..Options::default() }).unwrap();
    let mut picture = Rgb::filled(413, 579, [0, 0, 255]);
    picture.data[..413 * 3 * 200].fill(0);
    let sheet = raster::render(&plan, &[&picture]).unwrap();
    let photo = plan.photos.iter().find(|p| p.turned).unwrap();
    let px = |mm: f32| (mm * 300.0 / 25.4) as u32;
    let row = px(photo.y_mm + 10.0);
    assert_eq!(sheet.at(px(photo.x_mm + photo.width_mm - 2.0), row), [0, 0, 0]);
    assert_eq!(sheet.at(px(photo.x_mm + 2.0), row), [0, 0, 255]);
}

#[test]
fn a_picture_that_would_be_squeezed_is_refused() {
    let plan = full("six-inch", PASSPORT);
    let digital = Rgb::filled(354, 472, [255; 3]);
    let message = raster::render(&plan, &[&digital]).unwrap_err().to_string();
    assert!(message.contains("354×472 px") && message.contains("33×48 mm"), "{message}");
    assert!(pdf::render(&plan, &[&jpeg(&digital)], &WORDS).is_err());
    assert!(pdf::render(&plan, &[], &WORDS).is_err());
    assert!(pdf::render(&plan, &[b"\x89PNG"], &WORDS).is_err());
}

#[test]
fn a_caption_that_cannot_be_drawn_on_a_raster_is_refused_there_and_set_in_the_pdf() {
    let options = Options { caption: "居民身份证 26×32 mm".to_owned(), ..Options::default() };
    let plan = plan(&paper("five-inch"), &[(ID_CARD, Count::AsManyAsFit)], &options).unwrap();
    assert_is_printable(&plan, &paper("five-inch"));
    let picture = drawn(ID_CARD);
    assert!(raster::render(&plan, &[&picture]).unwrap_err().to_string().contains('居'));
    let bytes = pdf::render(&plan, &[&jpeg(&picture)], &WORDS).unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("/UniGB-UTF16-H"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_mixture_is_packed_without_overlap(
        id in prop::sample::select(vec!["five-inch", "six-inch", "a4", "letter"]),
        sizes in prop::collection::vec((15.0_f32..60.0, 20.0_f32..70.0, 0_u32..12), 1..5),
        turn_photos in any::<bool>(), captioned in any::<bool>(),
    ) {
        let asked: Vec<_> = sizes
            .iter()
            .map(|&(width_mm, height_mm, n)| {
                (PhotoSize { width_mm, height_mm }, if n == 0 { Count::AsManyAsFit } else { Count::Exactly(n) })
            })
            .collect();
        let caption = if captioned { "35×45 mm".to_owned() } else { String::new() };
        let paper = paper(id);
        let plan = plan(&paper, &asked, &Options { turn_photos, caption, ..Options::default() }).unwrap();
        assert_is_printable(&plan, &paper);
        prop_assert_eq!(plan.placed() as usize, plan.photos.len());
        for (number, ((size, count), tally)) in asked.iter().zip(&plan.tallies).enumerate() {
            let found: Vec<_> = plan.photos.iter().filter(|p| p.size == number).collect();
            prop_assert_eq!(found.len(), tally.placed as usize);
            prop_assert!(turn_photos || found.iter().all(|p| !p.turned));
            for p in found {
                let (w, h) = if p.turned { (p.height_mm, p.width_mm) } else { (p.width_mm, p.height_mm) };
                prop_assert!((w - size.width_mm).abs() < 0.001 && (h - size.height_mm).abs() < 0.001);
            }
            if let Count::Exactly(n) = *count {
                prop_assert_eq!(tally.placed + tally.left_out, n);
            }
        }
    }
}

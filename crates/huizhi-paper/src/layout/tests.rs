//! Nothing lies outside its page, whatever the sheet says.

use huizhi_domain::words::Lang;
use proptest::prelude::*;

use super::{ASCENT, Area, DESCENT, Item, Layout, Role, lay_out};
use crate::error::PaperError;
use crate::fonts::{Fonts, air};
use crate::paper::{Format, Paper, phone};
use crate::sheet::{Name, ReceiptSheet};
use crate::template::Templates;

#[path = "../../tests/it/sample.rs"]
mod sample;

fn formats() -> Vec<Format> {
    Paper::ALL.iter().map(|paper| paper.format()).chain([480, 1080, 2160].map(phone)).collect()
}

fn area(item: &Item, fonts: &Fonts) -> Area {
    match item {
        Item::Text(t) => Area {
            x: t.x,
            y: t.baseline - ASCENT * t.size,
            width: (fonts.width(t.words.trim_end())
                + t.words.trim_end().chars().map(|c| air(c, t.tracking)).sum::<f32>())
                * t.size,
            height: (ASCENT + DESCENT) * t.size,
        },
        Item::Picture(p) => p.area,
        Item::Bar(area) | Item::Frame { area, .. } => *area,
        Item::Code { code, x, y } => Area { x: *x, y: *y, width: code.side(), height: code.side() },
    }
}

/// Lays a sheet out on a format and holds that everything lies between the margins and no text on another or on a picture.
fn hold(sheet: &ReceiptSheet, format: &Format, fonts: &Fonts) -> Layout {
    let layout = lay_out(sheet, format, fonts, None).unwrap();
    let most = format.margin - 0.01;
    for page in &layout.pages {
        let mut solid: Vec<(Area, String)> = Vec::new();
        for item in page.blocks.iter().flat_map(|block| &block.items) {
            let at = area(item, fonts);
            let what = if let Item::Text(t) = item { t.words.clone() } else { format!("{at:?}") };
            assert!(at.x >= most && at.y >= most, "{what}");
            assert!(at.x + at.width <= page.width - most, "{what} at {at:?}");
            assert!(at.y + at.height <= page.height - most, "{what} at {at:?}");
            if matches!(item, Item::Bar(_) | Item::Frame { .. }) {
                continue;
            }
            for (other, text) in &solid {
                let apart = at.x + at.width <= other.x + 0.01
                    || other.x + other.width <= at.x + 0.01
                    || at.y + at.height <= other.y + 0.01
                    || other.y + other.height <= at.y + 0.01;
                assert!(apart, "{what} at {at:?} lies on {text} at {other:?}");
            }
            solid.push((at, what));
        }
    }
    layout
}

/// What a reader gets, in order.
fn words(layout: &Layout) -> String {
    let items = layout.pages.iter().flat_map(|p| &p.blocks).flat_map(|b| &b.items);
    items.filter_map(|item| if let Item::Text(t) = item { Some(t.words.as_str()) } else { None }).collect()
}

#[test]
fn every_template_lays_out_on_every_paper_in_every_language() {
    let (fonts, templates) = (Fonts::bundled().unwrap(), Templates::built_in().unwrap());
    let default = ("650100".parse().unwrap(), "cn-2in");
    for (region, document) in templates.pairs().chain([default]) {
        for lang in Lang::ALL {
            let look = templates.of(region, document);
            let sheet = ReceiptSheet { look, ..sample::sheet(lang) };
            for format in formats() {
                let layout = hold(&sheet, &format, &fonts);
                let text = words(&layout);
                assert!(text.contains(&sheet.number.grouped()), "{region} {document}");
                assert!(text.contains(&sheet.look.number_label.value), "{region} {document}");
                assert_eq!(layout.pages.len(), 1, "{region} {document} {lang:?} on {} mm", format.width);
            }
        }
    }
}

#[test]
fn a_demonstration_says_so_on_every_paper() {
    let fonts = Fonts::bundled().unwrap();
    for lang in Lang::ALL {
        for format in formats() {
            let sheet = |demo| ReceiptSheet { demo, ..sample::sheet(lang) };
            let layout = hold(&sheet(true), &format, &fonts);
            assert!(words(&layout).contains("演示"));
            assert_eq!(layout.pages.len(), 1, "{lang:?} on {} mm", format.width);
            assert!(!words(&hold(&sheet(false), &format, &fonts)).contains("演示"));
        }
    }
}

#[test]
fn long_texts_go_on_on_the_next_page_under_the_number() {
    let fonts = Fonts::bundled().unwrap();
    for lang in Lang::ALL {
        let mut sheet = sample::sheet(lang);
        sheet.name = Some("Maximilian-Ferdinand阿不都热西提·买买提明".repeat(6));
        sheet.document.zh = "出入境证件数字相片".repeat(8);
        sheet.notes =
            (0..24).map(|n| format!("{n} 请在有效期内办理，a long remark that is not short。").repeat(6)).collect();
        for paper in [Paper::A4, Paper::A5] {
            let layout = hold(&sheet, &paper.format(), &fonts);
            assert!(layout.pages.len() > 1);
            for page in &layout.pages {
                let numbered =
                    page.blocks.iter().flat_map(|b| &b.items).any(
                        |i| matches!(i, Item::Text(t) if t.words.replace(' ', "").contains(sheet.number.reveal())),
                    );
                assert!(numbered);
            }
        }
        sheet.notes.truncate(2);
        hold(&sheet, &Paper::Slip80mm.format(), &fonts);
        hold(&sheet, &phone(1080), &fonts);
    }
}

#[test]
fn a_book_is_refused() {
    let fonts = Fonts::bundled().unwrap();
    let sheet = ReceiptSheet { notes: vec!["请在有效期内办理。".repeat(4000)], ..sample::sheet(Lang::Zh) };
    for format in formats() {
        assert!(matches!(lay_out(&sheet, &format, &fonts, None), Err(PaperError::TooLong(_))));
    }
}

#[test]
fn a_large_photo_and_a_long_code_keep_their_places() {
    let fonts = Fonts::bundled().unwrap();
    for (width, height) in [(10.0, 10.0), (22.0, 32.0), (33.0, 48.0), (51.0, 51.0), (60.0, 60.0)] {
        let mut sheet = sample::sheet(Lang::Zh);
        (sheet.photo.width_mm, sheet.photo.height_mm) = (width, height);
        sheet.code = "x".repeat(660);
        for format in formats() {
            hold(&sheet, &format, &fonts);
        }
    }
    let sheet = ReceiptSheet { code: "x".repeat(2400), ..sample::sheet(Lang::Zh) };
    let result = lay_out(&sheet, &Paper::A5.format(), &fonts, None);
    assert_eq!(result.err(), Some(PaperError::Code { bytes: 2400 }));
}

#[test]
fn photos_have_their_true_size_and_modules_are_not_too_small() {
    let fonts = Fonts::bundled().unwrap();
    for paper in Paper::ALL {
        let layout = hold(&sample::sheet(Lang::Zh), &paper.format(), &fonts);
        let items: Vec<&Item> = layout.pages.iter().flat_map(|p| &p.blocks).flat_map(|b| &b.items).collect();
        let photo = items.iter().find_map(|i| if let Item::Picture(p) = i { Some(p.area) } else { None }).unwrap();
        assert_eq!((photo.width, photo.height), (26.0, 32.0));
        let code = items.iter().find_map(|i| if let Item::Code { code, .. } = i { Some(code) } else { None }).unwrap();
        assert!(code.module >= 0.3386, "{paper:?}: {}", code.module);
    }
}

#[test]
fn a_name_that_is_not_told_leaves_no_empty_line() {
    let fonts = Fonts::bundled().unwrap();
    let sheet = ReceiptSheet { name: None, id_number: Some("  ".to_owned()), ..sample::sheet(Lang::Zh) };
    let text = words(&hold(&sheet, &Paper::A4.format(), &fonts));
    assert!(!text.contains("姓名") && !text.contains("证件号码"), "{text}");
}

#[test]
fn an_english_sheet_says_its_uses_in_chinese_too_and_breaks_captions_between_languages() {
    let fonts = Fonts::bundled().unwrap();
    let layout = hold(&sample::sheet(Lang::En), &Paper::A4.format(), &fonts);
    let items = layout.pages.iter().flat_map(|p| &p.blocks).flat_map(|b| &b.items);
    let texts: Vec<&str> =
        items.filter_map(|i| if let Item::Text(t) = i { Some(t.words.trim_end()) } else { None }).collect();
    // The document that was applied for, and what the photo may be used for.
    assert_eq!(words(&layout).matches("ID card 居民身份证").count(), 2, "{texts:?}");
    let whole = ["扫码核验", "Scan to verify 扫码核验"];
    assert!(texts.iter().any(|it| whole.contains(it)), "{texts:?}");
}

#[test]
fn a_reader_hears_the_title_first_and_both_pictures_described() {
    let fonts = Fonts::bundled().unwrap();
    let layout = hold(&sample::sheet(Lang::En), &Paper::A4.format(), &fonts);
    let roles: Vec<&Role> = layout.pages[0].blocks.iter().map(|b| &b.role).filter(|r| **r != Role::Ornament).collect();
    assert_eq!(roles[0], &Role::Title);
    assert_eq!(layout.pages[0].blocks[0].lang, Some(Lang::Zh));
    assert_eq!(roles.iter().filter(|r| matches!(r, Role::Figure(alt) if !alt.is_empty())).count(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_people_are_called_stays_on_the_sheet(
        name in "[ -~惠州王·𬎆\u{323AE}\u{202E}é\n]{0,90}",
        note in "[ -~，。（）请在办理\u{0}]{0,200}",
    ) {
        let fonts = Fonts::bundled().unwrap();
        let mut sheet = sample::sheet(Lang::En);
        sheet.document = Name { zh: name.clone(), en: note.clone() };
        sheet.name = Some(name);
        sheet.notes = vec![note];
        for format in formats() {
            hold(&sheet, &format, &fonts);
        }
    }
}

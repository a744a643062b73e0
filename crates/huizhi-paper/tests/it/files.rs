//! PDF and PNG, read back by poppler and by a QR reader.

use std::path::{Path, PathBuf};
use std::process::Command;

use huizhi_domain::words::Lang;
use huizhi_paper::{Fonts, Paper, PaperError, ReceiptSheet, pdf, png};

use crate::sample;

/// What a program of poppler prints about a PDF; `None`, with a word about it, where poppler is not installed.
fn poppler(program: &str, arguments: &[&str], file: &Path) -> Option<Vec<u8>> {
    let to_stdout: &[&str] = if program == "pdftotext" { &["-"] } else { &[] };
    let Ok(output) = Command::new(program).args(arguments).arg(file).args(to_stdout).output() else {
        eprintln!("not checked: {program} is not installed (Debian package poppler-utils)");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Poppler 22 takes a “Suspects” that is false, as PDF/UA asks for it, as an error.
    let known = "Syntax Error: Suspects object is wrong type (boolean)";
    assert_eq!(String::from_utf8_lossy(&output.stderr).replace(known, "").trim(), "", "{program}");
    Some(output.stdout)
}

fn text_of(program: &str, arguments: &[&str], file: &Path) -> Option<String> {
    poppler(program, arguments, file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn written(folder: &tempfile::TempDir, sheet: &ReceiptSheet, paper: Paper, fonts: &Fonts) -> PathBuf {
    let path = folder.path().join(format!("{paper:?}.pdf"));
    std::fs::write(&path, pdf(sheet, paper, fonts).unwrap()).unwrap();
    path
}

/// The texts of the QR codes in a grey picture.
fn codes(width: usize, height: usize, luma: impl Fn(usize, usize) -> u8) -> Vec<String> {
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, luma);
    picture.detect_grids().iter().filter_map(|grid| grid.decode().ok()).map(|(_, text)| text).collect()
}

/// The grey picture of a page, printed at a density by poppler: width, height, bytes.
fn printed(file: &Path, dpi: u32) -> Option<(usize, usize, Vec<u8>)> {
    let pgm = poppler("pdftoppm", &["-r", &dpi.to_string(), "-gray"], file)?;
    let mut parts = pgm.splitn(4, u8::is_ascii_whitespace);
    let mut word = || std::str::from_utf8(parts.next().unwrap()).unwrap().to_owned();
    assert_eq!(word(), "P5");
    let (width, height) = (word().parse().unwrap(), word().parse().unwrap());
    let pixels = pgm[pgm.len() - width * height..].to_vec();
    Some((width, height, pixels))
}

#[test]
fn the_text_of_a_pdf_can_be_taken_out() {
    let (folder, fonts) = (tempfile::tempdir().unwrap(), Fonts::bundled().unwrap());
    for lang in Lang::ALL {
        let sheet = sample::sheet(lang);
        for paper in Paper::ALL {
            let file = written(&folder, &sheet, paper, &fonts);
            let Some(text) = text_of("pdftotext", &["-layout"], &file) else { return };
            for part in ["王小明", "图像号", "4413************38", &sheet.number.grouped()] {
                assert!(text.contains(part), "{part} is not in {paper:?} {lang:?}:\n{text}");
            }
            let joined: String = text.split_whitespace().collect();
            assert!(joined.contains("广东省居民身份证数字相片采集（检测）回执"), "{text}");
            assert!(joined.contains(if lang == Lang::Zh { "2027年1月25日" } else { "2027-01-25" }), "{text}");
        }
    }
}

#[test]
fn a_pdf_is_tagged_titled_and_carries_its_fonts() {
    let (folder, fonts) = (tempfile::tempdir().unwrap(), Fonts::bundled().unwrap());
    let file = written(&folder, &sample::sheet(Lang::Zh), Paper::A4, &fonts);
    let Some(info) = text_of("pdfinfo", &[], &file) else { return };
    assert!(info.contains("照片回执：居民身份证"), "{info}");
    for (key, value) in [("Tagged:", "yes"), ("JavaScript:", "no"), ("Encrypted:", "no"), ("Pages:", "1")] {
        let line = info.lines().find(|line| line.starts_with(key)).unwrap();
        assert!(line.ends_with(value), "{line}");
    }
    assert!(!info.contains("CreationDate"), "{info}");
    let fonts = text_of("pdffonts", &[], &file).unwrap();
    let rows: Vec<&str> = fonts.lines().skip(2).collect();
    assert!(!rows.is_empty() && rows.iter().all(|row| row.contains("yes yes yes")), "{fonts}");
    let structure = text_of("pdfinfo", &["-struct"], &file).unwrap();
    for tag in ["H1", "H2", "Figure", "LI", "P (block)"] {
        assert!(structure.contains(tag), "{tag}: {structure}");
    }
}

#[test]
fn a_qr_reader_reads_every_printed_page() {
    let (folder, fonts) = (tempfile::tempdir().unwrap(), Fonts::bundled().unwrap());
    let sheet = sample::sheet(Lang::Zh);
    for paper in Paper::ALL {
        let file = written(&folder, &sheet, paper, &fonts);
        // Of receipt printers, and of office printers.
        for dpi in if paper == Paper::Slip80mm { [203, 406] } else { [300, 600] } {
            let Some((width, height, pixels)) = printed(&file, dpi) else { return };
            let found = codes(width, height, |x, y| pixels[y * width + x]);
            assert_eq!(found, [sheet.code.as_str()], "{paper:?} at {dpi}");
        }
    }
}

#[test]
fn a_qr_reader_reads_the_phones_picture() {
    let fonts = Fonts::bundled().unwrap();
    let sheet = sample::sheet(Lang::Zh);
    for width_px in [480, 1080, 2160] {
        let bytes = png(&sheet, &fonts, width_px).unwrap();
        let mut reader = ::png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let (width, height) = (reader.info().width as usize, reader.info().height as usize);
        assert_eq!(width, width_px as usize);
        let mut data = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut data).unwrap();
        let found = codes(width, height, |x, y| data[3 * (y * width + x) + 1]);
        assert_eq!(found, [sheet.code.as_str()], "{width_px}");
    }
    assert_eq!(png(&sheet, &fonts, 5000).unwrap_err(), PaperError::Width(5000));
}

#[test]
fn the_same_sheet_gives_the_same_bytes() {
    let sheet = sample::sheet(Lang::En);
    for paper in Paper::ALL {
        let [a, b] = [(); 2].map(|()| pdf(&sheet, paper, &Fonts::bundled().unwrap()).unwrap());
        assert!(a == b, "{paper:?}");
    }
    let [a, b] = [(); 2].map(|()| png(&sheet, &Fonts::bundled().unwrap(), 1080).unwrap());
    assert!(a == b);
}

#[test]
fn rare_characters_of_names_are_printed_and_can_be_taken_out() {
    let (folder, fonts) = (tempfile::tempdir().unwrap(), Fonts::bundled().unwrap());
    let name = "李𬎆𬍛㐂𠮷·阿不都";
    let sheet = ReceiptSheet { name: Some(name.to_owned()), ..sample::sheet(Lang::Zh) };
    for paper in Paper::ALL {
        let file = written(&folder, &sheet, paper, &fonts);
        let Some(text) = text_of("pdftotext", &["-layout"], &file) else { return };
        let joined: String = text.split_whitespace().collect();
        assert!(joined.contains(name), "{text}");
    }
}

#[test]
fn what_no_font_has_is_its_code_point_or_the_picture_of_the_name() {
    let (folder, fonts) = (tempfile::tempdir().unwrap(), Fonts::bundled().unwrap());
    let mut sheet = sample::sheet(Lang::Zh);
    sheet.name = Some("李\u{323AE}明".to_owned());
    for paper in Paper::ALL {
        let file = written(&folder, &sheet, paper, &fonts);
        let Some(text) = text_of("pdftotext", &["-layout"], &file) else { return };
        let joined: String = text.split_whitespace().collect();
        assert!(joined.contains("李〔U+323AE〕明"), "{text}");
    }
    let plain = png(&sheet, &fonts, 1080).unwrap();
    sheet.name_picture = Some(name_picture());
    let structure = written(&folder, &sheet, Paper::A4, &fonts);
    let Some(text) = text_of("pdftotext", &["-layout"], &structure) else { return };
    assert!(!text.contains("323AE") && !text.contains("李"), "{text}");
    assert_eq!(text_of("pdfimages", &["-list"], &structure).unwrap().lines().skip(2).count(), 2);
    assert!(png(&sheet, &fonts, 1080).unwrap() != plain);
    // A name that can be set is set, whatever picture there is.
    sheet.name = Some("李明".to_owned());
    let file = written(&folder, &sheet, Paper::A4, &fonts);
    assert!(text_of("pdftotext", &["-layout"], &file).unwrap().contains("李明"));
}

/// A strip with two black squares, as somebody might have drawn their name.
fn name_picture() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut bytes, 120, 40);
    encoder.set_color(::png::ColorType::Grayscale);
    let pixels: Vec<u8> = (0..120 * 40).map(|i| if (i % 120) / 30 % 2 == 0 { 0 } else { 255 }).collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    bytes
}

#[test]
fn pictures_that_cannot_be_printed_are_named() {
    let fonts = Fonts::bundled().unwrap();
    let fault = |change: fn(&mut ReceiptSheet)| {
        let mut sheet = sample::sheet(Lang::Zh);
        change(&mut sheet);
        let [a, b] = [pdf(&sheet, Paper::A4, &fonts), png(&sheet, &fonts, 1080)].map(Result::unwrap_err);
        assert_eq!(a, b);
        a.to_string()
    };
    assert!(fault(|s| s.photo.jpeg = b"no photo".to_vec()).contains("photo"));
    assert!(fault(|s| s.photo.jpeg.truncate(900)).contains("photo"));
    assert!(fault(|s| s.photo.width_mm = 200.0).contains("200×32 mm"));
    assert!(fault(|s| s.photo.width_mm = 30.0).contains("358×441 px"));
    let no_png = |s: &mut ReceiptSheet| {
        s.name = Some("\u{323AE}".to_owned());
        s.name_picture = Some(b"no png".to_vec());
    };
    assert!(fault(no_png).contains("name"));
}

//! A receipt of nobody: names are invented, the photo is drawn, the number leads nowhere.

use huizhi_domain::receipt::ReceiptNumber;
use huizhi_domain::words::Lang;
use huizhi_paper::{Name, Photo, ReceiptSheet, Templates};

/// A number with the check characters that make it one.
pub fn number() -> ReceiptNumber {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let letters = ALPHABET.iter().map(|b| char::from(*b));
    let mut pairs = letters.clone().flat_map(|a| letters.clone().map(move |b| format!("{a}{b}")));
    pairs.find_map(|pair| format!("HZ7K2Q9MAB3DXW5TR0{pair}").parse().ok()).unwrap()
}

/// An address with a token as long as they get, 420 characters.
pub fn code() -> String {
    let token: String = (0..420 - 31).map(|i| char::from(b"AbC3dEf_gH-1jKl9mN"[i * 7 % 18])).collect();
    format!("https://huizhi.example/v/HZ?t=e.{token}")[..420].to_owned()
}

/// Head and shoulders, drawn: 26 × 32 mm at 350 px per inch.
pub fn photo() -> Photo {
    let (width, height) = (358_u16, 441_u16);
    let mut rgb = Vec::new();
    for y in 0..f32::from(height) as i32 {
        for x in 0..f32::from(width) as i32 {
            let head = ((x - 179) * (x - 179)) * 100 / 82 + (y - 190) * (y - 190) < 12_000;
            let body = (x - 179) * (x - 179) + (y - 500) * (y - 500) < 30_000;
            rgb.extend(if head {
                [214, 176, 150]
            } else if body {
                [40, 62, 96]
            } else {
                [255; 3]
            });
        }
    }
    let mut jpeg = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut jpeg, 85);
    encoder.encode(&rgb, width, height, jpeg_encoder::ColorType::Rgb).unwrap();
    Photo { jpeg, width_mm: 26.0, height_mm: 32.0 }
}

/// An ordinary sheet of Huizhou.
pub fn sheet(lang: Lang) -> ReceiptSheet {
    let zh = lang == Lang::Zh;
    let texts = |zh_texts: &[&str], en: &[&str]| -> Vec<String> {
        (if zh { zh_texts } else { en }).iter().map(|t| (*t).to_owned()).collect()
    };
    ReceiptSheet {
        lang,
        look: Templates::built_in().unwrap().of("441300".parse().unwrap(), "cn-resident-id"),
        number: number(),
        name: Some("王小明".to_owned()),
        name_picture: None,
        id_number: Some("4413************38".to_owned()),
        document: Name { zh: "居民身份证".to_owned(), en: "Resident ID card".to_owned() },
        city: Name { zh: "惠州市".to_owned(), en: "Huizhou".to_owned() },
        issued: "2026-11-25".parse().unwrap(),
        valid_until: "2027-01-25".parse().unwrap(),
        photo: photo(),
        code: code(),
        uses: vec![Name { zh: "居民身份证".to_owned(), en: "Resident ID card".to_owned() }],
        notes: vec![],
        places: texts(
            &["惠城区公安分局户政大厅：惠州市惠城区示例路 1 号，周一至周五 8:30–12:00、14:00–17:30"],
            &["Huicheng household registration hall, 1 Example Road, Huizhou; Mon–Fri 8:30–12:00 and 14:00–17:30"],
        ),
        materials: texts(
            &["居民户口簿原件", "本回执（纸质或手机图片）", "未满 16 周岁的，由监护人陪同并携带监护人身份证"],
            &[
                "Household register, original",
                "This sheet, on paper or on your phone",
                "Under 16: a guardian with their own ID card",
            ],
        ),
        rules: "guangdong.1 country.1 · cn-resident-id.3".to_owned(),
        demo: false,
    }
}

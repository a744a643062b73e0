//! Step 8: the receipt, on the page, on paper and as a picture.

use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::order::Order;
use huizhi_domain::receipt::Standing;
use huizhi_domain::words::Lang;
use huizhi_paper::{Line, Name, Paper, Photo, ReceiptSheet};
use huizhi_sandbox::{SandboxError, SheetForm, SheetRequest};
use huizhi_store::{ApplicantRecord, Issued};
use qrcode::{Color, EcLevel, QrCode};
use serde::Serialize;

use super::check::{masked_name, masked_number};
use super::see_other;
use super::take::picture_response;
use crate::app::{App, in_lang};
use crate::error::PageError;
use crate::page::{Look, View};
use crate::visitor::HeldOrder;

/// Offices on paper: with all ten of the demonstration's city a receipt does not end on its page. The page of the receipt has them all.
const PRINTED_PLACES: usize = 4;
/// The same on A5, where four take the notes to a second page.
const PRINTED_PLACES_A5: usize = 2;
/// Columns of the picture to press long and save: today's phones' width.
const PICTURE_PX: u32 = 1080;
/// White around a QR code, modules (ISO/IEC 18004).
const QUIET: usize = 4;

/// The receipt.
#[derive(Default, Serialize)]
pub struct ReceiptView {
    id: String,
    /// `valid`, `used`, `expired`, `revoked`; empty before it is issued.
    standing: &'static str,
    title: String,
    number_label: String,
    /// In groups of four.
    number: String,
    document_name: String,
    city_name: String,
    name: String,
    id_number: String,
    issued_at: i64,
    valid_until: String,
    uses: Vec<Usage>,
    notes: Vec<String>,
    places: Vec<Place>,
    has_photo: bool,
    width_mm: String,
    minor: bool,
    /// Modules of the QR code as one SVG path, and the side of its square.
    qr_path: String,
    qr_side: usize,
    /// Whether sheets of photos can be laid out: the document has a size on paper.
    sheets: bool,
    /// Where the visit to the window is booked; empty where nobody books one.
    visit: &'static str,
}

/// A document that may use the photo.
#[derive(Serialize)]
struct Usage {
    name: String,
    used: bool,
}

/// Where to go.
#[derive(Serialize)]
struct Place {
    name: String,
    address: String,
}

impl View for ReceiptView {
    const TEMPLATE: &'static str = "citizen/receipt.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let view = |standing: &'static str, more: bool| Self {
            id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            standing,
            title: "广东省居民身份证数字相片采集回执".to_owned(),
            number_label: "回执号".to_owned(),
            number: "HZ00 1111 2222 3333 4444".to_owned(),
            document_name: "居民身份证".to_owned(),
            city_name: "惠州市".to_owned(),
            name: if more { "张*".to_owned() } else { String::new() },
            issued_at: 1_764_051_360_000,
            valid_until: "2026-12-01".to_owned(),
            uses: vec![Usage { name: "居民身份证".to_owned(), used: more }],
            notes: vec!["…".to_owned()],
            places: if more { vec![Place { name: "江北".to_owned(), address: "1".to_owned() }] } else { Vec::new() },
            has_photo: more,
            minor: more,
            qr_path: "M0 0h1v1h-1z".to_owned(),
            qr_side: 45,
            sheets: more,
            visit: if more { "/visit" } else { "" },
            ..Self::default()
        };
        ["valid", "used", "expired", "revoked", ""]
            .into_iter()
            .flat_map(|standing| [view(standing, true), view(standing, false)])
            .collect()
    }
}

/// `/order/{id}/receipt`
pub async fn receipt(State(app): State<App>, look: Look, HeldOrder(order): HeldOrder) -> Result<Response, PageError> {
    let Some(issued) = app.store.receipt_of(order.id).await? else {
        return Ok(see_other(&format!("/order/{}", order.id)));
    };
    let record = app.store.applicant(order.id).await?.unwrap_or_default();
    let photo = app.store.receipt_photo(order.id).await?;
    let places = places(&app, &order).await?;
    Ok(app.show(&look, &view(&app, &look, &order, &issued, &record, photo.is_some(), places)?)?.into_response())
}

fn view(
    app: &App,
    look: &Look,
    order: &Order,
    issued: &Issued,
    record: &ApplicantRecord,
    has_photo: bool,
    places: Vec<Place>,
) -> Result<ReceiptView, PageError> {
    let sheet_look = receipt_look(app, order);
    let document = names(app, &order.document);
    let standing = issued.receipt.standing(app.today());
    let size = app.document(&order.document).and_then(|spec| spec.size.as_ref());
    let (qr_path, qr_side) = qr(&code(app, issued))?;
    let used = |id: &String| issued.receipt.uses.iter().any(|it| it.document == *id && it.consumed_at.is_some());
    let shows = |line| sheet_look.lines.contains(&line);
    Ok(ReceiptView {
        id: order.id.to_string(),
        standing: standing.word(),
        title: sheet_look.title_of(&document),
        number_label: sheet_look.number_label.value.clone(),
        number: issued.number.grouped(),
        document_name: document.of(look.lang).to_owned(),
        city_name: app.city_name(&order.city, look.lang),
        name: record.name.as_deref().filter(|_| shows(Line::Name)).map(masked_name).unwrap_or_default(),
        id_number: record
            .id_number
            .as_deref()
            .filter(|_| shows(Line::IdNumber))
            .map(|text| masked_number(text, app.today()))
            .unwrap_or_default(),
        issued_at: issued.receipt.issued_at.0,
        valid_until: issued.receipt.valid_until.to_string(),
        uses: issued
            .receipt
            .documents
            .iter()
            .map(|id| Usage { name: app.document_name(id, look.lang), used: used(id) })
            .collect(),
        notes: sheet_look.notes.iter().map(|note| note.of(look.lang).to_owned()).collect(),
        places,
        has_photo,
        width_mm: size.and_then(|size| size.width_mm).map(|mm| mm.to_string()).unwrap_or_default(),
        minor: record.guardian_name.is_some(),
        qr_path,
        qr_side,
        sheets: has_photo && size.is_some_and(|size| size.width_mm.is_some()),
        visit: if super::visit::books(app, &order.document) { "/visit" } else { "" },
    })
}

async fn places(app: &App, order: &Order) -> Result<Vec<Place>, PageError> {
    let offices = app.store.offices().await?.into_iter().filter(|office| office.city == order.city);
    Ok(offices.map(|office| Place { name: office.name, address: office.address }).collect())
}

fn receipt_look(app: &App, order: &Order) -> huizhi_paper::Look {
    let city = order.city.parse().unwrap_or(huizhi_domain::city::RegionCode::COUNTRY);
    app.receipts.of(city, &order.document)
}

fn names(app: &App, document: &str) -> Name {
    Name { zh: app.document_name(document, Lang::Zh), en: app.document_name(document, Lang::En) }
}

/// What the QR code says: where the signed token is verified.
pub fn code(app: &App, issued: &Issued) -> String {
    app.settings.address(&format!("/v/{}", issued.token))
}

/// A QR code's dark modules as a path, and the side of its square, quiet zone included.
pub fn qr(text: &str) -> Result<(String, usize), PageError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).map_err(PageError::broken)?;
    let width = code.width();
    let mut path = String::new();
    for (row, line) in code.to_colors().chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = line[x..].iter().take_while(|module| **module == Color::Dark).count();
            if run > 0 {
                // Writing to a String cannot fail.
                let _ = std::fmt::Write::write_fmt(
                    &mut path,
                    format_args!("M{} {}h{run}v1h-{run}z", x + QUIET, row + QUIET),
                );
            }
            x += run.max(1);
        }
    }
    Ok((path, width + 2 * QUIET))
}

/// `/order/{id}/receipt/{file}`: everything that can be kept.
pub async fn file(
    State(app): State<App>,
    look: Look,
    HeldOrder(order): HeldOrder,
    Path((_, file)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let issued = app.store.receipt_of(order.id).await?.ok_or(PageError::Absent)?;
    if issued.receipt.standing(app.today()) == Standing::Revoked {
        return Err(PageError::Absent);
    }
    let photo = app.store.receipt_photo(order.id).await?.ok_or(PageError::Absent)?;
    if file == "photo.jpg" || file == "photo-inline.jpg" {
        let how = if file == "photo.jpg" { "attachment; filename=\"photo.jpg\"" } else { "inline" };
        return Ok(picture_response(photo, "image/jpeg", how));
    }
    if let Some(paper) = file.strip_prefix("photos-").and_then(|it| it.strip_suffix(".pdf")) {
        return photos(&app, &look, &order, photo, paper).await;
    }
    draw(&app, look.lang, &order, &issued, photo, file).await
}

/// The receipt as a file: `a4.pdf`, `a5.pdf`, `80mm.pdf` or `receipt.png`.
///
/// # Errors
/// [`PageError::Absent`] for another name.
pub async fn draw(
    app: &App,
    lang: Lang,
    order: &Order,
    issued: &Issued,
    photo: Vec<u8>,
    file: String,
) -> Result<Response, PageError> {
    let record = app.store.applicant(order.id).await?.unwrap_or_default();
    let most = if file == "a5.pdf" { PRINTED_PLACES_A5 } else { PRINTED_PLACES };
    let places = printed_places(app, lang, order, most).await?;
    let sheet = sheet(app, lang, order, issued, &record, photo, places);
    let fonts = std::sync::Arc::clone(&app.fonts);
    let drawn = tokio::task::spawn_blocking(move || match file.as_str() {
        "receipt.png" => Some(huizhi_paper::png(&sheet, &fonts, PICTURE_PX).map(|it| (it, "image/png", "inline"))),
        "a4.pdf" => Some(pdf(&sheet, Paper::A4, &fonts)),
        "a5.pdf" => Some(pdf(&sheet, Paper::A5, &fonts)),
        "80mm.pdf" => Some(pdf(&sheet, Paper::Slip80mm, &fonts)),
        _ => None,
    });
    let drawn = drawn.await.map_err(PageError::broken)?.ok_or(PageError::Absent)?;
    let (bytes, media, disposition) = drawn.map_err(PageError::broken)?;
    Ok(picture_response(bytes, media, disposition))
}

type Drawn = Result<(Vec<u8>, &'static str, &'static str), huizhi_paper::PaperError>;

fn pdf(sheet: &ReceiptSheet, paper: Paper, fonts: &huizhi_paper::Fonts) -> Drawn {
    let bytes = huizhi_paper::pdf(sheet, paper, fonts)?;
    Ok((bytes, "application/pdf", "inline; filename=\"receipt.pdf\""))
}

/// The first offices, a line each, and how many more there are.
async fn printed_places(app: &App, lang: Lang, order: &Order, most: usize) -> Result<Vec<String>, PageError> {
    let all = places(app, order).await?;
    let more = all.len().saturating_sub(most);
    let mut places: Vec<String> = all.into_iter().take(most).map(|it| format!("{} {}", it.name, it.address)).collect();
    if more > 0 {
        places.push(app.say(lang, "receipt-more-places", &[("count", &more)]));
    }
    Ok(places)
}

fn sheet(
    app: &App,
    lang: Lang,
    order: &Order,
    issued: &Issued,
    record: &ApplicantRecord,
    photo: Vec<u8>,
    places: Vec<String>,
) -> ReceiptSheet {
    let size = app.document(&order.document).and_then(|spec| spec.size.as_ref());
    // Documents that never are on paper have a size in px alone; the sheet shows them as wide as an ID card's photo.
    let width_mm = size.and_then(|size| size.width_mm).unwrap_or(26.0).clamp(10.0, 60.0);
    let height_mm = size.and_then(|size| size.height_mm).unwrap_or(32.0).clamp(10.0, 60.0);
    ReceiptSheet {
        lang,
        look: receipt_look(app, order),
        number: issued.number.clone(),
        name: record.name.clone(),
        name_picture: super::name::picture_of(record),
        id_number: record.id_number.as_deref().map(|text| masked_number(text, app.today())),
        document: names(app, &order.document),
        city: Name { zh: app.city_name(&order.city, Lang::Zh), en: app.city_name(&order.city, Lang::En) },
        issued: issued.receipt.issued_at.day(app.store.zone()),
        valid_until: issued.receipt.valid_until,
        photo: Photo { jpeg: photo, width_mm, height_mm },
        code: code(app, issued),
        uses: issued.receipt.documents.iter().map(|id| names(app, id)).collect(),
        notes: Vec::new(),
        places,
        materials: vec![app.say(lang, "receipt-bring-id", &[])],
        rules: order.rules.clone(),
        demo: app.settings.demo,
    }
}

/// A sheet of photos for a home printer, laid out where photos are laid out: in the sandbox.
async fn photos(app: &App, look: &Look, order: &Order, photo: Vec<u8>, paper: &str) -> Result<Response, PageError> {
    if !["five-inch", "six-inch", "a4"].contains(&paper) {
        return Err(PageError::Absent);
    }
    let workers = app.workers.as_ref().ok_or(PageError::Busy)?;
    let document = app.document(&order.document).ok_or(PageError::Absent)?;
    let request = SheetRequest {
        document: app.engine_document(&order.document),
        paper: paper.to_owned(),
        count: None,
        caption: in_lang(&document.name, look.lang).to_owned(),
        form: SheetForm::Pdf {
            title: app.say(look.lang, "receipt-photos-title", &[]),
            language: look.lang.tag().to_owned(),
            photo: app.say(look.lang, "receipt-photo-alt", &[]),
        },
        photo,
    };
    let sheet = workers.sheet(request).await.map_err(|error| match error {
        SandboxError::Busy { .. } => PageError::Busy,
        other => PageError::broken(other),
    })?;
    let mut response = sheet.file.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    let disposition = HeaderValue::from_static("inline; filename=\"photos.pdf\"");
    response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_render() {
        crate::page::tests::renders::<ReceiptView>();
    }

    #[test]
    fn a_code_is_drawn_in_runs_within_its_square() {
        let (path, side) = qr("http://localhost/v/abc").unwrap();
        assert!(path.starts_with("M4 4h7v1h-7z"));
        assert_eq!(side % 4, 1);
    }
}

//! What a receipt's sheet says.

use huizhi_domain::receipt::ReceiptNumber;
use huizhi_domain::words::Lang;
use jiff::civil::Date;

use crate::template::Look;

/// All that stands on a receipt's sheet. It holds the number in clear, so it has no `Debug` and is not to be kept.
#[derive(Clone)]
pub struct ReceiptSheet {
    /// In which language the sheet speaks. Title and number's label stay Chinese: the window looks for them.
    pub lang: Lang,
    /// Title, label, lines and notes, by city and document.
    pub look: Look,
    /// The number.
    pub number: ReceiptNumber,
    /// The applicant's name, where the sheet may tell it.
    pub name: Option<String>,
    /// PNG of the name as the applicant's document shows it; printed instead where no font has all its characters.
    pub name_picture: Option<Vec<u8>>,
    /// The number of the identity document, already masked: `4413************38`.
    pub id_number: Option<String>,
    /// The document that the photo was made for.
    pub document: Name,
    /// The city that takes the receipt.
    pub city: Name,
    /// The day of issue.
    pub issued: Date,
    /// The last day on which a window takes it.
    pub valid_until: Date,
    /// The photo.
    pub photo: Photo,
    /// What the QR code says: the address of the verify page with the signed token.
    pub code: String,
    /// Names of the documents that may use it.
    pub uses: Vec<Name>,
    /// Remarks for this receipt, in the sheet's language; the template's follow.
    pub notes: Vec<String>,
    /// Where to go: offices with address and hours, one a line.
    pub places: Vec<String>,
    /// What to bring.
    pub materials: Vec<String>,
    /// Version of the rules that the photo was judged by.
    pub rules: String,
    /// Whether a demonstration made it: it says so on top, for whoever is shown it later.
    pub demo: bool,
}

/// A name in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Name {
    /// The one of a language.
    #[must_use]
    pub fn of(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// A made photo.
#[derive(Clone)]
pub struct Photo {
    /// Its file.
    pub jpeg: Vec<u8>,
    /// True width on paper, mm, 10…60.
    pub width_mm: f32,
    /// True height on paper, mm, 10…60.
    pub height_mm: f32,
}

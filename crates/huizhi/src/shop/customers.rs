//! The table of customers: CSV as spreadsheets write it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use huizhi_domain::applicant::{Applicant, ApplicantForm, GuardianForm, GuardianPaper};
use jiff::civil::Date;

use crate::UsageError;
use crate::text::Lang;

/// Largest table, bytes and rows: a shop's day is some hundreds.
const MOST_BYTES: u64 = 5 * 1024 * 1024;
const MOST_ROWS: usize = 10_000;
/// Longest cell, characters.
const MOST_CHARS: usize = 500;

/// Columns by their names in either language.
const COLUMNS: [(&str, &[&str]); 12] = [
    ("file", &["file", "photo", "照片", "文件"]),
    ("name", &["name", "姓名"]),
    ("id_number", &["id_number", "证件号码", "身份证号"]),
    ("phone", &["phone", "手机", "电话"]),
    ("email", &["email", "邮箱", "电子邮箱"]),
    ("guardian_name", &["guardian_name", "监护人", "监护人姓名"]),
    ("guardian_id_number", &["guardian_id_number", "监护人证件号码"]),
    ("document", &["document", "证件"]),
    ("city", &["city", "城市", "办证城市"]),
    ("reference", &["reference", "备注", "单号"]),
    ("consent", &["consent", "同意"]),
    ("reason", &["reason", "理由"]),
];

/// What a customer's consent to the processing of their face (PIPL art. 29) is written as.
const YES: [&str; 5] = ["yes", "y", "是", "同意", "已同意"];

/// One customer.
#[derive(Clone, Default)]
pub struct Customer {
    /// The photo's name in the folder.
    pub file: String,
    /// Document id, city code.
    pub document: String,
    pub city: String,
    /// The shop's own text for the order.
    pub reference: String,
    pub name: String,
    pub id_number: String,
    pub phone: String,
    pub email: String,
    pub guardian_name: String,
    pub guardian_id_number: String,
    /// Why the photo is submitted although it has a fault: `religious`, `medical`, or in the customer's words.
    pub reason: String,
}

/// A row that is not taken.
pub struct Refused {
    /// Line in the table, from 1.
    pub line: u64,
    pub file: String,
    /// Column, by its first name.
    pub column: &'static str,
    pub why: String,
}

/// A read table.
#[derive(Default)]
pub struct Table {
    pub customers: Vec<Customer>,
    pub refused: Vec<Refused>,
}

/// What a row is held against.
pub struct Asked<'a> {
    pub folder: &'a Path,
    pub document: &'a str,
    pub city: Option<&'a str>,
    pub today: Date,
    pub lang: Lang,
}

/// Reads a table. Nothing is sent before all of it was read.
pub fn read(path: &Path, asked: &Asked<'_>) -> anyhow::Result<Table> {
    let size = std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.len();
    if size > MOST_BYTES {
        let error = format!("{} has {size} bytes, a table may have {MOST_BYTES}; cut it in parts", path.display());
        return Err(UsageError(error).into());
    }
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = String::from_utf8(bytes).map_err(|_| {
        UsageError(format!("{} is not UTF-8; save it as “CSV UTF-8” in the spreadsheet", path.display()))
    })?;
    parse(text.trim_start_matches('\u{feff}'), asked)
}

fn parse(text: &str, asked: &Asked<'_>) -> anyhow::Result<Table> {
    let mut rows = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let columns = columns(rows.headers()?)?;
    let mut table = Table::default();
    let mut seen = BTreeSet::new();
    for (i, row) in rows.records().enumerate() {
        if i >= MOST_ROWS {
            return Err(UsageError(format!("the table has more than {MOST_ROWS} rows; cut it in parts")).into());
        }
        let row = row?;
        let line = row.position().map_or(0, csv::Position::line);
        if row.iter().all(str::is_empty) {
            continue;
        }
        let cell = |column: &str| columns.get(column).and_then(|&at| row.get(at)).unwrap_or_default();
        match customer(&cell, asked, &mut seen) {
            Ok(customer) => table.customers.push(customer),
            Err((column, why)) => table.refused.push(Refused { line, file: cell("file").to_owned(), column, why }),
        }
    }
    Ok(table)
}

/// Where each known column stands; an unknown one is an error, so that a misspelt one is not overlooked.
fn columns(header: &csv::StringRecord) -> anyhow::Result<BTreeMap<&'static str, usize>> {
    let mut found = BTreeMap::new();
    for (at, title) in header.iter().enumerate() {
        let known = COLUMNS.iter().find(|(_, names)| names.contains(&title.to_lowercase().as_str()));
        let Some((column, _)) = known else {
            let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
            return Err(UsageError(format!("the table has a column “{title}”; known are {}", names.join(", "))).into());
        };
        if found.insert(*column, at).is_some() {
            return Err(UsageError(format!("the table has the column “{title}” twice")).into());
        }
    }
    for column in ["file", "consent"] {
        if !found.contains_key(column) {
            return Err(UsageError(format!("the table has no column “{column}”")).into());
        }
    }
    Ok(found)
}

type Fault = (&'static str, String);

fn customer<'a>(
    cell: &impl Fn(&str) -> &'a str,
    asked: &Asked<'_>,
    seen: &mut BTreeSet<PathBuf>,
) -> Result<Customer, Fault> {
    let say = |column: &'static str, key: &str, value: &str| (column, asked.lang.say(key, &[("value", &value)]));
    for (column, _) in COLUMNS {
        let chars = cell(column).chars().count();
        if chars > MOST_CHARS {
            return Err(say(column, "shop-cell-long", &chars.to_string()));
        }
    }
    let file = cell("file");
    let path = Path::new(file);
    // A plain name: a table cannot make the shop send a file from elsewhere.
    if file.is_empty() || path.file_name() != Some(path.as_os_str()) {
        return Err(say("file", "shop-file-name", file));
    }
    let path = asked.folder.join(file);
    match std::fs::metadata(&path) {
        Ok(found) if found.is_file() && found.len() > 15 * 1024 * 1024 => {
            return Err(say("file", "shop-file-large", file));
        }
        Ok(found) if found.is_file() => {}
        _ => return Err(say("file", "shop-file-missing", file)),
    }
    if !seen.insert(path) {
        return Err(say("file", "shop-file-twice", file));
    }
    if !YES.contains(&cell("consent").to_lowercase().as_str()) {
        return Err(say("consent", "shop-consent", cell("consent")));
    }
    let or = |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
    let city = or(cell("city"), asked.city.unwrap_or_default());
    if city.is_empty() {
        return Err(say("city", "shop-city", ""));
    }
    let customer = Customer {
        file: file.to_owned(),
        document: or(cell("document"), asked.document),
        city,
        reference: or(cell("reference"), file),
        name: cell("name").to_owned(),
        id_number: cell("id_number").to_owned(),
        phone: cell("phone").to_owned(),
        email: cell("email").to_owned(),
        guardian_name: cell("guardian_name").to_owned(),
        guardian_id_number: cell("guardian_id_number").to_owned(),
        reason: cell("reason").to_owned(),
    };
    people(&customer, asked)?;
    Ok(customer)
}

/// The same rules by which the service reads names and numbers, before anything is sent.
fn people(customer: &Customer, asked: &Asked<'_>) -> Result<(), Fault> {
    let guardian =
        (!customer.guardian_name.is_empty() || !customer.guardian_id_number.is_empty()).then_some(GuardianForm {
            name: &customer.guardian_name,
            paper: GuardianPaper::ResidentId,
            id_number: &customer.guardian_id_number,
            phone: "",
        });
    let form = ApplicantForm { name: &customer.name, id_number: &customer.id_number, phone: &customer.phone, guardian };
    let Err(errors) = Applicant::parse(&form, &BTreeSet::new(), asked.today) else { return Ok(()) };
    let Some(error) = errors.into_iter().next() else { return Ok(()) };
    let column = match error.field {
        huizhi_domain::applicant::FormField::Name => "name",
        huizhi_domain::applicant::FormField::IdNumber => "id_number",
        huizhi_domain::applicant::FormField::Phone => "phone",
        huizhi_domain::applicant::FormField::GuardianName => "guardian_name",
        huizhi_domain::applicant::FormField::GuardianIdNumber | huizhi_domain::applicant::FormField::GuardianPhone => {
            "guardian_id_number"
        }
    };
    Err((column, asked.lang.say(error.code.code(), &[("value", &error.value_shown)])))
}

/// Writes why rows were not taken, as a table for the spreadsheet; cells that a spreadsheet would calculate are text.
pub fn write_refused(path: &Path, refused: &[Refused]) -> anyhow::Result<()> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(["line", "file", "column", "why"])?;
    for row in refused {
        out.write_record([&row.line.to_string(), &plain(&row.file), row.column, &plain(&row.why)])?;
    }
    let mut text = "\u{feff}".as_bytes().to_vec();
    text.extend(out.into_inner()?);
    crate::files::write(path, &text)
}

/// A cell that no spreadsheet calculates (OWASP, CSV injection).
pub fn plain(text: &str) -> String {
    let calculates = text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    if calculates { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.jpg", "b.jpg"] {
            std::fs::write(folder.path().join(name), b"photo").unwrap();
        }
        folder
    }

    fn read_text(folder: &Path, text: &str) -> anyhow::Result<Table> {
        let today = jiff::civil::date(2026, 11, 25);
        parse(text, &Asked { folder, document: "cn-resident-id", city: Some("441300"), today, lang: Lang::En })
    }

    #[test]
    fn a_table_is_read_by_its_titles_in_either_language() {
        let folder = folder();
        let table = read_text(folder.path(), "姓名,照片,同意,备注\n张三,a.jpg,是,第 7 号\n\n").unwrap();
        assert!(table.refused.is_empty());
        let row = &table.customers[0];
        assert_eq!([&row.name, &row.file, &row.city, &row.reference], ["张三", "a.jpg", "441300", "第 7 号"]);
    }

    #[test]
    fn each_bad_row_says_its_line_and_column() {
        let folder = folder();
        let text = "file,consent,name,id_number\n\
            ../etc/passwd,yes,,\n\
            c.jpg,yes,,\n\
            a.jpg,no,,\n\
            b.jpg,yes,王小明,110105194912310021\n\
            b.jpg,yes,,\n\
            a.jpg,yes,王小明,11010519491231002X\n";
        let table = read_text(folder.path(), text).unwrap();
        let faults: Vec<(u64, &str)> = table.refused.iter().map(|row| (row.line, row.column)).collect();
        assert_eq!(faults, [(2, "file"), (3, "file"), (4, "consent"), (5, "id_number"), (6, "file"), (7, "file")]);
    }

    #[test]
    fn unknown_and_missing_columns_are_named() {
        let folder = folder();
        let error = |text: &str| read_text(folder.path(), text).err().unwrap().to_string();
        assert!(error("file,consent,nmae\n").contains("nmae"));
        assert!(error("file\n").contains("consent"));
        assert!(error("file,照片,consent\n").contains("twice"));
    }

    #[test]
    fn formulas_are_written_as_text() {
        assert_eq!(plain("=cmd()"), "'=cmd()");
        assert_eq!(plain("第 7 号"), "第 7 号");
    }
}

//! The tables of `specs/cities/`: plain rows without quotes, one place a line.

use std::collections::BTreeSet;

use super::{Cities, City, CityError, CityKind, County, Keys, Province, RegionCode};

pub(super) const CITIES: &str = include_str!("../../../../specs/cities/cities.csv");
pub(super) const COUNTIES: &str = include_str!("../../../../specs/cities/counties.csv");

/// The lines of a text, ours where ours has the same.
pub(super) fn kept(text: &str, ours: &'static str) -> Vec<&'static str> {
    let ours: BTreeSet<&'static str> = ours.lines().collect();
    let kept = |line: &str| ours.get(line).copied().unwrap_or_else(|| line.to_owned().leak());
    text.lines().map(kept).collect()
}

pub(super) fn read(cities: &[&'static str], counties: &[&'static str]) -> Result<Cities, CityError> {
    let mut tables = Cities { all: Vec::new(), provinces: Vec::new(), counties: Vec::new() };
    for (line, row) in rows("cities.csv", "code,name,short,kind,province,pinyin,english", cities)? {
        add_place(&mut tables, &row).map_err(|why| CityError { file: "cities.csv", line, why })?;
    }
    for (line, row) in rows("counties.csv", "code,name,city", counties)? {
        let county = county(&row).map_err(|why| CityError { file: "counties.csv", line, why })?;
        if tables.find(county.city).is_none() {
            let why = format!("city {} is not in cities.csv", county.city);
            return Err(CityError { file: "counties.csv", line, why });
        }
        tables.counties.push(county);
    }
    Ok(tables)
}

type Row = Vec<&'static str>;

fn rows(file: &'static str, header: &str, lines: &[&'static str]) -> Result<Vec<(usize, Row)>, CityError> {
    let mut lines = lines.iter().copied();
    if lines.next() != Some(header) {
        return Err(CityError { file, line: 1, why: format!("the header must be {header}") });
    }
    Ok(lines.enumerate().map(|(at, line)| (at + 2, line.split(',').collect())).collect())
}

fn add_place(tables: &mut Cities, row: &[&'static str]) -> Result<(), String> {
    let &[code, name, short, kind, province, pinyin, english] = row else {
        return Err(format!("{} columns, there must be 7", row.len()));
    };
    let code = parse(code)?;
    if tables.find(code).is_some() || tables.province(code).is_some() {
        return Err(format!("code {code} is taken"));
    }
    let keys = Keys {
        spelled: pinyin.replace(' ', ""),
        initials: pinyin.split(' ').filter_map(|syllable| syllable.chars().next()).collect(),
        english: english.to_lowercase().replace('ü', "u").replace([' ', '\''], ""),
    };
    let kind = match kind {
        "province" | "sar" => {
            // 71, 81, 82: Taiwan, Hong Kong, Macao.
            let served = !matches!(province, "71" | "81" | "82");
            tables.provinces.push(Province { code, name, short, english, served, keys });
            return Ok(());
        }
        "city" => CityKind::City,
        "municipality" => CityKind::Municipality,
        "autonomous-prefecture" => CityKind::AutonomousPrefecture,
        "prefecture" => CityKind::Prefecture,
        "league" => CityKind::League,
        "county-level" => CityKind::CountyLevel,
        other => return Err(format!("kind “{other}” is unknown")),
    };
    if code.province() != parse(&format!("{province}0000"))? {
        return Err(format!("{code} is not in province {province}"));
    }
    tables.all.push(City { code, name, short, kind, province: code.province(), pinyin, english, keys });
    Ok(())
}

fn county(row: &[&'static str]) -> Result<County, String> {
    let &[code, name, city] = row else { return Err(format!("{} columns, there must be 3", row.len())) };
    Ok(County { code: parse(code)?, name, city: parse(city)? })
}

fn parse(code: &str) -> Result<RegionCode, String> {
    code.parse().map_err(|e: super::NotARegionCode| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "code,name,city\n";

    #[test]
    fn a_faulty_row_is_told_with_file_line_and_value() {
        let read = |cities: &'static str, counties: &'static str| {
            read(&cities.lines().collect::<Vec<_>>(), &counties.lines().collect::<Vec<_>>())
        };
        let short = read("code,name,short,kind,province,pinyin,english\n441300,惠州市\n", HEAD).unwrap_err();
        assert_eq!(short.to_string(), "cities.csv line 2: 2 columns, there must be 7");
        let kind =
            read("code,name,short,kind,province,pinyin,english\n441300,惠州市,惠州,town,44,hui zhou,Huizhou", HEAD);
        assert_eq!(kind.unwrap_err().to_string(), "cities.csv line 2: kind “town” is unknown");
        let lost = read("code,name,short,kind,province,pinyin,english\n", "code,name,city\n441302,惠城区,441300");
        assert_eq!(lost.unwrap_err().to_string(), "counties.csv line 2: city 441300 is not in cities.csv");
    }
    #[test]
    fn an_operators_line_stands_among_ours() {
        let changed = CITIES.replace("Huizhou", "Hwizhou");
        let cities = Cities::read(&changed, COUNTIES).unwrap();
        assert_eq!(cities.find("441300".parse().unwrap()).unwrap().english, "Hwizhou");
        assert_eq!(cities.cities().len(), Cities::built_in().unwrap().cities().len());
        let lost = Cities::read(&changed, &format!("{COUNTIES}999999,某县,999900\n")).unwrap_err();
        assert!(lost.to_string().starts_with("counties.csv line "), "{lost}");
    }
}

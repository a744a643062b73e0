//! The addresses that the sources write down.

use std::path::Path;

use huizhi_domain::article::Categories;
use huizhi_domain::words::Lang;

/// The addresses of the categories, which are made from the data.
fn of_categories() -> Vec<(&'static str, String)> {
    let categories = Categories::built_in().unwrap();
    let lists = categories.all().flat_map(|category| Lang::ALL.map(|lang| category.address(lang)));
    lists.flat_map(|list| [("GET", format!("{list}9089.html")), ("GET", list)]).collect()
}

/// Methods and addresses, as the sources write them down.
pub(super) fn written() -> Vec<(&'static str, String)> {
    let mut found = of_categories();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, found: &mut Vec<(&'static str, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["matrix", "tests"].contains(&name.as_str()) {
                collect(&path, found);
            }
        } else if path.extension().is_some_and(|it| it == "rs") && !name.starts_with("tests") && name != "matrix.rs" {
            routes_of(&std::fs::read_to_string(&path).unwrap(), found);
        }
    }
}

fn routes_of(source: &str, found: &mut Vec<(&'static str, String)>) {
    for call in source.split(".route(").skip(1) {
        let call = call.trim_start();
        let (path, rest) = match call.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap(),
            // The one address that is a constant.
            None => (crate::pay::BELL, call.strip_prefix("crate::pay::BELL").unwrap_or("")),
        };
        if rest.is_empty() {
            continue;
        }
        let handlers = up_to_its_end(rest);
        for (word, method) in
            [("get(", "GET"), ("post(", "POST"), ("put(", "PUT"), ("delete(", "DELETE"), ("any(", "GET")]
        {
            let begins =
                |at: usize| !handlers[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
            if handlers.match_indices(word).any(|(at, _)| begins(at)) {
                found.push((method, path.to_owned()));
            }
        }
    }
}

/// What stands before the bracket that closes the call.
fn up_to_its_end(text: &str) -> &str {
    let mut depth = 1;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    text
}

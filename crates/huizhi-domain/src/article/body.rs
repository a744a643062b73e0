//! The body of an article or a comment: Markdown, of which only harmless HTML is made.
//!
//! Two walls: the parser writes tags of its own only and shows those of the text as text, and whatever comes out is held against a list of
//! elements and attributes. No picture, style or script comes from elsewhere.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;
use comrak::arena_tree::NodeEdge;
use comrak::nodes::NodeValue;
use comrak::options::{Extension, Render};
use comrak::{Arena, Node, Options, format_html, parse_document};
use serde::Serialize;

use super::block::{Block, BlockError};
use super::fact;

/// How pictures' addresses begin: ours, which went through the decoder.
pub const PICTURES: &str = "/picture/";

/// What is said of links to others: that we do not vouch for them, and that they do not get hold of our page.
const FOREIGN: &str = "nofollow ugc noopener";

/// Characters of an excerpt that is made of a body.
const EXCERPT: usize = 120;

/// Who wrote a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Staff, and another of staff read it: headings, tables, and our own pictures.
    Editor,
    /// Anybody: none of these, and links that nobody vouches for.
    Visitor,
}

/// A piece of a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Part {
    /// Markdown.
    Text(String),
    /// What the service's data say.
    Block(Block),
}

/// The HTML of a text without blocks.
#[must_use]
pub fn html(markdown: &str, trust: Trust) -> String {
    let arena = Arena::new();
    let options = options(trust);
    let root = parse_document(&arena, markdown, &options);
    let nodes: Vec<Node<'_>> = root.descendants().collect();
    for node in nodes {
        fit(node, trust, &arena);
    }
    let mut written = String::new();
    // Only a writer that fails stops it, and text does not.
    if format_html(root, &options, &mut written).is_err() {
        return String::new();
    }
    match trust {
        // Of the cleaned text nothing but a link's element can look like this: quotes in attributes and signs in texts are escaped.
        Trust::Editor => OF_EDITORS
            .clean(&written)
            .to_string()
            .replace("<a href=\"http", &format!("<a rel=\"{FOREIGN}\" href=\"http")),
        Trust::Visitor => OF_VISITORS.clean(&written).to_string(),
    }
}

/// The pieces of a body, in their order. A faulty block is left out; [`faults`] names it.
#[must_use]
pub fn parts(markdown: &str) -> Vec<Part> {
    let (mut parts, mut text) = (Vec::new(), String::new());
    for (_, line, is_block) in lines(markdown) {
        if !is_block {
            text.push_str(line);
            text.push('\n');
        } else if let Ok(block) = line.parse::<Block>() {
            if !text.trim().is_empty() {
                parts.push(Part::Text(std::mem::take(&mut text)));
            }
            text.clear();
            parts.push(Part::Block(block));
        }
    }
    if !text.trim().is_empty() {
        parts.push(Part::Text(text));
    }
    parts
}

/// What is wrong with blocks and facts of a body, with the place of the first byte of each.
#[must_use]
pub fn faults(markdown: &str) -> Vec<(usize, BlockError)> {
    let blocks = lines(markdown).filter(|(_, _, is_block)| *is_block);
    let blocks = blocks.filter_map(|(at, line, _)| line.parse::<Block>().err().map(|error| (at, error)));
    let facts = fact::found(markdown).into_iter().filter_map(|(at, fact)| fact.err().map(|error| (at, error)));
    let mut faults: Vec<(usize, BlockError)> = blocks.chain(facts).collect();
    faults.sort_by_key(|(at, _)| *at);
    faults
}

/// The words of a body, a paragraph a line: no marks, blocks, facts or pictures.
#[must_use]
pub fn plain(markdown: &str) -> String {
    let mut text = String::new();
    for part in parts(markdown) {
        if let Part::Text(markdown) = part {
            words(&fact::fill(&markdown, &|_| Some(String::new())), &mut text);
        }
    }
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// What lists show of a body below its title: its first words.
#[must_use]
pub fn excerpt(markdown: &str) -> String {
    let words = plain(markdown).replace('\n', " ");
    match words.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or_default().trim_end()),
        None => words,
    }
}

fn options(trust: Trust) -> Options<'static> {
    let is_editor = trust == Trust::Editor;
    Options {
        extension: Extension {
            strikethrough: true,
            table: is_editor,
            // Chinese has no spaces around its words, and its emphasis is to work all the same.
            cjk_friendly_emphasis: true,
            ..Extension::default()
        },
        // Who writes a comment means the line that they end.
        render: Render { escape: true, hardbreaks: !is_editor, ..Render::default() },
        ..Options::default()
    }
}

/// Makes of a node what its writer may have.
fn fit<'a>(node: Node<'a>, trust: Trust, arena: &'a Arena<'a>) {
    let value = node.data().value.clone();
    match value {
        // The page has one title, the article's.
        NodeValue::Heading(mut heading) if trust == Trust::Editor => {
            heading.level = heading.level.max(2);
            node.data_mut().value = NodeValue::Heading(heading);
        }
        NodeValue::Heading(_) => {
            let children: Vec<Node<'_>> = node.children().collect();
            let bold: Node<'a> = arena.alloc(NodeValue::Strong.into());
            for child in children {
                bold.append(child);
            }
            node.append(bold);
            node.data_mut().value = NodeValue::Paragraph;
        }
        // Its words stay.
        NodeValue::Image(link) if trust == Trust::Visitor || !is_picture(&link.url) => {
            node.data_mut().value = NodeValue::Emph;
        }
        _ => {}
    }
}

/// The list of what may come out.
fn cleaner(tags: &[&'static str]) -> Builder<'static> {
    let attributes: [(&str, &[&str]); 3] =
        [("a", &["href", "title"]), ("img", &["src", "alt", "title"]), ("ol", &["start"])];
    let attributes: HashMap<&str, HashSet<&str>> =
        attributes.into_iter().map(|(tag, names)| (tag, names.iter().copied().collect())).collect();
    let mut cleaner = Builder::default();
    cleaner
        .tags(tags.iter().copied().collect())
        .tag_attributes(attributes)
        .generic_attributes(HashSet::new())
        .url_schemes(HashSet::from(["http", "https"]))
        .attribute_filter(kept);
    cleaner
}

/// What anybody may write.
const TAGS: [&str; 12] = ["a", "blockquote", "br", "code", "del", "em", "li", "ol", "p", "pre", "strong", "ul"];

/// What staff may write besides.
const TAGS_OF_EDITORS: [&str; 13] =
    ["h2", "h3", "h4", "h5", "h6", "hr", "img", "table", "tbody", "td", "th", "thead", "tr"];

static OF_VISITORS: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = cleaner(&TAGS);
    cleaner.link_rel(Some(FOREIGN));
    cleaner
});

static OF_EDITORS: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let tags: Vec<&'static str> = TAGS.into_iter().chain(TAGS_OF_EDITORS).collect();
    let mut cleaner = cleaner(&tags);
    cleaner.link_rel(None).set_tag_attribute_value("img", "loading", "lazy");
    cleaner
});

fn kept<'u>(element: &str, attribute: &str, value: &'u str) -> Option<Cow<'u, str>> {
    let is_kept = match (element, attribute) {
        ("a", "href") => is_link(value),
        ("img", "src") => is_picture(value),
        _ => true,
    };
    is_kept.then_some(Cow::Borrowed(value))
}

/// A place of ours from the root, a place on the page, or a page elsewhere. `//` and `/\` would be elsewhere and look like ours.
fn is_link(address: &str) -> bool {
    let is_ours = address.starts_with('/') && !address.starts_with("//");
    let is_elsewhere = address.starts_with("https://") || address.starts_with("http://");
    let is_plain = !address.chars().any(|letter| letter.is_control() || letter == '\\');
    is_plain && (is_ours || is_elsewhere || address.starts_with('#'))
}

fn is_picture(address: &str) -> bool {
    let name = address.strip_prefix(PICTURES).unwrap_or_default();
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-');
    !name.is_empty() && is_name && !name.contains("..")
}

/// The lines of a body with the place of their first byte, and whether each is a block. Code is no block.
fn lines(markdown: &str) -> impl Iterator<Item = (usize, &str, bool)> {
    let (mut at, mut fence) = (0, None);
    markdown.split_inclusive('\n').map(move |whole| {
        let (start, line) = (at, whole.trim_end_matches(['\n', '\r']));
        at += whole.len();
        let trimmed = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
        match fence {
            None => fence = mark,
            Some(open) if mark == Some(open) => fence = None,
            Some(_) => {}
        }
        (start, line, fence.is_none() && mark.is_none() && is_block(line))
    })
}

/// Whether a line is one block, or means to be. A fact alone on its line is a sentence.
fn is_block(line: &str) -> bool {
    let inner = line.trim().strip_prefix("{{").and_then(|line| line.strip_suffix("}}"));
    let is_indented = line.starts_with("    ") || line.starts_with('\t');
    !is_indented && inner.is_some_and(|inner| !inner.contains("{{") && !inner.starts_with("fact "))
}

/// Adds the words of a text.
fn words(markdown: &str, text: &mut String) {
    let arena = Arena::new();
    let root = parse_document(&arena, markdown, &options(Trust::Editor));
    let mut pictures = 0_usize;
    for edge in root.traverse() {
        match edge {
            NodeEdge::Start(node) => match &node.data().value {
                NodeValue::Image(_) => pictures += 1,
                NodeValue::Text(words) if pictures == 0 => text.push_str(words),
                NodeValue::Code(code) if pictures == 0 => text.push_str(&code.literal),
                NodeValue::CodeBlock(code) => text.push_str(&code.literal),
                NodeValue::HtmlInline(raw) => text.push_str(raw),
                NodeValue::HtmlBlock(html) => text.push_str(&html.literal),
                // Between Chinese words the end of a line is no space.
                NodeValue::SoftBreak if !text.ends_with(|letter: char| !letter.is_ascii()) => text.push(' '),
                NodeValue::LineBreak => text.push(' '),
                _ => {}
            },
            NodeEdge::End(node) => match &node.data().value {
                NodeValue::Image(_) => pictures = pictures.saturating_sub(1),
                NodeValue::TableCell => text.push(' '),
                value if value.block() => text.push('\n'),
                _ => {}
            },
        }
    }
}

#[cfg(test)]
mod tests;

//! Bars drawn by the server as SVG, for pages that have the same numbers in a table. Each row has one or two bars with their values beside
//! them, so that no colour says anything alone.

use serde::Serialize;

/// Widths and heights in units of the drawing.
const WIDTH: f64 = 560.0;
const LABEL_END: f64 = 196.0;
const BAR_START: f64 = 204.0;
const BAR_MOST: f64 = 270.0;
const BAR_HEIGHT: f64 = 12.0;
const ROW_GAP: f64 = 10.0;
/// Text stands this far below the top of its bar.
const BASELINE: f64 = 10.0;

/// How wide a character is: a Chinese one as wide as the text is high, a Latin one half of that and a little more.
const WIDE: f64 = 12.0;
const NARROW: f64 = 6.6;

/// A value with its words; `None` is nothing that was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// How long the bar is, in any unit that the plot has throughout.
    pub size: Option<f64>,
    /// What stands beside it.
    pub words: String,
}

/// A row of a plot: what it is about, and its values, the first above the second.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it is about.
    pub label: String,
    /// One or two.
    pub values: Vec<Value>,
}

/// A plot as its template draws it.
#[derive(Clone, Debug, Serialize)]
pub struct Plot {
    /// A word that no other plot of the page has.
    id: &'static str,
    title: String,
    width: f64,
    height: f64,
    axis: f64,
    rows: Vec<Drawn>,
}

#[derive(Clone, Debug, Serialize)]
struct Drawn {
    /// The whole label, where only its beginning has room.
    whole: Option<String>,
    label: String,
    label_x: f64,
    label_y: f64,
    bars: Vec<Bar>,
}

#[derive(Clone, Debug, Serialize)]
struct Bar {
    class: &'static str,
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    words: String,
    words_x: f64,
    words_y: f64,
}

/// Draws rows; the longest bar has all the room there is.
#[must_use]
pub fn plot(id: &'static str, title: String, rows: &[Row]) -> Plot {
    let sizes = rows.iter().flat_map(|row| row.values.iter().filter_map(|value| value.size));
    let most = sizes.fold(0.0, f64::max);
    let mut top = ROW_GAP;
    let mut drawn = Vec::new();
    for row in rows {
        let bars: Vec<Bar> = (0_u8..).zip(&row.values).map(|(at, value)| bar(at, value, most, top)).collect();
        let height = bars.len() as f64 * BAR_HEIGHT;
        let label = shortened(&row.label);
        drawn.push(Drawn {
            whole: (label != row.label).then(|| row.label.clone()),
            label,
            label_x: LABEL_END,
            label_y: tenth(top + height / 2.0 + BASELINE - BAR_HEIGHT / 2.0),
            bars,
        });
        top += height + ROW_GAP;
    }
    Plot { id, title, width: WIDTH, height: top, axis: BAR_START, rows: drawn }
}

fn bar(at: u8, value: &Value, most: f64, top: f64) -> Bar {
    let size = value.size.unwrap_or_default().max(0.0);
    let width = if most > 0.0 { tenth(size / most * BAR_MOST) } else { 0.0 };
    let y = top + f64::from(at) * BAR_HEIGHT;
    Bar {
        class: if at == 0 { "first" } else { "second" },
        x: BAR_START,
        y,
        width,
        height: BAR_HEIGHT - 2.0,
        words: value.words.clone(),
        words_x: BAR_START + width + 5.0,
        words_y: y + BASELINE,
    }
}

/// To a tenth of a unit: more is not seen, and makes pages longer.
fn tenth(length: f64) -> f64 {
    (length * 10.0).round() / 10.0
}

fn width(text: &str) -> f64 {
    text.chars().map(|letter| if letter.is_ascii() { NARROW } else { WIDE }).sum()
}

/// A label as far as it has room beside the bars.
fn shortened(label: &str) -> String {
    let mut short = label.to_owned();
    while width(&short) > LABEL_END {
        short = short.trim_end_matches('…').to_owned();
        short.pop();
        short.push('…');
    }
    short
}

#[cfg(test)]
impl Plot {
    /// A plot with a long label, an empty bar and a value that was not measured.
    pub fn sample() -> Self {
        let value = |size: Option<f64>| Value { size, words: size.map_or("–".to_owned(), |size| size.to_string()) };
        let row =
            |label: &str, first, second| Row { label: label.to_owned(), values: vec![value(first), value(second)] };
        let rows = [row("Jiangbei, in the hall of services", Some(8.0), Some(2.0)), row("Danshui", Some(0.0), None)];
        plot("sample", "Places & bookings".to_owned(), &rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_values_and_stand_in_their_rows() {
        let Plot { rows, height, width, .. } = Plot::sample();
        let bars = || rows.iter().flat_map(|row| &row.bars);
        let tenths = |length: f64| (length * 10.0).round() as i64;
        assert_eq!(bars().map(|bar| tenths(bar.width)).collect::<Vec<i64>>(), [2700, 675, 0, 0]);
        assert_eq!(bars().map(|bar| tenths(bar.y)).collect::<Vec<i64>>(), [100, 220, 440, 560]);
        assert!(bars().all(|bar| bar.y + bar.height < height && bar.words_x < width));
        assert_eq!(rows[0].label, "Jiangbei, in the hall of se…");
        assert_eq!(rows[0].whole.as_deref(), Some("Jiangbei, in the hall of services"));
        assert!(rows[1].label == "Danshui" && rows[1].whole.is_none());
        assert_eq!(shortened("惠城桥东户政窗口（演示） 居民身份证"), "惠城桥东户政窗口（演示） 居民…");
    }

    #[test]
    fn a_plot_of_nothing_has_no_bars_and_divides_by_nothing() {
        assert!(plot("none", String::new(), &[]).rows.is_empty());
        let zero = Row { label: String::new(), values: vec![Value { size: Some(0.0), words: String::new() }] };
        assert!(plot("zero", String::new(), &[zero]).rows[0].bars[0].width < 0.1);
    }
}

//! Rows of photos. Lengths are whole µm inside, so that 3 · 26 + 2 · 2 is 82 and not almost.

use super::{Count, PhotoSize, Placed};

/// The part of the paper that photos may use, mm.
pub(super) struct Field {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
    pub gap: f32,
}

/// What fitted.
pub(super) struct Packed {
    /// In mm, row by row.
    pub photos: Vec<Placed>,
    /// Photos of each size asked.
    pub counts: Vec<u32>,
}

impl Packed {
    /// More is better: photos that were asked by number first, then all.
    pub fn score(&self, asked: &[(PhotoSize, Count)]) -> (u32, u32) {
        let numbered = asked.iter().zip(&self.counts).filter(|((_, c), _)| matches!(c, Count::Exactly(_)));
        (numbered.map(|(_, n)| n).sum(), self.counts.iter().sum())
    }
}

/// Packs what was asked into rows: sizes with a number first, the highest first, then the rest.
pub(super) fn pack(field: &Field, asked: &[(PhotoSize, Count)], may_turn: bool) -> Packed {
    let exact: Vec<u32> = asked.iter().map(|(_, c)| if let Count::Exactly(n) = *c { n } else { 0 }).collect();
    let open: Vec<usize> = (0..asked.len()).filter(|&i| asked[i].1 == Count::AsManyAsFit).collect();
    let mut rows = Rows::new(field, asked, may_turn);
    let all_numbered_fit = rows.add_all(&exact);
    // Equal shares of the open sizes: as many of each as can stand together, packed as if asked by number, which
    // keeps equal photos in one row. Tried upwards: a paper holds a few dozen.
    if open.len() > 1 && all_numbered_fit {
        for share in 1.. {
            let counts: Vec<u32> = (0..asked.len()).map(|i| if open.contains(&i) { share } else { exact[i] }).collect();
            let mut together = Rows::new(field, asked, may_turn);
            if !together.add_all(&counts) {
                break;
            }
            rows = together;
        }
    }
    for &size in &open {
        while rows.add(size) {}
    }
    rows.placed(field)
}

/// A photo in a row.
struct Item {
    size: usize,
    x: i64,
    width: i64,
    height: i64,
    turned: bool,
}

/// A row: its height is that of its first photo.
struct Row {
    y: i64,
    height: i64,
    used: i64,
    items: Vec<Item>,
}

struct Rows {
    width: i64,
    height: i64,
    gap: i64,
    sizes: Vec<(i64, i64)>,
    may_turn: bool,
    filled: Vec<Row>,
}

impl Rows {
    fn new(field: &Field, asked: &[(PhotoSize, Count)], may_turn: bool) -> Self {
        let sizes = asked.iter().map(|(s, _)| (um(s.width_mm), um(s.height_mm))).collect();
        let (width, height, gap) = (um(field.width), um(field.height), um(field.gap));
        Self { width, height, gap, sizes, may_turn, filled: Vec::new() }
    }

    /// Adds so many of each size, the highest first; whether all fitted. A size that fails once fails for good.
    fn add_all(&mut self, counts: &[u32]) -> bool {
        let mut order: Vec<usize> = (0..counts.len()).collect();
        order.sort_by_key(|&i| (std::cmp::Reverse(self.sizes[i].1), std::cmp::Reverse(self.sizes[i].0), i));
        let mut all = true;
        for size in order {
            all &= (0..counts[size]).all(|_| self.add(size));
        }
        all
    }

    /// Adds one photo to the first row that has room, else to a new row; whether it fitted.
    fn add(&mut self, size: usize) -> bool {
        let (width, height) = self.sizes[size];
        let upright = Item { size, x: 0, width, height, turned: false };
        let lying = Item { size, x: 0, width: height, height: width, turned: true };
        self.put_in_row(upright).or_else(|i| self.put_in_new_row(i)).is_ok()
            || (self.may_turn && width != height && self.put_in_row(lying).or_else(|i| self.put_in_new_row(i)).is_ok())
    }

    fn put_in_row(&mut self, mut item: Item) -> Result<(), Item> {
        let (width, gap) = (self.width, self.gap);
        let room = |row: &&mut Row| item.height <= row.height && row.used + gap + item.width <= width;
        let Some(row) = self.filled.iter_mut().find(room) else { return Err(item) };
        item.x = row.used + gap;
        row.used = item.x + item.width;
        row.items.push(item);
        Ok(())
    }

    fn put_in_new_row(&mut self, item: Item) -> Result<(), Item> {
        let y = self.filled.last().map_or(0, |r| r.y + r.height + self.gap);
        if item.width > self.width || y + item.height > self.height {
            return Err(item);
        }
        self.filled.push(Row { y, height: item.height, used: item.width, items: vec![item] });
        Ok(())
    }

    /// Centres: the block of rows between top and bottom, each row between the sides. A row that is shorter only
    /// because photos ran out stands under its like, so that one cut goes through all.
    fn placed(self, field: &Field) -> Packed {
        let used = self.filled.last().map_or(0, |r| r.y + r.height);
        let (left, top) = (um(field.x), um(field.y) + (self.height - used) / 2);
        let widest = |row: &Row| {
            let like = |r: &&Row| r.used > row.used && row.items.iter().zip(&r.items).all(|(a, b)| a.width == b.width);
            self.filled.iter().filter(like).map(|r| r.used).max().unwrap_or(row.used)
        };
        let mut counts = vec![0; self.sizes.len()];
        let mut photos = Vec::new();
        for row in &self.filled {
            let start = left + (self.width - widest(row)) / 2;
            for item in &row.items {
                counts[item.size] += 1;
                photos.push(Placed {
                    size: item.size,
                    x_mm: mm(start + item.x),
                    y_mm: mm(top + row.y),
                    width_mm: mm(item.width),
                    height_mm: mm(item.height),
                    turned: item.turned,
                });
            }
        }
        Packed { photos, counts }
    }
}

/// Mm to whole µm.
fn um(mm: f32) -> i64 {
    libm::round(f64::from(mm) * 1_000.0) as i64
}

/// µm to mm.
fn mm(um: i64) -> f32 {
    (um as f64 / 1_000.0) as f32
}

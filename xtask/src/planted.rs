//! `cargo xtask planted DIR…`: faults that no label names, drawn into labelled portraits, and whether their measures tell.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use huizhi_photo::Portrait;
use huizhi_photo::analysis::{Analysis, examine};
use huizhi_photo::check::{self, Rule, Strictness};
use huizhi_photo::chip::Chip;
use huizhi_photo::face::landmark as at;
use huizhi_photo::make::encode;
use huizhi_photo::measure::Measures;
use huizhi_photo::pixels::{Affine, Point, Rgb};
use huizhi_photo::probe;
use huizhi_photo::spec::FileFormat;
use rayon::prelude::*;

use crate::evaluate::{CheckFigures, figures};
use crate::portraits::{self, Folder, Labelled};

/// What to draw into.
#[derive(clap::Args)]
pub struct Options {
    #[command(flatten)]
    folder: Folder,
    /// Keep some of the drawn pictures here, to look at.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// A fault, the rule that is to see it, and the portraits that can have it.
struct Plant {
    code: &'static str,
    name: &'static str,
    fits: fn(&Labelled) -> bool,
    draw: fn(&Portrait, &Chip, &mut Dice) -> Rgb,
}

const PLANTS: &[Plant] = &[
    Plant { code: "eyes.red", name: "red pupils", fits: open_eyes, draw: red_pupils },
    Plant { code: "glasses.glare", name: "reflections on glasses", fits: glasses, draw: reflections },
    Plant { code: "background.shadow", name: "shadow on the wall", fits: plain_wall, draw: wall_shadow },
    Plant { code: "photo.recaptured", name: "photo of a screen", fits: a_photo, draw: screen },
    Plant { code: "photo.recaptured", name: "photo of a print", fits: a_photo, draw: print },
    Plant { code: "clothes.white", name: "white clothes", fits: a_photo, draw: white_clothes },
];

fn label<'a>(picture: &'a Labelled, name: &str) -> &'a str {
    picture.labels.get(name).map_or("", String::as_str)
}

fn a_photo(picture: &Labelled) -> bool {
    label(picture, "medium") == "photo" && label(picture, "faces") == "1"
}

fn open_eyes(picture: &Labelled) -> bool {
    a_photo(picture) && label(picture, "eyes") == "open" && label(picture, "glasses") != "sunglasses"
}

fn glasses(picture: &Labelled) -> bool {
    a_photo(picture) && !["none", "sunglasses", ""].contains(&label(picture, "glasses"))
}

fn plain_wall(picture: &Labelled) -> bool {
    a_photo(picture) && label(picture, "bg") == "plain"
}

/// Draws every fault into every portrait that can have it, once a portrait, and compares with the portraits as they are.
pub fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    let pictures: Vec<Labelled> = options.folder.read()?;
    let (models, rules, probes) = (portraits::models(root)?, check::built_in()?, probe::built_in()?);
    if let Some(keep) = &options.keep {
        fs::create_dir_all(keep)?;
    }
    let looked = pictures
        .par_iter()
        .map(|picture| {
            let bytes = fs::read(&picture.path)?;
            let decoded = Portrait::decode(&bytes, &huizhi_photo::Limits::default())?;
            // All begin as the working copy, so that size tells nothing.
            let analysis = again(decoded.working(), &models, &probes)?;
            let mut drawn = Vec::new();
            let Some(chip) = &analysis.chip else { return Ok((analysis.measures, drawn)) };
            for plant in PLANTS.iter().filter(|plant| (plant.fits)(picture)) {
                let mut dice = Dice::of(&format!("{} {}", picture.file, plant.name));
                let faulty = (plant.draw)(&analysis.portrait, chip, &mut dice);
                let file = file(&faulty)?;
                if let Some(keep) = &options.keep
                    && dice.share() < 0.1
                {
                    fs::write(keep.join(format!("{} {}.jpg", plant.name.replace(' ', "-"), picture.file)), &file)?;
                }
                let portrait = Portrait::decode(&file, &huizhi_photo::Limits::default())?;
                drawn.push((plant.name, examine(portrait, &models, &models, &probes)?.measures));
            }
            Ok((analysis.measures, drawn))
        })
        .collect::<anyhow::Result<Vec<(Measures, Vec<(&str, Measures)>)>>>()?;
    println!(
        "{:24} {:>6} {:>6} {:>6} {:>8} {:>14} {:>12}",
        "fault", "AUC", "EER", "drawn", "found", "of those it is", "of all"
    );
    for plant in PLANTS {
        let rule =
            rules.iter().find(|rule| rule.code == plant.code).with_context(|| format!("no rule {}", plant.code))?;
        let value = |measures: &Measures| measures.get(&rule.measure).map(|it| rule.badness(it));
        let yes = looked.iter().flat_map(|(_, drawn)| drawn).filter(|(name, _)| *name == plant.name);
        let mut answers: Vec<(f32, bool)> = yes.filter_map(|(_, it)| Some((value(it)?, true))).collect();
        let all: Vec<f32> = looked.iter().filter_map(|(it, _)| value(it)).collect();
        let fitting = pictures.iter().zip(&looked).filter(|(picture, _)| (plant.fits)(picture));
        answers.extend(fitting.filter_map(|(_, (it, _))| Some((value(it)?, false))));
        print_line(plant.name, rule, &figures(rule, &answers), &all);
    }
    labelled_shadows(&rules, &pictures, &looked);
    Ok(())
}

fn print_line(name: &str, rule: &Rule, figures: &CheckFigures, all: &[f32]) {
    let limit = rule.limit(Strictness::Strict).map_or(f32::INFINITY, |limit| rule.badness(limit));
    let alarms = all.iter().filter(|it| **it > limit).count();
    let number = |it: Option<f64>| it.map_or_else(|| "—".to_owned(), |it| format!("{it:.3}"));
    println!(
        "{:24} {:>6} {:>6} {:>6} {:>8} {:>14} {:>12}",
        name,
        number(figures.auc),
        number(figures.eer),
        figures.positives,
        figures.found,
        format!("{} of {}", figures.false_alarms, figures.negatives),
        format!("{alarms} of {}", all.len()),
    );
}

/// Shadows have labels too, though few.
fn labelled_shadows(rules: &[Rule], pictures: &[Labelled], looked: &[(Measures, Vec<(&str, Measures)>)]) {
    let Some(rule) = rules.iter().find(|rule| rule.code == "background.shadow") else { return };
    let answers: Vec<(f32, bool)> = pictures
        .iter()
        .zip(looked)
        .filter(|(picture, _)| label(picture, "bg").starts_with("plain"))
        .filter_map(|(picture, (it, _))| {
            Some((rule.badness(it.get(&rule.measure)?), label(picture, "bg") == "plain_shadow"))
        })
        .collect();
    print_line("labelled shadows", rule, &figures(rule, &answers), &[]);
}

fn again(picture: &Rgb, models: &huizhi_photo::models::Models, probes: &[probe::Probe]) -> anyhow::Result<Analysis> {
    let portrait = Portrait::decode(&file(picture)?, &huizhi_photo::Limits::default())?;
    Ok(examine(portrait, models, models, probes)?)
}

fn file(picture: &Rgb) -> anyhow::Result<Vec<u8>> {
    let request = encode::Request { format: FileFormat::Jpeg, quality: Some(90), kb_min: None, kb_max: None, dpi: 300 };
    Ok(encode::encode(picture, &request)?.bytes)
}

/// Numbers that look drawn by lot, the same for the same name (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn of(name: &str) -> Self {
        Self(
            name.bytes()
                .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)),
        )
    }

    /// From 0 to 1.
    fn share(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f32 / 16_777_216.0
    }

    fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.share()
    }
}

fn mixed(under: [u8; 3], over: [f32; 3], share: f32) -> [u8; 3] {
    std::array::from_fn(|i| (f32::from(under[i]) * (1.0 - share) + over[i] * share).clamp(0.0, 255.0) as u8)
}

fn whole(portrait: &Portrait) -> Rgb {
    portrait.sampled(&Affine::IDENTITY, portrait.width(), portrait.height())
}

/// A feathered ellipse.
fn ellipse(picture: &mut Rgb, centre: Point, (rx, ry): (f32, f32), colour: [f32; 3], share: f32) {
    for y in (centre.y - ry - 2.0).max(0.0) as u32..((centre.y + ry + 3.0).max(0.0) as u32).min(picture.height) {
        for x in (centre.x - rx - 2.0).max(0.0) as u32..((centre.x + rx + 3.0).max(0.0) as u32).min(picture.width) {
            let (dx, dy) = ((x as f32 + 0.5 - centre.x) / rx, (y as f32 + 0.5 - centre.y) / ry);
            let edge = ((1.0 - (dx * dx + dy * dy).sqrt()) * rx.min(ry) + 0.5).clamp(0.0, 1.0);
            if edge > 0.0 {
                picture.set(x, y, mixed(picture.at(x, y), colour, share * edge));
            }
        }
    }
}

fn red_pupils(portrait: &Portrait, chip: &Chip, dice: &mut Dice) -> Rgb {
    let mut picture = whole(portrait);
    let (size, share) = (dice.between(0.45, 0.8), dice.between(0.6, 0.95));
    let colour = [dice.between(150.0, 235.0), dice.between(15.0, 60.0), dice.between(15.0, 70.0)];
    for iris in [at::RIGHT_IRIS, at::LEFT_IRIS] {
        let points: Vec<Point> = iris.iter().map(|&i| chip.to_upright.apply(chip.mesh[i])).collect();
        let radius = size * points[1..].iter().map(|p| p.distance(points[0])).sum::<f32>() / 4.0;
        ellipse(&mut picture, points[0], (radius, radius), colour, share);
    }
    picture
}

fn reflections(portrait: &Portrait, chip: &Chip, dice: &mut Dice) -> Rgb {
    let mut picture = whole(portrait);
    let scale = chip.to_upright.scale();
    for (outer, inner) in [(at::RIGHT_EYE_OUTER, at::RIGHT_EYE_INNER), (at::LEFT_EYE_OUTER, at::LEFT_EYE_INNER)] {
        let middle = chip.mesh[outer].middle(chip.mesh[inner]);
        let centre = Point::new(middle.x + dice.between(-16.0, 16.0), middle.y + dice.between(-10.0, 14.0));
        let size = (scale * dice.between(7.0, 16.0), scale * dice.between(5.0, 11.0));
        ellipse(&mut picture, chip.to_upright.apply(centre), size, [255.0, 255.0, 250.0], dice.between(0.8, 1.0));
    }
    picture
}

/// The silhouette, moved aside and down, soft, darkens the wall.
fn wall_shadow(portrait: &Portrait, chip: &Chip, dice: &mut Dice) -> Rgb {
    let mut picture = whole(portrait);
    let Some(back) = chip.to_upright.inverse() else { return picture };
    let side = if dice.share() < 0.5 { -1.0 } else { 1.0 };
    let (dx, dy) = (side * dice.between(15.0, 45.0), dice.between(0.0, 25.0));
    let (depth, soft) = (dice.between(0.15, 0.45), dice.between(4.0, 12.0));
    for y in 0..picture.height {
        for x in 0..picture.width {
            let here = back.apply(Point::new(x as f32 + 0.5, y as f32 + 0.5));
            let person = f32::from(chip.person.smooth(here, 0)) / 255.0;
            let mut shade = 0.0;
            for (ox, oy) in [
                (-1.0, -1.0),
                (0.0, -1.0),
                (1.0, -1.0),
                (-1.0, 0.0),
                (0.0, 0.0),
                (1.0, 0.0),
                (-1.0, 1.0),
                (0.0, 1.0),
                (1.0, 1.0),
            ] {
                let p = Point::new(here.x - dx + ox * soft, here.y - dy + oy * soft);
                shade += f32::from(chip.person.smooth(p, 0)) / 255.0 / 9.0;
            }
            let share = depth * shade * (1.0 - person);
            picture.set(x, y, mixed(picture.at(x, y), [0.0; 3], share));
        }
    }
    picture
}

/// The picture on a screen of red, green and blue stripes, photographed a little askew.
fn screen(portrait: &Portrait, _: &Chip, dice: &mut Dice) -> Rgb {
    let source = whole(portrait);
    // Camera px for a px of the screen, and px of the screen for one of the picture.
    let (camera, shown) = (dice.between(1.4, 3.4), dice.between(0.9, 1.4));
    let gap = dice.between(0.25, 0.5);
    recaptured(&source, dice, camera * shown, |x, y| {
        let (px, py) = (x / camera, y / camera);
        let column = ((px.fract() + 1.0).fract() * 3.0) as usize;
        let lit = if (py.fract() + 1.0).fract() > 0.85 { gap } else { 1.0 };
        std::array::from_fn(|channel| lit * if channel == column.min(2) { 1.6 } else { 0.7 })
    })
}

/// The picture as dots of ink on paper, photographed a little askew.
fn print(portrait: &Portrait, _: &Chip, dice: &mut Dice) -> Rgb {
    let source = whole(portrait);
    let (dot, deep) = (dice.between(2.6, 6.0), dice.between(0.12, 0.3));
    let (s, c) = dice.between(0.2, 1.3).sin_cos();
    recaptured(&source, dice, 1.2, |x, y| {
        let turn = std::f32::consts::TAU / dot;
        let wave = ((x * c + y * s) * turn).cos() * ((y * c - x * s) * turn).cos();
        [1.0 + deep * wave; 3]
    })
}

/// What a camera sees of a lit or printed surface: `grid` gives its brightness a channel at px of the camera; four looks a px, so that what is
/// finer than the camera makes waves.
fn recaptured(source: &Rgb, dice: &mut Dice, enlarged: f32, grid: impl Fn(f32, f32) -> [f32; 3]) -> Rgb {
    let enlarged = enlarged.clamp(0.8, 1400.0 / source.width.max(source.height) as f32);
    let (width, height) = ((source.width as f32 * enlarged) as u32, (source.height as f32 * enlarged) as u32);
    let (s, c) = dice.between(-0.05, 0.05).sin_cos();
    let shown = source.sampled(&Affine { m: [1.0 / enlarged, 0.0, 0.0, 0.0, 1.0 / enlarged, 0.0] }, width, height);
    let mut seen = Rgb::filled(width, height, [0; 3]);
    for y in 0..height {
        for x in 0..width {
            let mut light = [0.0_f32; 3];
            for (ox, oy) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
                let (fx, fy) = (x as f32 + ox, y as f32 + oy);
                let at = grid(fx * c - fy * s, fx * s + fy * c);
                for (sum, value) in light.iter_mut().zip(at) {
                    *sum += value / 4.0;
                }
            }
            let under = shown.at(x, y);
            seen.set(x, y, std::array::from_fn(|i| (f32::from(under[i]) * light[i]).clamp(0.0, 255.0) as u8));
        }
    }
    seen
}

/// White cloth with the folds of what was worn.
fn white_clothes(portrait: &Portrait, chip: &Chip, _: &mut Dice) -> Rgb {
    let mut picture = whole(portrait);
    let Some(back) = chip.to_upright.inverse() else { return picture };
    let chin = chip.mesh[at::CHIN];
    for y in 0..picture.height {
        for x in 0..picture.width {
            let here = back.apply(Point::new(x as f32 + 0.5, y as f32 + 0.5));
            let below = here.y > chin.y + 35.0 + 0.1 * (here.x - chin.x).abs();
            if below && chip.person.near(here).is_some_and(|it| it > 128) {
                let [r, g, b] = picture.at(x, y).map(f32::from);
                let fold = (0.3 * r + 0.6 * g + 0.1 * b) / 255.0;
                let white = 222.0 + 28.0 * fold;
                picture.set(x, y, mixed(picture.at(x, y), [white, white, white - 3.0], 0.95));
            }
        }
    }
    picture
}

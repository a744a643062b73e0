//! Refuses a specification that contradicts itself, before a photo is judged by it.

use crate::PhotoError;

use super::{Bound, FileRule, Geometry, PxRule, Size, Spec, Unit};

const COLOURS: [&str; 6] = ["white", "blue", "red", "light-blue", "light-grey", "cream"];
const GROUPS: [&str; 4] = ["gov", "edu", "foreign", "generic"];

/// Rules that run across the picture; the others run down it.
const ACROSS: [&str; 5] = ["face_width", "head_width", "eyes_left", "eye_distance", "off_centre"];

/// How far px, mm and density may disagree: 2 × 2 in is written as 51 × 51 mm (0.4 % off), and 22 × 32 mm at
/// 300 px per inch as 260 × 378 px; a density or a pair of sides that was mixed up is off by 5 % and more.
const MM_TOLERANCE: f32 = 0.03;

impl Spec {
    /// # Errors
    /// [`PhotoError::Spec`] for the first rule that contradicts another or itself.
    pub fn validate(&self) -> Result<(), PhotoError> {
        self.first_fault().map_err(|why| PhotoError::Spec { id: self.id.clone(), why })
    }

    fn first_fault(&self) -> Result<(), String> {
        check_id(&self.id)?;
        require(self.version >= 1, || "version is 0; the first version is 1".to_owned())?;
        require(!self.name.zh.trim().is_empty(), || "name.zh is empty".to_owned())?;
        require(!self.name.en.trim().is_empty(), || "name.en is empty".to_owned())?;
        check_region(&self.region)?;
        one_of("group", &self.group, &GROUPS)?;
        require(!self.sources.is_empty(), || "sources is empty; name at least one, even `convention`".to_owned())?;
        self.check_sources()?;
        if let Some(size) = &self.size {
            check_size(size)?;
            self.known_source("size", &size.source)?;
        }
        self.check_backgrounds()?;
        self.check_geometry()?;
        if let Some(file) = &self.file {
            check_file(file)?;
            self.known_source("file", &file.source)?;
        }
        for (key, text) in &self.rules {
            require(!text.trim().is_empty(), || format!("rules.{key} is empty; leave it out"))?;
        }
        Ok(())
    }

    fn known_source(&self, field: &str, key: &str) -> Result<(), String> {
        require(self.sources.contains_key(key), || {
            let known = self.sources.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            format!("{field}.source is \"{key}\", which is not in sources ({known})")
        })
    }

    fn check_sources(&self) -> Result<(), String> {
        for (key, source) in &self.sources {
            for (field, text) in [("title", &source.title), ("kind", &source.kind), ("checked", &source.checked)] {
                require(!text.trim().is_empty(), || format!("sources.{key}.{field} is empty"))?;
            }
            let trusted = ["high", "medium", "low"].iter().any(|level| source.confidence.starts_with(level));
            require(trusted, || {
                format!("sources.{key}.confidence is \"{}\"; begin with high, medium or low", source.confidence)
            })?;
            for url in &source.urls {
                let whole = url.starts_with("https://") || url.starts_with("http://");
                require(whole && !url.contains(char::is_whitespace), || {
                    format!("sources.{key}.urls holds \"{url}\"; write one whole http(s) address per entry")
                })?;
            }
        }
        Ok(())
    }

    fn check_backgrounds(&self) -> Result<(), String> {
        for (i, background) in self.backgrounds.iter().enumerate() {
            let name = &background.name;
            one_of("backgrounds.name", name, &COLOURS)?;
            self.known_source("backgrounds", &background.source)?;
            require(self.backgrounds[..i].iter().all(|b| b.name != *name), || {
                format!("backgrounds names \"{name}\" twice")
            })?;
        }
        Ok(())
    }

    fn check_geometry(&self) -> Result<(), String> {
        for (field, bound) in self.geometry.bounds() {
            let Some(bound) = bound else { continue };
            self.known_source(&format!("geometry.{field}"), &bound.source)?;
            check_bound(field, bound, self.size.as_ref())?;
        }
        check_precedence(&self.geometry)?;
        check_hair_cut(&self.geometry)?;
        check_fits(&self.geometry, self.size.as_ref())
    }
}

fn require(holds: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why()) }
}

fn one_of(field: &str, value: &str, known: &[&str]) -> Result<(), String> {
    require(known.contains(&value), || format!("{field} is \"{value}\"; write one of {}", known.join(", ")))
}

fn check_id(id: &str) -> Result<(), String> {
    let word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    require(id.split('-').all(word), || {
        format!("id is \"{id}\"; use lower-case letters, digits and single hyphens, such as cn-resident-id")
    })
}

fn check_region(region: &str) -> Result<(), String> {
    let letters = region.chars().take(2).filter(char::is_ascii_uppercase).count() == 2;
    let ends = matches!(region.chars().nth(2), None | Some('-' | ' '));
    require(letters && ends, || {
        format!("region is \"{region}\"; begin with two upper-case letters, such as CN or CN-GD Shenzhen")
    })
}

fn check_size(size: &Size) -> Result<(), String> {
    for (field, side) in [("width_px", size.width_px), ("height_px", size.height_px)] {
        require((16..=10_000).contains(&side), || format!("size.{field} is {side}; give 16 to 10000"))?;
    }
    require((72..=1200).contains(&size.dpi), || format!("size.dpi is {}; give 72 to 1200", size.dpi))?;
    check_px_range(size)?;
    match (size.width_mm, size.height_mm) {
        (None, None) => Ok(()),
        (Some(width), Some(height)) => check_mm(size, width, height),
        _ => Err("size has one of width_mm and height_mm; give both or none".to_owned()),
    }
}

fn check_px_range(size: &Size) -> Result<(), String> {
    let limited = size.min_px.is_some() || size.max_px.is_some();
    match size.px_rule {
        PxRule::Range => {
            let whole = size.min_px.is_some() && size.max_px.is_some();
            require(whole, || "size.px_rule is range; give min_px and max_px".to_owned())?;
        }
        PxRule::Min => {
            require(size.max_px.is_none(), || "size.max_px is given; write px_rule = \"range\" instead".to_owned())?;
        }
        PxRule::Exact | PxRule::Advisory => {
            require(!limited, || "size.min_px and max_px belong to px_rule range or min".to_owned())?;
        }
    }
    let [min_w, min_h] = size.min_px.unwrap_or([0, 0]);
    let [max_w, max_h] = size.max_px.unwrap_or([u32::MAX, u32::MAX]);
    let (w, h) = (size.width_px, size.height_px);
    require((min_w..=max_w).contains(&w) && (min_h..=max_h).contains(&h), || {
        format!("size is {w}×{h} px, outside min_px {:?} to max_px {:?}", size.min_px, size.max_px)
    })
}

fn check_mm(size: &Size, width: f32, height: f32) -> Result<(), String> {
    for (field, side) in [("width_mm", width), ("height_mm", height)] {
        require((5.0..=500.0).contains(&side), || format!("size.{field} is {side}; give 5 to 500"))?;
    }
    // Where px may be more than the paper needs, only the shape has to agree.
    let shape_only = matches!(size.px_rule, PxRule::Min | PxRule::Range);
    let factor = if shape_only { size.height_px as f32 / height } else { f32::from(size.dpi) / 25.4 };
    for (field, px, mm) in [("width", size.width_px, width), ("height", size.height_px, height)] {
        let expected = mm * factor;
        require((px as f32 - expected).abs() <= expected * MM_TOLERANCE, || {
            format!("size.{field} is {px} px, but {mm} mm at {} dpi is {expected:.0} px; correct one", size.dpi)
        })?;
    }
    Ok(())
}

fn check_bound(field: &str, bound: &Bound, size: Option<&Size>) -> Result<(), String> {
    let ends = [bound.min, bound.max];
    require(ends.iter().any(Option::is_some), || format!("geometry.{field} has neither min nor max"))?;
    for end in ends.into_iter().flatten() {
        require(end.is_finite() && end >= 0.0, || format!("geometry.{field} holds {end}; give 0 or more"))?;
        require(bound.unit != Unit::Share || end <= 1.0, || {
            format!("geometry.{field} holds {end}; a share is 0 to 1, so 70 % is 0.7")
        })?;
    }
    if let (Some(min), Some(max)) = (bound.min, bound.max) {
        require(min <= max, || format!("geometry.{field} has min {min} above max {max}"))?;
    }
    let Some(size) = size else {
        return require(bound.unit == Unit::Share, || {
            format!("geometry.{field} is in px or mm, but the document has no size; write it as a share")
        });
    };
    let side = if ACROSS.contains(&field) { size.width_px } else { size.height_px } as f32;
    let (min, max) = bound.in_px(side, f32::from(size.dpi));
    require(min <= side && (max <= side || max == f32::INFINITY), || {
        format!("geometry.{field} is {min:.0} to {max:.0} px, but the picture has {side} px there")
    })
}

fn check_precedence(geometry: &Geometry) -> Result<(), String> {
    for (i, name) in geometry.precedence.iter().enumerate() {
        let given = geometry.bounds().iter().any(|(field, bound)| field == name && bound.is_some());
        require(given, || format!("geometry.precedence names \"{name}\", which is not a rule of this document"))?;
        require(!geometry.precedence[..i].contains(name), || format!("geometry.precedence names \"{name}\" twice"))?;
    }
    Ok(())
}

fn check_hair_cut(geometry: &Geometry) -> Result<(), String> {
    let Some(name) = &geometry.hair_cut_for else { return Ok(()) };
    let given = geometry.bounds().iter().any(|(field, bound)| field == name && bound.is_some());
    require(given && name != "crown_top" && geometry.crown_top.is_some(), || {
        format!("geometry.hair_cut_for is \"{name}\"; name another rule of this document, beside crown_top")
    })
}

/// Whether the vertical rules leave room for one another. Each pair is judged alone: a rule for all at once is
/// the crop solver's, which also knows the face.
fn check_fits(geometry: &Geometry, size: Option<&Size>) -> Result<(), String> {
    let (height, dpi) = size.map_or((1.0, 300.0), |size| (size.height_px as f32, f32::from(size.dpi)));
    let px = |bound: &Option<Bound>| {
        let (min, max) = bound.as_ref().map_or((0.0, height), |bound| bound.in_px(height, dpi));
        (min.max(0.0), max.min(height))
    };
    let (crown, head, chin) = (px(&geometry.crown_top), px(&geometry.head_height), px(&geometry.chin_bottom));
    let (eyes_top, eyes_bottom) = (px(&geometry.eyes_top), px(&geometry.eyes_bottom));
    let slack = height / 1000.0;
    let parts = crown.0 + head.0 + chin.0;
    require(parts <= height + slack, || {
        format!("geometry: least crown_top, head_height and chin_bottom add up to {parts:.0} px of {height} px")
    })?;
    let parts = crown.1 + head.1 + chin.1;
    require(parts + slack >= height, || {
        format!("geometry: greatest crown_top, head_height and chin_bottom reach {parts:.0} px of {height} px")
    })?;
    let meet = eyes_top.0 + eyes_bottom.0 <= height + slack && eyes_top.1 + eyes_bottom.1 + slack >= height;
    require(meet, || format!("geometry: eyes_top and eyes_bottom never meet in {height} px"))?;
    // The eyes lie between crown and chin.
    let lowest_eyes = eyes_top.1.min(height - eyes_bottom.0);
    require(crown.0 < lowest_eyes, || {
        format!("geometry: crown_top from {:.0} px lies below the lowest eye line, {lowest_eyes:.0} px", crown.0)
    })?;
    let highest_eyes = eyes_top.0.max(height - eyes_bottom.1);
    let lowest_chin = (height - chin.0).min(crown.1 + head.1);
    require(highest_eyes < lowest_chin, || {
        format!("geometry: the eye line from {highest_eyes:.0} px lies below the lowest chin, {lowest_chin:.0} px")
    })
}

fn check_file(file: &FileRule) -> Result<(), String> {
    if let Some(quality) = file.quality {
        require((1..=100).contains(&quality), || format!("file.quality is {quality}; give 1 to 100"))?;
    }
    for (field, kb) in [("kb_min", file.kb_min), ("kb_max", file.kb_max)] {
        let Some(kb) = kb else { continue };
        require(kb.is_finite() && kb > 0.0, || format!("file.{field} is {kb}; give more than 0"))?;
    }
    if let (Some(min), Some(max)) = (file.kb_min, file.kb_max) {
        require(min <= max, || format!("file.kb_min {min} is above kb_max {max}"))?;
    }
    let band = file.kb_min.is_some() || file.kb_max.is_some();
    require(!file.kb_is_typical || (band && file.quality.is_some()), || {
        "file.kb_is_typical needs a quality, which then decides, and kb_min or kb_max".to_owned()
    })
}

#[cfg(test)]
mod tests;

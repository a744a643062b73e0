use huizhi_photo::{models::*, net::*, pixels::*, *};
use std::io::Write;
fn png(path: &str, w: u32, h: u32, ct: png::ColorType, d: &[u8]) {
    let f = std::fs::File::create(path).unwrap();
    let mut e = png::Encoder::new(f, w, h);
    e.set_color(ct);
    e.set_depth(png::BitDepth::Eight);
    e.set_compression(png::Compression::Fast);
    e.write_header().unwrap().write_image_data(d).unwrap();
}
fn main() {
    let w = Weights {
        detector: include_bytes!("../../../models/blazeface_short_128.onnx"),
        mesh: include_bytes!("../../../models/facemesh_478_256.onnx"),
        expression: include_bytes!("../../../models/blendshapes_52.onnx"),
        silhouette: include_bytes!("../../../models/selfie_256.onnx"),
        matte: &[],
    };
    let m = Models::open(&Rten::with_threads(1), &w).unwrap();
    let mut a = std::env::args().skip(1);
    let out = a.next().unwrap();
    std::fs::create_dir_all(&out).unwrap();
    for f in a {
        let b = std::fs::read(&f).unwrap();
        let n = f.rsplit('/').next().unwrap().to_string();
        let mut p = match Portrait::decode(&b, &Limits::default()) {
            Ok(p) => p,
            Err(e) => {
                println!("{n} ERR {e}");
                continue;
            }
        };
        let mut q = 0;
        let fs = loop {
            let fs = m.find(&p).unwrap();
            let up = fs.first().is_some_and(|f| f.pose.roll.abs() < 50.0);
            if up || q == 3 {
                break fs;
            }
            q += 1;
            p = p.quarter_turned().unwrap();
        };
        let sil = m.silhouette(p.working()).unwrap();
        let wk = p.working();
        png(&format!("{out}/{n}.work.png"), wk.width, wk.height, png::ColorType::Rgb, &wk.data);
        png(&format!("{out}/{n}.sil.png"), 256, 256, png::ColorType::Grayscale, &sil.data);
        let mut j = serde_json::json!({"file":n,"width":p.width(),"height":p.height(),"turns":q,"jpeg":p.file.jpeg,"bytes":p.file.size_bytes,
      "faces":fs.iter().map(|f|serde_json::json!({"score":f.score,"presence":f.presence,"bounds":f.bounds,"pose":f.pose})).collect::<Vec<_>>()});
        if let Some(f) = fs.first() {
            let iod = f.inter_eye_distance();
            let s = iod / 96.0;
            let ang = f.eye_line();
            let e = f.eyes();
            let (sn, c) = (ang.sin() * s, ang.cos() * s); // chip (240,260)->eyes
            let map = Affine { m: [c, -sn, e.x - c * 240.0 + sn * 260.0, sn, c, e.y - sn * 240.0 - c * 260.0] };
            let chip = p.sampled(&map, 480, 640);
            png(&format!("{out}/{n}.chip.png"), 480, 640, png::ColorType::Rgb, &chip.data);
            let (sx, sy) = (256.0 / p.width() as f32, 256.0 / p.height() as f32);
            let to_sil = map.then(&Affine { m: [sx, 0., 0., 0., sy, 0.] });
            let mk = sil.sampled(&to_sil, 480, 640, 0);
            png(&format!("{out}/{n}.mask.png"), 480, 640, png::ColorType::Grayscale, &mk.data);
            let inv = map.inverse().unwrap();
            j["mesh"] = serde_json::json!(
                f.mesh
                    .iter()
                    .map(|&q| {
                        let q = inv.apply(q);
                        [q.x, q.y]
                    })
                    .collect::<Vec<_>>()
            );
            j["z"] = serde_json::json!(f.depth.iter().map(|z| z / s).collect::<Vec<_>>());
            j["bs"] = serde_json::json!(f.blendshapes);
            j["iod"] = serde_json::json!(iod);
            j["map"] = serde_json::json!(map.m);
        }
        std::fs::File::create(format!("{out}/{n}.json")).unwrap().write_all(j.to_string().as_bytes()).unwrap();
    }
}

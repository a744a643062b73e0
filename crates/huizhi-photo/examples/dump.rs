use huizhi_photo::{models::*, net::*, *};
fn main() {
    let w = Weights {
        detector: include_bytes!("../../../models/blazeface_short_128.onnx"),
        mesh: include_bytes!("../../../models/facemesh_478_256.onnx"),
        expression: include_bytes!("../../../models/blendshapes_52.onnx"),
        silhouette: include_bytes!("../../../models/selfie_256.onnx"),
        matte: include_bytes!("../../../models/modnet_dyn_f16w.onnx"),
    };
    let t = std::time::Instant::now();
    let m = Models::open(&Rten::with_threads(1), &w).unwrap();
    eprintln!("load {:?}", t.elapsed());
    for f in std::env::args().skip(1) {
        let b = std::fs::read(&f).unwrap();
        let t = std::time::Instant::now();
        let p = match Portrait::decode(&b, &Limits::default()) {
            Ok(p) => p,
            Err(e) => {
                println!("{f} ERR {e}");
                continue;
            }
        };
        let td = t.elapsed();
        let t = std::time::Instant::now();
        let mut p = p;
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
        let tf = t.elapsed();
        let n = f.rsplit('/').next().unwrap();
        print!(
            "{n:34.34} {:5}x{:<5} dec {:4}ms find {:4}ms q{q} n={}",
            p.width(),
            p.height(),
            td.as_millis(),
            tf.as_millis(),
            fs.len()
        );
        for f in &fs {
            print!(
                " [w{:.0} iod{:.0} s{:.2} p{:.1} y{:.1} p{:.1} r{:.1}]",
                f.bounds.width,
                f.inter_eye_distance(),
                f.score,
                f.presence,
                f.pose.yaw,
                f.pose.pitch,
                f.pose.roll
            );
        }
        println!();
    }
}

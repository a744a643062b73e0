//! What comes out of a worker is what the engine says.

use huizhi_photo::likeness::{Likeness, SAME_PERSON};
use huizhi_photo::{Obstacle, Portrait, Verdict};
use huizhi_sandbox::{
    Answer, Desk, Document, FilmRequest, JudgeRequest, Making, Request, SandboxError, SheetForm, SheetRequest,
};

use crate::{corpus, models, patient, request, trials, with_workers};

trials![
    a_portrait_is_judged_and_made_as_without_a_sandbox,
    a_made_photo_goes_on_paper,
    a_photo_without_a_face_is_judged_and_not_made,
    a_document_may_come_as_text,
    an_unknown_document_is_the_operators_to_mend,
    an_answer_can_be_stored_as_json,
    a_film_is_measured_frame_by_frame,
    a_picture_comes_back_encoded_anew,
];

fn a_portrait_is_judged_and_made_as_without_a_sandbox() {
    let asked = request(corpus("astronaut_smile.png"), Making::Always);
    let judged = with_workers(patient(), async |workers| {
        assert!(workers.are_confined());
        workers.judge(asked.clone()).await
    });
    let judged = judged.unwrap();
    let made = judged.made.as_ref().unwrap();
    assert_eq!((made.width, made.height, made.dpi), (358, 441, 350));
    assert_eq!(Portrait::decode(&made.file, &huizhi_photo::Limits::default()).unwrap().width(), 358);
    let preview = Portrait::decode(&judged.preview, &huizhi_photo::Limits::default()).unwrap();
    assert_eq!([preview.width(), preview.height()], judged.preview_size);
    assert!(preview.width().max(preview.height()) <= 1200);
    assert!(judged.marks.starts_with("<svg") && judged.report["findings"].is_array());
    let plain = Desk::open(models().unwrap()).unwrap().answer(&Request::Judge(asked));
    assert!(plain == Answer::Judged(Box::new(judged)), "the answers differ");
}

fn a_made_photo_goes_on_paper() {
    let sheet = |form, photo| SheetRequest {
        document: Document::Id("cn-resident-id".to_owned()),
        paper: "six-inch".to_owned(),
        count: Some(4),
        caption: String::new(),
        form,
        photo,
    };
    let pdf = SheetForm::Pdf {
        title: "相片排版".to_owned(),
        language: "zh-CN".to_owned(),
        photo: "证件照 26 × 32 mm".to_owned(),
    };
    with_workers(patient(), async |workers| {
        let asked = request(corpus("astronaut_smile.png"), Making::Always);
        let photo = workers.judge(asked).await.unwrap().made.unwrap().file;
        let printed = workers.sheet(sheet(pdf, photo.clone())).await.unwrap();
        assert_eq!((printed.placed, printed.left_out), (4, 0));
        assert!(printed.file.starts_with(b"%PDF-"));
        let picture = workers.sheet(sheet(SheetForm::Jpeg, photo)).await.unwrap();
        assert!(picture.file.starts_with(&[0xFF, 0xD8, 0xFF]));
        let cut = workers.sheet(sheet(SheetForm::Jpeg, vec![0xFF, 0xD8, 0xFF])).await;
        assert!(matches!(cut, Err(SandboxError::Photo(_))), "{cut:?}");
    });
}

fn a_picture_comes_back_encoded_anew() {
    with_workers(patient(), async |workers| {
        let picture = workers.picture(corpus("cat.png")).await.unwrap();
        assert!(picture.file.starts_with(&[0xFF, 0xD8, 0xFF]));
        let read = Portrait::decode(&picture.file, &huizhi_photo::Limits::default()).unwrap();
        assert_eq!((read.width(), read.height()), (picture.width, picture.height));
        assert!(picture.width.max(picture.height) <= 1200);
        let none = workers.picture(b"<svg onload=alert(1)>".to_vec()).await;
        assert!(none.is_err_and(|error| error.is_the_files()));
    });
}

fn a_photo_without_a_face_is_judged_and_not_made() {
    let judged = with_workers(patient(), async |workers| {
        let anyway = workers.judge(request(corpus("cat.png"), Making::Always)).await.unwrap();
        assert_eq!(anyway.not_made.unwrap().obstacle, Some(Obstacle::NoFace));
        workers.judge(request(corpus("cat.png"), Making::IfUsable)).await.unwrap()
    });
    assert_eq!(judged.verdict, Verdict::Retake);
    assert!(matches!(judged.not_made.unwrap().obstacle, Some(Obstacle::NotUsable { .. })));
    assert!(judged.made.is_none() && judged.report["verdict"] == "retake");
}

fn a_document_may_come_as_text() {
    let text =
        include_str!("../../../../specs/documents/cn-driver-licence.toml").replace("cn-driver-licence", "our-card");
    let asked = JudgeRequest { document: Document::Toml(text), ..request(corpus("cat.png"), Making::No) };
    let judged = with_workers(patient(), async |workers| workers.judge(asked).await).unwrap();
    assert_eq!(judged.report["document"], "our-card");
    assert!(judged.made.is_none() && judged.not_made.is_none());
}

fn an_unknown_document_is_the_operators_to_mend() {
    let document = Document::Id("cn-residnt-id".to_owned());
    let asked = JudgeRequest { document, ..request(corpus("cat.png"), Making::No) };
    let error = with_workers(patient(), async |workers| workers.judge(asked).await).unwrap_err();
    assert!(!error.is_the_files() && error.to_string().contains("cn-resident-id"), "{error}");
}

fn an_answer_can_be_stored_as_json() {
    let judged = with_workers(patient(), async |workers| {
        workers.judge(request(corpus("photographer_grey.png"), Making::Always)).await.unwrap()
    });
    let mut stored: huizhi_sandbox::Judged = serde_json::from_str(&serde_json::to_string(&judged).unwrap()).unwrap();
    assert!(stored.preview.is_empty(), "pictures are kept elsewhere");
    stored.preview.clone_from(&judged.preview);
    if let (Some(stored), Some(made)) = (&mut stored.made, &judged.made) {
        stored.file.clone_from(&made.file);
    }
    assert!(stored == judged);
}

fn a_film_is_measured_frame_by_frame() {
    // The preview of a portrait is a JPEG; half its size is what a page sends.
    let frame = |name: &str| {
        let portrait = Portrait::decode(&corpus(name), &huizhi_photo::Limits::default()).unwrap();
        let scale = 480.0 / portrait.width().max(portrait.height()) as f32;
        let side = |px: u32| (px as f32 * scale) as u32;
        let (width, height) = (side(portrait.width()), side(portrait.height()));
        let small = portrait.working().resized(width, height);
        let asked = huizhi_photo::make::encode::Request {
            format: huizhi_photo::spec::FileFormat::Jpeg,
            quality: Some(70),
            kb_min: None,
            kb_max: None,
            dpi: 96,
        };
        huizhi_photo::make::encode::encode(&small, &asked).unwrap().bytes
    };
    let (face, cat) = (frame("astronaut_smile.png"), frame("cat.png"));
    let frames = [vec![face; 6], vec![cat; 3]].concat();
    let request = FilmRequest::new(&frames).unwrap();
    let film = with_workers(patient(), async |workers| workers.film(request).await).unwrap();
    assert_eq!(film.frames.iter().map(|seen| seen.faces).collect::<Vec<_>>(), [1, 1, 1, 1, 1, 1, 0, 0, 0]);
    let motion = film.frames[0].motion.unwrap();
    assert!(motion.yaw.abs() < 20.0 && motion.right_eye > 0.15 && motion.left_eye > 0.15, "{motion:?}");
    let likenesses: Vec<Likeness> =
        film.frames.iter().filter_map(|seen| Likeness::from_bytes(seen.likeness.as_ref()?)).collect();
    assert!(likenesses.len() >= 3);
    assert!(likenesses.iter().all(|one| one.distance(&likenesses[0]) < SAME_PERSON));
    let broken = FilmRequest::new(&[b"\xFF\xD8\xFF no picture".to_vec()]).unwrap();
    let error = with_workers(patient(), async |workers| workers.film(broken).await).unwrap_err();
    assert!(error.is_the_files(), "{error}");
}

//! Pictures of articles: kept with their words, and found again in the articles that have them.

use huizhi_domain::article::ArticleId;
use huizhi_domain::clock::Moment;
use huizhi_domain::id::PictureId;
use huizhi_domain::staff::Role;
use huizhi_domain::words::Lang;
use huizhi_store::{NewPicture, NewVersion, StoreError};

use crate::{Bench, on_both};

fn picture(alt_zh: &str) -> NewPicture {
    NewPicture {
        width: 900,
        height: 600,
        alt_zh: alt_zh.to_owned(),
        alt_en: "Sitting up".to_owned(),
        file: b"\xFF\xD8 a picture \xFF\xD9".to_vec(),
    }
}

async fn article(bench: &Bench, body: &str) -> ArticleId {
    let editor = bench.staff(&format!("editor of {}", body.len()), Role::Editor).await.id;
    let id = bench.store.new_article("sfz", "Editors", editor).await.unwrap();
    let new = NewVersion {
        article: id,
        lang: Lang::Zh,
        title: "怎么拍？".to_owned(),
        excerpt: String::new(),
        body: body.to_owned(),
        of_version: None,
        on_version: None,
    };
    bench.store.save_version(new, editor).await.unwrap().unwrap();
    id
}

#[test]
fn a_picture_is_kept_with_its_words_and_none_is_without() {
    on_both(|bench| async move {
        let store = &bench.store;
        let editor = bench.staff("one", Role::Editor).await.id;
        let id = store.add_picture(picture("坐正"), editor).await.unwrap();
        assert_eq!(store.picture_file(id).await.unwrap().as_deref(), Some(b"\xFF\xD8 a picture \xFF\xD9".as_slice()));
        let without = store.add_picture(picture(""), editor).await;
        assert!(matches!(without, Err(StoreError::Db(_))), "the table itself refuses it");
        bench.clock.pass_ms(1000);
        let newer = store.add_picture(picture("看镜头"), editor).await.unwrap();
        let all: Vec<PictureId> = store.pictures().await.unwrap().into_iter().map(|it| it.id).collect();
        assert_eq!(all, [newer, id], "the newest first");

        store.describe_picture(id, "坐正，看镜头", "Looking", editor).await.unwrap();
        let line = store.pictures().await.unwrap().pop().unwrap();
        assert_eq!((line.alt_zh.as_str(), line.alt_en.as_str(), line.width), ("坐正，看镜头", "Looking", 900));
        let none: PictureId = "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        assert_eq!(store.picture_file(none).await.unwrap(), None);
        let absent = store.describe_picture(none, "x", "x", editor).await;
        assert!(matches!(absent, Err(StoreError::Absent("picture"))));
        assert!(line.made_at > Moment(0));
        store.check_log(&[]).await.unwrap().unwrap();
    });
}

#[test]
fn other_articles_with_pictures_are_found_in_their_language() {
    on_both(|bench| async move {
        let (own, other) =
            (article(&bench, "![a](/picture/a.jpg)").await, article(&bench, "看 ![b](/picture/b.jpg)").await);
        article(&bench, "没有图").await;
        let found = bench.store.illustrated(own, Lang::Zh).await.unwrap();
        assert_eq!(found.iter().map(|it| it.article).collect::<Vec<_>>(), [other]);
        assert!(found.iter().all(|it| it.title == "怎么拍？" && it.body.contains("b.jpg")));
        assert!(bench.store.illustrated(own, Lang::En).await.unwrap().is_empty());
    });
}

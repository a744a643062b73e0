//! Many photos at once.

use std::path::PathBuf;

use huizhi_sandbox::{Confinement, Making, Program, SandboxError, Settings, Workers};

use crate::{corpus, on_runtime, patient, program, request, trials, with_workers};

trials![
    sixteen_photos_at_once_are_all_answered_by_two_workers,
    a_full_queue_says_when_to_come_again,
    a_program_that_is_no_worker_is_named,
    this_machine_can_confine_photos,
];

fn sixteen_photos_at_once_are_all_answered_by_two_workers() {
    let cat = corpus("cat.png");
    with_workers(Settings { pool: 2, ..patient() }, async |workers| {
        let photos: Vec<_> = (0..16)
            .map(|_| {
                let (workers, asked) = (workers.clone(), request(cat.clone(), Making::No));
                tokio::spawn(async move { workers.judge(asked).await })
            })
            .collect();
        for photo in photos {
            assert_eq!(photo.await.unwrap().unwrap().report["verdict"], "retake");
        }
    });
}

fn a_full_queue_says_when_to_come_again() {
    let busy = Settings { queue: 0, wall_s: 1, ..patient() };
    on_runtime(async {
        let workers = Workers::start(program("attacked-worker"), busy).await.unwrap();
        // Both are polled in this order, so the second finds the first at work.
        let (first, second) = tokio::join!(
            workers.judge(request(b"spin".to_vec(), Making::No)),
            workers.judge(request(b"none".to_vec(), Making::No)),
        );
        assert!(matches!(first, Err(SandboxError::TimedOut { .. })), "{first:?}");
        let Err(SandboxError::Busy { retry_after_s }) = second else { panic!("{second:?}") };
        assert!((1..10).contains(&retry_after_s), "{retry_after_s}");
        let third = workers.judge(request(b"none".to_vec(), Making::No)).await;
        assert!(matches!(third, Err(SandboxError::Photo(_))), "{third:?}");
    });
}

fn a_program_that_is_no_worker_is_named() {
    let started = |path: &str| {
        let program = Program { path: PathBuf::from(path), arguments: Vec::new() };
        on_runtime(async { Workers::start(program, patient()).await.map(|_| ()).unwrap_err().to_string() })
    };
    assert!(started("/no/such/program").contains("/no/such/program"));
    let wrong = started("/bin/true");
    assert!(wrong.contains("/bin/true") && wrong.contains("starting"), "{wrong}");
}

fn this_machine_can_confine_photos() {
    let found = Confinement::probe();
    assert!(found.is_complete(), "{found}");
}

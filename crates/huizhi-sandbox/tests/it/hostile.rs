//! Bytes that are no photo give an error that says what they are, and no dead worker.

use huizhi_photo::Limits;
use huizhi_sandbox::{FaultCode, Making, SandboxError, Workers};

use crate::{corpus, patient, request, trials, with_workers};

trials![
    every_kind_of_bad_file_has_its_name,
    a_photo_cut_anywhere_is_told_to_be_cut,
    damaged_photos_are_answered_and_end_no_worker,
];

async fn fault(workers: &Workers, photo: Vec<u8>) -> FaultCode {
    match workers.judge(request(photo, Making::IfUsable)).await {
        Err(error @ SandboxError::Photo(_)) => {
            assert!(error.is_the_files());
            let SandboxError::Photo(fault) = error else { unreachable!() };
            fault.code
        }
        other => panic!("{other:?}"),
    }
}

/// A PNG of so many px a side that has no data.
fn bomb(side: u32) -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend_from_slice(&side.to_be_bytes());
    header.extend_from_slice(&side.to_be_bytes());
    header.extend_from_slice(&[8, 2, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    file.extend_from_slice(&header);
    file.extend_from_slice(&checksum(&header).to_be_bytes());
    file
}

/// CRC-32 as PNG has it (W3C PNG, annex D).
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)))
    })
}

/// A linear congruential sequence (Numerical Recipes' constants): random enough to be nothing.
fn noise(seed: u32) -> impl Iterator<Item = u32> {
    std::iter::successors(Some(seed), |n| Some(n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223))).map(|n| n >> 16)
}

fn every_kind_of_bad_file_has_its_name() {
    let noise: Vec<u8> = noise(1).take(50_000).map(|n| n as u8).collect();
    let mut scrambled = corpus("officer_cap_glasses.jpg");
    let middle = scrambled.len() / 2;
    scrambled[400..middle].fill(0x55);
    with_workers(patient(), async |workers| {
        assert_eq!(fault(&workers, Vec::new()).await, FaultCode::Empty);
        assert_eq!(fault(&workers, noise).await, FaultCode::Unsupported);
        assert_eq!(fault(&workers, b"GIF89a......".to_vec()).await, FaultCode::Unsupported);
        assert_eq!(fault(&workers, bomb(60_000)).await, FaultCode::TooLarge);
        assert_eq!(fault(&workers, scrambled).await, FaultCode::Unreadable);
        let long = vec![0xFF; Limits::default().file_bytes + 1];
        assert_eq!(fault(&workers, long).await, FaultCode::TooLarge);
    });
}

fn a_photo_cut_anywhere_is_told_to_be_cut() {
    let (jpeg, png) = (corpus("officer_cap_glasses.jpg"), corpus("cat.png"));
    with_workers(patient(), async |workers| {
        for photo in [jpeg, png] {
            for percent in [1, 20, 50, 80, 99] {
                let end = photo.len() * percent / 100;
                assert_eq!(fault(&workers, photo[..end].to_vec()).await, FaultCode::Truncated, "cut at {percent} %");
            }
        }
    });
}

fn damaged_photos_are_answered_and_end_no_worker() {
    let photos = [corpus("officer_cap_glasses.jpg"), corpus("cat.png"), corpus("photographer_grey.png")];
    with_workers(patient(), async |workers| {
        for seed in 0..24 {
            let mut photo = photos[seed as usize % photos.len()].clone();
            let mut numbers = noise(seed);
            for _ in 0..=seed {
                let place = numbers.next().unwrap() as usize * 65_536 + numbers.next().unwrap() as usize;
                let at = place % photo.len();
                photo[at] = numbers.next().unwrap() as u8;
            }
            let answer = workers.judge(request(photo, Making::No)).await;
            assert!(matches!(answer, Ok(_) | Err(SandboxError::Photo(_))), "seed {seed}: {answer:?}");
        }
    });
}

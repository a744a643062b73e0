//! Passwords: how they are kept, and how they are compared without telling who exists.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

/// Memory of one hash, in KiB: the floor that OWASP's Password Storage Cheat Sheet names for Argon2id with two passes.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// How many hashes run at a time: 38 MiB and two cores are what sign-ins may take from the citizens (security.md row 21).
const AT_A_TIME: usize = 2;

/// How many may wait for their turn, about a second's work; more are sent away, because a crowd that waits is an attack.
const IN_LINE: usize = 64;

/// The longest password that is hashed, in bytes; nobody types more, and longer ones only cost time.
const LONGEST: usize = 256;

/// The shortest password that staff set, in characters (NIST SP 800-63B asks for 8 at least; ASVS 5.0 6.2.1 recommends 15,
/// and a staff account opens faces).
pub const SHORTEST: usize = 12;

/// What an unknown user's password is compared with, so that the answer takes as long as a known one's. It is the hash of
/// nothing that anybody knows: its bytes were not hashed from a password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3Mgc2FsdC4uLg$bm9ib2R5IGhhcyB0aGlzIGhhc2gsIG5vdCBldmVuIHk";

/// Why no hash was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// It has too few characters.
    #[error("a password has at least {SHORTEST} characters")]
    Short,
    /// It has too many bytes.
    #[error("a password has at most {LONGEST} bytes")]
    Long,
    /// The machine gave no random numbers or no memory.
    #[error("the password could not be hashed")]
    Failed,
}

/// The hash of a staff password in PHC form, as the store keeps it: Argon2id, 19 MiB, two passes, a salt of its own.
///
/// # Errors
/// [`PasswordError::Short`], [`PasswordError::Long`]: the caller's; [`PasswordError::Failed`]: the machine's.
pub fn hash_password(password: &str) -> Result<String, PasswordError> {
    if password.chars().count() < SHORTEST {
        return Err(PasswordError::Short);
    }
    if password.len() > LONGEST {
        return Err(PasswordError::Long);
    }
    hashed(password)
}

fn hashed(password: &str) -> Result<String, PasswordError> {
    let hash = hasher().and_then(|hasher| hasher.hash_password(password.as_bytes()).ok());
    hash.map(|hash| hash.to_string()).ok_or(PasswordError::Failed)
}

/// Makes and compares hashes of passwords, a few at a time.
#[derive(Clone, Debug)]
pub struct Passwords {
    gate: Arc<Semaphore>,
    line: Arc<Semaphore>,
    /// How many hashes were made; a measure of what sign-ins cost.
    done: Arc<AtomicU64>,
}

impl Default for Passwords {
    fn default() -> Self {
        let places = |count| Arc::new(Semaphore::new(count));
        Self { gate: places(AT_A_TIME), line: places(IN_LINE), done: Arc::default() }
    }
}

impl Passwords {
    /// Whether a password fits a hash. Without a hash the answer is no, after the same work; `None` where too many wait.
    pub async fn fit(&self, hash: Option<String>, password: String) -> Option<bool> {
        let compare = move || {
            let fits = fits(hash.as_deref().unwrap_or(NOBODY), &password);
            fits && hash.is_some()
        };
        self.in_turn(compare).await
    }

    /// The hash of a citizen's password, whose strength was seen to; `None` where too many wait.
    pub async fn hash(&self, password: String) -> Option<Result<String, PasswordError>> {
        self.in_turn(move || hashed(&password)).await
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let _place = self.line.try_acquire().ok()?;
        let permit = self.gate.clone().acquire_owned().await.ok()?;
        self.done.fetch_add(1, Ordering::Relaxed);
        let done = tokio::task::spawn_blocking(move || {
            // The permit goes with the work: a browser that hangs up must not let a third hash start.
            let _permit = permit;
            work()
        });
        done.await.ok()
    }

    /// How many hashes were made.
    #[cfg(test)]
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }
}

fn fits(hash: &str, password: &str) -> bool {
    if password.len() > LONGEST {
        return false;
    }
    let (Some(hasher), Ok(hash)) = (hasher(), PasswordHash::new(hash)) else { return false };
    hasher.verify_password(password.as_bytes(), &hash).is_ok()
}

fn hasher() -> Option<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_say_the_floor_of_owasp_and_never_repeat() {
        let hash = hash_password("correct horse battery").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(hash, hash_password("correct horse battery").unwrap());
        assert!(fits(&hash, "correct horse battery"));
        assert!(!fits(&hash, "correct horse batterz"));
    }

    #[test]
    fn short_and_endless_passwords_are_refused() {
        assert_eq!(hash_password("elevenchars"), Err(PasswordError::Short));
        assert_eq!(hash_password(&"x".repeat(LONGEST + 1)), Err(PasswordError::Long));
    }

    #[test]
    fn an_unknown_user_costs_the_same_work() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let known = hash_password("correct horse battery").unwrap();
        let known = PasswordHash::new(&known).unwrap();
        assert_eq!(nobody.params.to_string(), known.params.to_string());
        assert_eq!(nobody.algorithm, known.algorithm);
        assert_eq!(
            nobody.hash.map(|hash| hash.as_ref().len()),
            known.hash.map(|hash| hash.as_ref().len()),
            "the hashes are equally long"
        );
    }

    #[tokio::test]
    async fn nobody_gets_in_without_a_hash() {
        assert_eq!(Passwords::default().fit(None, String::new()).await, Some(false));
        let hash = hash_password("correct horse battery").unwrap();
        assert_eq!(Passwords::default().fit(Some(hash), "correct horse battery".to_owned()).await, Some(true));
    }

    #[tokio::test]
    async fn a_crowd_is_sent_away_instead_of_waiting() {
        let passwords = Passwords::default();
        let tries = (0..100).map(|_| passwords.fit(None, String::new()));
        let answers: Vec<Option<bool>> = futures_of(tries).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_none()).count(), 100 - IN_LINE);
    }

    /// All of them, begun one after the other before any is done.
    async fn futures_of<F: Future<Output = Option<bool>>>(all: impl Iterator<Item = F>) -> Vec<Option<bool>> {
        let mut waiting: Vec<std::pin::Pin<Box<F>>> = all.map(Box::pin).collect();
        let mut done = Vec::new();
        std::future::poll_fn(|context| {
            waiting.retain_mut(|one| match one.as_mut().poll(context) {
                std::task::Poll::Ready(answer) => {
                    done.push(answer);
                    false
                }
                std::task::Poll::Pending => true,
            });
            if waiting.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
        done
    }
}

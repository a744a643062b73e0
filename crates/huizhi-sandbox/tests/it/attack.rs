//! A worker that a photo has taken over can do nothing. Each attack runs inside the jail, in place of the engine.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::Command;

use huizhi_photo::{Finder, PhotoError, Portrait};
use huizhi_sandbox::{Answer, Death, FaultCode, Making, PhotoFault, Request, SandboxError, Settings, Workers};

use crate::{models, on_runtime, patient, program, request, trials};

trials![
    every_way_out_kills_the_worker,
    no_file_can_be_read,
    the_attacks_work_where_nothing_is_confined,
    no_file_and_no_port_is_reached_before_the_filter_stands,
    memory_is_limited,
    cpu_time_is_limited,
    a_worker_that_takes_too_long_is_given_up,
    a_panic_ends_one_photo_only,
    a_nonsense_answer_is_refused,
];

/// Ways out, each the name of an attack below.
const WAYS_OUT: [&str; 16] = [
    "write-file",
    "open-path",
    "connect",
    "listen",
    "unix-socket",
    "exec",
    "fork",
    "thread",
    "ptrace",
    "kill-parent",
    "abort-parent",
    "executable-memory",
    "map-file",
    "read-other-descriptor",
    "raise-limit",
    "sleep",
];

/// A worker whose photos are names of attacks.
pub fn open() -> Result<impl FnMut(&Request) -> Answer, PhotoError> {
    let models = models()?;
    // As the real one does it: the networks' thread has to run before the filter stands.
    models.find(&Portrait::from_pixels(huizhi_photo::pixels::Rgb::filled(64, 64, [128; 3]))?)?;
    Ok(move |request: &Request| {
        let _networks = &models;
        let Request::Judge(asked) = request else { return fault("no attack") };
        let outcome = attack(std::str::from_utf8(&asked.photo).unwrap());
        fault(&outcome)
    })
}

fn fault(message: &str) -> Answer {
    Answer::Fault(PhotoFault { code: FaultCode::Engine, message: message.to_owned() })
}

/// Does it, and says what came of it.
fn attack(name: &str) -> String {
    let own_file = "/proc/self/exe";
    let went = |ok: bool| if ok { "it worked".to_owned() } else { "it failed".to_owned() };
    match name {
        "read-file" => went(File::open("/etc/passwd").is_ok()),
        "open-path" => {
            // Flags other than those with which a file is opened for reading.
            let flags = libc::O_PATH | libc::O_CLOEXEC;
            // SAFETY: the path is a constant.
            went(unsafe { libc::open(c"/".as_ptr(), flags) } >= 0)
        }
        "write-file" => went(File::create("/tmp/huizhi-attack").is_ok()),
        "connect" => went(TcpStream::connect("127.0.0.1:9").is_ok_and(|_| true)),
        "listen" => went(TcpListener::bind("127.0.0.1:0").is_ok()),
        "unix-socket" => went(UnixStream::pair().is_ok()),
        "exec" => format!("exec: {}", Command::new(own_file).exec()),
        // SAFETY: the child ends at once without touching anything.
        "fork" => match unsafe { libc::fork() } {
            0 => unsafe { libc::_exit(0) },
            child => went(child > 0),
        },
        "thread" => went(std::thread::Builder::new().spawn(|| ()).is_ok()),
        // SAFETY: plain calls with numbers, no memory of ours involved.
        "ptrace" => went(unsafe { libc::ptrace(libc::PTRACE_ATTACH, libc::getppid()) } == 0),
        "kill-parent" => went(unsafe { libc::kill(std::os::unix::process::parent_id() as i32, 0) } == 0),
        // The one signal that a worker may send itself.
        "abort-parent" => {
            let parent = i64::from(std::os::unix::process::parent_id());
            went(unsafe { libc::syscall(libc::SYS_tgkill, parent, parent, libc::SIGABRT) } == 0)
        }
        // SAFETY: fresh memory that nothing else knows.
        "executable-memory" => {
            let (prot, flags) = (libc::PROT_READ | libc::PROT_EXEC, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
            went(unsafe { libc::mmap(std::ptr::null_mut(), 4096, prot, flags, -1, 0) } != libc::MAP_FAILED)
        }
        "map-file" => {
            let (prot, input) = (libc::PROT_READ, std::io::stdin().as_raw_fd());
            went(
                unsafe { libc::mmap(std::ptr::null_mut(), 4096, prot, libc::MAP_PRIVATE, input, 0) }
                    != libc::MAP_FAILED,
            )
        }
        "read-other-descriptor" => {
            let mut byte = [0_u8; 1];
            // SAFETY: one byte of our own.
            went(unsafe { libc::read(1, byte.as_mut_ptr().cast(), 1) } >= 0)
        }
        "raise-limit" => {
            let most = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
            // SAFETY: the structure is whole and ours.
            went(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const most) } == 0)
        }
        "sleep" => {
            std::thread::sleep(std::time::Duration::from_millis(1));
            went(true)
        }
        "memory" => {
            let much = vec![1_u8; 3 << 30];
            format!("{} bytes", std::hint::black_box(&much).len())
        }
        "spin" => loop {
            std::hint::spin_loop();
        },
        "panic" => panic!("secret of the photo"),
        "flood" => {
            // Longer than any answer may be: the header's length.
            let mut word = b"\xff\xff\xff\xff".to_vec();
            word.resize(12, 0);
            std::io::Write::write_all(&mut std::io::stdout(), &word).unwrap();
            String::new()
        }
        other => format!("no attack {other}"),
    }
}

/// A worker that tries files and ports while it opens its networks, when only Landlock stands.
pub fn peek() -> Result<impl FnMut(&Request) -> Answer, PhotoError> {
    let denied = |what: &str, result: std::io::Result<()>| match result {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
        other => Err(PhotoError::Model { name: what.to_owned(), why: format!("not denied: {other:?}") }),
    };
    denied("read", File::open("/proc/self/status").and_then(|mut f| f.read(&mut [0]).map(|_| ())))?;
    denied("write", File::create("/tmp/huizhi-peek").map(|_| ()))?;
    denied("list", std::fs::read_dir("/").map(|_| ()))?;
    denied("exec", Err(Command::new("/proc/self/exe").exec()))?;
    denied("listen", TcpListener::bind("127.0.0.1:0").map(|_| ()))?;
    denied("connect", TcpStream::connect("127.0.0.1:9").map(|_| ()))?;
    Ok(|_: &Request| fault("nothing was reached"))
}

fn outcome(name: &str, settings: Settings) -> SandboxError {
    on_runtime(async {
        let workers = Workers::start(program("attacked-worker"), settings).await.unwrap();
        workers.judge(request(name.as_bytes().to_vec(), Making::No)).await.unwrap_err()
    })
}

fn every_way_out_kills_the_worker() {
    on_runtime(async {
        let workers = Workers::start(program("attacked-worker"), patient()).await.unwrap();
        for way in WAYS_OUT {
            let outcome = workers.judge(request(way.as_bytes().to_vec(), Making::No)).await.unwrap_err();
            assert!(matches!(outcome, SandboxError::Crashed(Death::Forbidden)), "{way}: {outcome}");
            assert!(outcome.is_the_files());
        }
        // And the pool goes on.
        let harmless = workers.judge(request(b"none".to_vec(), Making::No)).await.unwrap_err();
        assert!(matches!(harmless, SandboxError::Photo(_)), "{harmless}");
    });
}

/// Reading is refused and not punished: the engine itself asks for `/proc/self/cgroup` and does without.
fn no_file_can_be_read() {
    assert_eq!(outcome("read-file", patient()).to_string(), "it failed");
}

fn the_attacks_work_where_nothing_is_confined() {
    for way in ["read-file", "listen", "unix-socket", "fork", "thread", "kill-parent", "executable-memory", "sleep"] {
        assert_eq!(attack(way), "it worked", "{way}");
    }
}

fn no_file_and_no_port_is_reached_before_the_filter_stands() {
    on_runtime(async {
        let workers = Workers::start(program("curious-worker"), patient()).await.unwrap();
        let answer = workers.judge(request(b"x".to_vec(), Making::No)).await.unwrap_err();
        assert_eq!(answer.to_string(), "nothing was reached");
    });
}

fn memory_is_limited() {
    let outcome = outcome("memory", patient());
    assert!(matches!(outcome, SandboxError::Crashed(Death::Memory)), "{outcome}");
}

fn cpu_time_is_limited() {
    let outcome = outcome("spin", Settings { cpu_s: 1, ..patient() });
    assert!(matches!(outcome, SandboxError::Crashed(Death::Cpu)), "{outcome}");
}

fn a_worker_that_takes_too_long_is_given_up() {
    let outcome = outcome("spin", Settings { wall_s: 1, ..patient() });
    assert!(matches!(outcome, SandboxError::TimedOut { wall_s: 1 }), "{outcome}");
}

fn a_panic_ends_one_photo_only() {
    let outcome = outcome("panic", patient());
    assert!(matches!(outcome, SandboxError::Crashed(Death::Exit(101))), "{outcome}");
}

fn a_nonsense_answer_is_refused() {
    let outcome = outcome("flood", patient());
    assert!(matches!(outcome, SandboxError::Garbled { .. }), "{outcome}");
}

//! What a worker takes from itself. Linux; elsewhere nothing can be taken and every function says so.
//!
//! 1. [`limit`]: address space, CPU time, no core dump, no file of any length.
//! 2. [`hide_files`]: Landlock without a single rule, so no path of the file system can be opened, no TCP port bound or
//!    reached, no process outside signalled. It holds for the calling thread and its later children, so it comes before
//!    the networks start their thread.
//! 3. The networks are opened: their weights are part of the program.
//! 4. [`lock`]: no more descriptors or processes, and seccomp on all threads: any other call kills the process.

#[cfg(target_os = "linux")]
pub(crate) use linux::{hide_files, limit, lock, probe_landlock};

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;

    use landlock::{
        ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, LandlockStatus, RestrictionStatus, Ruleset,
        RulesetAttr, RulesetError, Scope,
    };
    use rlimit::Resource;
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
        TargetArch,
    };

    use crate::message::Terms;

    /// Descriptors that stay: input, output, messages.
    const DESCRIPTORS: u64 = 3;

    pub(crate) fn limit(terms: &Terms) -> Result<(), String> {
        let set = |resource: Resource, soft: u64, hard: u64| {
            // A limit that is already lower cannot be raised, and need not be.
            let (_, most) = resource.get().map_err(|e| e.to_string())?;
            resource
                .set(soft.min(most), hard.min(most))
                .map_err(|e| format!("cannot limit {}: {e}", resource.as_name()))
        };
        set(Resource::AS, terms.memory_bytes, terms.memory_bytes)?;
        // The softer limit ends it with SIGXCPU, which says why; the harder with SIGKILL.
        set(Resource::CPU, terms.cpu_s, terms.cpu_s + 1)?;
        set(Resource::CORE, 0, 0)?;
        set(Resource::FSIZE, 0, 0)
    }

    pub(crate) fn hide_files() -> Result<(), String> {
        restrict().map(|_| ()).map_err(|e| format!("Landlock refused: {e}"))
    }

    /// Landlock's version on this kernel, found by confining a thread that ends at once.
    pub(crate) fn probe_landlock() -> Option<u32> {
        let status = std::thread::spawn(restrict).join().ok()?.ok()?;
        match status.landlock {
            LandlockStatus::Available { effective_abi, kernel_abi } => {
                Some(kernel_abi.map_or(effective_abi as u32, |abi| abi as u32))
            }
            _ => None,
        }
    }

    fn restrict() -> Result<RestrictionStatus, RulesetError> {
        // Hiding files is a must (Linux 5.13); what later kernels add is taken where it is there.
        Ruleset::default()
            .set_compatibility(CompatLevel::HardRequirement)
            .handle_access(AccessFs::from_all(ABI::V1))?
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(ABI::V5))?
            .handle_access(AccessNet::from_all(ABI::V5))?
            .scope(Scope::from_all(ABI::V6))?
            .create()?
            .restrict_self()
    }

    pub(crate) fn lock() -> Result<(), String> {
        let build = || Ok::<_, seccompiler::BackendError>([refusing()?, killing()?]);
        let filters = build().map_err(|e| format!("cannot build the filter of calls: {e}"))?;
        for (resource, most) in [(Resource::NOFILE, DESCRIPTORS), (Resource::NPROC, 0)] {
            resource.set(most, most).map_err(|e| format!("cannot limit {}: {e}", resource.as_name()))?;
        }
        for filter in &filters {
            seccompiler::apply_filter_all_threads(filter).map_err(|e| format!("seccomp refused: {e}"))?;
        }
        Ok(())
    }

    /// Any call that is not allowed ends the process.
    fn killing() -> Result<BpfProgram, seccompiler::BackendError> {
        let arch: TargetArch = std::env::consts::ARCH.try_into()?;
        SeccompFilter::new(allowed()?, SeccompAction::KillProcess, SeccompAction::Allow, arch)?.try_into()
    }

    /// Opening for reading fails, whatever the path: one operator of the networks (rten's resize) asks how many processors
    /// there are, for which Rust's library first looks for `/proc/self/cgroup` and goes on without it. The kernel takes the
    /// stricter of two filters' answers, so this call is answered here, and opening in any other way kills.
    fn refusing() -> Result<BpfProgram, seccompiler::BackendError> {
        let arch: TargetArch = std::env::consts::ARCH.try_into()?;
        let refused = BTreeMap::from([(libc::SYS_openat, vec![reading()?])]);
        SeccompFilter::new(refused, SeccompAction::Allow, SeccompAction::Errno(libc::EACCES as u32), arch)?.try_into()
    }

    /// `openat` with exactly the flags with which Rust opens a file for reading.
    fn reading() -> Result<SeccompRule, seccompiler::BackendError> {
        SeccompRule::new(vec![condition(2, SeccompCmpOp::Eq, libc::O_RDONLY | libc::O_CLOEXEC)?])
    }

    /// Every call that a worker makes, found with `strace -f` over judging, making and sheets, and with a crash of each
    /// kind. All exist by these names on x86-64 and on aarch64.
    fn allowed() -> Result<BTreeMap<libc::c_long, Vec<SeccompRule>>, seccompiler::BackendError> {
        let is = |index: u8, value: i32| condition(index, SeccompCmpOp::Eq, value);
        let has = |index: u8, mask: i32, value: i32| condition(index, SeccompCmpOp::MaskedEq(mask as u64), value);
        let all_of = |conditions: Vec<_>| SeccompRule::new(conditions);
        let own_id = std::process::id() as i32;
        Ok(BTreeMap::from([
            // The request, from the standard input only; the answer and last words. A descriptor that came in by
            // mistake can neither be read nor written.
            (libc::SYS_read, vec![all_of(vec![is(0, libc::STDIN_FILENO)?])?]),
            (
                libc::SYS_write,
                vec![all_of(vec![is(0, libc::STDOUT_FILENO)?])?, all_of(vec![is(0, libc::STDERR_FILENO)?])?],
            ),
            // Goes on to `refusing`, which refuses it.
            (libc::SYS_openat, vec![reading()?]),
            // The same question's second half: the processors that this thread may use.
            (libc::SYS_sched_getaffinity, vec![all_of(vec![is(0, 0)?])?]),
            // Memory: never executable, never a file.
            (libc::SYS_brk, vec![]),
            (
                libc::SYS_mmap,
                vec![all_of(vec![has(2, libc::PROT_EXEC, 0)?, has(3, libc::MAP_ANONYMOUS, libc::MAP_ANONYMOUS)?])?],
            ),
            (libc::SYS_mprotect, vec![all_of(vec![has(2, libc::PROT_EXEC, 0)?])?]),
            (libc::SYS_mremap, vec![]),
            (libc::SYS_munmap, vec![]),
            (libc::SYS_madvise, vec![]),
            // The main thread and the networks' thread wait for each other.
            (libc::SYS_futex, vec![]),
            (libc::SYS_sched_yield, vec![]),
            // A wait that a stop signal interrupted goes on.
            (libc::SYS_restart_syscall, vec![]),
            // Seeds of hash maps. The engine's answers do not depend on them.
            (libc::SYS_getrandom, vec![]),
            // The engine's profiler reads a clock; mostly this is no call at all, on some machines it is.
            (libc::SYS_clock_gettime, vec![]),
            // Ending, and crashing in such a way that the signal says why: a failed allocation aborts, a stack that is
            // too deep runs into its guard.
            (libc::SYS_exit_group, vec![]),
            (libc::SYS_exit, vec![]),
            (libc::SYS_sigaltstack, vec![]),
            (libc::SYS_rt_sigprocmask, vec![]),
            (libc::SYS_rt_sigaction, vec![]),
            (libc::SYS_rt_sigreturn, vec![]),
            (libc::SYS_getpid, vec![]),
            (libc::SYS_gettid, vec![]),
            (libc::SYS_tgkill, vec![all_of(vec![is(0, own_id)?, is(2, libc::SIGABRT)?])?]),
        ]))
    }

    fn condition(index: u8, op: SeccompCmpOp, value: i32) -> Result<SeccompCondition, seccompiler::BackendError> {
        SeccompCondition::new(index, SeccompCmpArgLen::Dword, op, value as u64)
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::{hide_files, limit, lock, probe_landlock};

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use crate::message::Terms;

    const ONLY_LINUX: &str = "photos can be confined on Linux only";

    pub(crate) fn limit(_: &Terms) -> Result<(), String> {
        Err(ONLY_LINUX.to_owned())
    }

    pub(crate) fn hide_files() -> Result<(), String> {
        Err(ONLY_LINUX.to_owned())
    }

    pub(crate) fn lock() -> Result<(), String> {
        Err(ONLY_LINUX.to_owned())
    }

    pub(crate) fn probe_landlock() -> Option<u32> {
        None
    }
}

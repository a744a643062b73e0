//! What the kernel offers to confine a worker with.

use std::fmt;

use crate::jail;

/// What was found on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confinement {
    /// Version of Landlock; absent where the kernel has none or it is switched off. Linux 5.13 has 1.
    pub landlock_abi: Option<u32>,
    /// Whether seccomp filters can kill a process.
    pub seccomp: bool,
}

impl Confinement {
    /// Looks at the kernel: Landlock is tried on a thread that ends at once, seccomp is read from `/proc`.
    #[must_use]
    pub fn probe() -> Self {
        let known = std::fs::read_to_string("/proc/sys/kernel/seccomp/actions_avail");
        Self {
            landlock_abi: jail::probe_landlock(),
            seccomp: known.is_ok_and(|actions| actions.split_whitespace().any(|action| action == "kill_process")),
        }
    }

    /// Whether a photo can be confined as it should be.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.landlock_abi.is_some() && self.seccomp
    }
}

impl fmt::Display for Confinement {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.landlock_abi {
            Some(abi) => write!(f, "Landlock version {abi}")?,
            None => f.write_str("no Landlock (Linux 5.13 with `landlock` in its `lsm=` list has it)")?,
        }
        f.write_str(if self.seccomp { ", seccomp" } else { ", no seccomp (CONFIG_SECCOMP_FILTER, Linux 4.14)" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_what_would_bring_it() {
        let bare = Confinement { landlock_abi: None, seccomp: false };
        assert!(!bare.is_complete());
        assert!(bare.to_string().contains("lsm=") && bare.to_string().contains("CONFIG_SECCOMP_FILTER"));
        let full = Confinement { landlock_abi: Some(7), seccomp: true };
        assert!(full.is_complete());
        assert_eq!(full.to_string(), "Landlock version 7, seccomp");
    }
}

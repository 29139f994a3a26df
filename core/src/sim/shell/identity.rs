//! Who a process is and what it may do: `id`, and the lines of `/proc/self/status` that people look for.

use std::fmt::Write as _;

use crate::contract::{Confinement, Security};

/// Where a process reads about itself.
pub(super) const STATUS: &str = "/proc/self/status";

/// Linux' capabilities, each in the place of its bit.
const CAPABILITIES: &str = "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE \
    NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT \
    SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE \
    MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE";
const ALL: u64 = (1 << 41) - 1;
/// What a runtime leaves a container that asks for nothing.
const DEFAULT: u64 = 0xa804_25fb;

/// What a container may do at most.
fn bounding(security: &Security) -> u64 {
    let bits = |name: &str| match CAPABILITIES.split(' ').position(|known| known == name) {
        _ if name == "ALL" => ALL,
        Some(at) => 1 << at,
        None => 0,
    };
    if security.privileged {
        return ALL;
    }
    let of = |names: &[std::sync::Arc<str>]| names.iter().fold(0, |all, name| all | bits(name));
    let (add, drop) = (of(&security.capabilities_add), of(&security.capabilities_drop));
    // Who drops all names what is left, and who adds all names what is not.
    if drop == ALL { add } else { (DEFAULT | add) & !drop }
}

fn groups(security: &Security) -> Vec<i64> {
    let mut groups = security.supplemental_groups.clone();
    groups.push(security.group.unwrap_or(0));
    crate::sort::by(&mut groups, Ord::cmp);
    groups.dedup();
    groups
}

pub(super) fn status(security: &Security) -> String {
    let (user, group) = (security.user.unwrap_or(0), security.group.unwrap_or(0));
    let bounding = bounding(security);
    // Who is not root keeps none of them.
    let own = if user == 0 { bounding } else { 0 };
    let mut text =
        format!("Uid:\t{user}\t{user}\t{user}\t{user}\nGid:\t{group}\t{group}\t{group}\t{group}\nGroups:\t");
    for group in groups(security) {
        let _ = write!(text, "{group} ");
    }
    for (name, set) in [("Inh", 0), ("Prm", own), ("Eff", own), ("Bnd", bounding), ("Amb", 0)] {
        let _ = write!(text, "\nCap{name}:\t{set:016x}");
    }
    let filter = if security.privileged || security.seccomp == Confinement::Unconfined { 0 } else { 2 };
    let _ = writeln!(text, "\nNoNewPrivs:\t{}\nSeccomp:\t{filter}", u8::from(security.no_new_privileges));
    text
}

pub(super) fn id(security: &Security) -> String {
    let (Some(user), group) = (security.user.filter(|user| *user != 0), security.group.unwrap_or(0)) else {
        return "uid=0(root) gid=0(root)\n".to_owned();
    };
    let groups: Vec<String> = groups(security).iter().map(i64::to_string).collect();
    format!("uid={user} gid={group} groups={}\n", groups.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a running kubelet's containers printed it.
    #[test]
    fn what_is_dropped_is_gone_and_root_has_the_rest() {
        let line = |security: &Security, name: &str| {
            status(security).lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned()
        };
        let mut security = Security::default();
        assert_eq!(line(&security, "CapEff:"), "00000000a80425fb");
        security.capabilities_drop = vec!["ALL".into()];
        assert_eq!(line(&security, "CapBnd:"), "0000000000000000");
        security.capabilities_add = vec!["NET_BIND_SERVICE".into()];
        assert_eq!(line(&security, "CapEff:"), "0000000000000400");
        let user = Security {
            user: Some(1000),
            group: Some(3000),
            supplemental_groups: vec![2000, 4000],
            ..Security::default()
        };
        assert_eq!(line(&user, "CapEff:"), "0000000000000000");
        assert_eq!(line(&user, "CapBnd:"), "00000000a80425fb");
        assert_eq!(line(&user, "Groups:"), "2000 3000 4000");
        assert_eq!(id(&user), "uid=1000 gid=3000 groups=2000,3000,4000\n");
    }
}

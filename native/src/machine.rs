//! What this machine has for its pods. Nothing is kept back for the system.

use std::{collections::BTreeMap, fs, net::UdpSocket, sync::Arc};

use rustix::system::sysinfo;

/// CPUs and memory as quantities; what cannot be read is left out, and pods are not refused for it.
pub(crate) fn allocatable() -> BTreeMap<Arc<str>, Arc<str>> {
    let memory = sysinfo();
    // The field's width differs between machines.
    #[allow(clippy::useless_conversion, reason = "a long has 32 bits on some machines")]
    let memory = u64::from(memory.totalram).saturating_mul(u64::from(memory.mem_unit));
    let cpus = std::thread::available_parallelism().ok().map(|count| count.get().to_string());
    [("cpu", cpus), ("memory", Some(memory.to_string()))]
        .into_iter()
        .filter_map(|(name, amount)| Some((name.into(), amount?.into())))
        .collect()
}

/// The address by which other machines reach this one: that of the interface with the way out. Nothing is sent to find it.
pub(crate) fn address() -> Option<Arc<str>> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // An address for documentation: a datagram socket that is connected has sent nothing.
    socket.connect("192.0.2.1:9").ok()?;
    let found = socket.local_addr().ok()?.ip();
    (!found.is_unspecified()).then(|| found.to_string().into())
}

/// Whether the kernel enforces `AppArmor` profiles.
pub(crate) fn app_armor() -> bool {
    fs::read("/sys/module/apparmor/parameters/enabled").is_ok_and(|text| text.starts_with(b"Y"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_cpus_and_memory() {
        let found = allocatable();
        assert!(found["cpu"].parse::<u32>().is_ok_and(|cpus| cpus > 0), "{found:?}");
        assert!(found["memory"].parse::<u64>().is_ok_and(|bytes| bytes > 1 << 20), "{found:?}");
    }
}

//! What a kubelet reads when it starts: `KubeletConfiguration`, flags, and whether there is a kubeconfig.
//!
//! Follows `cmd/kubelet/app/server.go` and `pkg/kubelet/kubeletconfig`. Fields that nothing simulated depends on are read and forgotten, as are
//! fields that do not exist: the kubelet reads its file leniently.

use std::{fmt::Write as _, time::Duration};

use serde_json::Value;

use super::{
    disk::Disk,
    host::{BOOTSTRAP, CONFIG, FLAGS, KUBECONFIG},
};
use crate::{
    config::Config,
    time::{GoDuration, parse_duration},
};

/// Flags of a kubelet that change nothing here.
const OTHER_FLAGS: [&str; 24] = [
    "bootstrap-kubeconfig",
    "cgroup-driver",
    "cluster-dns",
    "cluster-domain",
    "config",
    "config-dir",
    "container-runtime-endpoint",
    "fail-swap-on",
    "feature-gates",
    "healthz-port",
    "hostname-override",
    "image-service-endpoint",
    "kubeconfig",
    "node-ip",
    "port",
    "read-only-port",
    "resolv-conf",
    "root-dir",
    "rotate-certificates",
    "runtime-request-timeout",
    "system-reserved",
    "kube-reserved",
    "v",
    "cloud-provider",
];

/// The file that says what a node was told before it had one.
pub(super) fn written(config: &Config) -> String {
    let mut text = String::from("apiVersion: kubelet.config.k8s.io/v1beta1\n");
    if config.max_container_restart_period != Config::default().max_container_restart_period {
        let _ = writeln!(
            text,
            "crashLoopBackOff:\n  maxContainerRestartPeriod: {}",
            GoDuration(config.max_container_restart_period)
        );
    }
    let _ = writeln!(text, "fileCheckFrequency: {}", GoDuration(config.file_check_frequency));
    let _ = writeln!(text, "kind: KubeletConfiguration\nmaxPods: {}", config.max_pods);
    if !config.register_with_taints.is_empty() {
        text.push_str("registerWithTaints:\n");
        for taint in &config.register_with_taints {
            let (pair, effect) = taint.rsplit_once(':').unwrap_or((taint, "NoSchedule"));
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let _ = writeln!(text, "- effect: {effect}\n  key: {key}\n  value: \"{value}\"");
        }
    }
    let _ = writeln!(text, "seccompDefault: {}", config.seccomp_default);
    let _ = writeln!(text, "shutdownGracePeriod: {}", GoDuration(config.shutdown_grace_period));
    let critical = config.shutdown_grace_period_critical_pods;
    let _ = writeln!(text, "shutdownGracePeriodCriticalPods: {}", GoDuration(critical));
    let _ = writeln!(text, "staticPodPath: {}", config.static_pod_path);
    let _ = writeln!(text, "syncFrequency: {}", GoDuration(config.sync_frequency));
    text
}

/// What a kubelet is started with, from what its node was added with and the files of its machine. The error is the kubelet's last line.
pub(super) fn read(first: &Config, disk: &Disk) -> Result<Config, String> {
    let failed = |why: &str| {
        format!(
            "\"command failed\" err=\"failed to load kubelet config file, path: {CONFIG}, error: failed to load Kubelet config file {CONFIG}, error {why}\""
        )
    };
    let Some(text) = disk.host_file(CONFIG) else {
        return Err(failed(&format!(
            "failed to read kubelet config file \\\"{CONFIG}\\\", error: open {CONFIG}: no such file or directory"
        )));
    };
    let value: Value = serde_yaml::from_str(text).map_err(|error| {
        failed(&format!("failed to decode, error: {}", error.to_string().replace('"', "\\\"")))
    })?;
    let word = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    let (version, kind) = (word("apiVersion"), word("kind"));
    if (version, kind) != ("kubelet.config.k8s.io/v1beta1", "KubeletConfiguration") {
        return Err(failed(&format!(
            "failed to decode, error: no kind \\\"{kind}\\\" is registered for version \\\"{version}\\\" in scheme \\\"k8s.io/kubernetes/pkg/kubelet/apis/config/scheme/scheme.go\\\""
        )));
    }
    let mut config = of_file(first, &value).map_err(|why| failed(&why))?;
    config.api = [KUBECONFIG, BOOTSTRAP].iter().any(|path| disk.host_file(path).is_some());
    flags(&mut config, disk.host_file(FLAGS).unwrap_or_default())?;
    Ok(config)
}

fn of_file(first: &Config, value: &Value) -> Result<Config, String> {
    let usual = Config::default();
    let duration = |pointer: &str, usual: Duration| -> Result<Duration, String> {
        match value.pointer(pointer) {
            None | Some(Value::Null) => Ok(usual),
            Some(field) => {
                let read = field.as_str().and_then(parse_duration);
                let read = read.ok_or_else(|| {
                    format!(
                        "failed to decode, error: {}: time: invalid duration {field}",
                        pointer.trim_start_matches('/')
                    )
                })?;
                Ok(if read.is_zero() { usual } else { read })
            }
        }
    };
    let number = |key: &str| value.get(key).and_then(Value::as_u64);
    let path = value.get("staticPodPath").and_then(Value::as_str).unwrap_or_default();
    let mut config = Config {
        static_pod_path: path.trim_end_matches('/').into(),
        file_check_frequency: duration("/fileCheckFrequency", usual.file_check_frequency)?,
        sync_frequency: duration("/syncFrequency", usual.sync_frequency)?,
        shutdown_grace_period: duration("/shutdownGracePeriod", Duration::ZERO)?,
        shutdown_grace_period_critical_pods: duration("/shutdownGracePeriodCriticalPods", Duration::ZERO)?,
        max_container_restart_period: duration(
            "/crashLoopBackOff/maxContainerRestartPeriod",
            usual.max_container_restart_period,
        )?,
        max_pods: number("maxPods").and_then(|it| u32::try_from(it).ok()).unwrap_or(usual.max_pods),
        seccomp_default: value.get("seccompDefault").and_then(Value::as_bool).unwrap_or_default(),
        register_with_taints: Vec::new(),
        ..first.clone()
    };
    for taint in value.get("registerWithTaints").and_then(Value::as_array).into_iter().flatten() {
        let field = |key: &str| taint.get(key).and_then(Value::as_str).unwrap_or_default();
        let value = if field("value").is_empty() { String::new() } else { format!("={}", field("value")) };
        config.register_with_taints.push(format!("{}{value}:{}", field("key"), field("effect")).into());
    }
    Ok(config)
}

/// `KUBELET_KUBEADM_ARGS="..."`.
fn flags(config: &mut Config, text: &str) -> Result<(), String> {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("KUBELET_KUBEADM_ARGS="));
    for word in line.unwrap_or_default().trim_matches('"').split_whitespace() {
        let (flag, value) =
            word.trim_start_matches('-').split_once('=').unwrap_or((word.trim_start_matches('-'), ""));
        match flag {
            "node-labels" => {
                for pair in value.split(',').filter(|pair| !pair.is_empty()) {
                    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                    config.node_labels.insert(key.into(), value.into());
                }
            }
            "register-with-taints" => {
                config.register_with_taints =
                    value.split(',').filter(|it| !it.is_empty()).map(Into::into).collect();
            }
            "pod-manifest-path" => config.static_pod_path = value.trim_end_matches('/').into(),
            "max-pods" => config.max_pods = value.parse().unwrap_or(config.max_pods),
            known if OTHER_FLAGS.contains(&known) => {}
            _ => {
                return Err(format!(
                    "\"command failed\" err=\"failed to parse kubelet flag: unknown flag: --{flag}\""
                ));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(config: &str, flags: &str) -> Disk {
        let mut disk = Disk::default();
        disk.host_write(CONFIG, config);
        disk.host_write(FLAGS, flags);
        disk
    }

    #[test]
    fn what_is_written_is_read_again() {
        let config = Config {
            static_pod_path: "/srv/pods".into(),
            file_check_frequency: Duration::from_secs(5),
            register_with_taints: vec!["a=b:NoSchedule".into(), "c:NoExecute".into()],
            max_container_restart_period: Duration::from_secs(60),
            max_pods: 7,
            ..Config::default()
        };
        assert_eq!(read(&Config::default(), &disk(&written(&config), "")).unwrap(), config);
    }

    #[test]
    fn a_zero_stands_for_the_default_and_a_kubeconfig_for_an_api_server() {
        let mut disk = disk(
            &crate::cluster::kubeadm::kubelet_config(),
            "KUBELET_KUBEADM_ARGS=\"--node-labels=a=b,c=d\"\n",
        );
        disk.host_write(KUBECONFIG, "");
        let config = read(&Config { max_pods: 3, ..Config::default() }, &disk).unwrap();
        let mut wanted = Config { api: true, ..Config::default() };
        wanted.node_labels = crate::sort::map([("a", "b"), ("c", "d")].map(|(k, v)| (k.into(), v.into())));
        assert_eq!(config, wanted);
    }

    #[test]
    fn a_kubelet_says_why_it_does_not_start() {
        let error = read(&Config::default(), &Disk::default()).unwrap_err();
        assert!(error.ends_with("open /var/lib/kubelet/config.yaml: no such file or directory\""), "{error}");
        let config = crate::cluster::kubeadm::kubelet_config();
        let error = read(&Config::default(), &disk(&config, "KUBELET_KUBEADM_ARGS=\"--network-plugin=cni\""))
            .unwrap_err();
        assert_eq!(
            error,
            "\"command failed\" err=\"failed to parse kubelet flag: unknown flag: --network-plugin\""
        );
        let error = read(&Config::default(), &disk(&config.replace("v1beta1", "v9"), "")).unwrap_err();
        assert!(error.contains("no kind \\\"KubeletConfiguration\\\" is registered for version"), "{error}");
        assert!(read(&Config::default(), &disk("a: [", "")).unwrap_err().contains("failed to decode"));
    }
}

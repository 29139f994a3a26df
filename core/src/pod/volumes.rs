//! What a container sees of its pod's volumes. Which of it can be mounted is for the host to say; what no host mounts is refused here by name.
//!
//! Follows `makeMounts` (`pkg/kubelet/kubelet_pods.go`) and `pkg/volume/downwardapi`.

use std::sync::Arc;

use super::{
    env::{self, EnvError, Facts},
    spec::ConfigError,
};
use crate::{
    contract::{Mount, MountSource, Propagation, ReadOnlyBelow, VolumeFile},
    manifest::{
        Container, DownwardFile, EnvSource, Pod, Volume, VolumeMount, VolumeSource, at::quote,
        static_pod::CONFIG_SEEN,
    },
};

type Pairs = [(Arc<str>, Arc<str>)];

/// A container's mounts, in the manifest's order.
///
/// # Errors
/// When one is of a kind that no host can mount, or shows what the pod does not have.
pub fn mounts(
    pod: &Pod,
    container: &Container,
    env: &Pairs,
    facts: Facts<'_>,
) -> Result<Vec<Mount>, ConfigError> {
    let volume_of = |wanted: &VolumeMount| pod.spec.volumes.iter().find(|volume| volume.name == wanted.name);
    let found = container.volume_mounts.iter().filter_map(|wanted| Some((wanted, volume_of(wanted)?)));
    found.map(|(wanted, volume)| mount(pod, wanted, volume, env, facts)).collect()
}

fn mount(
    pod: &Pod,
    wanted: &VolumeMount,
    volume: &Volume,
    env: &Pairs,
    facts: Facts<'_>,
) -> Result<Mount, ConfigError> {
    let (name, group) = (volume.name.clone(), pod.spec.security.fs_group);
    let source = match &volume.source {
        VolumeSource::EmptyDir { memory, size_limit } => {
            MountSource::EmptyDir { volume: name, memory: *memory, size_limit: *size_limit, group }
        }
        VolumeSource::HostPath { path, kind } => {
            MountSource::HostPath { path: path.clone(), kind: kind.clone() }
        }
        VolumeSource::DownwardApi(files) => {
            let files: Result<Arc<[VolumeFile]>, _> =
                files.iter().map(|file| shown(pod, file, facts)).collect();
            MountSource::Files { volume: name, files: files.map_err(ConfigError::Env)?, group }
        }
        VolumeSource::Other(kind) => {
            return Err(ConfigError::UnsupportedVolume { volume: name, kind: kind.clone() });
        }
    };
    let sub_path = sub_path(wanted, env)?;
    // The kubelet mounts what it writes itself so that nobody else writes there.
    let read_only = wanted.read_only || matches!(source, MountSource::Files { .. });
    Ok(Mount {
        source,
        target: wanted.mount_path.clone(),
        read_only,
        read_only_below: match wanted.recursive_read_only.as_deref() {
            Some("Enabled") => ReadOnlyBelow::Yes,
            Some("IfPossible") => ReadOnlyBelow::IfPossible,
            _ => ReadOnlyBelow::No,
        },
        sub_path,
        propagation: match wanted.mount_propagation.as_deref() {
            Some("HostToContainer") => Propagation::HostToContainer,
            Some("Bidirectional") => Propagation::Bidirectional,
            _ => Propagation::None,
        },
    })
}

/// The part of a volume that is mounted. What `subPathExpr` comes to is checked again: no manifest shows it.
fn sub_path(wanted: &VolumeMount, env: &Pairs) -> Result<Arc<str>, ConfigError> {
    if wanted.sub_path_expr.is_empty() {
        return Ok(wanted.sub_path.clone());
    }
    if let Some(name) = env::unknown(&wanted.sub_path_expr, env) {
        return Err(ConfigError::NoValue { name });
    }
    let path = env::expand(&wanted.sub_path_expr, env);
    if path.starts_with('/') {
        return Err(ConfigError::AbsoluteSubPath(path));
    }
    if path.split('/').any(|part| part == "..") {
        return Err(ConfigError::EscapingSubPath(path));
    }
    Ok(path)
}

fn shown(pod: &Pod, file: &DownwardFile, facts: Facts<'_>) -> Result<VolumeFile, EnvError> {
    let unknown = |what: &Arc<str>| EnvError::UnsupportedField(what.clone());
    let text = match &file.source {
        EnvSource::Field { path } => match &**path {
            "metadata.labels" => lines(pod.labels.iter().map(|(key, value)| (&**key, &**value))),
            "metadata.annotations" => {
                let own = pod.annotations.iter().map(|(key, value)| (&**key, &**value));
                let mut all: Vec<(&str, &str)> = own.filter(|(key, _)| *key != CONFIG_SEEN).collect();
                all.push((CONFIG_SEEN, facts.seen));
                crate::sort::by(&mut all, Ord::cmp);
                lines(all.into_iter())
            }
            _ => env::field(pod, path, facts).ok_or_else(|| unknown(path))?,
        },
        EnvSource::Resource { container: Some(container), resource, divisor } => {
            env::resource(pod, container, resource, divisor, facts).ok_or_else(|| unknown(resource))?
        }
        EnvSource::Resource { container: None, resource, .. } => return Err(unknown(resource)),
        EnvSource::Value(_) | EnvSource::File { .. } => "".into(),
    };
    Ok(VolumeFile { path: file.path.clone(), text, mode: file.mode })
}

/// One line each, as `key="value"`.
fn lines<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Arc<str> {
    let lines: Vec<String> = pairs.map(|(key, value)| format!("{key}={}", quote(value))).collect();
    lines.join("\n").into()
}

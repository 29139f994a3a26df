//! How a container is confined, in the engine's words. What an engine would pass over silently is refused or warned about here. Blocks.

use std::{
    fs, io,
    path::{Component, Path},
};

use standfast_core::contract::{Confinement, Failure, Security};

/// The engine's security options of a container. Profiles of the node lie in `<root>/seccomp`, as those of the kubelet do.
pub(super) fn options(root: &Path, security: &Security) -> Result<Vec<String>, Failure> {
    if security.strict_groups {
        return Err(Failure::Unsupported(
            "supplementalGroupsPolicy Strict: a Docker engine always adds the groups that the image gives its user"
                .to_owned(),
        ));
    }
    let mut options = Vec::new();
    if security.no_new_privileges {
        options.push("no-new-privileges".to_owned());
    }
    match &security.seccomp {
        Confinement::Unconfined => options.push("seccomp=unconfined".to_owned()),
        Confinement::RuntimeDefault => {}
        Confinement::Localhost(name) => options.push(format!("seccomp={}", profile(root, name)?)),
    }
    match &security.app_armor {
        Some(Confinement::Unconfined) => options.push("apparmor=unconfined".to_owned()),
        Some(Confinement::Localhost(name)) => options.push(format!("apparmor={name}")),
        Some(Confinement::RuntimeDefault) | None => {}
    }
    if !security.se_linux.is_empty() && !Path::new("/sys/fs/selinux/enforce").exists() {
        tracing::warn!("seLinuxOptions are without effect: SELinux is off on this machine");
    }
    options.extend(security.se_linux.iter().map(|(name, value)| format!("label={name}:{value}")));
    Ok(options)
}

fn profile(root: &Path, name: &str) -> Result<String, Failure> {
    let path = root.join("seccomp").join(name);
    let refuse = |error: io::Error| {
        Failure::Other(format!("cannot load seccomp profile \"{}\": {error}", path.display()))
    };
    if !Path::new(name).components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(refuse(io::Error::new(io::ErrorKind::InvalidInput, "it is not inside that folder")));
    }
    fs::read_to_string(&path).map_err(refuse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TempDir;

    #[test]
    fn a_profile_of_the_node_is_sent_whole() {
        let root = TempDir::new("seccomp");
        fs::create_dir(root.path().join("seccomp")).unwrap();
        fs::write(root.path().join("seccomp/own.json"), "{}").unwrap();
        let with = |seccomp| Security { seccomp, ..Security::default() };
        let own = options(root.path(), &with(Confinement::Localhost("own.json".into()))).unwrap();
        assert_eq!(own, ["seccomp={}"]);
        assert_eq!(options(root.path(), &with(Confinement::Unconfined)).unwrap(), ["seccomp=unconfined"]);
        assert!(options(root.path(), &with(Confinement::RuntimeDefault)).unwrap().is_empty());
        for name in ["none.json", "../own.json", "/etc/passwd"] {
            let error = options(root.path(), &with(Confinement::Localhost(name.into()))).unwrap_err();
            assert!(error.to_string().contains("cannot load seccomp profile"), "{name}: {error}");
        }
    }

    #[test]
    fn what_an_engine_cannot_do_is_refused_by_name() {
        let strict = Security { strict_groups: true, ..Security::default() };
        let error = options(Path::new("/"), &strict).unwrap_err();
        assert!(error.to_string().contains("supplementalGroupsPolicy"), "{error}");
    }
}

//! The images that the simulated registries have, and what their programs do.

use std::sync::Arc;

use crate::contract::ImageInfo;

/// An image of the catalogue.
#[derive(Debug)]
pub(super) struct Image {
    /// The last part of its name.
    pub(super) name: &'static str,
    /// What runs when nobody says otherwise: entry point and arguments.
    pub(super) entrypoint: &'static [&'static str],
    pub(super) cmd: &'static [&'static str],
    /// Whether it has a shell with the usual commands.
    pub(super) shell: bool,
    /// Its own programs, and the exit code of each when it is asked to end; `None` when it does not listen.
    pub(super) programs: &'static [(&'static str, Option<i32>)],
    /// In bytes.
    pub(super) size: u64,
    pub(super) user: &'static str,
}

const MB: u64 = 1_000_000;

const fn image(name: &'static str, megabytes: u64) -> Image {
    Image { name, entrypoint: &[], cmd: &["sh"], shell: true, programs: &[], size: megabytes * MB, user: "" }
}

/// A server whose only program bears its name and ends with 0 when asked to.
const fn server(
    name: &'static str,
    programs: &'static [(&'static str, Option<i32>)],
    argv: &'static [&'static str],
    megabytes: u64,
) -> Image {
    Image { entrypoint: argv, cmd: &[], shell: false, programs, ..image(name, megabytes) }
}

static CATALOGUE: &[Image] = &[
    Image { size: 2_219_000, ..image("busybox", 2) },
    image("alpine", 4),
    Image { cmd: &["bash"], ..image("debian", 49) },
    Image { cmd: &["bash"], ..image("ubuntu", 30) },
    Image { entrypoint: &["lab"], cmd: &[], programs: &[("lab", None)], ..image("lab", 1) },
    Image { cmd: &["nginx", "-g", "daemon off;"], programs: &[("nginx", Some(0))], ..image("nginx", 72) },
    Image { cmd: &["httpd-foreground"], programs: &[("httpd-foreground", Some(0))], ..image("httpd", 58) },
    Image {
        cmd: &["redis-server"],
        programs: &[("redis-server", Some(0)), ("redis-cli", None)],
        ..image("redis", 46)
    },
    Image {
        cmd: &["memcached"],
        programs: &[("memcached", Some(0))],
        user: "memcache",
        ..image("memcached", 32)
    },
    Image { cmd: &["postgres"], programs: &[("postgres", Some(0))], ..image("postgres", 152) },
    Image { cmd: &["mysqld"], programs: &[("mysqld", Some(0))], ..image("mysql", 177) },
    Image { cmd: &["python3"], programs: &[("python3", None), ("python", None)], ..image("python", 364) },
    Image { cmd: &["node"], programs: &[("node", None)], ..image("node", 385) },
    server("pause", &[("pause", Some(0))], &["/pause"], 1),
    server("etcd", &[("etcd", Some(0))], &["etcd"], 58),
    server("kube-apiserver", &[("kube-apiserver", Some(0))], &["kube-apiserver"], 28),
    server(
        "kube-controller-manager",
        &[("kube-controller-manager", Some(0))],
        &["kube-controller-manager"],
        26,
    ),
    server("kube-scheduler", &[("kube-scheduler", Some(0))], &["kube-scheduler"], 20),
    server("kube-proxy", &[("kube-proxy", Some(0))], &["kube-proxy"], 30),
    server("coredns", &[("coredns", Some(0))], &["/coredns"], 20),
    server("kube-vip", &[("kube-vip", Some(0))], &["/kube-vip"], 17),
    server("agnhost", &[("agnhost", Some(0))], &["/agnhost"], 53),
    server("whoami", &[("whoami", Some(0))], &["/whoami"], 3),
];

/// Why a registry does not give an image, in containerd's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoImage {
    Invalid(String),
    NotFound(String),
}

/// A reference as a registry resolves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) host: String,
    pub(super) repository: String,
    /// With its `:` or `@`.
    pub(super) tag: String,
}

impl Reference {
    /// Reads a reference as Docker's `reference.ParseDockerRef` does, as far as it matters here.
    pub(super) fn parse(text: &str) -> Result<Self, NoImage> {
        let invalid = |why: &str| {
            NoImage::Invalid(format!("couldn't parse image name \"{text}\": invalid reference format{why}"))
        };
        let (name, tag) = match text.split_once('@') {
            Some((name, digest)) if digest.starts_with("sha256:") => (
                name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).map_or(name, |(n, _)| n),
                format!("@{digest}"),
            ),
            Some(_) => return Err(invalid("")),
            None => match text.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
                Some((name, tag)) if !tag.is_empty() => (name, format!(":{tag}")),
                Some(_) => return Err(invalid("")),
                None => (text, ":latest".to_owned()),
            },
        };
        let (host, path) = match name.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (host, path.to_owned()),
            Some(_) => ("docker.io", name.to_owned()),
            None => ("docker.io", format!("library/{name}")),
        };
        if path.contains(|c: char| c.is_ascii_uppercase()) {
            return Err(invalid(&format!(": repository name ({path}) must be lowercase")));
        }
        let good = |part: &str| {
            !part.is_empty()
                && part.starts_with(|c: char| c.is_ascii_alphanumeric())
                && part.ends_with(|c: char| c.is_ascii_alphanumeric())
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        };
        let tag_is_good = tag[1..].chars().all(|c| c.is_ascii_alphanumeric() || "._-:".contains(c));
        if name.is_empty() || !path.split('/').all(good) || !tag_is_good {
            return Err(invalid(""));
        }
        Ok(Self { host: host.to_owned(), repository: path, tag })
    }

    pub(super) fn full(&self) -> String {
        format!("{}/{}{}", self.host, self.repository, self.tag)
    }
}

/// The image of this reference, if the registries have it.
pub(super) fn find(text: &str) -> Result<&'static Image, NoImage> {
    let reference = Reference::parse(text)?;
    let (full, host) = (reference.full(), &reference.host);
    let failed = |why: String| {
        NoImage::NotFound(format!(
            "failed to pull and unpack image \"{full}\": failed to resolve reference \"{full}\": {why}"
        ))
    };
    if host.starts_with("127.") || host.starts_with("localhost") {
        let url = format!("http://{host}/v2/{}/manifests/{}", reference.repository, &reference.tag[1..]);
        return Err(failed(format!(
            "failed to do request: Head \"{url}\": dial tcp {host}: connect: connection refused"
        )));
    }
    let name = reference.repository.rsplit('/').next().unwrap_or_default();
    let Some(image) = CATALOGUE.iter().find(|image| image.name == name) else {
        return Err(failed(
            "pull access denied, repository does not exist or may require authorization: server message: \
             insufficient_scope: authorization failed"
                .to_owned(),
        ));
    };
    if tag_exists(&reference.tag) { Ok(image) } else { Err(failed(format!("{full}: not found"))) }
}

/// Versions, digests, and the words that registries use for them.
fn tag_exists(tag: &str) -> bool {
    const WORDS: [&str; 14] = [
        "latest", "stable", "mainline", "alpine", "slim", "edge", "lts", "bookworm", "trixie", "bullseye",
        "noble", "jammy", "glibc", "musl",
    ];
    let text = &tag[1..];
    tag.starts_with('@')
        || text.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit())
        || text.split('-').all(|part| WORDS.contains(&part))
}

/// What the node knows of an image once it has it.
pub(super) fn info(reference: &str, image: &Image) -> ImageInfo {
    let mut hash = crate::trace::Fnv::default();
    hash.write(reference.as_bytes());
    let mut rng = crate::rng::Rng::new(hash.finish());
    let digest = (0..4).fold(String::from("sha256:"), |all, _| format!("{all}{:016x}", rng.next_u64()));
    ImageInfo { id: digest.into(), size: image.size, user: Arc::from(image.user) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_resolve_as_registries_do() {
        let full = |text: &str| Reference::parse(text).map(|reference| reference.full());
        assert_eq!(full("nginx").unwrap(), "docker.io/library/nginx:latest");
        assert_eq!(full("registry.k8s.io/pause:3.10").unwrap(), "registry.k8s.io/pause:3.10");
        assert_eq!(full("localhost:5000/a/b").unwrap(), "localhost:5000/a/b:latest");
        assert_eq!(
            full("Foo:Bar").unwrap_err(),
            NoImage::Invalid("couldn't parse image name \"Foo:Bar\": invalid reference format: repository name (library/Foo) must be lowercase".into())
        );
        assert!(["", ":", "a:", "a//b", "a b", "-a"].map(full).iter().all(Result::is_err));
    }

    #[test]
    fn registries_have_what_exists_and_say_why_not() {
        assert!(
            ["nginx", "nginx:1.27-alpine", "busybox:1.36", "registry.k8s.io/etcd:3.6.4-0"]
                .map(find)
                .iter()
                .all(Result::is_ok)
        );
        let Err(NoImage::NotFound(text)) = find("127.0.0.1:1/nope:1") else { panic!() };
        assert!(text.ends_with("dial tcp 127.0.0.1:1: connect: connection refused"), "{text}");
        assert!(find("nginx:1-typo").is_ok());
        assert!(
            matches!(find("nginx:typo"), Err(NoImage::NotFound(text)) if text.ends_with("docker.io/library/nginx:typo: not found"))
        );
        assert!(matches!(find("nope:1"), Err(NoImage::NotFound(_))));
    }
}

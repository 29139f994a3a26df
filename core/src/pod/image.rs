//! Image references: `[registry/]path[:tag][@digest]`, as far as the kubelet looks into them before a runtime does.
//!
//! Follows `github.com/distribution/reference` (grammar and error texts).

use std::fmt;

/// Why a text is no image reference. `Display` is the library's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidReference {
    /// It does not match the grammar.
    Format,
    /// It would match in lower case.
    UpperCase {
        /// The repository, with the registry's default prefix.
        repository: String,
    },
    /// Its repository name is longer than 255 characters.
    TooLong,
}

impl fmt::Display for InvalidReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format => f.write_str("invalid reference format"),
            Self::UpperCase { repository } => {
                write!(f, "invalid reference format: repository name ({repository}) must be lowercase")
            }
            Self::TooLong => f.write_str("repository name must not be more than 255 characters"),
        }
    }
}

/// Checks that `text` is an image reference, the way Docker's short names are understood.
///
/// # Errors
/// When it is none, with the reason.
pub fn check(text: &str) -> Result<(), InvalidReference> {
    if text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        return Err(InvalidReference::Format);
    }
    let (rest, digest) = text.split_once('@').map_or((text, None), |(rest, digest)| (rest, Some(digest)));
    if digest.is_some_and(|digest| !is_digest(digest)) {
        return Err(InvalidReference::Format);
    }
    let (domain, remote) = match rest.split_once('/') {
        Some((first, path)) if is_domain_like(first) => (Some(first), path),
        Some(_) | None => (None, rest),
    };
    let (path, tag) = match remote.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        Some(_) | None => (remote, None),
    };
    if path.bytes().any(|b| b.is_ascii_uppercase())
        && tag.is_none_or(is_tag)
        && is_path(&path.to_ascii_lowercase())
    {
        let repository =
            if domain.is_none() && !path.contains('/') { format!("library/{path}") } else { path.to_owned() };
        return Err(InvalidReference::UpperCase { repository });
    }
    let fits = is_path(path) && tag.is_none_or(is_tag) && domain.is_none_or(is_domain);
    if !fits {
        return Err(InvalidReference::Format);
    }
    if path.len() + domain.map_or("docker.io/".len(), |domain| domain.len() + 1) > 255 {
        return Err(InvalidReference::TooLong);
    }
    Ok(())
}

/// The first part is a registry when it could not be a user's name.
fn is_domain_like(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost" || first.bytes().any(|b| b.is_ascii_uppercase())
}

fn is_domain(domain: &str) -> bool {
    let (host, port) = match domain.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        Some(_) | None => (domain, None),
    };
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let host_fits = match v6 {
        Some(v6) => v6.bytes().all(|b| b.is_ascii_hexdigit() || b == b':'),
        None => host.split('.').all(label),
    };
    host_fits && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

fn is_path(path: &str) -> bool {
    path.split('/').all(|component| {
        let alnum = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let bytes = component.as_bytes();
        let ends_fit = bytes.first().is_some_and(|b| alnum(*b)) && bytes.last().is_some_and(|b| alnum(*b));
        ends_fit
            && component.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()).all(|separator| {
                matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|b| b == b'-')
            })
    })
}

fn is_tag(tag: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    (1..=128).contains(&tag.len())
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|b| word(b) || matches!(b, b'.' | b'-'))
}

fn is_digest(digest: &str) -> bool {
    digest.split_once(':').is_some_and(|(algorithm, hex)| {
        algorithm.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
            && algorithm.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'.' | b'-' | b'_'))
            && hex.len() >= 32
            && hex.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_that_runtimes_take() {
        for text in [
            "nginx",
            "nginx:1.27",
            "127.0.0.1:5000/a/b:c",
            "registry.k8s.io/kube-apiserver:v1.36.2",
            "a__b/c-d.e:_x",
            "busybox@sha256:0123456789012345678901234567890123456789012345678901234567890123",
            "localhost/x",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn references_that_they_do_not() {
        for text in
            ["", ":", "nginx:", "a//b", "-a", "a:b:c", "a b", "nginx@sha256:12", "a..b", "a:-x", "http://x/y"]
        {
            assert_eq!(check(text), Err(InvalidReference::Format), "{text}");
        }
        assert_eq!(
            check("Foo:Bar").unwrap_err().to_string(),
            "invalid reference format: repository name (library/Foo) must be lowercase"
        );
    }
}

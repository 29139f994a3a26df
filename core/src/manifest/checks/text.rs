//! Rules for single texts and numbers: names, labels, ports, addresses. Each returns what is wrong, in Kubernetes' words.
//! Follows `k8s.io/apimachinery/pkg/util/validation`.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    str::FromStr as _,
};

/// What is wrong; nothing, when all is well.
pub(super) type Problems = Vec<String>;

pub(super) const NOT_NEGATIVE: &str = "must be greater than or equal to 0";
pub(super) const POSITIVE: &str = "must be greater than zero";
const EMPTY: &str = "must be non-empty";

const LABEL_KEY_CHARACTERS: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/// `must be between a and b, inclusive`.
pub(super) fn between(low: i64, high: i64) -> String {
    format!("must be between {low} and {high}, inclusive")
}

fn at_most(count: usize, unit: &str) -> String {
    format!("must be no more than {count} {unit}")
}

fn is_lower(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit()
}

/// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`, with further characters allowed inside.
fn is_label(text: &str, inside: &[u8]) -> bool {
    text.bytes().next().is_some_and(is_lower)
        && text.bytes().last().is_some_and(is_lower)
        && text.bytes().all(|b| is_lower(b) || inside.contains(&b))
}

fn is_subdomain(text: &str) -> bool {
    text.split('.').all(|label| is_label(label, b"-"))
}

/// A label of RFC 1123: the name of a container, a volume, a namespace.
pub(super) fn dns_label(text: &str) -> Problems {
    let mut problems = Vec::new();
    if text.len() > 63 {
        problems.push(at_most(63, "characters"));
    }
    if !is_label(text, b"-") {
        problems.push(if is_subdomain(text) {
            "must not contain dots".to_owned()
        } else {
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')".to_owned()
        });
    }
    problems
}

/// A subdomain of RFC 1123: the name of most objects.
pub(super) fn dns_subdomain(text: &str) -> Problems {
    subdomain(text, "characters")
}

fn subdomain(text: &str, unit: &str) -> Problems {
    let mut problems = Vec::new();
    if text.len() > 253 {
        problems.push(at_most(253, unit));
    }
    if !is_subdomain(text) {
        problems.push("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')".to_owned());
    }
    problems
}

/// A subdomain that is to get a suffix: a dash at its end is fine.
pub(super) fn dns_subdomain_prefix(text: &str) -> Problems {
    match text.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => {
            let end = rest.char_indices().last().map_or(0, |(last, _)| last);
            dns_subdomain(&format!("{}a", &rest[..end]))
        }
        _ => dns_subdomain(text),
    }
}

/// A subdomain whose labels may have underscores: a DNS search path.
pub(super) fn dns_subdomain_with_underscore(text: &str) -> Problems {
    let mut problems = Vec::new();
    if text.len() > 253 {
        problems.push(at_most(253, "characters"));
    }
    let fits = text.split('.').all(|label| is_label(label.strip_prefix('_').unwrap_or(label), b"-_"));
    if !fits {
        problems.push("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')".to_owned());
    }
    problems
}

/// `[A-Za-z0-9]` at both ends, `-_.` inside.
fn is_label_text(text: &str) -> bool {
    text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        && text.bytes().last().is_some_and(|b| b.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

/// A name with an optional domain before it: the key of a label.
pub(super) fn qualified_name(text: &str) -> Problems {
    let mut problems = Vec::new();
    let mut parts = text.split('/');
    let name = match (parts.next(), parts.next(), parts.next()) {
        (Some(prefix), Some(name), None) => {
            if prefix.is_empty() {
                problems.push(format!("prefix part {EMPTY}"));
            } else {
                problems.extend(
                    subdomain(prefix, "bytes").iter().map(|problem| format!("prefix part {problem}")),
                );
            }
            name
        }
        (Some(name), None, _) => name,
        _ => {
            return vec![format!(
                "a valid label key {LABEL_KEY_CHARACTERS} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
    };
    if name.is_empty() {
        problems.push(format!("name part {EMPTY}"));
    } else if name.len() > 63 {
        problems.push(format!("name part {}", at_most(63, "bytes")));
    }
    if !is_label_text(name) {
        problems.push(format!("name part {LABEL_KEY_CHARACTERS}"));
    }
    problems
}

/// The value of a label.
pub(super) fn label_value(text: &str) -> Problems {
    let mut problems = Vec::new();
    if text.len() > 63 {
        problems.push(at_most(63, "bytes"));
    }
    if !text.is_empty() && !is_label_text(text) {
        problems.push("a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')".to_owned());
    }
    problems
}

/// The name of an environment variable.
pub(super) fn env_name(text: &str) -> Problems {
    if text.is_empty() {
        return vec![format!("environment variable name {EMPTY}")];
    }
    if text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'=') {
        return Vec::new();
    }
    vec![
        "a valid environment variable name must consist only of printable ASCII characters other than '='"
            .to_owned(),
    ]
}

/// A key of a config map or a secret.
pub(super) fn config_map_key(text: &str) -> Problems {
    let mut problems = Vec::new();
    if text.len() > 253 {
        problems.push(at_most(253, "characters"));
    }
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)) {
        problems.push("a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')".to_owned());
    }
    match text {
        "." | ".." => problems.push(format!("must not be '{text}'")),
        _ if text.starts_with("..") => problems.push("must not start with '..'".to_owned()),
        _ => {}
    }
    problems
}

/// The name of a port.
pub(super) fn port_name(text: &str) -> Problems {
    let mut problems = Vec::new();
    if text.len() > 15 {
        problems.push(at_most(15, "characters"));
    }
    let mut need = |fits: bool, problem: &str| {
        if !fits {
            problems.push(problem.to_owned());
        }
    };
    need(
        !text.is_empty() && text.bytes().all(|b| is_lower(b) || b == b'-'),
        "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
    );
    need(text.bytes().any(|b| b.is_ascii_lowercase()), "must contain at least one letter (a-z)");
    need(!text.contains("--"), "must not contain consecutive hyphens");
    need(!text.starts_with('-') && !text.ends_with('-'), "must not begin or end with a hyphen");
    problems
}

/// The number of a port.
pub(super) fn port_number(port: i64) -> Option<String> {
    (!(1..=65535).contains(&port)).then(|| between(1, 65535))
}

/// The number of a user or a group.
pub(super) fn user_id(id: i64) -> Option<String> {
    (!(0..=i64::from(i32::MAX)).contains(&id)).then(|| between(0, i64::from(i32::MAX)))
}

/// The name of an HTTP header.
pub(super) fn header_name(text: &str) -> Problems {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Vec::new();
    }
    vec!["a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')".to_owned()]
}

/// An address, version 4 or 6.
pub(super) fn ip(text: &str) -> Problems {
    if Ipv4Addr::from_str(text).is_ok() {
        return Vec::new();
    }
    if let Ok(address) = Ipv6Addr::from_str(text) {
        let mapped = address.to_ipv4_mapped().is_some();
        return if mapped { vec!["must not be an IPv4-mapped IPv6 address".to_owned()] } else { Vec::new() };
    }
    let (head, tail) =
        text.rsplit_once(':').map_or(("", text), |(_, tail)| (&text[..text.len() - tail.len()], tail));
    let trimmed = tail
        .split('.')
        .map(|part| part.trim_start_matches('0'))
        .map(|part| if part.is_empty() { "0" } else { part })
        .collect::<Vec<_>>()
        .join(".");
    let digits = tail.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let sloppy = format!("{head}{trimmed}");
    if digits
        && (Ipv4Addr::from_str(&sloppy).is_ok()
            || (tail.contains('.') && Ipv6Addr::from_str(&sloppy).is_ok()))
    {
        return vec!["must not have leading 0s".to_owned()];
    }
    vec!["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)".to_owned()]
}

/// A path without `..` in it.
pub(super) fn no_backsteps(path: &str) -> Problems {
    if path.split('/').any(|part| part == "..") {
        vec!["must not contain '..'".to_owned()]
    } else {
        Vec::new()
    }
}

/// A path that goes down from where it starts.
pub(super) fn descending_path(path: &str) -> Problems {
    let mut problems = Vec::new();
    if path.starts_with('/') {
        problems.push("must be a relative path".to_owned());
    }
    problems.extend(no_backsteps(path));
    problems
}

/// A descending path whose name does not look like Kubernetes' own.
pub(super) fn local_path(path: &str) -> Problems {
    let mut problems = descending_path(path);
    if path.starts_with("..") && !path.starts_with("../") {
        problems.push("must not start with '..'".to_owned());
    }
    problems
}

/// Names of sysctls: segments joined by dots or slashes.
pub(super) fn is_sysctl(name: &str) -> bool {
    name.len() <= 253 && name.split(['.', '/']).all(|segment| is_label(segment, b"-_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_strictly() {
        assert!(ip("10.0.0.1").is_empty());
        assert!(ip("2001:db8::1").is_empty());
        assert_eq!(ip("001.002.003.004"), ["must not have leading 0s"]);
        assert_eq!(ip("::ffff:1.2.3.4"), ["must not be an IPv4-mapped IPv6 address"]);
        assert_eq!(ip("300.0.0.1").len(), 1);
        assert_eq!(ip("").len(), 1);
    }

    #[test]
    fn a_trailing_dash_is_fine_before_a_suffix() {
        assert!(dns_subdomain_prefix("web-").is_empty());
        assert!(!dns_subdomain("web-").is_empty());
    }
}

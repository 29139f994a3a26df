//! Where an HTTP probe goes: the first address as the manifest gives it, later ones as servers redirect.

use std::fmt::Write as _;

use url::{Position, Url};

use super::join;

/// One place to ask.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// As errors show it: with the port, even if it is the usual one, where the probe says it.
    pub(super) shown: String,
    /// What is asked for: the path and the query.
    pub(super) target: String,
    /// What the server is called.
    pub(super) authority: String,
    url: Url,
}

impl Place {
    /// The place that a probe names.
    pub(super) fn first(https: bool, host: &str, port: u16, path: &str) -> Result<Self, url::ParseError> {
        let (path, fragment) = path.split_at(path.find('#').unwrap_or(path.len()));
        let slash = if path.starts_with('/') { "" } else { "/" };
        let target = format!("{slash}{}", escaped(path));
        let authority = join(host, port);
        let scheme = if https { "https" } else { "http" };
        let url = Url::parse(&format!("{scheme}://{authority}{target}"))?;
        let shown = format!("{scheme}://{authority}{target}{}", escaped(fragment));
        Ok(Self { shown, target, authority, url })
    }

    /// The place that a `Location` header seen here leads to.
    pub(super) fn follow(&self, location: &str) -> Result<Self, url::ParseError> {
        let url = self.url.join(location)?;
        Ok(Self {
            shown: url.to_string(),
            target: url[Position::BeforePath..Position::AfterQuery].to_owned(),
            authority: url[Position::BeforeHost..Position::AfterPort].to_owned(),
            url,
        })
    }

    /// Whether a location says no server, so that a name given to this one stays.
    pub(super) fn is_relative(location: &str) -> bool {
        Url::parse(location) == Err(url::ParseError::RelativeUrlWithoutBase)
    }

    pub(super) fn scheme(&self) -> &str {
        self.url.scheme()
    }

    /// The name or address without the port.
    pub(super) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    pub(super) fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(0)
    }
}

/// With the bytes escaped that no address may have.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(path: &str) -> (String, String) {
        let place = Place::first(false, "10.0.0.5", 80, path).unwrap();
        (place.shown, place.target)
    }

    #[test]
    fn the_address_is_shown_as_it_was_given() {
        let given = |shown: &str, target: &str| (shown.to_owned(), target.to_owned());
        assert_eq!(first(""), given("http://10.0.0.5:80/", "/"));
        assert_eq!(first("healthz?full=1"), given("http://10.0.0.5:80/healthz?full=1", "/healthz?full=1"));
        assert_eq!(first("/a b/../ü"), given("http://10.0.0.5:80/a%20b/../%C3%BC", "/a%20b/../%C3%BC"));
        assert_eq!(first("/x#top"), given("http://10.0.0.5:80/x#top", "/x"));
        let six = Place::first(true, "fd00::5", 443, "/").unwrap();
        assert_eq!((&*six.shown, six.host(), six.port()), ("https://[fd00::5]:443/", "[fd00::5]", 443));
    }

    #[test]
    fn a_location_is_followed_from_where_it_was_seen() {
        let place = Place::first(false, "10.0.0.5", 8080, "/a/b").unwrap();
        assert_eq!(place.follow("c?d").unwrap().shown, "http://10.0.0.5:8080/a/c?d");
        let other = place.follow("https://example.com/x").unwrap();
        assert_eq!((other.host(), other.port(), &*other.authority), ("example.com", 443, "example.com"));
        assert!(Place::is_relative("/x") && !Place::is_relative("http://10.0.0.5/x"));
    }
}

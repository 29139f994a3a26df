//! Rules for name resolution.

use super::{At, Errors, json, text};

const MOST_SERVERS: usize = 3;
const MOST_SEARCHES: usize = 32;
const MOST_SEARCH_CHARACTERS: usize = 2048;

/// Checks `dnsPolicy`.
pub(super) fn policy(spec: &At<'_>, errors: &mut Errors) {
    let policy = spec.field("dnsPolicy");
    errors.one_of(&policy, &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]);
}

/// Checks `dnsConfig`.
pub(super) fn config(spec: &At<'_>, errors: &mut Errors) {
    let config = spec.field("dnsConfig");
    let (servers, searches) = (config.field("nameservers"), config.field("searches"));
    if spec.field("dnsPolicy").text() == "None" {
        if !config.is_set() {
            errors.required(&config, "must provide `dnsConfig` when `dnsPolicy` is None");
            return;
        }
        if servers.is_empty() {
            errors.required(&servers, "must provide at least one DNS nameserver when `dnsPolicy` is None");
            return;
        }
    }
    if servers.len() > MOST_SERVERS {
        let detail = format!("must not have more than {MOST_SERVERS} nameservers");
        errors.invalid(&servers, json::compact(&servers), detail);
    }
    for server in servers.items() {
        errors.passes(&server, text::ip);
    }
    if searches.len() > MOST_SEARCHES {
        let detail = format!("must not have more than {MOST_SEARCHES} search paths");
        errors.invalid(&searches, json::compact(&searches), detail);
    }
    let length: usize = searches.items().map(|search| search.text().len() + 1).sum();
    if length.saturating_sub(1) > MOST_SEARCH_CHARACTERS {
        let detail = format!(
            "must not have more than {MOST_SEARCH_CHARACTERS} characters (including spaces) in the search list"
        );
        errors.invalid(&searches, json::compact(&searches), detail);
    }
    for search in searches.items() {
        if search.text() != "." {
            let bare = search.text().strip_suffix('.').unwrap_or(search.text());
            for problem in text::dns_subdomain_with_underscore(bare) {
                errors.invalid(&search, bare, problem);
            }
        }
    }
    for option in config.field("options").items() {
        if option.field("name").text().is_empty() {
            errors.required(&option, "must not be empty");
        }
    }
}

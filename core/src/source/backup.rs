//! Names that editors and people give to copies they do not mean.

/// Whether a file name looks like an editor's backup or leftover: `web.yaml~`, `web.yaml.bak`, `#web.yaml#`, `4913`.
#[must_use]
pub fn looks_like_backup(name: &str) -> bool {
    const ENDINGS: [&str; 13] = [
        "~",
        ".bak",
        ".backup",
        ".old",
        ".orig",
        ".save",
        ".swp",
        ".swo",
        ".swx",
        ".tmp",
        ".rej",
        ".rpmnew",
        ".dpkg-old",
    ];
    let lower = name.to_ascii_lowercase();
    ENDINGS.iter().any(|ending| lower.ends_with(ending))
        || (name.len() > 1 && name.starts_with('#') && name.ends_with('#'))
        || name == "4913"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backups_are_told_from_manifests() {
        assert!(
            ["a.yaml~", "a.yaml.bak", "A.YAML.BAK", "#a.yaml#", "4913", "a.swp"].map(looks_like_backup)
                == [true; 6]
        );
        assert!(["a.yaml", "README", "noext", "#", "bak", "4913.yaml"].map(looks_like_backup) == [false; 6]);
    }
}

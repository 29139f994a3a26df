//! The image of sandboxes: a program of a few hundred bytes that the agent carries and loads where it is missing.
//!
//! Nothing in it depends on when or where it is made, so its id is known before any engine has seen it.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::tar;

/// The pause image for one architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PauseImage {
    /// Its id in engines that name images by their configuration.
    pub id: String,
    /// A name that only this very image has, for engines that name images otherwise.
    pub tag: String,
    /// A plain tar archive that engines load.
    pub archive: Vec<u8>,
}

impl PauseImage {
    /// The image for the architecture as the engine names it; `None` when there is no program for it.
    #[must_use]
    pub fn for_architecture(name: &str) -> Option<Self> {
        match name {
            "amd64" | "x86_64" => Some(build("amd64", include_bytes!("../../pause/pause-x86_64"))),
            "arm64" | "aarch64" => Some(build("arm64", include_bytes!("../../pause/pause-aarch64"))),
            _ => None,
        }
    }
}

fn build(architecture: &str, program: &[u8]) -> PauseImage {
    let mut layer = Vec::new();
    tar::add_file(&mut layer, "pause", program, 0o755);
    tar::finish(&mut layer);
    let config = serde_json::json!({
        "architecture": architecture,
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": { "Entrypoint": ["/pause"], "WorkingDir": "/" },
        "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{}", sha256(&layer))] },
        "history": [{ "created": "1970-01-01T00:00:00Z", "created_by": "standfast" }],
    })
    .to_string();
    let digest = sha256(config.as_bytes());
    let tag = format!("localhost/standfast-pause:{}", digest.get(..12).unwrap_or_default());
    let config_name = format!("{digest}.json");
    let manifest = serde_json::json!([{ "Config": config_name, "RepoTags": [tag], "Layers": ["layer.tar"] }])
        .to_string();

    let mut archive = Vec::new();
    tar::add_file(&mut archive, &config_name, config.as_bytes(), 0o644);
    tar::add_file(&mut archive, "layer.tar", &layer, 0o644);
    tar::add_file(&mut archive, "manifest.json", manifest.as_bytes(), 0o644);
    tar::finish(&mut archive);
    PauseImage { id: format!("sha256:{digest}"), tag, archive }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_is_the_same_every_time() {
        for architecture in ["amd64", "arm64"] {
            let image = PauseImage::for_architecture(architecture).unwrap();
            assert_eq!(Some(&image), PauseImage::for_architecture(architecture).as_ref());
            assert!(image.archive.len() < 10_000, "{}", image.archive.len());
        }
        assert_eq!(PauseImage::for_architecture("riscv64"), None);
    }

    #[test]
    fn the_programs_are_static_and_of_their_architecture() {
        // e_machine of an ELF file: 62 is x86-64, 183 is AArch64.
        for (program, machine) in [
            (include_bytes!("../../pause/pause-x86_64").as_slice(), 62),
            (include_bytes!("../../pause/pause-aarch64").as_slice(), 183),
        ] {
            assert_eq!(program.get(..4), Some(b"\x7fELF".as_slice()));
            assert_eq!(program.get(18), Some(&machine));
            assert!(program.len() < 1024);
        }
    }
}

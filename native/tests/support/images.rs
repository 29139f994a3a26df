//! The images of the suites, made of the static busybox of this system: no registry is asked.

use std::{collections::HashMap, fs, process::Command};

use bollard::{Docker, query_parameters::CreateImageOptionsBuilder};
use futures_util::TryStreamExt as _;
use standfast::tar;
use tokio::sync::Mutex;

const LAB: &str = include_str!("../../../tests/lab/lab");
/// What the image `lab` was made of: another text makes another image.
const LAB_LABEL: &str = "dev.standfast.lab";

/// Makes the images that an engine lacks.
pub async fn ensure(docker: &Docker) {
    // One looks and makes; the others find it made.
    static MAKING: Mutex<()> = Mutex::const_new(());
    let _one = MAKING.lock().await;
    for image in [super::IMAGE, super::RECORDED_IMAGE] {
        if docker.inspect_image(image).await.is_err() {
            import(docker, image, &[], &[]).await;
        }
    }
    let made_of =
        format!("{:x}", LAB.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(byte)));
    let known = docker.inspect_image("lab:1").await.ok().and_then(|image| image.config?.labels);
    if known.as_ref().and_then(|labels: &HashMap<_, _>| labels.get(LAB_LABEL)) != Some(&made_of) {
        let label = format!("LABEL {LAB_LABEL}={made_of}");
        import(docker, "lab:1", &[("bin/lab", LAB)], &["ENTRYPOINT [\"lab\"]", &label]).await;
    }
}

async fn import(docker: &Docker, name: &str, files: &[(&str, &str)], changes: &[&str]) {
    let busybox = ["/bin/busybox", "/usr/bin/busybox"].into_iter().find_map(|path| fs::read(path).ok());
    let busybox = busybox.expect("a static busybox (Debian: apt install busybox-static)");
    let mut archive = Vec::new();
    for folder in ["bin/", "etc/", "tmp/", "root/"] {
        tar::add_folder(&mut archive, folder, 0o755);
    }
    tar::add_file(&mut archive, "bin/busybox", &busybox, 0o755);
    tar::add_file(&mut archive, "etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n", 0o644);
    let applets = Command::new("busybox").arg("--list").output().unwrap().stdout;
    for applet in String::from_utf8(applets).unwrap().lines().filter(|applet| *applet != "busybox") {
        tar::add_link(&mut archive, &format!("bin/{applet}"), "busybox");
    }
    for (path, text) in files {
        tar::add_file(&mut archive, path, text.as_bytes(), 0o755);
    }
    tar::finish(&mut archive);
    let (repository, tag) = name.split_once(':').unwrap();
    let changes = changes.iter().chain(&["ENV PATH=/bin"]).map(ToString::to_string).collect();
    let options =
        CreateImageOptionsBuilder::new().from_src("-").repo(repository).tag(tag).changes(changes).build();
    let body = bollard::body_full(archive.into());
    docker.create_image(Some(options), Some(body), None).try_collect::<Vec<_>>().await.unwrap();
}

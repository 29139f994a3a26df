//! Writing small tar archives (ustar), the same bytes every time: everything is root's and dated at the epoch.

const BLOCK: usize = 512;
const FILE: u8 = b'0';
const SYMBOLIC_LINK: u8 = b'2';
const DIRECTORY: u8 = b'5';

/// Adds a file.
pub fn add_file(archive: &mut Vec<u8>, name: &str, content: &[u8], mode: u32) {
    header(archive, FILE, name, "", content.len(), mode);
    archive.extend(content);
    archive.resize(archive.len().next_multiple_of(BLOCK), 0);
}

/// Adds a folder.
pub fn add_folder(archive: &mut Vec<u8>, name: &str, mode: u32) {
    header(archive, DIRECTORY, name, "", 0, mode);
}

/// Adds a symbolic link.
pub fn add_link(archive: &mut Vec<u8>, name: &str, target: &str) {
    header(archive, SYMBOLIC_LINK, name, target, 0, 0o777);
}

/// Ends the archive.
pub fn finish(archive: &mut Vec<u8>) {
    archive.resize(archive.len() + 2 * BLOCK, 0);
}

/// Names are at most 100 bytes long here.
fn header(archive: &mut Vec<u8>, kind: u8, name: &str, target: &str, size: usize, mode: u32) {
    let mut header = [0_u8; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| {
        for (to, from) in header.iter_mut().skip(at).zip(bytes) {
            *to = *from;
        }
    };
    put(0, name.as_bytes());
    put(100, format!("{mode:07o}").as_bytes());
    put(108, b"0000000");
    put(116, b"0000000");
    put(124, format!("{size:011o}").as_bytes());
    put(136, b"00000000000");
    // The sum counts its own field as blanks.
    put(148, b"        ");
    put(156, &[kind]);
    put(157, target.as_bytes());
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    for (to, from) in header.iter_mut().skip(148).zip(format!("{sum:06o}\0 ").as_bytes()) {
        *to = *from;
    }
    archive.extend(header);
}

//! Which file system a file lies on: [`network`].

use std::borrow::Cow;
use std::fs;
use std::path::Path;

/// File systems whose processes may be on several machines, or whose locks or shared memory are not what SQLite needs.
const NETWORK: [&str; 21] = [
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "fuse.ceph",
    "fuse.glusterfs",
    "fuse.juicefs",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.sshfs",
    "gfs2",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "smb3",
    "smbfs",
];

/// The kind of network file system that a file lies on, if it is known to be one. `path` has no links in it.
pub(super) fn network(path: &Path) -> Option<String> {
    let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
    let kind = kind(&mounts, path)?;
    NETWORK.contains(&kind).then(|| kind.to_owned())
}

/// The kind of the file system that a path lies on: of the innermost mount point, and of the last one there.
fn kind<'m>(mounts: &'m str, path: &Path) -> Option<&'m str> {
    let mounts = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        Some((unescaped(fields.next()?), fields.next()?))
    });
    let around = mounts.filter(|(point, _)| path.starts_with(&**point));
    around.max_by_key(|(point, _)| point.len()).map(|(_, kind)| kind)
}

/// A mount point without the escapes of characters that separate fields.
fn unescaped(point: &str) -> Cow<'_, str> {
    if !point.contains('\\') {
        return Cow::Borrowed(point);
    }
    let unescape = |text: String, (code, character)| text.replace(code, character);
    let escapes = [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")];
    Cow::Owned(escapes.into_iter().fold(point.to_owned(), unescape))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_mount_counts() {
        let mounts = "/dev/vda / ext4 rw 0 0\n\
                      host:/home /home nfs4 rw 0 0\n\
                      tmpfs /home/ann\\040lee tmpfs rw 0 0\n\
                      /dev/vdb /srv ext4 rw 0 0\n\
                      share /srv cifs rw 0 0\n\
                      broken\n";
        for (path, expected) in [
            ("/var/bus", Some("ext4")),
            ("/home/bus", Some("nfs4")),
            ("/homes/bus", Some("ext4")),
            ("/home/ann lee/bus", Some("tmpfs")),
            ("/srv/bus", Some("cifs")),
            ("bus", None),
        ] {
            assert_eq!(kind(mounts, Path::new(path)), expected, "{path}");
        }
    }
}

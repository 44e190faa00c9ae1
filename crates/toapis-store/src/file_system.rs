//! Detects network file systems, on which WAL mode is not safe.

use std::path::Path;

/// File systems whose files may be open on another machine, where the shared memory of WAL mode is
/// not visible.
const NETWORK_FILE_SYSTEMS: [&str; 13] = [
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "gpfs",
    "fuse.sshfs",
    "fuse.rclone",
];

/// Returns true if the file is on a network file system. Always false where `/proc` does not exist:
/// there, SQLite's own attempt to use WAL mode decides.
pub(crate) fn is_network(path: &Path) -> bool {
    let Ok(path) = path.canonicalize() else {
        return false;
    };
    std::fs::read_to_string("/proc/self/mountinfo")
        .is_ok_and(|mounts| is_network_mount(&mounts, &path))
}

/// Finds the mount of `path` in the text of `/proc/self/mountinfo` (see proc(5)) and returns true
/// if it is a network mount.
fn is_network_mount(mountinfo: &str, path: &Path) -> bool {
    let mut longest = 0;
    let mut network = false;
    for line in mountinfo.lines() {
        let Some((before, after)) = line.split_once(" - ") else {
            continue;
        };
        let (Some(mount_point), Some(kind)) = (before.split(' ').nth(4), after.split(' ').next())
        else {
            continue;
        };
        let mount_point = mount_point.replace("\\040", " ");
        // Later mounts cover earlier ones on the same directory.
        if path.starts_with(&mount_point) && mount_point.len() >= longest {
            longest = mount_point.len();
            network = NETWORK_FILE_SYSTEMS.contains(&kind);
        }
    }
    network
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_mount_point_decides_whether_a_path_is_on_the_network() {
        let mountinfo = "\
            22 1 0:20 / / rw shared:1 - ext4 /dev/vda rw\n\
            40 22 0:35 / /home rw,relatime shared:2 master:1 - nfs4 server:/home rw\n\
            41 40 0:36 / /home/ann/local\\040disk rw - xfs /dev/vdb rw\n";
        for (path, network) in [
            ("/var/lib/journal.db", false),
            ("/home/ann/journal.db", true),
            ("/home/ann/local disk/journal.db", false),
            ("/homework/journal.db", false),
        ] {
            assert_eq!(
                is_network_mount(mountinfo, Path::new(path)),
                network,
                "{path}"
            );
        }
    }
}

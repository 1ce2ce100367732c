//! How much memory this process may have: the least of what the machine has, its control group allows and its own limits say.

use std::{fs, path::Path};

/// The bytes of memory that this process may take, where the system tells (Linux): of the machine's memory, the limits of the
/// control groups it is in (a container's), and the limits of the process on its address space and data (`ulimit -v`, `-d`) the
/// smallest.
pub fn available_memory() -> Option<u64> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let limits = [
        total(&read("/proc/meminfo")),
        control_groups(&read("/proc/self/cgroup"), Path::new("/sys/fs/cgroup")),
        process_limit(&read("/proc/self/limits")),
    ];
    limits.into_iter().flatten().min()
}

/// `MemTotal` of /proc/meminfo.
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

/// The least limit of the groups that /proc/self/cgroup names and of those around them, of both versions of control groups.
fn control_groups(groups: &str, root: &Path) -> Option<u64> {
    let mut least: Option<u64> = None;
    for line in groups.lines() {
        // `0::/path` of version 2, `4:memory:/path` of version 1.
        let mut parts = line.splitn(3, ':');
        let (Some(number), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        let (mount, file) = if number == "0" && controllers.is_empty() {
            (root.to_owned(), "memory.max")
        } else if controllers.split(',').any(|controller| controller == "memory") {
            (root.join("memory"), "memory.limit_in_bytes")
        } else {
            continue;
        };
        // Within a container the path may be that outside of it; then the limit is at the root that the container sees.
        for group in Path::new(path.trim_start_matches('/')).ancestors() {
            let limit = fs::read_to_string(mount.join(group).join(file)).ok();
            // `max`, and in version 1 a number beyond any memory, is no limit.
            let limit = limit.and_then(|text| text.trim().parse::<u64>().ok());
            least = least.into_iter().chain(limit).min();
        }
    }
    least
}

/// The soft limits of /proc/self/limits on the address space and on data.
fn process_limit(limits: &str) -> Option<u64> {
    let limit = |name: &str| {
        let line = limits.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    limit("Max address space").into_iter().chain(limit("Max data size")).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine() {
        assert_eq!(total("MemFree: 1 kB\nMemTotal:       16 kB\n"), Some(16 << 10));
        assert_eq!(total(""), None);
        if cfg!(target_os = "linux") {
            assert!(available_memory().is_some_and(|bytes| bytes > 1 << 20));
        }
    }

    #[test]
    fn the_groups() {
        let root = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let of = |groups: &str| control_groups(groups, root.path());
        assert_eq!(of("0::/a/b\n"), None);
        put("a/b/memory.max", "max\n");
        assert_eq!(of("0::/a/b\n"), None);
        put("a/memory.max", "1000\n");
        put("a/b/memory.max", "3000\n");
        assert_eq!(of("0::/a/b\n"), Some(1000));
        assert_eq!(of("0::/\n"), None);
        put("memory/docker/x/memory.limit_in_bytes", "500\n");
        put("memory/memory.limit_in_bytes", "9223372036854771712\n");
        assert_eq!(of("5:cpu,memory:/docker/x\n4:pids:/docker/x\n"), Some(500));
        assert_eq!(of("5:memory:/elsewhere\n"), Some(9_223_372_036_854_771_712));
        assert_eq!(of("rubbish\n"), None);
    }

    #[test]
    fn the_process() {
        let text = "Limit                     Soft Limit           Hard Limit           Units\n\
                    Max data size             unlimited            unlimited            bytes\n\
                    Max address space         4294967296           unlimited            bytes\n";
        assert_eq!(process_limit(text), Some(1 << 32));
        assert_eq!(process_limit("Max address space         unlimited            unlimited            bytes\n"), None);
    }
}

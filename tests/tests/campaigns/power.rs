//! Power cuts: an ext4 file system on a loop device is shut down without its journal while a writer works. Needs root
//! and loop devices.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wenddb::Database;

use super::{Random, existing, rows, skipped, time};

/// A file system that can be cut off.
struct Disk {
    image: PathBuf,
    device: String,
    mounted: PathBuf,
}

fn run(command: &str, arguments: &[&str]) -> Result<String, String> {
    match Command::new(command).args(arguments).output() {
        Err(error) => Err(format!("{command}: {error}")),
        Ok(output) if !output.status.success() => {
            Err(format!("{command} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr)))
        }
        Ok(output) => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
    }
}

impl Disk {
    fn new(folder: &Path) -> Result<Disk, String> {
        let image = folder.join("disk.img");
        let file = File::create(&image).map_err(|error| error.to_string())?;
        file.set_len(512 << 20).map_err(|error| error.to_string())?;
        let path = image.to_string_lossy().into_owned();
        run("mkfs.ext4", &["-q", "-F", &path])?;
        let device = run("losetup", &["-f", "--show", &path])?;
        let mounted = folder.join("mounted");
        fs::create_dir_all(&mounted).map_err(|error| error.to_string())?;
        let disk = Disk { image, device, mounted };
        disk.mount()?;
        Ok(disk)
    }

    /// Mounts it. When another mount namespace took a copy of the mount meanwhile, it is still there, cut off, for a
    /// while.
    fn mount(&self) -> Result<(), String> {
        let probe = self.mounted.join("probe");
        for _ in 0..100 {
            // Nothing reaches the disk but by sync.
            run("mount", &["-o", "commit=600", &self.device, &self.mounted.to_string_lossy()])?;
            if File::create(&probe).is_ok() {
                return Ok(());
            }
            self.unmount()?;
            std::thread::sleep(Duration::from_millis(50));
        }
        Err("another mount namespace keeps the device".to_owned())
    }

    fn unmount(&self) -> Result<(), String> {
        let mut last = Ok(String::new());
        for _ in 0..100 {
            last = run("umount", &[&self.mounted.to_string_lossy()]);
            if last.is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        last.map(drop)
    }

    /// What is not on the disk is gone.
    #[expect(unsafe_code, reason = "shutting a file system down is an ioctl")]
    fn cut(&self) -> Result<(), String> {
        let directory = File::open(&self.mounted).map_err(|error| error.to_string())?;
        // EXT4_IOC_SHUTDOWN = _IOR('X', 125, u32); 2 is EXT4_GOING_FLAGS_NOLOGFLUSH.
        let flags: u32 = 2;
        // SAFETY: the request reads a u32, which lives until the call returns.
        let result = unsafe { libc::ioctl(directory.as_raw_fd(), 0x8004_587d, &flags) };
        if result == 0 { Ok(()) } else { Err(std::io::Error::last_os_error().to_string()) }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.unmount();
        let _ = run("losetup", &["-d", &self.device]);
        let _ = fs::remove_file(&self.image);
    }
}

#[test]
fn power_cuts_lose_nothing_acknowledged() {
    // In memory where that is possible.
    let memory = Path::new("/dev/shm");
    let directory = tempfile::Builder::new();
    let directory = if memory.is_dir() { directory.tempdir_in(memory) } else { directory.tempdir() }.unwrap();
    let disk = match Disk::new(directory.path()) {
        Ok(disk) => disk,
        Err(why) => return skipped(&format!("no loop device with ext4: {why}")),
    };
    let db = disk.mounted.join("db");
    drop(Database::open(&db).unwrap());
    let mut random = Random::new(6);
    let (begin, limit) = (Instant::now(), time(12));
    let (mut cuts, mut count) = (0, 0);
    while begin.elapsed() < limit {
        let mut writer = Command::new(env!("CARGO_BIN_EXE_crash_writer"))
            .arg("insert")
            .arg(&db)
            .arg(count.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(100 + random.below(900)));
        // What is acknowledged from now on does not count: the writer stands still while the power goes.
        let _ = run("kill", &["-STOP", &writer.id().to_string()]);
        std::thread::sleep(Duration::from_millis(20));
        disk.cut().unwrap();
        writer.kill().unwrap();
        writer.wait().unwrap();
        let said = BufReader::new(writer.stdout.take().unwrap()).lines().map_while(Result::ok);
        let acknowledged = said.last().map_or(count, |line| line.parse::<i64>().unwrap() + 1);
        disk.unmount().unwrap();
        if let Err(why) = disk.mount() {
            return skipped(&why);
        }
        let database = existing(&db).unwrap_or_else(|error| panic!("cut {cuts}: {error}"));
        assert_eq!(database.check().unwrap().problems, Vec::<String>::new(), "cut {cuts}");
        let found = rows(&mut database.session(), "MATCH (n:Item) RETURN COUNT(*) AS c").unwrap();
        count = found.trim_end_matches(" ;").parse().unwrap();
        assert!(
            count == acknowledged || count == acknowledged + 1,
            "cut {cuts}: {acknowledged} acknowledged, {count} there"
        );
        // Now and then the power goes without anything being written, right after opening or closing.
        if random.below(3) == 0 {
            if random.below(2) == 0 {
                drop(database);
                disk.cut().unwrap();
            } else {
                disk.cut().unwrap();
                drop(database);
            }
            disk.unmount().unwrap();
            if let Err(why) = disk.mount() {
                return skipped(&why);
            }
            let database = existing(&db).unwrap_or_else(|error| panic!("cut {cuts}, idle: {error}"));
            let again = rows(&mut database.session(), "MATCH (n:Item) RETURN COUNT(*) AS c").unwrap();
            assert_eq!(again, found, "cut {cuts}, idle");
        }
        cuts += 1;
    }
    println!("{cuts} power cuts, {count} nodes");
    assert!(count > 0);
}

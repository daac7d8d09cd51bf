//! A script that is larger than the memory it may take.

use std::io::Write;

use crate::site::Site;

/// 60 MB: short INSERTs, and COPY data.
fn write_script(site: &Site) -> (u64, u64) {
    site.phase("1_large.sql", "");
    let path = site.path("migrations").join("1_large.sql");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    let filler = "x".repeat(1000);
    let (inserts, copied) = (20_000_u64, 40_000_u64);
    for n in 0..inserts {
        writeln!(file, "INSERT INTO big VALUES ({n}, '{filler}');").unwrap();
    }
    writeln!(file, "COPY big FROM stdin;").unwrap();
    for n in inserts..inserts + copied {
        writeln!(file, "{n}\t{filler}").unwrap();
    }
    writeln!(file, "\\.").unwrap();
    file.flush().unwrap();
    drop(file);
    (inserts + copied, std::fs::metadata(&path).unwrap().len())
}

/// The most memory that it ever had, in kB.
#[cfg(target_os = "linux")]
fn peak_kb(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_large_script_takes_little_memory() {
    let site = Site::new().await;
    site.sql("CREATE UNLOGGED TABLE big (n int, filler text); CREATE TABLE gate (a int)").await;
    let (rows, bytes) = write_script(&site);
    assert!(bytes > 60_000_000);
    // The second phase waits, so that the peak can be read while the program is still there.
    site.phase("2_wait.sql", "-- phasegate: lock_timeout = 0\nSELECT count(*) FROM gate;\n");
    let holder = site.hold("LOCK TABLE gate").await;
    let running = site.apply();
    site.until_blocked("FROM gate").await;
    let peak = peak_kb(running.pid()).unwrap();
    holder.close().await;
    assert_eq!(running.ended().await.code, Some(2));
    assert_eq!(site.value("SELECT count(*) FROM big").await, rows.to_string());
    assert!(peak < 64 * 1024, "{peak} kB at most, for a script of {bytes} bytes");
}

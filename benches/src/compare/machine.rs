use serde::Serialize;

/// What a reader must know about where a report comes from.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    /// Cores that the process may use.
    pub cores: usize,
    /// The kernel's own words, where it has some.
    pub kernel: String,
    /// The processor, likewise.
    pub processor: String,
    /// Runnable threads of the whole machine over the last minute, before the run.
    pub load: Option<f64>,
    /// The packages that were compared, with their versions.
    pub versions: Vec<(String, String)>,
}

impl Machine {
    /// This one, with the versions of these packages.
    #[must_use]
    pub fn this(packages: &[&str]) -> Self {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        let cpuinfo = read("/proc/cpuinfo");
        let processor = cpuinfo.lines().find_map(|line| line.strip_prefix("model name"));
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: read("/proc/sys/kernel/osrelease").trim().into(),
            processor: processor.unwrap_or_default().trim_matches([' ', '\t', ':']).into(),
            load: read("/proc/loadavg").split(' ').next().and_then(|load| load.parse().ok()),
            versions: versions(packages),
        }
    }

    /// Name and version of each package, for a line of text.
    #[must_use]
    pub fn versions(&self) -> String {
        let versions = self.versions.iter().map(|(name, version)| format!("{name} {version}"));
        versions.collect::<Vec<_>>().join(", ")
    }
}

/// As the lock file has them that the benches were built with.
fn versions(packages: &[&str]) -> Vec<(String, String)> {
    const LOCK: &str = include_str!("../../../Cargo.lock");
    let value = |line: Option<&str>, key: &str| -> Option<String> {
        Some(line?.strip_prefix(key)?.trim_matches([' ', '=', '"']).into())
    };
    let entries = LOCK.split("[[package]]").filter_map(|entry| {
        let mut lines = entry.trim_start().lines();
        Some((value(lines.next(), "name")?, value(lines.next(), "version")?))
    });
    entries.filter(|(name, _)| packages.contains(&name.as_str())).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_versions_are_those_of_the_lock_file() {
        let versions = super::versions(&["tokio", "no-such-package"]);
        let [(name, version)] = &versions[..] else { panic!("one of the two: {versions:?}") };
        assert_eq!(name, "tokio");
        assert!(version.starts_with("1."), "{version}");
    }
}

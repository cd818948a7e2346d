//! Where the report goes: JSON with every sample, and beside it the same as a page and as Markdown.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::compare::Comparison;
use crate::results::Report;
use crate::{html, markdown};

/// The three files: opened before the work begins.
pub(crate) struct Output {
    json: Target,
    html: Target,
    markdown: Target,
}

impl Output {
    /// # Errors
    ///
    /// If one of the files can't be written.
    pub(crate) fn open(path: Option<PathBuf>) -> io::Result<Self> {
        let json = path.map_or_else(default_path, Ok)?;
        let (html, markdown) = (json.with_extension("html"), json.with_extension("md"));
        Ok(Self {
            json: Target::open(json)?,
            html: Target::open(html)?,
            markdown: Target::open(markdown)?,
        })
    }

    /// Writes, and returns where to.
    ///
    /// # Errors
    ///
    /// If the disk is full, or gone.
    pub(crate) fn write(
        self,
        report: &Report,
        comparison: Option<&Comparison>,
    ) -> io::Result<[PathBuf; 3]> {
        let mut json = serde_json::to_string(report)?;
        json.push('\n');
        Ok([
            self.html.write(&html::page(report, comparison))?,
            self.markdown.write(&markdown::text(report, comparison))?,
            self.json.write(&json)?,
        ])
    }
}

struct Target {
    path: PathBuf,
    file: File,
}

impl Target {
    fn open(path: PathBuf) -> io::Result<Self> {
        let explain = |error: io::Error| {
            let path = path.display();
            io::Error::other(format!(
                "can't write {path}: {error}; name another file with --json PATH"
            ))
        };
        if let Some(directory) = path.parent().filter(|path| !path.as_os_str().is_empty()) {
            fs::create_dir_all(directory).map_err(explain)?;
        }
        // Not truncated yet: an interrupted run leaves the old results alone.
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        Ok(Self { file: file.map_err(explain)?, path })
    }

    fn write(mut self, text: &str) -> io::Result<PathBuf> {
        if self.file.metadata()?.is_file() {
            self.file.set_len(0)?;
        }
        self.file.write_all(text.as_bytes())?;
        Ok(self.path)
    }
}

/// `NAME.json` in the target directory, where this program lies: `target/release/examples/NAME`, or
/// `target/release/NAME`.
fn default_path() -> io::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let name = program.file_stem().unwrap_or_else(|| "shootout".as_ref()).to_owned();
    let profile = program.ancestors().skip(1).find(|path| !path.ends_with("examples"));
    let target = profile.and_then(Path::parent).unwrap_or_else(|| Path::new("."));
    Ok(target.join(name).with_extension("json"))
}

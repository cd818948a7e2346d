//! Where the report goes: JSON with every sample, and beside it the same as a page and as Markdown.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::compare::Comparison;
use crate::results::Report;
use crate::{html, markdown};

/// The three files: tried before the work begins.
pub(crate) struct Output {
    json: Target,
    html: Target,
    markdown: Target,
}

impl Output {
    /// # Errors
    ///
    /// If one of the files can't be written, or would be written over by another.
    pub(crate) fn open(path: Option<PathBuf>) -> io::Result<Self> {
        let json = path.map_or_else(default_path, Ok)?;
        let (html, markdown) = (json.with_extension("html"), json.with_extension("md"));
        if json == html || json == markdown {
            let json = json.display();
            return Err(io::Error::other(format!(
                "{json} can't hold the samples: the page or the Markdown goes there; end the name with .json"
            )));
        }
        Ok(Self {
            json: Target::open(json)?,
            html: Target::open(html)?,
            markdown: Target::open(markdown)?,
        })
    }

    /// Writes, and returns where to. The samples first: the rest can be made of them.
    ///
    /// # Errors
    ///
    /// If the disk is full, or gone.
    pub(crate) fn write(
        &self,
        report: &Report,
        comparison: Option<&Comparison>,
    ) -> io::Result<[&Path; 3]> {
        let mut json = serde_json::to_string(report)?;
        json.push('\n');
        let json = self.json.write(&json)?;
        let html = self.html.write(&html::page(report, comparison))?;
        Ok([html, self.markdown.write(&markdown::text(report, comparison))?, json])
    }
}

struct Target(PathBuf);

impl Target {
    fn open(path: PathBuf) -> io::Result<Self> {
        let target = Self(path);
        let explain = |error| target.explain(&error, "name another file with --json PATH");
        let path = &target.0;
        if let Some(directory) = path.parent().filter(|path| !path.as_os_str().is_empty()) {
            fs::create_dir_all(directory).map_err(explain)?;
        }
        // A run that is killed leaves the old results as they are, and no empty ones.
        let was_there = path.exists();
        File::options().create(true).append(true).open(path).map_err(explain)?;
        if !was_there {
            fs::remove_file(path).map_err(explain)?;
        }
        Ok(target)
    }

    fn write(&self, text: &str) -> io::Result<&Path> {
        let explain = |error| self.explain(&error, "what was found is printed above");
        fs::write(&self.0, text).map_err(explain)?;
        Ok(&self.0)
    }

    fn explain(&self, error: &io::Error, advice: &str) -> io::Error {
        io::Error::other(format!("can't write {}: {error}; {advice}", self.0.display()))
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

//! The index of `pages`, and the scanner that fills it. Bytes in, so that any file will do.

use std::collections::HashMap;
use std::fmt;

/// Words and links, each with how often it was met.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) files: u64,
    bytes: u64,
    pub(super) unreadable: u64,
    words: HashMap<String, u64>,
    links: HashMap<String, u64>,
    /// The word being read: one buffer for all of them.
    word: String,
}

impl Index {
    /// Adds a file. In HTML, words are counted outside of tags and links are the `href`s and `src`s
    /// inside; in other files, words are counted everywhere and links are web addresses.
    pub(super) fn add(&mut self, text: &[u8], html: bool) {
        self.files += 1;
        self.bytes += text.len() as u64;
        if html { self.add_html(text) } else { self.add_text(text) }
    }

    fn add_html(&mut self, mut rest: &[u8]) {
        while let Some(open) = position(rest, b'<') {
            self.add_words(&rest[..open]);
            let Some(close) = position(&rest[open..], b'>') else { return };
            self.add_attributes(&rest[open..open + close]);
            rest = &rest[open + close + 1..];
        }
        self.add_words(rest);
    }

    fn add_attributes(&mut self, tag: &[u8]) {
        for attribute in tag.split(u8::is_ascii_whitespace) {
            let link = attribute.strip_prefix(b"href=\"").or(attribute.strip_prefix(b"src=\""));
            if let Some(link) = link {
                let end = position(link, b'"').unwrap_or(link.len());
                count(&mut self.links, &String::from_utf8_lossy(&link[..end]), 1);
            }
        }
    }

    fn add_text(&mut self, text: &[u8]) {
        for token in text.split(|byte| byte.is_ascii_whitespace() || b"<>\"'()[]`".contains(byte)) {
            if token.starts_with(b"http://") || token.starts_with(b"https://") {
                count(&mut self.links, &String::from_utf8_lossy(token), 1);
            }
        }
        self.add_words(text);
    }

    /// A word is two ASCII letters or more, whatever their case.
    fn add_words(&mut self, text: &[u8]) {
        for letters in text.split(|byte| !byte.is_ascii_alphabetic()).filter(|run| run.len() > 1) {
            self.word.clear();
            self.word.extend(letters.iter().map(|byte| char::from(byte.to_ascii_lowercase())));
            count(&mut self.words, &self.word, 1);
        }
    }

    /// Adds everything to `whole` and is empty again.
    pub(super) fn move_into(&mut self, whole: &mut Self) {
        whole.files += std::mem::take(&mut self.files);
        whole.bytes += std::mem::take(&mut self.bytes);
        whole.unreadable += std::mem::take(&mut self.unreadable);
        for (word, times) in self.words.drain() {
            count(&mut whole.words, &word, times);
        }
        for (link, times) in self.links.drain() {
            count(&mut whole.links, &link, times);
        }
    }
}

/// The answer: the same in whatever order the files were met.
impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.words.iter().chain(&self.links);
        let checksum = entries.fold(0_u64, |sum, (key, times)| {
            sum.wrapping_add(fnv1a(key.as_bytes()).wrapping_mul(2 * times + 1))
        });
        let links: u64 = self.links.values().sum();
        let words: u64 = self.words.values().sum();
        let Self { files, bytes, unreadable, .. } = self;
        write!(
            f,
            "{files} files ({unreadable} more unreadable), {bytes} bytes, {links} links, {words} words, \
             {} of them distinct, checksum {checksum:016x}",
            self.words.len(),
        )
    }
}

/// Allocates only for a key that is new.
fn count(counts: &mut HashMap<String, u64>, key: &str, times: u64) {
    if let Some(so_far) = counts.get_mut(key) {
        *so_far += times;
    } else {
        counts.insert(key.to_owned(), times);
    }
}

fn position(bytes: &[u8], wanted: u8) -> Option<usize> {
    bytes.iter().position(|byte| *byte == wanted)
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

//! The two editions say the same things in the same places, and nothing in them is unchecked.

use std::collections::BTreeSet;
use std::path::Path;

use listings::files;

/// The pages of an edition, by name.
fn pages(edition: &str) -> Vec<(String, String)> {
    let mut pages: Vec<_> =
        std::fs::read_dir(files::book().join(edition).join("src"))
            .expect("readable")
            .map(|file| file.expect("readable").path())
            .map(|path| {
                let name = path
                    .file_name()
                    .expect("a name")
                    .to_string_lossy()
                    .into_owned();
                (name, std::fs::read_to_string(&path).expect("text"))
            })
            .collect();
    pages.sort();
    pages
}

/// What must be equal: headings by level and id, includes, links to other pages, admonitions, fences.
fn skeleton(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut code = false;
    for line in text.lines() {
        if line.starts_with("```") {
            code = !code;
            found.push(line.to_owned());
        } else if !code && line.starts_with('#') {
            let level = line.split(' ').next().unwrap_or_default();
            let id = line.split_once("{#").map_or("", |(_, id)| id);
            found.push(format!("{level} {id}"));
        } else if !code
            && (line.starts_with("> [!") || line.starts_with('<'))
            && !line.contains("summary")
        {
            found.push(line.to_owned());
        } else if !code && line.starts_with('|') {
            found.push(format!("| {}", line.matches('|').count()));
        }
        for part in line.split("{{#include ").skip(1) {
            let file = part.split("}}").next().unwrap_or_default();
            found.push(format!(
                "include {}",
                file.replace("pictures/zh/", "pictures/en/")
            ));
        }
    }
    found
}

/// Links to pages, in any order: sentences differ.
fn links(text: &str) -> Vec<&str> {
    let mut found: Vec<_> = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .collect();
    found.sort_unstable();
    found
}

#[test]
fn the_editions_have_the_same_pages_and_skeletons() {
    let (en, zh) = (pages("en"), pages("zh"));
    let names = |pages: &[(String, String)]| {
        pages.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&en), names(&zh));
    assert!(en.len() >= 5, "pages are missing");
    for ((name, en), (_, zh)) in en.iter().zip(&zh) {
        assert_eq!(skeleton(en), skeleton(zh), "{name}");
        assert_eq!(links(en), links(zh), "{name}");
    }
}

#[test]
fn every_page_is_in_the_summary() {
    for edition in ["en", "zh"] {
        let pages = pages(edition);
        let summary = &pages
            .iter()
            .find(|(name, _)| name == "SUMMARY.md")
            .expect("there is one")
            .1;
        for (name, _) in pages.iter().filter(|(name, _)| name != "SUMMARY.md") {
            assert!(summary.contains(&format!("({name})")), "{edition}: {name}");
        }
    }
}

#[test]
fn all_code_comes_from_files_that_are_compiled_or_run() {
    for (name, text) in ["en", "zh"].iter().flat_map(|edition| pages(edition)) {
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let Some(language) =
                line.strip_prefix("```").filter(|rest| !rest.is_empty())
            else {
                continue;
            };
            let body: Vec<_> =
                lines.by_ref().take_while(|line| *line != "```").collect();
            match language {
                "console" | "toml" => {} // commands and manifests
                "rust" | "python" | "text" => {
                    let included =
                        body.len() == 1 && body[0].starts_with("{{#include ../../");
                    assert!(
                        included,
                        "{name}: {language} that is not included: {body:?}"
                    );
                }
                other => panic!("{name}: what is checked in a block of {other}?"),
            }
        }
    }
}

#[test]
fn what_is_included_exists() {
    for (name, text) in pages("zh").into_iter().chain(pages("en")) {
        for part in text.split("{{#include ").skip(1) {
            let target = part.split("}}").next().expect("closed");
            let (file, anchor) = target.rsplit_once(':').unwrap_or((target, ""));
            let path = files::book().join("en/src").join(file);
            let included = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(!included.is_empty(), "{name}: {target}");
            if !anchor.is_empty() {
                let has = |tag: &str| {
                    included
                        .lines()
                        .any(|line| line.trim() == format!("// {tag}: {anchor}"))
                };
                assert!(
                    has("ANCHOR") && has("ANCHOR_END"),
                    "{name}: {target} has no such anchor"
                );
            }
        }
    }
}

#[test]
fn every_output_and_picture_is_shown() {
    let shown: String = pages("en").into_iter().map(|(_, text)| text).collect();
    for folder in ["listings/out", "listings/python", "pictures/en", "pictures"] {
        for file in std::fs::read_dir(files::book().join(folder)).expect("readable")
        {
            let path = file.expect("readable").path();
            let name =
                path.file_name().expect("a name").to_string_lossy().into_owned();
            assert!(
                path.is_dir() || shown.contains(&format!("{folder}/{name}")),
                "{folder}/{name}"
            );
        }
    }
}

#[test]
fn every_exercise_is_in_the_book_with_a_check_or_an_answer() {
    let pages = pages("en");
    let (answers, chapters): (Vec<_>, Vec<_>) =
        pages.iter().partition(|(name, _)| name == "answers.md");
    let answers = &answers.first().expect("there are answers").1;
    let mut in_book = BTreeSet::new();
    for (name, text) in chapters {
        for id in
            text.split("{#ex-").skip(1).filter_map(|rest| rest.split('}').next())
        {
            let checked =
                Path::new("src").join(format!("e{}", id.replace('-', "_")));
            let checked = files::book().join("exercises").join(checked).is_dir();
            let command = text.contains(&format!(
                "cargo run -p exercises -- {}`",
                id.replace('-', ".")
            ));
            assert_eq!(checked, command, "{name}: exercise {id} and its command");
            assert!(
                answers.contains(&format!("{{#ex-{id}}}")),
                "{name}: {id} has no answer"
            );
            in_book.insert(format!("e{}", id.replace('-', "_")));
        }
    }
    for folder in
        std::fs::read_dir(files::book().join("exercises/src")).expect("readable")
    {
        let path = folder.expect("readable").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(
            !path.is_dir() || in_book.contains(&name),
            "{name} is not in the book"
        );
    }
}

/// The words of both glossaries are the same pairs, in the English order, each once.
#[test]
fn the_glossaries_agree() {
    let pairs =
        |edition: &str, english: usize, chinese: usize| -> Vec<(String, String)> {
            let page = files::book().join(edition).join("src/glossary.md");
            let page = std::fs::read_to_string(page).expect("text");
            let rows = page.lines().filter(|line| line.starts_with("| ")).skip(1);
            rows.map(|row| row.split('|').map(str::trim).collect())
                .map(|row: Vec<&str>| {
                    (row[english].to_owned(), row[chinese].to_owned())
                })
                .collect()
        };
    let (en, zh) = (pairs("en", 1, 2), pairs("zh", 2, 1));
    assert!(en.len() >= 40, "words are missing: {}", en.len());
    let mut both = en.iter().zip(&zh);
    assert_eq!(both.find(|(en, zh)| en != zh), None, "they differ");
    assert_eq!(en.len(), zh.len());
    let letters = |word: &str| -> String {
        let plain = word.chars().filter(|c| c.is_alphanumeric());
        plain.flat_map(char::to_lowercase).collect()
    };
    for two in en.windows(2) {
        let (before, after) = (letters(&two[0].0), letters(&two[1].0));
        assert!(before < after, "{:?} comes before {:?}", two[1].0, two[0].0);
    }
}

/// The page for teachers has each chapter, with as many minutes as its first lines say.
#[test]
fn teachers_are_told_the_minutes_of_each_chapter() {
    for (edition, unit) in [("en", " minutes"), ("zh", " 分钟")] {
        let pages = pages(edition);
        let page = |name: &str| {
            let found = pages.iter().find(|(page, _)| page == name);
            &found.unwrap_or_else(|| panic!("{edition}: no {name}")).1
        };
        let mut chapters = 0;
        for line in page("SUMMARY.md").lines() {
            let Some((title, file)) =
                line.strip_prefix("- [").and_then(|it| it.split_once("]("))
            else {
                continue;
            };
            if !title.starts_with(|c: char| c.is_ascii_digit()) {
                continue; // an appendix
            }
            let row = format!("| {title} | ");
            let rows: Vec<_> = page("teachers.md")
                .lines()
                .filter_map(|line| line.strip_prefix(&row))
                .collect();
            assert_eq!(rows.len(), 1, "{edition}: rows of {title:?}");
            let minutes = rows[0].split(' ').next().expect("a number");
            let said =
                page(file.trim_end_matches(')')).lines().nth(2).expect("a line");
            assert!(
                said.starts_with(&format!("*{minutes}{unit}")),
                "{edition}: {title}: {minutes}, or {said}"
            );
            chapters += 1;
        }
        assert!(chapters >= 16, "{edition}: chapters are missing: {chapters}");
    }
}

#[test]
fn chinese_sentences_have_chinese_punctuation() {
    let chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    for (name, text) in pages("zh") {
        let mut before = ' ';
        for c in text.chars() {
            assert!(
                !(chinese(before) && ",;:?!()\"".contains(c)),
                "{name}: {before}{c}"
            );
            before = c;
        }
    }
}

/// What the tables tell to call are names of functions. (`phrasebook.rs` compiles the phrasebook's.)
#[test]
fn what_the_tables_name_exists() {
    const OF_STD: &[&str] = &["scope", "limit"];
    let mut sources = String::new();
    read_all(&files::book().join("../src"), &mut sources);
    let text = files::book().join("en/src/decisions.md");
    let text = std::fs::read_to_string(text).expect("text");
    let mut calls = 0;
    for row in text.lines().filter(|line| line.starts_with('|')) {
        let before_brackets = row.split('(').map(|text| {
            text.rsplit(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap_or_default()
        });
        for name in before_brackets.filter(|name| name.len() > 1) {
            let ours = ["(", "<"]
                .iter()
                .any(|end| sources.contains(&format!("fn {name}{end}")));
            assert!(ours || OF_STD.contains(&name), "what is `{name}`? {row}");
            calls += 1;
        }
    }
    assert!(calls >= 5, "few calls: {calls}");
}

fn read_all(folder: &Path, into: &mut String) {
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            read_all(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push_str(&std::fs::read_to_string(&path).expect("text"));
        }
    }
}

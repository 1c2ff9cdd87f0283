//! The book's first chapter works as it is written: every line of its `console` blocks runs, in order.

use std::fs;

use bluekernel_e2e::{command, programs, repository, run, scratch};

#[test]
fn getting_started() {
    let text = fs::read_to_string(repository().join("book/src/getting-started.md")).expect("the chapter");
    let lines: Vec<&str> = console_lines(&text);
    assert!(
        lines.len() >= 9,
        "only {} commands found: is the chapter still written as this test reads it?",
        lines.len()
    );

    let folder = scratch();
    let mut place = folder.path().to_owned();
    let path = format!("{}:{}", programs().display(), std::env::var("PATH").expect("PATH"));
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[0] {
            "cd" => place.push(words[1]),
            program => {
                let done = run(command(program).env("PATH", &path).current_dir(&place).args(&words[1..]));
                assert_eq!(done.code, 0, "{line}\n{}\n{}", done.out, done.err);
            }
        }
    }
    for made in ["run.bkt", "run.pftrace", "run.json"] {
        assert!(place.join(made).is_file(), "the chapter makes {made}");
    }
}

/// The commands: lines that start with `$ ` in blocks that start with ```` ```console ````.
fn console_lines(text: &str) -> Vec<&str> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            _ if inside => found.push(line.strip_prefix("$ ").expect("a command starts with '$ '")),
            _ => {}
        }
    }
    found
}

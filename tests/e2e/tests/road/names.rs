//! A task's function name is its name everywhere: rename it, and its lane is renamed. Wide characters keep the columns.

use std::fs;

use bluekernel_e2e::{BOARDS, Board, bkctl, run, scratch};

#[test]
fn a_renamed_task_has_a_renamed_lane() {
    BOARDS.into_iter().for_each(renamed_on);
}

fn renamed_on(board: &Board) {
    let folder = scratch();
    let project = board.project(folder.path(), "renamed");
    let source = project.join("src/main.rs");
    let text = fs::read_to_string(&source).expect("generated");
    assert!(text.contains("fn bravo()") && text.contains("fn delta()"));
    fs::write(&source, text.replace("fn bravo()", "fn filter()").replace("fn delta()", "fn 滤波器()"))
        .expect("written");
    run(&mut bkctl(&project, &["sim", "--for", "100ms", "--trace", "run.bkt"])).exits(0);
    let view = run(&mut bkctl(&project, &["trace", "view", "run.bkt", "--text", "--width", "100"])).exits(0).out;
    let lane = |name: &str| view.lines().find(|line| line.starts_with(name)).map(str::to_owned);
    assert!(lane("bravo").is_none() && lane("delta").is_none(), "{view}");
    let (narrow, wide) = (lane("filter").expect("a lane"), lane("滤波器").expect("a lane"));
    // Each of the three characters takes two cells, so the line has three characters fewer before its priority.
    let before = |line: &str| line.chars().take_while(|c| !c.is_ascii_digit()).count();
    assert_eq!(before(&narrow), before(&wide) + 3, "{view}");
    run(&mut bkctl(&project, &["trace", "stats", "run.bkt"])).exits(0);
}

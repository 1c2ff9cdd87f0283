//! The template `control-loop`: what it tells, to the letter, from what its comments promise, computed here again.

use bluekernel_e2e::{BOARDS, Board, MORE_BOARDS, bkctl, run, scratch};

#[test]
fn the_control_loop_tells_the_same_on_every_board() {
    BOARDS.into_iter().chain(MORE_BOARDS).for_each(tells_on);
}

fn tells_on(board: &Board) {
    let folder = scratch();
    let project = board.project_from("control-loop", folder.path(), "tank");
    let built = run(&mut bkctl(&project, &["build"])).exits(0);
    let text = board.text(built.out.trim().as_ref(), folder.path(), "1s");
    assert_eq!(text, lines(1_000).concat(), "{}", board.name);
}

/// What the logger tells until `end`, in milliseconds. Each task's work is done before the next one's release.
fn lines(end: i32) -> Vec<String> {
    let (mut level, mut valve, mut samples, mut checks, mut noise) = (500, 0, 0, 0, 1_u32);
    let (mut smooth, mut levels, mut command, mut logged) = (500, Vec::new(), 0, None);
    let mut lines = Vec::new();
    for time in 0..end {
        let released = |first: i32, period: i32| time >= first && (time - first) % period == 0;
        if released(5, 5) {
            // The linear congruential generator of Numerical Recipes.
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            samples += 1;
            level += valve - 20;
            levels.push(level + i32::try_from(noise / (1 << 29)).expect("three bits"));
        }
        if released(11, 10) {
            for level in levels.drain(..) {
                smooth += (level - smooth) / 4;
            }
            command = (20 + (1_000 - smooth) / 8).clamp(0, 100);
        }
        if released(12, 10) {
            valve = command;
        }
        // The worker interrupts the logger before it has looked at the state. What it then sees is what was true when it
        // took the state: all others must wait for it.
        if released(12, 100) {
            logged = Some((samples, level, valve));
        }
        if released(13, 20) {
            checks += 1;
            if let Some((samples, level, valve)) = logged.take() {
                lines.push(format!("sample {samples}: level {level} mm, valve {valve} mm; check {checks}\r\n"));
            }
        }
    }
    lines
}
